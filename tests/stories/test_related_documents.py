"""C-CDA documents about other documents: replaced, added to, made from, and sent out of order."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest
from simulator import play

from hub import pipeline
from hub.adapting import activating
from hub.demo import world
from hub.pipeline import renormalising
from hub.store import naming

MCO = "mco-keystone"
PARENT = (
    '<relatedDocument typeCode="{how}"><parentDocument><id root="2.999.9" extension="{of}"/>{more}'
    "</parentDocument></relatedDocument>"
)


def document(name, *, of="", how="RPLC", set_id="", version=1, goal="walk"):
    """Return a care plan called `name`; `of` is the document it is related to."""
    sending = world.Sending(MCO, "delgado_care_plan.xml", "api", "")
    text = world.sample(sending).read_text(encoding="utf-8")
    text = re.sub(r'<id root="229a[^"]*"/>', f'<id root="2.999.9" extension="{name}"/>', text)
    kept = f'<setId root="2.999.8" extension="{set_id}"/><versionNumber value="{version}"/>'
    text = re.sub(r"<setId [^>]*/><versionNumber [^>]*/>", kept if set_id else "", text)
    before = f'<setId root="2.999.8" extension="{set_id}"/>' if set_id else ""
    related = PARENT.format(how=how, of=of, more=before) if of else ""
    text = text.replace("<component>", f"{related}<component>", 1)
    return text.replace("</title><effectiveTime", f" to {goal}</title><effectiveTime", 1).encode()


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def came(story, *documents):
    """Send documents one after the other; return (state, version) of their plans, as they came."""
    for one in documents:
        await story.sends(MCO, one, "plan.xml")
        await story.runs()
    rows = await story.rows(
        "select p.state, p.version from plan p join submission s on s.id = p.submission"
        " order by s.seq"
    )
    return [(row["state"], row["version"]) for row in rows]


async def test_replaced_by_id(story):
    """A replacement that names its parent's id alone is the next version of its plan."""
    found = await came(story, document("A"), document("B", of="A", goal="run"))

    assert found == [("superseded", 1), ("released", 2)]


async def test_replaced_across_sets(story):
    """A replacement under another set id still replaces what it says it does."""
    first = document("A", set_id="S")
    second = document("B", of="A", set_id="T", goal="run")

    assert await came(story, first, second) == [("superseded", 1), ("released", 2)]


async def test_unknown_parent(story):
    """Without a set of its own a replacement of an unknown document waits; with one it goes."""
    waits = document("B", of="A")
    goes = document("D", of="C", set_id="S", goal="run")

    assert await came(story, waits, goes) == [("unmatched", 1), ("released", 1)]


async def test_older_document_comes_late(story):
    """A document that was replaced before it came goes nowhere."""
    newer = document("B", of="A", set_id="S", version=2)
    found = await came(story, newer, document("A", set_id="S", version=1, goal="run"))

    assert [state for state, _ in found] == ["released", "superseded"]


async def test_lower_version_comes_late(story):
    """A lower version of a set after a higher one is never sent over it by itself."""
    newer = document("B", set_id="S", version=2)
    found = await came(story, newer, document("A", set_id="S", version=1, goal="run"))
    (row,) = await story.rows("select reason from plan order by seq desc limit 1")

    assert [state for state, _ in found] == ["released", "unmatched"]
    assert row["reason"]["conflicts"] == ["older_version"]


async def test_lower_version_beside_a_higher(story):
    """A lower version that another worker walks meanwhile is not sent over the higher one."""
    await story.sends(MCO, document("B", set_id="S", version=2), "plan.xml")
    engine, line = story.hub.engine(), story.hub.line
    finish, claimed = line.finish, []
    await story.rows("update submission set due = now() + interval '1 hour' returning 1")
    await story.sends(MCO, document("A", set_id="S", goal="run"), "plan.xml")

    async def meanwhile(submissions, outcomes):
        line.finish = finish
        claimed.extend(one.state for one in outcomes)
        await story.rows("update submission set due = now() where lease_until is null returning 1")
        await pipeline.read_batch(engine)
        await finish(submissions, outcomes)

    line.finish = meanwhile
    await pipeline.read_batch(engine)
    await story.runs()
    rows = await story.rows(
        "select p.state, p.reason from plan p join submission s on s.id = p.submission"
        " order by s.seq"
    )

    assert claimed == ["released"]
    assert [row["state"] for row in rows] == ["released", "unmatched"]
    assert rows[1]["reason"]["conflicts"] == ["older_version"]


