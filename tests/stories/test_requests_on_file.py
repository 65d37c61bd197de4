"""What requests told is on file: accounted for, shown to the privacy officer, stopped, noticed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from simulator import play, practice

from hub.accounting import account
from hub.asked import Actor
from hub.requests.nouns import Attempt, Brought, Opening, Taken

MCO = "mco-susquehanna"
HOME = "pcmh-riverbend"
MANAGER = Actor("act_manager", MCO, "Sam Ortiz", ("mco",))
NURSE = practice(HOME)
PLAN = b"%PDF-1.4 the practice's own plan"
PART2 = "update organisation set part2_source = 'mixed' where id = %s returning 1"


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice."""
    async with play(conninfo, tmp_path) as found:
        await found.sends_sample(MCO, "grant_extract.csv")
        await found.runs()
        yield found


@pytest.fixture
async def member(stage):
    """Give our id of the member whose plan is with the practice."""
    return (await stage.rows("select member from delivery"))[0]["member"]


async def accounted(stage, member):
    """Return the member's accounting as the privacy officer gets it today."""
    rows = await stage.hub.officer.disclosures(member)
    known = await stage.hub.registry.of_member(member)
    return account(rows, known, datetime.now(UTC).date(), {})


async def test_requests_are_accounted_for(stage, member):
    """A request, a step that told something and a returned document are disclosures, once each."""
    board = stage.hub.requests
    tried = Attempt(date(2026, 11, 2), "phone", "no_answer", "rang at noon")
    outreach = Opening("outreach", member, "Sam Ortiz", "unreached", attempts=(tried,))
    fix = Opening(
        "correction", member, NURSE.name, "member_said", field="phone", says="(717) 555-0142"
    )
    await board.open(MANAGER, outreach)
    made = await board.open(NURSE, fix)
    await board.take(NURSE, made, Taken("remind", NURSE.name))
    await board.take(MANAGER, made, Taken("answer", "Sam Ortiz", "accepted"))
    asked = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    await board.bring(NURSE, Brought(asked, NURSE.name, PLAN, "application/pdf"))
    rows = (await accounted(stage, member)).rows
    told = [(row.what, row.by, row.to, row.purpose) for row in rows[1:]]

    practice_, payer = "Riverbend Family Medicine", "Susquehanna Choice Plan"
    assert [(what, purpose) for what, _, _, purpose in told] == [
        ("request_outreach", "TREAT"),
        ("step_attempt", "TREAT"),
        ("request_correction", "CAREMGT"),
        ("step_answer", "TREAT"),
        ("request_plan", "TREAT"),
        ("document", "CAREMGT"),
    ]
    assert {row.left_out for row in rows} == {"tpo"}
    assert {(by, to) for what, by, to, _ in told if what == "document"} == {(practice_, payer)}


async def test_part_two_documents_are_accounted_for(stage, member):
    """A document of a Part 2 program that came back under a consent is listed under 42 CFR 2.25."""
    await stage.rows(PART2, HOME)
    consent = await stage.grants(member, HOME, MCO, "general", "sud")
    board = stage.hub.requests
    asked = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    document = await board.bring(NURSE, Brought(asked, NURSE.name, PLAN, "application/pdf"))
    made = await accounted(stage, member)
    (row,) = [one for one in made.rows if one.id == document]

    assert row.consents == (consent,)
    assert row in made.part2
    assert (row.left_out, row.general) == ("tpo", False)
