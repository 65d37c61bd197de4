"""HL7 v2 messages about a document: which plan they change, withdraw, wait for, may not touch."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from simulator import STAFF, play

from hub import pipeline
from hub.errors import Refused
from hub.store import naming

MCO = "mco-allegheny"
EVERYTHING = ("general", "sud", "mental_health")
HALE = "AB-77121^^^ABBH||Hale^Marcus^^^^^L||19900514|M"
HEAD = (
    r"MSH|^~\&|BRIDGECM|ABBH|PCMHHUB|Northside|20261104141500-0500||MDM^{event}^MDM_T02"
    "|{control}|P|2.5.1|||AL|NE||UNICODE UTF-8"
)
TXA = (
    "TXA|1|18776-5^Plan of care note^LN|TX|20261104140000-0500|||||||"
    "|{number}|{parent}||||{done}|U|AV||||||Recovery plan"
)
WORDS = "OBX|1|TX|18776-5^Plan of care note^LN||MEMBER GOALS:\\.br\\- {goal}||||||F"


def message(event, number, parent="", goal="Keep the job", who=HALE, control=""):
    """Return an MDM message about a document; without a goal it has no content."""
    made = [
        HEAD.format(event=event, control=control or f"{event}-{number}-{parent}-{goal}"),
        f"PID|1||{who}",
        TXA.format(number=number, parent=parent, done="AU"),
    ]
    return "\r".join(made + ([WORDS.format(goal=goal)] if goal else []) + [""]).encode()


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage; the member lets the practice see everything."""
    async with play(conninfo, tmp_path) as stage:
        member = await stage.member(MCO, "AB-77121")
        await stage.grants(member, MCO, "pcmh-northside", *EVERYTHING)
        yield stage


async def sent(story, *messages):
    """Send messages one after the other."""
    for one in messages:
        await story.sends(MCO, one, "plan.hl7")
        await story.runs()


async def plans(story):
    """Return (state, version) of all plans in the order they came."""
    rows = await story.rows(
        "select p.state, p.version from plan p join submission s on s.id = p.submission"
        " order by s.seq"
    )
    return [(row["state"], row["version"]) for row in rows]


@pytest.mark.parametrize(
    "later",
    [
        message("T08", "D1", goal="Walk daily"),
        message("T10", "D2", "D1", goal="Walk daily"),
        message("T04", "D1", goal="Walk daily"),
        message("T10", "D1", goal="Walk daily"),
    ],
    ids=["T08", "T10", "T04", "T10_same_number"],
)
async def test_next_version(story, later):
    """An edit, a replacement or a status change is the next version of what it names."""
    await sent(story, message("T02", "D1"), later)

    assert await plans(story) == [("superseded", 1), ("released", 2)]
    assert await story.states("delivery") == ["superseded", "sent"]


async def test_cancel(story):
    """A cancel reaches the practice as a withdrawn plan in place of the one it has."""
    await sent(story, message("T02", "D1"), message("T11", "D1", goal=""))
    (row,) = await story.rows(
        "select r.digest from delivery d join release r on r.id = d.release"
        " order by d.seq desc limit 1"
    )
    told = msgspec.json.decode(await story.hub.vault.get(row["digest"]))

    assert await plans(story) == [("superseded", 1), ("released", 2)]
    assert told["release"]["replaces"]["version"] == 1
    assert told["plan"]["header"]["status"] == "revoked"


async def test_cancel_after_the_member_moved(story):
    """A cancel goes to no practice that never had the plan: operations see who has it."""
    await sent(story, message("T02", "D1"))
    assert await story.rows("update attribution set pcmh = 'pcmh-orchard' returning 1")
    await sent(story, message("T11", "D1", goal=""))
    (row,) = await story.rows("select reason from plan where state = 'unroutable'")

    assert row["reason"]["because"] == "had_elsewhere"
    assert await story.states("delivery") == ["sent"]


async def test_cancel_twice(story):
    """The same cancel again tells nobody again."""
    cancel = message("T11", "D1", goal="", control="C2")
    await sent(story, message("T02", "D1"), message("T11", "D1", goal=""), cancel)

    assert [state for state, _ in await plans(story)] == ["superseded", "released", "unchanged"]


