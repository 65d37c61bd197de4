"""One organisation asks another about a member: asked under consent, chased, answered, closed."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from simulator import STAFF, play, practice

from hub.asked import Actor
from hub.channels.mail import Counts, subject, text
from hub.demo import world
from hub.errors import Refused
from hub.officer import Reported
from hub.requests.nouns import Attempt, Brought, Opening, Taken
from hub.store import mailing
from hub.store.requests import watches

MCO = "mco-susquehanna"
HOME = "pcmh-riverbend"
MANAGER = Actor("act_manager", MCO, "Sam Ortiz", ("mco",))
STRANGER = Actor("act_other", "mco-laurel", "Lee Roe", ("mco",))
NURSE = practice(HOME)
NEIGHBOUR = practice("pcmh-orchard")
PLAN = b"%PDF-1.4 the practice's own plan"
PEOPLE = [
    {"id": "con-manager", "organisation": HOME, "name": "M", "roles": ["manager"]},
    {"id": "con-owner", "organisation": MCO, "name": "O", "roles": ["owner"]},
    {"id": "con-chief", "organisation": MCO, "name": "S", "roles": ["supervisor"]},
]


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice, and people stand on every step."""
    async with play(conninfo, tmp_path) as found:
        people = [one | {"email": f"{one['id']}@example.org"} for one in PEOPLE]
        await found.hub.rosters.load_directory(STAFF, yaml.safe_dump({"contacts": people}).encode())
        await found.sends_sample(MCO, "grant_extract.csv")
        await found.runs()
        yield found


@pytest.fixture
async def member(stage):
    """Give our id of the member whose plan is with the practice."""
    return (await stage.rows("select member from delivery"))[0]["member"]


def wanted(member, kind="plan", **changed):
    """Return a request for the practice's own plan, but for what is changed."""
    given = {"name": "Sam Ortiz", "reason": "reassessment", **changed}
    return Opening(kind, member, **given)


async def kinds(stage, noun):
    """Return the kinds of a noun's events, in order."""
    rows = await stage.rows("select kind from event where noun = %s order by id", noun)
    return [row["kind"] for row in rows]


async def code(doing):
    """Return the code something is refused with."""
    with pytest.raises(Refused) as refused:
        await doing
    return refused.value.status, refused.value.code


async def test_a_plan_is_asked_for_and_comes_back(stage, member):
    """A practice is asked for its plan, gives it back, and the asking MCO alone gets the bytes."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    seen = await board.thread(NURSE, made)
    document = await board.bring(NURSE, Brought(made, NURSE.name, PLAN, "application/pdf"))
    content, row = await board.document(MANAGER, document)
    own, _ = await board.document(NURSE, document)

    assert (seen.row["family"], seen.row["reason"], seen.mine) == ("Grant", "reassessment", True)
    assert (content, own, row["media_type"]) == (PLAN, PLAN, "application/pdf")
    assert (await board.thread(MANAGER, made)).row["state"] == "answered"
    for whose in (STRANGER, NEIGHBOUR):
        assert await code(board.document(whose, document)) == (404, "not_found")
        assert await code(board.thread(whose, made)) == (404, "not_found")
        assert await board.listed(whose, None, None, 50) == []
        assert await board.returned(whose) == []
    assert await kinds(stage, made) == [
        "request.asked",
        "request.viewed",
        "request.answered",
        "document.returned",
        "request.viewed",
    ]
    assert await kinds(stage, document) == ["document.fetched", "document.fetched"]


async def test_consent_before_anything(stage, member):
    """Where consent does not let the practice be told, no request is kept and nobody is told."""
    await stage.rows(
        "update organisation set part2_source = 'program' where id = %s returning 1", MCO
    )
    refused = await code(stage.hub.requests.open(MANAGER, wanted(member)))

    assert refused == (409, "consent_refuses")
    assert await stage.rows("select 1 from request union all select 1 from nudge") == []
    (told,) = await stage.rows("select organisations from event where kind = 'request.not_asked'")
    assert told["organisations"] == [MCO]


async def test_words_are_asked_about(stage, member):
    """Words that need a consent which is not there are not carried, in a request or a step."""
    board = stage.hub.requests
    words = "please say how the relapse of her alcohol use disorder is treated"
    refused = await code(board.open(MANAGER, wanted(member, words=words)))
    made = await board.open(MANAGER, wanted(member, words="please send the newest"))
    step = Taken(
        "promise", NURSE.name, words=words, on=(datetime.now(UTC) + timedelta(days=3)).date()
    )
    later = await code(board.take(NURSE, made, step))

    assert refused == later == (409, "content_withheld")
    rows = await stage.rows("select words from request union all select words from request_entry")
    assert not any(b"newest" in bytes(row["words"] or b"") for row in rows)


async def test_a_revocation_stops_it(stage, member):
    """After the practice may no longer be told, the request shows nothing and stops."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    document = await board.bring(NURSE, Brought(made, NURSE.name, PLAN, "application/pdf"))
    other = await board.open(MANAGER, wanted(member, "outreach", reason="screening"))
    await stage.rows("update organisation set part2_source = 'program' returning 1")

    assert await code(board.thread(NURSE, other)) == (410, "no_longer_asked")
    assert (await board.thread(MANAGER, other)).row["state"] == "stopped"
    rows = await board.listed(NURSE, None, None, 50)
    assert [row["family"] for row in rows] == [None, None]
    assert await code(board.bring(NURSE, Brought(other, "N", PLAN, "application/pdf")))
    assert await stage.rows("select id from returned_document") == [{"id": document}]


