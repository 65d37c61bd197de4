"""What changed, to whom it may be told: a newer version, and what of it each side sees."""

from __future__ import annotations

import re

import pytest
from simulator import STAFF, play, practice

from hub.asked import Actor
from hub.canonical import said
from hub.changes import changes
from hub.errors import Refused
from hub.worklist import Wanted

GRANT = ("mco-susquehanna", "grant_extract.csv")
KOWALSKI = ("mco-allegheny", "kowalski_care_plan.xml")
RIVERBEND, NORTHSIDE = practice("pcmh-riverbend"), practice("pcmh-northside")
SENDER = Actor("act_mco", "mco-susquehanna", "Maria", ("mco",))
FRIDAY, MONDAY = b"every Friday", b"every Monday"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def sends(story, of, *changed):
    """Hand a sample in with words changed, and let it arrive; return the newest delivery."""
    first = await story.sends_sample(*of)
    content = await story.hub.vault.get(first.digest)
    for before, after in changed:
        assert before in content
        content = content.replace(before, after)
    if changed:
        await story.sends(of[0], content, of[1])
    await story.runs()
    (row,) = await story.rows("select id from delivery order by seq desc limit 1")
    return row["id"]


async def told(story, nurse, delivery):
    """Return what changed as the practice is told it."""
    plan = await story.hub.reception.plan(nurse, delivery)
    before = await story.hub.reception.earlier(nurse, delivery)
    return before and [(c.what, c.name, c.fields) for c in changes(before.plan, plan)]


async def test_since_the_one_acknowledged(story):
    """The practice is told what changed since the version it took."""
    first = await sends(story, GRANT)
    await story.hub.reception.acknowledge(RIVERBEND, first, "Nadia Brandt RN")
    second = await sends(story, GRANT, (FRIDAY, MONDAY))
    third = await sends(story, GRANT, (FRIDAY, MONDAY), (b"Grab bars", b"Steel grab bars"))
    before = await story.hub.reception.earlier(RIVERBEND, third)
    found = {what: fields for what, _, fields in await told(story, RIVERBEND, third)}

    assert (before.version, before.taken_by) == (1, "Nadia Brandt RN")
    assert second != third
    assert [len(await told(story, RIVERBEND, third)), set(found)] == [2, {"changed"}]


async def test_one_item(story):
    """Of versions that came one after the other untaken the worklist holds the newest only."""
    first = await sends(story, GRANT)
    second = await sends(story, GRANT, (FRIDAY, MONDAY))
    listed = await story.hub.worklist.listed(RIVERBEND, Wanted(), story.hub.clock.now())
    rows = listed.rows
    (only,) = await told(story, RIVERBEND, second)
    ((_, _, (field,))) = only

    assert [row["id"] for row in rows] == [second]
    assert (field.label, field.before, field.after) == (
        "Frequency",
        "every Friday",
        "every Monday",
    )
    with pytest.raises(Refused) as refused:
        await story.hub.reception.acknowledge(RIVERBEND, first, "Nadia Brandt RN")
    assert refused.value.status == 409


async def test_what_was_taken_stays(story):
    """A version that somebody took is not replaced by what comes after it."""
    first = await sends(story, GRANT)
    await story.hub.reception.acknowledge(RIVERBEND, first, "Nadia Brandt RN")
    await sends(story, GRANT, (FRIDAY, MONDAY))

    assert await story.states("delivery") == ["acknowledged", "sent"]


async def test_first_version(story):
    """Of a first version there is nothing to tell."""
    assert await told(story, RIVERBEND, await sends(story, GRANT)) is None


async def test_withheld_from_both(story):
    """A change inside what is withheld is no change to the practice; its sender sees it."""
    first = await sends(story, KOWALSKI)
    await story.hub.reception.acknowledge(NORTHSIDE, first, "Tamika Ross LCSW")
    second = await sends(
        story,
        KOWALSKI,
        (b"Thirty days without alcohol", b"Sixty days without alcohol"),
        (b"Keep the apartment", b"Keep the apartment through winter"),
    )
    (plan,) = await story.rows("select id from plan order by seq desc limit 1")
    whole = await story.hub.plans.plan(STAFF, plan["id"])
    before = await story.hub.plans.earlier(STAFF, plan["id"])
    seen = await told(story, NORTHSIDE, second)
    all_ = [c.name for c in changes(before.plan, whole)]

    assert any("alcohol" in name for name in all_)
    assert ["Keep the apartment through winter"] == [name for _, name, _ in seen]


async def test_earlier_one_no_longer_open(story):
    """Nothing is compared with a version that consent does not open any more."""
    hale = ("mco-allegheny", "hale_mdm_t02.hl7")
    member = await story.member("mco-allegheny", "AB-77121")
    everything = ("general", "sud", "mental_health")
    consent = await story.grants(member, "mco-allegheny", "pcmh-northside", *everything)
    first = await sends(story, hale)
    await story.hub.reception.acknowledge(NORTHSIDE, first, "Tamika Ross LCSW")
    await story.grants(member, "mco-allegheny", "pcmh-northside", "general", "mental_health")
    await story.rows("update consent set superseded_by = 'x' where id = %s returning 1", consent)
    ask = story.hub.reception.earlier(NORTHSIDE, first)
    assert await ask is None
    with pytest.raises(Refused):
        await story.hub.reception.plan(NORTHSIDE, first)


async def test_sender_sees_its_own(story):
    """The sender is told what its version changes; another practice or sender, nothing at all."""
    await sends(story, GRANT)
    second = await sends(story, GRANT, (FRIDAY, MONDAY))
    (plan,) = await story.rows("select id from plan order by seq desc limit 1")
    before = await story.hub.plans.earlier(SENDER, plan["id"])
    (change,) = changes(before.plan, await story.hub.plans.plan(SENDER, plan["id"]))

    assert (before.version, said(change.name)) == (1, "Food box, diabetes- and salt-friendly")
    for ask in (
        story.hub.plans.earlier(Actor("x", "mco-laurel", "X", ("mco",)), plan["id"]),
        story.hub.reception.earlier(NORTHSIDE, second),
    ):
        with pytest.raises(Refused) as refused:
            await ask
        assert refused.value.status == 404


async def test_document_names_what_it_replaces(story):
    """The delivered document names the version the practice has, and the first one names none."""
    await story.rows("update endpoint set format = 'ccda' returning 1")
    first = await sends(story, GRANT)
    second = await sends(story, GRANT, (FRIDAY, MONDAY))
    earlier, _, _ = await story.hub.reception.content(RIVERBEND, first)
    later, _, _ = await story.hub.reception.content(RIVERBEND, second)
    (own,) = re.findall(rb'<ClinicalDocument.*?<id root="([^"]+)"', earlier, re.DOTALL)
    related = re.findall(rb"<relatedDocument.*?</relatedDocument>", later, re.DOTALL)

    assert b"<relatedDocument" not in earlier
    assert [True] == [own in one and b'versionNumber value="1"' in one for one in related]
