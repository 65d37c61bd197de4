"""The receipt: every state has its turn, ledgers are apart, and only people close the loop."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.lifecycle import STATES, turn
from hub.receipts import coverage, delivery, instant, receipt

AT = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
SUBMISSION = {
    "id": "sub_1",
    "channel": "sftp",
    "name": "",
    "media_type": "text/xml",
    "digest": "ab",
    "size": 9,
    "duplicate_of": None,
    "received_at": AT,
    "state": "read",
    "reader": "x@1",
    "findings": [],
    "tally": {"source_items": 4, "mapped": 2, "residue": 1, "ignored": 1},
    "plans": 2,
}
PLAN = {
    "id": "pln_1",
    "kind": "icp",
    "version": 1,
    "state": "released",
    "reason": {},
    "findings": [],
    "made_at": AT,
    "repeats": None,
}
DELIVERY = {
    "id": "del_1",
    "plan": "pln_1",
    "mco": "m",
    "pcmh": "p",
    "practice": "P",
    "contact": "C",
    "channel": "webhook",
    "state": "sent",
    "transport": "confirmed",
    "person": "none",
    "agreement": "none",
    "code": "",
    "attempts": 1,
    "made_at": AT,
    "sent_at": AT,
    "shown_at": None,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "acknowledge_due": AT,
    "answer": None,
    "answered_at": None,
    "owner": "",
    "withheld": 1,
    "notices": ["part2"],
    "format": "ccda",
    "media_type": "text/xml",
    "size": 1,
    "digest": "cd",
}


def repeating(**earlier):
    """Return the row of a plan that says what version 1 said."""
    repeats = {"plan": "pln_0", "version": 1, "state": "released", **earlier}
    return {**PLAN, "version": 2, "state": "unchanged", "repeats": repeats}


@pytest.mark.parametrize("state", [s for s in STATES if s.noun == "plan"], ids=lambda s: s.name)
def test_whose_turn(state):
    """Each plan is told with its state and whose turn it is."""
    (plan,) = receipt(SUBMISSION, [{**PLAN, "state": state.name}], [])["plans"]
    assert (state.name, turn("plan", state.name)) == (plan["state"], plan["turn"])


def test_deliveries_lie_under_their_plan():
    """Each plan has its own deliveries, in order."""
    plans = [PLAN, {**PLAN, "id": "pln_2"}]
    deliveries = [{**DELIVERY, "plan": "pln_2"}, DELIVERY]
    found = receipt(SUBMISSION, plans, deliveries)["plans"]
    assert [["pln_1"], ["pln_2"]] == [[d["plan"] for d in p["deliveries"]] for p in found]


def test_confirmed_is_not_taken():
    """What the wire confirmed is on the transport's ledger only."""
    found = delivery(DELIVERY)
    assert ("confirmed", "none", "none") == (
        found["transport"]["state"],
        found["person"]["state"],
        found["agreement"]["state"],
    )


@pytest.mark.parametrize(
    ("state", "plans", "deliveries", "closed"),
    [
        ("received", [], [], False),
        ("quarantined", [], [], False),
        ("read", [PLAN], [DELIVERY], False),
        ("read", [PLAN], [{**DELIVERY, "acknowledged_at": AT}], True),
        ("read", [PLAN], [{**DELIVERY, "answered_at": AT}], True),
        ("read", [PLAN, {**PLAN, "id": "2"}], [{**DELIVERY, "acknowledged_at": AT}], False),
        ("read", [{**PLAN, "state": "superseded"}], [], True),
        ("read", [{**PLAN, "state": "held"}], [], False),
        ("read", [repeating(taken=False)], [], False),
        ("read", [repeating(taken=True)], [], True),
        ("read", [repeating(taken=False, state="superseded")], [], True),
    ],
)
def test_closed(state, plans, deliveries, closed):
    """The loop is closed when a person took every plan that still stands."""
    assert closed == receipt({**SUBMISSION, "state": state}, plans, deliveries)["closed"]


@pytest.mark.parametrize(
    ("tally", "kept"), [(SUBMISSION["tally"], 0.75), ({}, None), ({"source_items": 0}, None)]
)
def test_coverage(tally, kept):
    """The share kept counts what is in the plan or its residue; nothing read has no share."""
    assert kept == coverage(tally)["kept"]


def test_instant():
    """Instants are told in UTC."""
    local = AT.astimezone(timezone(-timedelta(hours=5)))
    assert ("2026-11-02T14:30:00Z", None) == (instant(local), instant(None))


def test_json():
    """A receipt is JSON as it stands."""
    found = receipt(SUBMISSION, [PLAN], [DELIVERY])
    assert found == json.loads(json.dumps(found))