async def travels(stage, days, since):
    """Let time pass in steps of six hours, and return who was told what."""
    for step in range(days * 4):
        now = since + timedelta(hours=6 * step)
        await watches.tick(stage.hub.database, now, stage.hub.usual)
    rows = await stage.rows("select * from nudge where clock = 'request' order by at, id")
    return [(row["kind"], row["contact"]) for row in rows]


async def test_silence(stage, member):
    """Nobody answers for sixty days: the notice, then every step of the ladder once, then calm."""
    made = await stage.hub.requests.open(MANAGER, wanted(member))
    now = datetime.now(UTC)
    found = await travels(stage, 60, now)
    for one in await mailing.claim(stage.hub.database, now + timedelta(days=60), timedelta(0)):
        await mailing.finish(stage.hub.database, one, now + timedelta(days=60), "sent")
    row = (await stage.hub.requests.thread(MANAGER, made)).row
    await stage.hub.requests.bring(NURSE, Brought(made, NURSE.name, PLAN, "application/pdf"))
    after = (await travels(stage, 2, now + timedelta(days=61)))[len(found) :]

    assert found == [
        ("silent", "con-riverbend-1"),
        ("silent", "con-riverbend-1"),
        ("silent", "con-riverbend-2"),
        ("silent", "con-manager"),
        ("silent", "con-owner"),
        ("silent", "con-chief"),
    ]
    assert (row["state"], row["told"], row["owner"]) == ("overdue", 5, "con-chief")
    assert {kind for kind, _ in after} == {"recovered"}
    assert {who for _, who in after} == {who for _, who in found}
    told = await kinds(stage, made)
    assert [told.count(f"request.{one}") for one in ("overdue", "escalated", "exhausted")] == [
        1,
        5,
        1,
    ]


async def test_a_promise_moves_the_clock(stage, member):
    """Saying when moves the due day; the contact is not reminded before that day."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member, urgency="urgent"))
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    state = await board.take(NURSE, made, Taken("promise", NURSE.name, on=day))

    assert state == "promised"
    assert await travels(stage, 35, datetime.now(UTC)) == [("silent", "con-riverbend-1")]
    assert ("silent", "con-riverbend-2") in await travels(stage, 60, datetime.now(UTC))


async def test_reminders_are_counted(stage, member):
    """The asker may remind once a day; each reminder is counted and tells a person."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    await board.take(MANAGER, made, Taken("remind", "Sam Ortiz"))
    again = await code(board.take(MANAGER, made, Taken("remind", "Sam Ortiz")))

    assert again == (409, "reminded_before")
    assert (await board.thread(MANAGER, made)).row["reminders"] == 1
    assert len(await stage.rows("select 1 from nudge where delivery = %s", made)) == 2