async def test_cancel_of_what_was_taken_in_spite_of_the_wire(story):
    """A cancel reaches a practice that took the plan, though no attempt was ever confirmed."""
    await sent(story, message("T02", "D1"))
    taken = "state = 'acknowledged', sent_at = null, acknowledged_at = now()"
    await story.rows(f"update delivery set {taken} returning 1")  # noqa: S608  # our own words
    await sent(story, message("T11", "D1", goal=""))

    assert await plans(story) == [("superseded", 1), ("released", 2)]


@pytest.fixture
async def edited(story):
    """Give a document that was sent, and an edit of it that waits for a verified contact."""
    await sent(story, message("T02", "D1"))
    await story.rows("update contact set verified_on = null returning 1")
    await sent(story, message("T08", "D1", goal="Walk daily"))
    await story.rows("update contact set verified_on = '2026-01-01' returning 1")
    assert await plans(story) == [("released", 1), ("unroutable", 2)]
    return story


async def test_an_edit_that_waited_goes_on(edited):
    """An edit that waited for its route does not take itself for a newer document."""
    await edited.rows(
        "update plan set state = 'matched', due = now() where state = 'unroutable' returning 1"
    )
    await edited.runs()

    assert await plans(edited) == [("superseded", 1), ("released", 2)]


async def test_cancel_while_an_edit_waits(edited):
    """A cancel of what the practice has does not wait behind an edit that a person looks at."""
    await edited.rows(
        "update plan set state = 'doubtful', due = null where state = 'unroutable' returning 1"
    )
    await sent(edited, message("T11", "D1", goal=""))

    assert ("released", 3) in await plans(edited)


async def test_cancel_of_what_was_never_sent(story):
    """A plan cancelled before it left goes nowhere, and neither does the cancel."""
    await story.sends(MCO, message("T02", "D1"), "plan.hl7")
    await story.runs(deliver=False)
    await story.rows("update delivery set state = 'stopped', due = null returning 1")
    await sent(story, message("T11", "D1", goal=""))

    assert [state for state, _ in await plans(story)] == ["superseded", "superseded"]
    assert await story.states("delivery") == ["stopped"]


async def _delivers(_story, engine):
    await pipeline.deliver_batch(engine)


async def _begins(story, _engine):
    await story.hub.line.begin_sending(9, lambda _due: None, story.hub.clock.now())


@pytest.mark.parametrize("leaves", [_delivers, _begins], ids=["sent", "sending"])
async def test_cancel_while_its_plan_goes_out(story, leaves):
    """A plan that leaves while its cancel is decided is followed by the cancel."""
    await story.rows("update contact set verified_on = null returning 1")
    await sent(story, message("T02", "D1"))
    await story.rows("update contact set verified_on = '2026-01-01' returning 1")
    await story.sends(MCO, message("T11", "D1", goal=""), "plan.hl7")
    engine, line = story.hub.engine(), story.hub.line
    finish = line.finish

    async def late(submissions, outcomes):
        line.finish = finish
        assert [one.reason for one in outcomes] == [{"withdrawn": "unsent"}]
        await story.rows("update plan set due = now() returning 1")
        await pipeline.walk_batch(engine)
        await leaves(story, engine)
        await finish(submissions, outcomes)

    line.finish = late
    await pipeline.read_batch(engine)
    await story.runs()
    told = await story.rows(
        "select e.kind from event e join plan p on p.id = e.noun where p.version = 2"
    )

    assert await plans(story) == [("superseded", 1), ("released", 2)]
    assert "plan.superseded" not in [row["kind"] for row in told]


async def test_cancel_of_an_old_document(story):
    """A cancel of a document that was replaced leaves the newer one alone."""
    newer = message("T10", "D2", "D1", goal="Walk daily")
    await sent(story, message("T02", "D1"), newer, message("T11", "D1", goal=""))

    assert [state for state, _ in await plans(story)] == ["superseded", "released", "superseded"]
    assert await story.states("delivery") == ["superseded", "sent"]


