"""What a practice may answer, what becomes of it, and what the sender replies."""

from __future__ import annotations

import pytest
from simulator import STAFF, play, practice

from hub.asked import Actor
from hub.correspondence import Change, Given
from hub.errors import Refused

GRANT = ("mco-susquehanna", "grant_extract.csv")
NURSE = practice("pcmh-riverbend")
STRANGER = practice("pcmh-northside")
SENDER = Actor("act_mco", "mco-susquehanna", "Sam Ortiz", ("mco",))
NAME = "Nadia Brandt RN"


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice."""
    async with play(conninfo, tmp_path) as found:
        await found.sends_sample(*GRANT)
        await found.runs()
        yield found


async def sent(stage) -> str:
    """Return the newest delivery."""
    return (await stage.rows("select id from delivery order by seq desc"))[0]["id"]


async def test_proposed_changes(stage):
    """Proposed changes stand beside what the plan says; the sender reads them and replies."""
    delivery = await sent(stage)
    plan = await stage.hub.reception.plan(NURSE, delivery)
    changes = (Change("/goals/0", "Walk to the shop twice a week"), Change("/asks/-", "Call us"))
    await stage.hub.reception.answer(NURSE, delivery, Given("propose", NAME, changes=changes))
    (answer,) = await stage.hub.reception.said(SENDER, delivery)
    await stage.hub.reception.reply(SENDER, answer.id, "keep", "The member chose it", "Sam Ortiz")
    (again,) = await stage.hub.reception.said(NURSE, delivery)

    assert [(one.pointer, one.says, one.before) for one in answer.changes] == [
        ("/goals/0", "Walk to the shop twice a week", plan.goals[0].text),
        ("/asks/-", "Call us", ""),
    ]
    assert [(one.kind, one.reason) for one in again.replies] == [("keep", "The member chose it")]
    row = (await stage.rows("select state, agreement from delivery"))[0]
    assert row == {"state": "answered", "agreement": "changes_proposed"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Given("propose", NAME), "changes_missing"),
        (Given("propose", NAME, changes=(Change("/goals/99", "x"),)), "pointer_unknown"),
        (Given("propose", NAME, changes=(Change("/member/name", "x"),)), "pointer_unknown"),
        (Given("propose", NAME, changes=(Change("/goals/-", " "),)), "change_empty"),
        (Given("return", NAME, "not ours"), "code_missing"),
        (Given("dispute", NAME), "reason_missing"),
        (Given("dispute", NAME, code="deceased"), "code_unknown"),
        (Given("dispute", NAME, code="other"), "reason_missing"),
        (Given("accept", NAME, changes=(Change("/goals/0", "x"),)), "changes_misplaced"),
        (Given("close", "  ", code="goals_met"), "name_missing"),
    ],
)
async def test_wrong_answers(stage, given, code):
    """An answer that says too little, or points nowhere, is refused and changes nothing."""
    with pytest.raises(Refused) as refused:
        await stage.hub.reception.answer(NURSE, await sent(stage), given)

    assert refused.value.code == code
    assert await stage.states("delivery") == ["sent"]
    assert await stage.rows("select id from answer") == []


@pytest.mark.parametrize(
    ("given", "agreement"),
    [
        (Given("dispute", NAME, code="criteria_not_met"), "disputed"),
        (Given("cannot_reach", NAME, code="wrong_contact_data"), "cannot_reach"),
        (Given("meeting", NAME), "meeting_asked"),
        (Given("close", NAME, code="goals_met"), "closed"),
    ],
)
async def test_each_answer(stage, given, agreement):
    """Each answer says its own thing in the third ledger and takes the plan."""
    await stage.hub.reception.answer(NURSE, await sent(stage), given)

    rows = await stage.rows("select agreement, person, acknowledged_by from delivery")
    assert rows == [{"agreement": agreement, "person": "acknowledged", "acknowledged_by": NAME}]


async def test_wrong_practice(stage):
    """A plan given back is shown there no more, and goes to the right home when it is known."""
    delivery = await sent(stage)
    await stage.hub.reception.answer(NURSE, delivery, Given("return", NAME, code="wrong_practice"))
    with pytest.raises(Refused) as refused:
        await stage.hub.reception.plan(NURSE, delivery)
    await stage.runs()
    before = await stage.states("plan"), await stage.states("delivery")
    await stage.rows(
        "update attribution set pcmh = 'pcmh-northside' where member ="
        " (select member from plan limit 1) returning 1"
    )
    plan = (await stage.rows("select id from plan"))[0]["id"]
    await stage.hub.plans.retry(STAFF, plan)
    await stage.runs()

    assert refused.value.status == 410
    assert before == (["unroutable"], ["returned"])
    rows = await stage.rows("select pcmh, state from delivery order by seq")
    assert [(row["pcmh"], row["state"]) for row in rows] == [
        ("pcmh-riverbend", "returned"),
        ("pcmh-northside", "sent"),
    ]


async def test_wrong_member(stage):
    """A plan about somebody else is never given to the same member again by itself."""
    delivery = await sent(stage)
    await stage.hub.reception.answer(NURSE, delivery, Given("return", NAME, code="wrong_member"))
    await stage.rows("update plan set due = now() returning 1")
    await stage.runs()

    assert await stage.states("plan") == ["unmatched"]
    assert await stage.states("delivery") == ["returned"]


async def test_not_theirs(stage):
    """Another practice reads no answer; another sender, or the practice itself, gives no reply."""
    delivery = await sent(stage)
    await stage.hub.reception.answer(NURSE, delivery, Given("meeting", NAME))
    (answer,) = await stage.hub.reception.said(NURSE, delivery)
    other = Actor("act_o", "mco-laurel", "Other", ("mco",))
    for actor in (STRANGER, other):
        with pytest.raises(Refused, match="no such"):
            await stage.hub.reception.said(actor, delivery)
    for actor in (NURSE, other):
        with pytest.raises(Refused, match="no such"):
            await stage.hub.reception.reply(actor, answer.id, "meet", "", "Somebody")