async def raced(story):
    """Let a higher version be kept after a lower one that came later; return what it was then."""
    await story.sends(MCO, document("B", set_id="S", version=2), "plan.xml")
    engine, line = story.hub.engine(), story.hub.line
    finish, claimed = line.finish, []

    async def meanwhile(submissions, outcomes):
        line.finish = finish
        claimed.extend(one.state for one in outcomes)
        await story.sends(MCO, document("A", set_id="S", goal="run"), "plan.xml")
        await pipeline.read_batch(engine)
        await finish(submissions, outcomes)

    line.finish = meanwhile
    await pipeline.read_batch(engine)
    await story.runs()
    return claimed


async def test_higher_version_is_kept_after_a_lower(story):
    """A higher version that was accepted first and is kept last stands over the lower one."""
    claimed = await raced(story)
    rows = await story.rows(
        "select p.state, p.version from plan p join submission s on s.id = p.submission"
        " order by s.seq"
    )
    sent = await story.rows("select state from delivery order by seq")

    assert claimed == ["released"]
    assert [(row["state"], row["version"]) for row in rows] == [("released", 2), ("superseded", 1)]
    assert sent[-1]["state"] not in {"superseded", "recalled"}


async def test_a_moved_plan_is_read_again(story, monkeypatch):
    """A plan that took its place after a later document can be read again, and goes out anew."""
    await raced(story)
    ((row),) = await story.rows("select submission from plan where state = 'released'")
    read = renormalising.plans_of

    def other(*given):
        outcome, drafts = read(*given)
        return outcome, [replace(d, plan=replace(d.plan, strengths=("walks",))) for d in drafts]

    monkeypatch.setattr(renormalising, "plans_of", other)
    counts = await activating.renormalised(story.hub, row["submission"], "tester")
    await story.runs()
    rows = await story.rows("select submission, state, version from plan order by seq desc")

    assert counts == {"new": 1}
    assert tuple(rows[0].values()) == (row["submission"], "released", 3)
    assert [one["state"] for one in rows[1:]] == ["superseded", "superseded"]


async def test_lower_version_waits_for_a_higher_in_another_chain(story, monkeypatch):
    """Of one set's versions kept at once, in two chains, the lower sees the higher all the same."""
    await came(story, document("A", set_id="S"))
    await story.sends(MCO, document("B", of="A", set_id="T", version=3, goal="run"), "plan.xml")
    engine, timely, tasks = story.hub.engine(), naming.timely, []

    async def stuck():
        query = "select count(*) as n from pg_locks where locktype = 'advisory' and not granted"
        return (await story.rows(query))[0]["n"] > 0

    async def meanwhile(connection, fresh):
        monkeypatch.setattr(naming, "timely", timely)
        await story.sends(MCO, document("C", set_id="T", version=2, goal="swim"), "plan.xml")
        tasks.append(asyncio.create_task(pipeline.read_batch(engine)))
        while not (tasks[0].done() or await stuck()):  # noqa: ASYNC110  # the other waits in the database, which tells nobody
            await asyncio.sleep(0.01)
        return await timely(connection, fresh)

    monkeypatch.setattr(naming, "timely", meanwhile)
    await pipeline.read_batch(engine)
    await asyncio.gather(*tasks)
    await story.runs()
    rows = await story.rows(
        "select p.state, p.reason from plan p join submission s on s.id = p.submission"
        " order by s.seq"
    )

    assert [row["state"] for row in rows] == ["superseded", "released", "unmatched"]
    assert rows[2]["reason"]["conflicts"] == ["older_version"]


async def test_addendum(story):
    """An addendum goes out beside what it adds to, though it has the same set id."""
    first = document("A", set_id="S")
    second = document("B", of="A", how="APND", set_id="S", goal="run")

    assert await came(story, first, second) == [("released", 1), ("released", 1)]


async def test_made_from(story):
    """A document made from one on file is the same plan in another form."""
    first = document("A", set_id="S")
    second = document("B", of="A", how="XFRM", goal="run")

    assert await came(story, first, second) == [("superseded", 1), ("released", 2)]


async def test_made_from_what_nobody_sent(story):
    """What a document was made from need not be on file; it can be replaced by that name."""
    first = document("B", of="A", how="XFRM")
    second = document("C", of="A", goal="run")

    assert await came(story, first, second) == [("superseded", 1), ("released", 2)]