async def test_outreach_both_ways(stage, member):
    """Both sides see one list of attempts; the asked side says how it ended."""
    board = stage.hub.requests
    tried = Attempt(date(2026, 11, 2), "phone", "no_answer", "rang at noon")
    given = wanted(
        member, "outreach", name=NURSE.name, reason="unreached", attempts=(tried,), urgency="soon"
    )
    made = await board.open(NURSE, given)
    more = Attempt(date(2026, 11, 9), "visit", "reached", "was at home")
    await board.take(MANAGER, made, Taken("attempt", "Sam Ortiz", attempt=more))
    await board.take(MANAGER, made, Taken("answer", "Sam Ortiz", "reached"))
    lists = [
        [(one["kind"], one["how"], one["code"], one["words"]) for one in found.entries]
        for found in (await board.thread(NURSE, made), await board.thread(MANAGER, made))
    ]

    assert lists[0] == lists[1]
    assert lists[0] == [
        ("attempt", "phone", "no_answer", "rang at noon"),
        ("attempt", "visit", "reached", "was at home"),
        ("answer", "", "reached", ""),
    ]
    assert await code(board.take(NURSE, made, Taken("withdraw", "N"))) == (409, "not_open")


async def test_contact_data(stage, member):
    """A correction is accepted by the MCO, stands beside the roster, and goes when that says so."""
    board = stage.hub.requests
    given = wanted(
        member,
        "correction",
        name=NURSE.name,
        reason="member_said",
        field="phone",
        says="(717) 555-0142",
    )
    made = await board.open(NURSE, given)
    await board.take(MANAGER, made, Taken("answer", "Sam Ortiz", "accepted"))
    before = {one.field: one for one in await board.reach(NURSE, member)}["phone"]
    await _roster(stage, "+1 717 555 9999")
    beside = {one.field: one for one in await board.reach(NURSE, member)}["phone"]
    await _roster(stage, "717.555.0142")
    after = {one.field: one for one in await board.reach(MANAGER, member)}["phone"]

    assert (before.roster, before.corrected) == ("", "(717) 555-0142")
    assert (beside.roster, beside.corrected) == ("+1 717 555 9999", "(717) 555-0142")
    assert (after.roster, after.corrected) == ("717.555.0142", "")
    assert (await kinds(stage, made))[-1] == "request.confirmed"


async def _roster(stage, phone):
    known = world.load()
    rows = world.roster(known, MCO).decode().splitlines()
    said = [rows[0] + ",phone", *(f"{row},{phone}" for row in rows[1:])]
    result = await stage.hub.rosters.load_roster(STAFF, MCO, "full", "\n".join(said).encode())
    assert result.refused is None


async def test_a_plan_comes_back_unasked(stage):
    """A practice answers a delivery with its own plan; the MCO finds it at the plan."""
    board = stage.hub.requests
    (delivery,) = await stage.rows("select id, plan from delivery")
    given = Brought(delivery["id"], NURSE.name, PLAN, "application/pdf")
    document = await board.bring(NURSE, given)
    stranger = await code(board.bring(NEIGHBOUR, given))

    (row,) = await board.returned(MANAGER, delivery["plan"])
    assert (row["id"], row["plan"], row["party"]) == (document, delivery["plan"], HOME)
    assert (await board.document(MANAGER, document))[0] == PLAN
    assert stranger == (404, "not_found")


