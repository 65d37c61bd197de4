"""The member's own copy: what stays out of it, for whom, by whom, and that it was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import yaml
from simulator import STAFF, play, practice

from hub.asked import Actor
from hub.canonical.wire import decode_plan, encode
from hub.copies import Wanted
from hub.copying import copy
from hub.demo import world
from hub.errors import Refused
from hub.labels.asking import LabelWish
from hub.officer import Reported

MCO, PCMH = "mco-susquehanna", "pcmh-riverbend"
CARE = Actor("act_care", MCO, "Sam Ortiz", ("mco",))
NURSE = practice(PCMH)
SELF = Wanted("member", "Aisha Grant")
VIOLENCE = "Afraid of her partner: domestic violence at home"
DRINKING = "Alcohol use disorder treated at the clinic"


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which a plan with a part about violence at home is with its practice."""
    async with play(conninfo, tmp_path) as found:
        file = world.sample(world.Sending(MCO, "grant_extract.csv", "api", ""))
        text = file.read_bytes().decode("cp1252")
        text = text.replace("Food runs out before the month ends", VIOLENCE)
        text = text.replace("Enough food every week", "Be safe at home")
        text = text.replace('"Food box, diabetes- and salt-friendly"', "Shelter number by heart")
        await found.sends(MCO, text.encode("cp1252"), "grant_extract.csv")
        await found.runs()
        yield found


async def made(stage, actor, wanted=SELF):
    """Make a copy; return it and its words."""
    (row,) = await stage.rows("select id from plan where state <> 'superseded'")
    sight = await stage.hub.copies.plan_sight(actor, row["id"])
    found = copy(sight, actor, wanted, stage.hub.clock.now(), stage.hub.policy)
    await stage.hub.copies.keep(actor, sight, wanted, found)
    return found, words_of(found.content)


def words_of(content):
    """Return a PDF's words."""
    document = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


async def test_whole_but_for_violence(stage):
    """The member gets their plan, in front a sheet with their name, and no word of the violence."""
    found, words = await made(stage, CARE)

    assert "Dress without help every morning" in words
    for word in ("violence", "partner", "Shelter", "safe at home"):
        assert word not in words
    assert found.withheld >= 1
    with pikepdf.open(BytesIO(found.content)) as paper:
        assert len(paper.pages) >= 2
    first = words_of(found.content).partition("Behind this page")[0]
    assert "Aisha Grant" in first
    assert "arthritis" not in first


async def test_practice_hands_on_what_it_has(stage):
    """A practice that has the plan may make the copy; one that hasn't finds no such plan."""
    _, words = await made(stage, NURSE)

    assert "Dress without help every morning" in words
    with pytest.raises(Refused) as raised:
        await made(stage, practice("pcmh-orchard"))
    assert 404 == raised.value.status
    with pytest.raises(Refused):
        await made(stage, Actor("a", "mco-laurel", "A", ("mco",)))


async def test_practice_after_a_restriction(stage):
    """When consent no longer lets the practice have the plan, it can't copy it; its sender can."""
    member = await stage.member(MCO, "000482914")
    await stage.rows(
        "update attribution set pcmh = 'pcmh-orchard' where member = %s returning 1", member
    )
    with pytest.raises(Refused) as raised:
        await made(stage, NURSE)

    assert 410 == raised.value.status
    await made(stage, CARE)


async def test_practice_prints_no_more(stage):
    """A copy a practice made can't be printed once consent was taken back; its sender's can."""
    theirs, _ = await made(stage, NURSE)
    ours, _ = await made(stage, CARE)
    assert theirs.content == await stage.hub.copies.content(NURSE, theirs.id)
    (plan,) = await stage.rows("select id from plan where state <> 'superseded'")
    shown = await stage.hub.labels.of_plan(STAFF, plan["id"])
    one = next(one for one in shown if one.element.startswith("/interventions/"))
    wish = LabelWish("raise", one.element, one.digest, ("hiv",))
    await stage.hub.labels.change(STAFF, plan["id"], wish)

    with pytest.raises(Refused) as raised:
        await stage.hub.copies.content(NURSE, theirs.id)
    assert 410 == raised.value.status
    assert ours.content == await stage.hub.copies.content(CARE, ours.id)
    refused = await stage.rows("select noun from event where kind = 'access.refused'")
    assert [{"noun": theirs.id}] == refused


