"""A release explains itself in two editions, each proved against the ledger by a stranger."""

from __future__ import annotations

import base64
import importlib.util
import json
from pathlib import Path

import pytest
from simulator import STAFF, play

from consent.records import Policy
from hub.audit import Event, event_bytes
from hub.labels.asking import LabelWish
from hub.web.api_receipts import with_proof

GRANT = ("mco-susquehanna", "grant_extract.csv")
VERIFIER = Path(__file__).parents[2] / "deploy" / "verify_receipt.py"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def withheld_release(story, whose=None):
    """Release a plan without an element that a person raised; return the receipt's row."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    (plan,) = await story.rows("select id from plan")
    shown = await story.hub.labels.of_plan(STAFF, plan["id"])
    one = next(one for one in shown if one.element.startswith("/goals/"))
    wish = LabelWish("raise", one.element, one.digest, ("hiv",))
    await story.hub.labels.change(STAFF, plan["id"], wish)
    await story.runs()
    (row,) = await story.rows("select id from release order by at desc limit 1")
    given = {"delivery": None, "release": row["id"]}
    (found,) = await story.hub.desk.ask("decision_receipt", whose, **given)
    return found


async def withheld_row(story, row):
    """Return the same row as the practice may see it."""
    given = {"delivery": None, "release": row["release"]}
    return (await story.hub.desk.ask("decision_receipt", "pcmh-riverbend", **given))[0]


def verifier():
    """Return the script that strangers use."""
    spec = importlib.util.spec_from_file_location("verify_receipt", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_editions(story):
    """The officer's edition names what was withheld; the recipient's says yes, and no more."""
    row = await withheld_release(story)
    whole, theirs = (with_proof(row, edition, Policy()) for edition in ("officer", "recipient"))

    assert [{"category": "hiv", "part2_origin": "no"}] == whole["receipt"]["withheld"]
    assert whole["receipt"]["withheld_parts"] > 0
    assert "hiv" not in json.dumps(theirs).lower()
    assert "P.S. 7607" not in json.dumps(theirs)
    assert theirs["receipt"]["something_withheld"] is True
    assert (await withheld_row(story, row))["released"] is None
    assert not {"withheld", "withheld_parts", "errors"} & set(theirs["receipt"])


@pytest.mark.parametrize("edition", ["officer", "recipient"])
async def test_provable(story, edition):
    """The event that the ledger holds names the receipt's fingerprint; a changed one is found."""
    told = with_proof(await withheld_release(story), edition, Policy())
    (event,) = await story.hub.desk.ask("event_leaf", None, event=told["event"])
    made = Event(**{name: event[name] for name in ("kind", "noun", "at", "actor", "detail")})
    proof = {"entry": base64.b64encode(event_bytes(event["id"], made)).decode()}
    told = json.loads(json.dumps(told))

    assert verifier().other_decision(proof, told) == ""
    told["receipt"]["purpose"] = "PATRQT"
    assert verifier().other_decision(proof, told) != ""