async def test_before_its_document(story):
    """A replacement that comes first waits, and follows the document as soon as that comes."""
    await sent(story, message("T10", "D2", "D1", goal="Walk daily"))
    waiting = await plans(story)
    await sent(story, message("T02", "D1"))

    assert waiting == [("unmatched", 1)]
    assert await plans(story) == [("released", 2), ("superseded", 1)]


async def test_nobody_is_guessed(story):
    """A replacement of an unknown document never takes the place of the member's plan."""
    await sent(story, message("T02", "D1"), message("T10", "D9", "D8", goal="Walk daily"))
    (row,) = await story.rows("select findings, reason from plan order by seq desc limit 1")
    (found,) = [one for one in row["findings"] if one["code"] == "parent_unknown"]

    assert await plans(story) == [("released", 1), ("unmatched", 1)]
    assert found["place"]["at"] == "TXA-13"
    assert row["reason"]["conflicts"] == ["parent_unknown"]


async def test_a_person_lets_it_go(story):
    """A person may send a replacement of an unknown document as a plan of its own."""
    await sent(story, message("T10", "D9", "D8"))
    (row,) = await story.rows("select id from plan")
    member = await story.member(MCO, "AB-77121")
    await story.hub.plans.resolve_member(STAFF, row["id"], member)
    await story.runs()

    assert await plans(story) == [("released", 1)]


async def test_nothing_to_let_go(story):
    """A cancel of an unknown document holds nothing that a person could send."""
    await sent(story, message("T11", "D8", goal=""))
    (row,) = await story.rows("select id from plan")
    member = await story.member(MCO, "AB-77121")

    with pytest.raises(Refused, match="withdraws"):
        await story.hub.plans.resolve_member(STAFF, row["id"], member)


async def test_another_members_document(story):
    """A message that names another member's document is refused, with the segment."""
    other = "AB-77999^^^ABBH||Roe^Ann^^^^^L||19800101|F"
    await story.rows(
        "insert into member (id, mco, member_id, family, given, birth_date, sex)"
        " values ('mem_roe', %s, 'AB-77999', 'Roe', 'Ann', '1980-01-01', 'F') returning 1",
        MCO,
    )
    await sent(story, message("T02", "D1"), message("T10", "D2", "D1", who=other))
    (row,) = await story.rows("select findings, state from plan order by seq desc limit 1")
    (found,) = [one for one in row["findings"] if one["code"] == "parent_of_another"]

    assert (row["state"], found["severity"], found["place"]["at"]) == (
        "unmatched",
        "error",
        "TXA-13",
    )
    assert await plans(story) == [("released", 1), ("unmatched", 1)]


async def test_named_for_another(story):
    """Naming the wrong member by hand does not get round it."""
    await sent(story, message("T10", "D2", "D1"))
    await story.rows(
        "insert into member (id, mco, member_id, family, given, birth_date, sex)"
        " values ('mem_roe', %s, 'AB-77999', 'Roe', 'Ann', '1980-01-01', 'F') returning 1",
        MCO,
    )
    await story.sends(MCO, message("T02", "D1"), "plan.hl7")
    (row,) = await story.rows("select id from plan")
    await story.hub.plans.resolve_member(STAFF, row["id"], "mem_roe")
    await story.runs()
    (waits,) = await story.rows("select state, reason from plan where id = %s", row["id"])

    assert (waits["state"], waits["reason"].get("conflicts")) == (
        "unmatched",
        ["parent_of_another"],
    )


async def test_in_one_file(story):
    """A document, its edit and its cancel in one file are versions in their order."""
    whole = message("T02", "D1") + message("T08", "D1", goal="Walk daily")
    await sent(story, whole + message("T10", "D2", "D1", goal="Walk far"))
    rows = await story.rows("select state, version from plan order by seq")

    assert [(row["state"], row["version"]) for row in rows] == [
        ("superseded", 1),
        ("superseded", 2),
        ("released", 3),
    ]


