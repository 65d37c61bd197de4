"""What requests told is on file: accounted for, shown to the privacy officer, stopped, noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from simulator import STAFF, play, practice

from consent.notices import PART2_FULL
from consent.records import Consent, Expiry, Parties
from hub.accounting import account
from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.main import working
from hub.officer import Reported
from hub.questioning import telling
from hub.requests.nouns import Attempt, Brought, Opening, Taken
from hub.store.requests import watches
from hub.treating import Claim
from tests.stories.test_probes import Letters

MCO = "mco-susquehanna"
HOME = "pcmh-riverbend"
MANAGER = Actor("act_manager", MCO, "Sam Ortiz", ("mco",))
NURSE = practice(HOME)
PLAN = b"%PDF-1.4 the practice's own plan"
CLOSES = "update organisation set active = false where id = %s returning 1"
PROGRAM = "update organisation set part2_source = 'program' where id = %s returning 1"
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


class Later:
    """A clock that is ahead by so much."""

    def __init__(self, **ahead):
        self.ahead = timedelta(**ahead)

    def now(self):
        """Return the instant it shows."""
        return datetime.now(UTC) + self.ahead


async def asks_again(stage, **ahead):
    """Let the work step run as it would so much later; return how many requests it stopped."""
    clock = Later(**ahead)
    board = replace(stage.hub.requests, clock=clock, ask=telling(clock.now, stage.hub.policy))
    return await board.ask_again()


async def signs(stage, member, **changed):
    """Record a complete consent that lets the MCO tell the practice, but for what is changed."""
    given = {
        "kind": "tpo",
        "disclosers": Parties(organisations=frozenset({MCO})),
        "recipients": Parties(organisations=frozenset({HOME})),
        "purposes": frozenset({"TREAT", "HPAYMT", "HOPERAT"}),
        "categories": frozenset({"general", "sud"}),
        "signed_on": (datetime.now(UTC) - timedelta(days=1)).date(),
        "signed_by": "the member",
        "expires": Expiry(never=True),
        "statements": frozenset(
            {"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"}
        ),
        "recorded_by": "act_staff",
        **changed,
    }
    made = Consent(id=new_id("cns"), member=member, recorded_at=datetime.now(UTC), **given)
    assert await stage.hub.registry.grant(STAFF, made) == ()
    return made.id


async def revoked(on):
    """Take the consent back, as the member does."""
    await on["stage"].revokes(on["consent"])
    return {}


async def refused(on):
    """Refuse everything, as the member does."""
    nobody = {"recipients": Parties(), "disclosers": Parties(), "purposes": frozenset()}
    await signs(on["stage"], on["member"], kind="refusal", categories=frozenset(), **nobody)
    return {}


async def expired(on):
    """Let the consent come to its end, which nobody records."""
    return {"days": 3} if on["consent"] else {}


async def recalled(on):
    """Open an incident: it stops what goes to the practice."""
    told = Reported(on["member"], HOME, None, "other", "went astray", datetime.now(UTC))
    await on["stage"].hub.officer.open_incident(STAFF, told)
    return {}


async def closed(on):
    """Close the practice in the directory; that is found within the hour."""
    await on["stage"].rows(CLOSES, HOME)
    return {"hours": 2}


ENDS = [
    (revoked, "consent"),
    (refused, "consent"),
    (expired, "consent"),
    (recalled, "incident"),
    (closed, "closed"),
]


@pytest.mark.parametrize(("ends", "because"), ENDS, ids=[one.__name__ for one, _ in ENDS])
async def test_what_stops_an_open_request(stage, member, ends, because):
    """Whatever ends the ground of an open request stops it once, with its reason, unlooked at."""
    await stage.rows(PROGRAM, MCO)
    day = (datetime.now(UTC) + timedelta(days=1)).date()
    consent = await signs(stage, member, expires=Expiry(on=day))
    board = stage.hub.requests
    made = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    over = await board.open(MANAGER, Opening("outreach", member, "Sam Ortiz", "screening"))
    await board.take(MANAGER, over, Taken("withdraw", "Sam Ortiz"))
    before = await asks_again(stage)
    ahead = await ends({"stage": stage, "member": member, "consent": consent})
    counts = [await asks_again(stage, **ahead), await asks_again(stage, **ahead)]
    await watches.tick(stage.hub.database, datetime.now(UTC), stage.hub.usual)
    row = (await board.thread(MANAGER, made)).row
    events = await stage.rows(
        "select organisations, detail from event where noun = %s and kind = 'request.stopped'", made
    )
    (kept,) = await stage.rows("select noun, what, because from untold")
    states = await stage.rows("select id, state from request order by seq")

    assert (before, counts) == (0, [1, 0])
    assert (row["state"], row["because"]) == ("stopped", because)
    assert [one["state"] for one in states] == ["stopped", "withdrawn"]
    assert [sorted(one["organisations"]) for one in events] == [sorted([MCO, HOME])]
    assert events[0]["detail"] == {"was": "asked", "because": because}
    assert kept == {"noun": made, "what": "stop", "because": because}
    assert (
        await stage.rows("select 1 from watch where ended_at is null and clock = 'request'") == []
    )


def people(*who):
    """Return a directory file with contacts of the payer: (id, name, roles)."""
    made = [
        {
            "id": id_,
            "organisation": MCO,
            "name": name,
            "roles": roles,
            "email": f"{id_}@example.org",
        }
        for id_, name, roles in who
    ]
    return yaml.safe_dump({"contacts": made}).encode()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ([("sam", "Sam ortiz", ["technical"]), ("boss", "B", ["owner"])], "sam@example.org"),
        ([("boss", "B", ["owner"])], "boss@example.org"),
    ],
    ids=["who asked", "who owns plans"],
)
async def test_asker_is_told_by_mail(stage, member, who, told):
    """Who made a request that consent no longer covers is told by mail, once, without a word."""
    await stage.rows(PROGRAM, MCO)
    stage.hub.mailer = Letters()
    await stage.rows("update contact set roles = '{}' where organisation = %s returning 1", MCO)
    await stage.hub.rosters.load_directory(STAFF, people(*who))
    consent = await signs(stage, member)
    wanted = Opening("plan", member, "Sam Ortiz", "reassessment")
    made = await stage.hub.requests.open(MANAGER, wanted)
    await stage.revokes(consent)
    for _ in range(2):
        await asks_again(stage)
        await watches.tick(stage.hub.database, datetime.now(UTC), stage.hub.usual)
        await working.mail_people(stage.hub)
    letters = [one for one in stage.hub.mailer.taken if one.to.endswith("example.org")]
    (one,) = [one for one in letters if one.to == told]
    (row,) = await stage.rows("select family, given from member where id = %s", member)

    assert one.subject == "1 request was stopped"
    assert "stopped, nobody will answer" in one.text
    assert not {row["family"], row["given"], member, made} & set(one.text.split())


async def test_the_directory_is_noticed_at_once(stage, member):
    """A practice that the directory closes is asked no longer, within the next work step."""
    board = stage.hub.requests
    await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    await asks_again(stage)
    rows = [one for one in (await directing_dump(stage)) if one["id"] == HOME]
    closed_now = yaml.safe_dump({"organisations": [{**rows[0], "active": False}]}).encode()
    await stage.hub.rosters.load_directory(STAFF, closed_now)

    assert await asks_again(stage) == 1


async def directing_dump(stage):
    """Return the organisations of the directory as its file has them."""
    return yaml.safe_load(await stage.hub.rosters.dump_directory(STAFF))["organisations"]


async def test_who_treats_and_rosters_are_noticed_at_once(stage, member):
    """A roster and a treating relationship let requests about their members be asked about anew."""
    board = stage.hub.requests
    made = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    waits = "select ask_due is null as now from request where id = %s"
    seen = []
    await asks_again(stage)
    seen += [row["now"] for row in await stage.rows(waits, made)]
    await stage.hub.treating.record(STAFF, Claim(member, HOME, date(2026, 1, 1), None, "provider"))
    seen += [row["now"] for row in await stage.rows(waits, made)]
    await asks_again(stage)
    (who,) = await stage.rows("select * from member where id = %s", member)
    roster = "member_id,medicaid_id,family,given,birth_date,sex,pcmh\n" + ",".join(
        (
            who["member_id"],
            who["medicaid"],
            who["family"],
            who["given"],
            who["birth_date"],
            who["sex"],
            HOME,
        )
    )
    result = await stage.hub.rosters.load_roster(STAFF, MCO, "delta", roster.encode())
    seen += [row["now"] for row in await stage.rows(waits, made)]

    assert (result.refused, seen) == (None, [False, True, True])


async def test_a_new_consent_reopens_nothing(stage, member):
    """A new consent leaves a stopped request stopped; its asker is told once, and asks anew."""
    await stage.rows(PROGRAM, MCO)
    consent = await signs(stage, member)
    board = stage.hub.requests
    wanted = Opening("plan", member, "Sam Ortiz", "reassessment")
    made = await board.open(MANAGER, wanted)
    await stage.revokes(consent)
    await asks_again(stage)
    first = (await board.thread(MANAGER, made)).row["again_at"]
    second = await signs(stage, member)
    await asks_again(stage)
    await asks_again(stage, hours=2)
    told = await stage.rows(
        "select organisations from event where noun = %s and kind = 'request.may_ask_again'", made
    )
    row = (await board.thread(MANAGER, made)).row
    again = await board.open(MANAGER, wanted)
    await stage.revokes(second)
    await asks_again(stage)

    assert first is None
    assert row["state"] == "stopped"
    assert row["again_at"] is not None
    assert told == [{"organisations": [MCO]}]
    assert (await board.thread(MANAGER, again)).row["state"] == "stopped"
    assert (await board.thread(MANAGER, made)).row["again_at"] is None


async def test_what_consent_covers_goes_on(stage, member):
    """A change of consents that leaves a request its ground stops nothing."""
    board = stage.hub.requests
    made = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    await stage.revokes(await signs(stage, member))
    stopped = [await asks_again(stage), await asks_again(stage, days=4)]

    assert stopped == [0, 0]
    assert (await board.thread(NURSE, made)).row["state"] == "asked"


async def test_a_step_that_may_not_be_told(stage, member):
    """Words that no consent covers are kept back from a step, and the officer finds out why."""
    board = stage.hub.requests
    made = await board.open(MANAGER, Opening("plan", member, "Sam Ortiz", "reassessment"))
    step = Taken("refuse", NURSE.name, "other", words="she is treated for alcohol use disorder")
    with pytest.raises(Refused):
        await board.take(NURSE, made, step)
    (row,) = await stage.hub.officer.untold(member, 10)

    assert (row["what"], row["because"], row["teller"], row["noun"]) == (
        "step",
        "content",
        HOME,
        made,
    )
    assert "alcohol" not in str(row)


async def test_words_under_part_two_come_with_the_notice(stage, member):
    """Words about substance use that a consent covers are shown with the notice and its scope."""
    await stage.rows(PROGRAM, MCO)
    consent = await signs(stage, member)
    words = "Ask about the relapse of her alcohol use disorder"
    asked = Opening("outreach", member, "Sam Ortiz", "screening", words=words)
    made = await stage.hub.requests.open(MANAGER, asked)
    found = await stage.hub.requests.thread(NURSE, made)

    assert found.words == words
    assert PART2_FULL in found.row["notices"]
    assert f"Disclosed under consent {consent}" in found.row["scope"]


TRIED = Attempt(date(2026, 11, 2), "phone", "no_answer", "rang at noon")
CLEAR = {"content_withheld", "consent_refuses", "no_longer_asked", "not_open"}


@pytest.mark.parametrize("ends", ["revoked", "incident"])
async def test_many_at_once(stage, member, ends):
    """Looks, steps, the work step and what ends the ground at once: nothing but clear refusals."""
    await stage.rows(PROGRAM, MCO)
    board = stage.hub.requests
    consent = await signs(stage, member)
    made = await board.open(MANAGER, Opening("outreach", member, "Sam Ortiz", "screening"))

    async def stops():
        if ends == "revoked":
            await stage.revokes(consent)
        else:
            told = Reported(member, HOME, None, "other", "went astray", datetime.now(UTC))
            await stage.hub.officer.open_incident(STAFF, told)

    doing = [
        asyncio.gather(
            board.thread(NURSE, made),
            board.take(NURSE, made, Taken("attempt", NURSE.name, attempt=TRIED)),
            board.take(MANAGER, made, Taken("attempt", "Sam Ortiz", attempt=TRIED)),
            board.listed(NURSE, None, None, 50),
            board.ask_again(),
            return_exceptions=True,
        )
        for _ in range(6)
    ]
    found = await asyncio.gather(*doing[:3], stops(), *doing[3:])
    await board.ask_again()
    wrong = [one for part in found if part for one in part if isinstance(one, Exception)]
    events = await stage.rows(
        "select kind from event where noun = %s and kind in ('request.stopped', 'request.attempt')"
        " order by id",
        made,
    )

    assert [one for one in wrong if not isinstance(one, Refused) or one.code not in CLEAR] == []
    assert (await board.thread(MANAGER, made)).row["state"] == "stopped"
    assert [one["kind"] for one in events].count("request.stopped") == 1
