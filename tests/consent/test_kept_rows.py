"""What a row keeps of a decision explains it later; a turning is when a consent begins or ends."""

from datetime import UTC, date, datetime

import pytest
from consent_world import make_consent, make_request

from consent import Expiry, decide
from consent.decision import as_kept
from consent.registry import turning

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def test_a_decision_as_a_row_keeps_it():
    """Released and withheld matters, rules, consents and notices are there as plain words."""
    held = [make_consent("tpo", id="c1")]
    decision = decide(make_request("general", "sud/yes", "hiv"), held)
    kept = as_kept(decision)

    assert kept["outcome"] == "permit"
    assert {one[0] for one in kept["released"]} == {one.category for one in decision.released}
    assert {one[0] for one in kept["withheld"]} == {one.category for one in decision.withhold}
    assert kept["withheld"]
    assert kept["consents"] == ["c1"]
    assert [r[1] for r in kept["reasons"]] == [r.rule for r in decision.reasons]
    assert kept["notices"] == list(decision.notices)


@pytest.mark.parametrize(
    ("changed", "turns"),
    [
        ({"expires": Expiry(never=True)}, None),
        ({"expires": Expiry(on=date(2026, 6, 15))}, datetime(2026, 6, 16, 4, tzinfo=UTC)),
        ({"expires": Expiry(on=date(2026, 6, 14))}, None),
        (
            {"expires": Expiry(at=datetime(2026, 6, 20, tzinfo=UTC))},
            datetime(2026, 6, 20, tzinfo=UTC),
        ),
        (
            {"expires": Expiry(never=True), "starts": date(2026, 7, 1)},
            datetime(2026, 7, 1, 4, tzinfo=UTC),
        ),
        (
            {"expires": Expiry(never=True), "revoked_at": datetime(2026, 6, 18, tzinfo=UTC)},
            datetime(2026, 6, 18, tzinfo=UTC),
        ),
    ],
)
def test_when_a_consent_turns(changed, turns):
    """The next instant at which a consent begins, ends or is revoked, in its member's zone."""
    assert turning([make_consent("tpo", **changed)], NOON) == turns