async def test_two_wait_for_one(story):
    """An edit and a cancel that came first both follow when the document comes, in their order."""
    edit = message("T08", "D1", goal="Walk daily")
    await sent(story, edit, message("T11", "D1", goal=""), message("T02", "D1"))

    assert [state for state, _ in await plans(story)] == ["superseded", "released", "superseded"]


async def test_replaced_before_it_came(story):
    """A document that comes after a person sent what replaces it goes nowhere."""
    await test_a_person_lets_it_go(story)
    await sent(story, message("T02", "D8", goal="An older goal"))
    (row,) = await story.rows("select findings from plan order by seq desc limit 1")

    assert [state for state, _ in await plans(story)] == ["released", "superseded"]
    assert "document_overtaken" in [one["code"] for one in row["findings"]]


async def test_addendum(story):
    """An addendum goes out beside its document and takes the place of nothing."""
    await sent(story, message("T02", "D1"), message("T06", "D5", "D1", goal="Also walk"))

    assert await plans(story) == [("released", 1), ("released", 1)]


async def test_numbers_of_others(story):
    """One sender's number means nothing in another sender's message."""
    await sent(story, message("T02", "D1"))
    documents = await story.hub.line.documents({("mco-laurel", await _name(story))}, ())
    known = await story.hub.line.documents({(MCO, await _name(story))}, ())

    assert (len(documents.known), len(known.known)) == (0, 1)


async def _name(story):
    (row,) = await story.rows("select name from document_name where role = 'own'")
    return row["name"]


async def test_came_meanwhile(story):
    """A document that is kept while what replaces it is being walked is found at once."""
    await story.sends(MCO, message("T10", "D2", "D1", goal="Walk daily"), "plan.hl7")
    engine, line = story.hub.engine(), story.hub.line
    finish = line.finish

    async def late(submissions, plans):
        line.finish = finish
        await sent(story, message("T02", "D1"))
        await finish(submissions, plans)

    line.finish = late
    await pipeline.read_batch(engine)
    await story.runs()

    assert await plans(story) == [("released", 2), ("superseded", 1)]


@pytest.fixture
async def looking(story):
    """Give a replacement that waits and is just being looked at again."""
    await sent(story, message("T10", "D2", "D1", goal="Walk daily"))
    await story.rows("update plan set due = now() returning 1")
    return story


async def test_came_while_it_was_looked_at(looking):
    """A plan that waits and is being walked when its document is kept goes on at once."""
    engine, line = looking.hub.engine(), looking.hub.line
    finish = line.finish

    async def late(submissions, outcomes):
        line.finish = finish
        await sent(looking, message("T02", "D1"))
        await finish(submissions, outcomes)

    line.finish = late
    await pipeline.walk_batch(engine)
    await looking.runs()

    assert await plans(looking) == [("released", 2), ("superseded", 1)]


async def test_came_in_the_same_moment(looking, monkeypatch):
    """A document kept while what waits for it is being kept wakes it all the same."""
    await looking.sends(MCO, message("T02", "D1"), "plan.hl7")
    engine = looking.hub.engine()
    wake, comes = naming.wake, []

    async def slow(connection, kept):
        await wake(connection, kept)
        if not comes:
            comes.append(asyncio.create_task(pipeline.read_batch(engine)))
            waits = "select 1 from pg_locks where locktype = 'advisory' and not granted"
            while not (await looking.rows(waits) or comes[0].done()):
                await asyncio.wait(comes, timeout=0.01)

    monkeypatch.setattr(naming, "wake", slow)
    await pipeline.walk_batch(engine)
    await comes[0]
    await looking.runs()

    assert await plans(looking) == [("released", 2), ("superseded", 1)]


async def test_rows_are_the_senders_own(story):
    """Another organisation sees no document's name."""
    await sent(story, message("T02", "D1"))
    seen = {}
    for organisation in (MCO, "mco-laurel", "pcmh-northside"):
        async with story.hub.database.organisation(organisation) as connection:
            cursor = await connection.execute("select count(*) as n from document_name")
            (row,) = await cursor.fetchall()
            seen[organisation] = row["n"] > 0

    assert seen == {MCO: True, "mco-laurel": False, "pcmh-northside": False}