async def test_practice_in_an_incident(stage):
    """A plan that is asked back is neither copied by the practice nor printed there."""
    found, _ = await made(stage, NURSE)
    member = await stage.member(MCO, "000482914")
    now = stage.hub.clock.now()
    told = Reported(member, PCMH, None, "other", "Not theirs", now)
    await stage.hub.officer.open_incident(STAFF, told)

    for attempt in (made(stage, NURSE), stage.hub.copies.content(NURSE, found.id)):
        with pytest.raises(Refused) as raised:
            await attempt
        assert 410 == raised.value.status


async def test_practice_copies_what_it_was_given(stage):
    """What was kept from the practice stays out of its copy, though consent would let it go now."""
    (plan,) = await stage.rows("select id, digest from plan where state <> 'superseded'")
    whole = decode_plan(await stage.hub.vault.get(plan["digest"]))
    released = replace(whole, interventions=())
    (kept,) = await stage.hub.vault.put_many([encode(released)])
    await stage.rows("update release set plan_digest = %s returning 1", kept.digest)
    (gone, *_) = [one.text for one in whole.interventions if "Shelter" not in one.text]
    _, theirs = await made(stage, NURSE)
    _, ours = await made(stage, CARE)

    assert (gone in theirs, gone in ours) == (False, True)


async def test_representative_of_a_minor(stage):
    """A minor's representative sees nothing sensitive that the minor alone may decide of."""
    file = world.sample(world.Sending(MCO, "grant_extract.csv", "api", ""))
    text = file.read_bytes().decode("cp1252").replace("03/27/1966", "03/27/2011")
    text = text.replace("Food runs out before the month ends", DRINKING)
    await stage.rows("update member set birth_date = '2011-03-27' returning 1")
    await stage.sends(MCO, text.encode("cp1252"), "grant_extract.csv")
    await stage.runs()
    _, own = await made(stage, CARE, Wanted("member", "Aisha Grant"))
    _, theirs = await made(stage, CARE, Wanted("representative", "Ruth Grant"))

    assert "Alcohol" in own
    assert "Alcohol" not in theirs
    assert "Dress without help every morning" in theirs
    assert "Ruth Grant" in theirs


async def test_queue(stage):
    """A copy is printed and given once, by name; another organisation sees none of it."""
    found, _ = await made(stage, CARE)
    copies = stage.hub.copies
    today = datetime.now(UTC).date()
    assert [("Aisha Grant", None)] == [(r["name"], r["given_at"]) for r in await copies.queue(CARE)]
    assert [] == await copies.queue(NURSE)
    assert found.content == await copies.content(CARE, found.id)
    with pytest.raises(Refused):
        await copies.content(NURSE, found.id)
    with pytest.raises(Refused):
        await copies.given(NURSE, found.id, "handed", "N", today)
    with pytest.raises(Refused, match="future"):
        await copies.given(CARE, found.id, "handed", "S", today.replace(year=today.year + 1))
    await copies.given(CARE, found.id, "posted", "Sam Ortiz", today)
    with pytest.raises(Refused):
        await copies.given(CARE, found.id, "posted", "Sam Ortiz", today)
    with pytest.raises(Refused) as raised:
        await copies.content(CARE, found.id)
    assert 410 == raised.value.status
    kinds = await stage.rows("select kind, detail from event where kind like 'copy.%%' order by id")
    assert ["copy.made", "copy.printed", "copy.given"] == [one["kind"] for one in kinds]
    assert "Aisha" not in yaml.safe_dump([one["detail"] for one in kinds])
    (kept,) = await stage.rows("select name from member_copy")
    assert b"Aisha" not in bytes(kept["name"])


async def test_nobody_unknown(stage):
    """A plan that isn't there, or whose member isn't known, has no copy."""
    with pytest.raises(Refused) as raised:
        await stage.hub.copies.plan_sight(CARE, "pln_nobody")

    assert 404 == raised.value.status
