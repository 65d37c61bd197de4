"""A plan with doubtful values waits for a person, and goes on by itself when all are settled."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator import play

import adapters
from hub.adapting import activating, samples
from hub.asked import Actor, Settled
from hub.errors import Refused
from hub.store.activating import PostgresProfiles

OKAFOR = ("mco-keystone", "okafor_care_plan.pdf")
IVAN = Actor("act_ivan", "hub", "Ivan Petrov", ("integration",))
MARIA = Actor("act_maria", "mco-keystone", "Maria Lopez", ("mco",))
LESS = ("      frequency: often\n", "")
"""A change by which interventions do not say how often."""
STRANGERS = (
    Actor("act_other", "mco-laurel", "Somebody", ("mco",)),
    Actor("act_nurse", "pcmh-riverbend", "Nadia Brandt RN", ("pcmh",)),
    Actor("act_priv", "hub", "Petra", ("privacy",)),
)


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open a house that asks for more certainty than a page's layout gives."""
    async with play(conninfo, tmp_path, confirm_below=0.985) as open_stage:
        yield open_stage


async def waits(story):
    """Hand the plan in, walk the line, and return the plan's id."""
    await story.sends_sample(*OKAFOR)
    await story.runs()
    ((row),) = await story.rows("select id from plan")
    return row["id"]


async def settles(story, plan, pointer="", decision="confirm", **given):
    """Settle one doubt as integration staff; return how many are left."""
    shown = await story.hub.confirming.doubtful(IVAN, plan)
    number = next(n for n, d in enumerate(shown.doubts) if not pointer or d.pointer == pointer)
    return await story.hub.confirming.settle(
        IVAN, plan, Settled(shown.digest, number, decision, **given)
    )


async def confirms_all(story, plan):
    """Confirm whatever is left."""
    while await settles(story, plan):
        pass


async def test_nothing_leaves(story):
    """A plan with doubtful values is neither matched nor released nor sent."""
    await waits(story)
    (row,) = await story.rows("select state, member, reason from plan")

    assert ("doubtful", None) == (row["state"], row["member"])
    assert [] == await story.rows("select id from release")
    assert "/member/birth_date" in [d["pointer"] for d in row["reason"]["doubts"]]


async def test_a_house_that_trusts_it(conninfo, tmp_path):
    """With the ordinary threshold the same plan goes straight through."""
    async with play(conninfo, tmp_path) as story:
        await waits(story)

        assert ["released"] == await story.states("plan")


async def test_goes_on_by_itself(story):
    """With its last doubt settled the plan is matched, released and delivered, corrected."""
    plan = await waits(story)
    await settles(
        story, plan, "/goals/0/text", "correct", value="Walk every day", reason="it says so"
    )
    await confirms_all(story, plan)
    await story.runs()
    (delivery,) = await story.rows("select id from delivery")
    nurse = Actor("act_nurse", await pcmh(story), "Nadia Brandt RN", ("pcmh",))
    sent = await story.hub.reception.plan(nurse, delivery["id"])

    assert ["released"] == await story.states("plan")
    assert "Walk every day" == sent.goals[0].text


async def pcmh(story):
    """Return where the plan went."""
    ((row),) = await story.rows("select pcmh from delivery")
    return row["pcmh"]


async def test_others_are_marked(story):
    """Doubtful values that do not hold a plan back are counted in a note that goes with it."""
    plan = await waits(story)
    shown = await story.hub.confirming.doubtful(IVAN, plan)
    ((row),) = await story.rows("select findings from plan")

    assert "Not confirmed" == shown.plan.notes[-1].section
    assert "unconfirmed_values" in [f["code"] for f in row["findings"]]


async def test_recorded(story):
    """Who settled what, and why, is kept and in the ledger, which holds no value and no reason."""
    plan = await waits(story)
    await settles(
        story, plan, "/member/birth_date", "correct", value="1950-01-02", reason="a seven"
    )
    (kept,) = await story.rows(
        "select pointer, decision, reason, name, before, after from settlement"
    )
    (event,) = await story.rows(
        "select actor, detail from event where kind = 'plan.corrected' and noun = %s", plan
    )

    assert ("/member/birth_date", "correct", "a seven", "Ivan Petrov") == (
        *(kept["pointer"], kept["decision"], kept["reason"], kept["name"]),
    )
    assert kept["before"] != kept["after"]
    assert event == {
        "actor": "act_ivan",
        "detail": {"at": "/member/birth_date", "because": "unsure", "sha256": kept["after"]},
    }


async def test_what_was_read_is_kept(story):
    """The plan as it was read stays in the vault under its own digest."""
    plan = await waits(story)
    ((row),) = await story.rows("select digest from plan")
    before = await story.hub.vault.get(row["digest"])
    await settles(story, plan, "/goals/0/text", "reject", reason="it is a heading")

    assert before == await story.hub.vault.get(row["digest"])


async def test_rejected_is_residue(story):
    """A rejected goal is no goal any more; its words are residue, and what follows moves up."""
    plan = await waits(story)
    first = await story.hub.confirming.doubtful(IVAN, plan)
    await settles(story, plan, "/goals/0/text", "reject", reason="it is a heading")
    after = await story.hub.confirming.doubtful(IVAN, plan)

    assert first.plan.goals[1].text == after.plan.goals[0].text
    assert first.plan.goals[0].text in after.plan.residue[-1].text
    assert not any(d.pointer.startswith("/goals/2/") for d in after.doubts)


