"""What holds of every decision, tried on random requests and files, and against a second reading.

`strategies` makes the requests, files and policies; `oracle` decides them by brute force.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from consent_oracle import released
from consent_strategies import LIMITS, NOON, consents, files, policies, requests
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent import decide
from consent.registry import lapse, turning
from consent.rules import RULES, rules_of


@given(requests, files, policies)
@settings(deadline=None, max_examples=600)
def test_oracle(asked, held, policy):
    """A decision agrees with a slow, plainly written second reading of the same law."""
    assert released(asked, held, policy) == decide(asked, held, policy).released


@given(requests, files, policies, st.integers(min_value=0))
@settings(deadline=None)
def test_failing_rule(asked, held, policy, number):
    """Whichever rule fails, everything it was asked about is withheld."""
    table = rules_of(policy.packs)
    broken = table[number % len(table)]
    rules = [replace(one, check=_raise) if one is broken else one for one in table]
    decision = decide(asked, held, policy, rules=rules)
    asleep = not decision.errors
    assert asleep or decision.released == frozenset()
    assert not asleep or decision.released == decide(asked, held, policy).released


@given(requests, files, policies, consents)
@settings(deadline=None)
def test_more_consent(asked, held, policy, another):
    """Adding a consent never withholds more."""
    assume(another.kind not in LIMITS)
    assert decide(asked, [*held, another], policy).withhold <= decide(asked, held, policy).withhold


@given(files, st.integers(min_value=0, max_value=20_000))
@settings(deadline=None)
def test_turning(held, hours):
    """Until the next turning no consent comes into force or lapses."""
    zone, turns = "America/New_York", turning(held, NOON)
    before = {one: lapse(one, NOON, zone) for one in held}
    at = NOON + timedelta(hours=hours)
    if turns is None or at < turns:
        assert before == {one: lapse(one, at, zone) for one in held}
    assert turns is None or turns > NOON


@given(requests, files, policies, st.data())
@settings(deadline=None)
def test_revoking(asked, held, policy, data):
    """Revoking a grant never releases more; revoking a limit may, by P2-19, 004-45 and HR-16."""
    assume(held)
    gone = data.draw(st.sampled_from(held))
    left = [replace(one, revoked_at=asked.at) if one is gone else one for one in held]
    before, after = decide(asked, held, policy), decide(asked, left, policy)
    if gone.kind not in LIMITS:
        assert after.released <= before.released
    elif not after.released <= before.released:
        assert {one.rule for one in before.reasons if one.consent == gone.id} & NAMED


NAMED = {"P2-19", "004-45", "HR-16"}
"""The rules under which ending a limit lets more go."""


@given(requests, files, policies, consents, st.sampled_from(sorted(LIMITS)))
@settings(deadline=None)
def test_more_limits(asked, held, policy, limit, kind):
    """Adding a limit never releases more."""
    limit = replace(limit, kind=kind)
    assert decide(asked, [*held, limit], policy).released <= decide(asked, held, policy).released


@given(requests, files, policies)
@settings(deadline=None)
def test_partition(asked, held, policy):
    """Every matter is either released or withheld, and a denied plan releases none."""
    decision = decide(asked, held, policy)
    assert asked.matters == decision.released | decision.withhold
    assert not decision.released & decision.withhold
    assert (decision.outcome == "permit") == bool(decision.released)


@given(requests, files, policies, st.randoms())
@settings(deadline=None)
def test_order(asked, held, policy, random):
    """The order in which the registry lists consents doesn't matter."""
    held = list({one.id: one for one in held}.values())
    shuffled = random.sample(held, len(held))
    assert decide(asked, held, policy) == decide(asked, shuffled, policy)


@given(requests, files, policies)
@settings(deadline=None)
def test_stricter_state(asked, held, policy):
    """A second state whose law nobody read never releases more HIV or Part 2 content."""
    states = asked.states or {policy.home_state}
    wider = decide(replace(asked, states=states | {"OH"}), held, policy).released
    guarded = {one for one in wider if one.category in {"hiv", "sud"} or one.part2_origin == "yes"}
    assert guarded <= decide(asked, held, policy).released


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_sentence(rule):
    """Every rule has a citation, an owner and one sentence that ends with a full stop."""
    assert rule.citation
    assert rule.owner
    assert rule.sentence.endswith(".")
    assert rule.sentence.count(". ") == 0


def _raise(_ask):
    raise RuntimeError