async def test_whose_members(stage, member):
    """Nobody makes requests about a member that is not theirs, and a practice asks no other MCO."""
    board = stage.hub.requests
    asked = wanted(member, "outreach", reason="screening")

    assert await code(board.open(STRANGER, asked)) == (404, "not_found")
    assert await code(board.open(NEIGHBOUR, asked)) == (404, "not_found")
    elsewhere = wanted(member, "outreach", reason="screening", to="mco-laurel")
    assert await code(board.open(NURSE, elsewhere)) == (422, "not_theirs")


async def test_only_who_treats(stage, member):
    """A practice the member does not go to is not told of them without a consent."""
    board = stage.hub.requests
    refused = await code(board.open(MANAGER, wanted(member, to="pcmh-orchard")))

    assert refused == (409, "consent_refuses")


async def test_two_at_once(stage, member):
    """The same asked twice in the same instant is kept once."""
    board = stage.hub.requests
    made = await asyncio.gather(
        *(board.open(MANAGER, wanted(member)) for _ in range(4)), return_exceptions=True
    )

    assert sorted(getattr(one, "code", "made") for one in made) == ["asked_before"] * 3 + ["made"]
    assert len(await stage.rows("select 1 from request")) == 1


async def test_an_incident_stops_it(stage, member):
    """While an incident stops plans to a practice, it is told nothing by a request either."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    told = Reported(member, HOME, None, "other", "went astray", datetime.now(UTC))
    await stage.hub.officer.open_incident(STAFF, told)

    assert await code(board.thread(NURSE, made)) == (410, "no_longer_asked")
    again = wanted(member, "outreach", reason="screening")
    assert await code(board.open(MANAGER, again)) == (409, "consent_refuses")


async def test_what_it_stood_on_is_recorded(stage, member):
    """What lets a request, a step or a document through stands in its event."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    day = (datetime.now(UTC) + timedelta(days=4)).date()
    await board.take(NURSE, made, Taken("promise", NURSE.name, on=day))
    await board.bring(NURSE, Brought(made, NURSE.name, PLAN, "application/pdf"))
    rows = await stage.rows(
        "select kind, detail from event where noun = %s and kind in"
        " ('request.asked', 'request.promised', 'document.returned')",
        made,
    )

    assert len(rows) == 3
    assert all(row["detail"]["rules"] and row["detail"]["policy"] for row in rows)


async def test_the_mail_names_nobody(stage, member):
    """The asked contact's mail says that a request waits, and nothing of whom or what."""
    await stage.rows(
        "update contact set email = 'nurse@example.org' where id = 'con-riverbend-1' returning 1"
    )
    await stage.hub.requests.open(MANAGER, wanted(member, words="Please ask Mrs Grant"))
    (one,) = await mailing.claim(stage.hub.database, datetime.now(UTC), timedelta(0))
    told = Counts(one.silent, one.recovered)
    words = text(told, "https://hub.example")

    assert (one.email, one.silent) == ("nurse@example.org", {"request": 1})
    assert subject(told) == "1 request waits for you"
    assert "Grant" not in words


async def test_the_same_bytes_twice(stage, member):
    """The same document given twice is one; a different one is another."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    given = [Brought(made, NURSE.name, one, "application/pdf") for one in (PLAN, PLAN, PLAN + b"2")]
    first, second, third = [await board.bring(NURSE, one) for one in given]

    assert (first == second, first == third) == (True, False)
    assert [one["id"] for one in (await board.thread(MANAGER, made)).documents] == [first, third]


async def test_what_may_not_go_is_not_kept(stage, member):
    """A document of a Part 2 program comes back only under a consent, and else is never kept."""
    board = stage.hub.requests
    made = await board.open(MANAGER, wanted(member))
    await stage.rows(
        "update organisation set part2_source = 'mixed' where id = %s returning 1", HOME
    )
    vault = stage.hub.settings.home / "vault"
    before = sorted(vault.rglob("*"))
    refused = await code(board.bring(NURSE, Brought(made, NURSE.name, PLAN, "application/pdf")))

    assert refused == (409, "content_withheld")
    assert sorted(vault.rglob("*")) == before
    assert await stage.rows("select 1 from returned_document") == []