async def test_wrong_member_id_corrected(story):
    """A corrected member id decides whose plan it is, and which plans it is a version of."""
    plan = await waits(story)
    for pointer in ("/member/identifiers/0/value", "/coverage/member_id"):
        await settles(story, plan, pointer, "correct", value="NOBODY-1", reason="a test")
    ((row),) = await story.rows("select member_id from member where family = 'Okafor'")
    shown = await story.hub.confirming.doubtful(IVAN, plan)

    assert "NOBODY-1" == shown.plan.coverage.member_id
    assert "NOBODY-1" != row["member_id"]


async def test_settled_twice(story):
    """A second decision about a draft that has changed is refused, and nothing is lost."""
    plan = await waits(story)
    shown = await story.hub.confirming.doubtful(IVAN, plan)
    one = Settled(shown.digest, 0, "confirm")
    await story.hub.confirming.settle(IVAN, plan, one)
    with pytest.raises(Refused) as refused:
        await story.hub.confirming.settle(MARIA, plan, one)

    assert 409 == refused.value.status
    assert 1 == len(await story.rows("select 1 from settlement"))


@pytest.mark.parametrize("actor", STRANGERS, ids=lambda a: a.id)
async def test_strangers(story, actor):
    """Nobody but integration staff and the sending MCO sees or settles a doubt."""
    plan = await waits(story)
    for ask in (
        story.hub.confirming.doubtful(actor, plan),
        story.hub.confirming.settle(actor, plan, Settled("0" * 64, 0, "confirm")),
    ):
        with pytest.raises(Refused) as refused:
            await ask
        assert 404 == refused.value.status


async def test_the_senders_own_staff(story):
    """The sending MCO's own staff may settle their plan's doubts."""
    plan = await waits(story)
    shown = await story.hub.confirming.doubtful(MARIA, plan)

    assert len(shown.doubts) - 1 == await story.hub.confirming.settle(
        MARIA, plan, Settled(shown.digest, 0, "confirm")
    )


async def test_a_newer_version_takes_its_place(story):
    """A doubtful plan holds no newer version back, and can't be settled once it is replaced."""
    plan = await waits(story)
    await story.rows("update plan set chain = 'c' where id = %s returning 1", plan)
    ((row),) = await story.rows("select fence from plan")
    await story.rows(
        "update plan set state = 'superseded', fence = %s where id = %s returning 1",
        *(row["fence"] + 1, plan),
    )
    with pytest.raises(Refused) as refused:
        await story.hub.confirming.doubtful(IVAN, plan)

    assert 409 == refused.value.status


async def test_ledger_verifies(story):
    """The ledger with its decisions verifies."""
    plan = await waits(story)
    await confirms_all(story, plan)
    await story.runs()
    await story.hub.seal_ledger()

    assert () == (await story.hub.verify_ledger()).problems


async def test_no_consent_by_machine(story):
    """No document makes a consent, however its boxes were read: only a person records one."""
    for mco, name in (OKAFOR, ("mco-susquehanna", "reyes_care_plan.pdf")):
        await story.sends_sample(mco, name)
    await story.runs()

    assert [] == await story.rows("select id from consent")


async def read_again(story, tmp_path):
    """Put a profile in force that says less of the same document, and read that again."""
    text = (Path(adapters.__file__).parent / "mcos" / "keystone_pdf.yaml").read_text("utf-8")
    assert 'version: "1"' in text
    text = text.replace('version: "1"', 'version: "2"').replace(*LESS)
    file = tmp_path / "two.yaml"
    file.write_text(text, "utf-8")
    given = samples.written(file)
    trial = await activating.tried(story.hub, OKAFOR[0], given, 50, lambda *_: None)
    await activating.put(story.hub, trial, "tester")
    ((row),) = await story.rows("select id from submission")
    counts = await activating.renormalised(story.hub, row["id"], "tester")
    assert {"new": 1} == counts
    return await story.rows("select id, state from plan order by seq")


async def test_newer_version_waits_alone(story, tmp_path):
    """Read again by a newer profile, a document waits once: the older reading is put aside."""
    plan = await waits(story)
    rows = await read_again(story, tmp_path)

    assert ["superseded", "doubtful"] == [row["state"] for row in rows]
    events = await story.rows("select kind from event where noun = %s", plan)
    assert "plan.superseded" in [row["kind"] for row in events]


async def test_begun_work_stays(story, tmp_path):
    """An older reading of which a person has settled a doubt stays until that person is done."""
    plan = await waits(story)
    await settles(story, plan, "/member/birth_date")
    rows = await read_again(story, tmp_path)

    assert ["doubtful", "doubtful"] == [row["state"] for row in rows]
    assert await settles(story, plan) is not None


@pytest.mark.parametrize("goes_on", [False, True])
async def test_work_done_meanwhile_stays(story, tmp_path, monkeypatch, goes_on):
    """What a person finished while the document was read again is not put aside for a doubt."""
    plan = await waits(story)
    finish = PostgresProfiles.finish_again

    async def meanwhile(self, *given):
        await confirms_all(story, plan)
        if goes_on:
            await story.runs()
        await finish(self, *given)

    monkeypatch.setattr(PostgresProfiles, "finish_again", meanwhile)
    rows = await read_again(story, tmp_path)
    await story.runs()
    states = [row["state"] for row in await story.rows("select state from plan order by seq")]

    assert rows[0]["state"] == ("released" if goes_on else "read")
    assert states == ["released", "doubtful"]
    assert "superseded" not in await story.states("delivery")
