"""Who treats a member beside their medical home: dated, told by source, and asked on the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from simulator import STAFF, play

from consent.records import Consent, Expiry, Parties
from hub.asked import Actor
from hub.errors import Refused
from hub.hours import day_of
from hub.ids import new_id
from hub.requests.nouns import Opening
from hub.treating import Claim

MCO, ORCHARD, CLINIC = "mco-susquehanna", "pcmh-orchard", "org-clinic"
MANAGER = Actor("act_manager", MCO, "Sam Ortiz", ("mco",))
OTHER = {
    "organisations": [{"id": CLINIC, "kind": "other", "name": "River Clinic", "npi": "1234567893"}],
    "contacts": [
        {"id": "con-clinic", "organisation": CLINIC, "name": "Dr Lee", "roles": ["plan"],
         "email": "lee@example.org", "verified_on": "2026-01-01"}
    ],
}  # fmt: skip


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice, and a clinic that is no medical home."""
    async with play(conninfo, tmp_path) as found:
        await found.hub.rosters.load_directory(STAFF, yaml.safe_dump(OTHER).encode())
        await found.sends_sample(MCO, "grant_extract.csv")
        await found.runs()
        yield found


@pytest.fixture
async def member(stage):
    """Give our id of the member whose plan is with the practice."""
    return (await stage.rows("select member from delivery"))[0]["member"]


@pytest.fixture
def today(stage):
    """Give the day of the hub's clock."""
    return stage.hub.clock.now().date()


async def asks(stage, member, to):
    """Ask an organisation for its plan; return the refusal's code, or nothing."""
    try:
        opening = Opening("plan", member, "Sam Ortiz", "reassessment", to=to)
        made = await stage.hub.requests.open(MANAGER, opening)
    except Refused as refused:
        return refused.code
    await stage.rows("update request set state = 'withdrawn' where id = %s returning id", made)
    return ""


async def test_while_it_lasts(stage, member, today):
    """Another practice is told of a member only on days on which it treats them."""
    book, day = stage.hub.treating, timedelta(days=1)
    claim = Claim(member, ORCHARD, today + day, None, "provider")
    said = [await asks(stage, member, ORCHARD)]
    await book.record(STAFF, claim)
    said.append(await asks(stage, member, ORCHARD))
    await book.record(STAFF, replace(claim, starts=today - 9 * day))
    said.append(await asks(stage, member, ORCHARD))
    await book.record(STAFF, replace(claim, starts=today - 9 * day, ends=today - day))
    said.append(await asks(stage, member, ORCHARD))
    kept = await book.of_member(member)

    assert ["consent_refuses", "consent_refuses", "", "consent_refuses"] == said
    assert [(today + day, None), (today - 9 * day, today - day)] == [
        (one.starts, one.ends) for one in kept
    ]


async def test_it_is_no_consent(stage, member, today):
    """A clinic outside HIPAA's covered entities needs a consent too; neither alone is enough."""
    said = [await asks(stage, member, CLINIC)]
    consent = _consent(member, stage.hub.clock.now())
    await stage.hub.registry.grant(STAFF, consent)
    said.append(await asks(stage, member, CLINIC))
    await stage.hub.treating.record(STAFF, Claim(member, CLINIC, today, None, "claims"))
    said.append(await asks(stage, member, CLINIC))
    await stage.hub.registry.revoke(STAFF, consent.id, stage.hub.clock.now(), "writing")
    said.append(await asks(stage, member, CLINIC))

    assert ["consent_refuses", "consent_refuses", "", "consent_refuses"] == said


def _consent(member, now):
    return Consent(
        id=new_id("cns"),
        member=member,
        kind="roi",
        disclosers=Parties(organisations=frozenset({MCO})),
        recipients=Parties(classes=frozenset({"treating_provider"})),
        purposes=frozenset({"TREAT"}),
        categories=frozenset({"general"}),
        signed_on=day_of(now),
        signed_by="the member",
        expires=Expiry(on=(now + timedelta(days=300)).date()),
        statements=frozenset(
            {"patient_name", "right_to_revoke", "refusal_consequences", "redisclosure"}
        ),
        recorded_at=now,
        recorded_by="stage",
    )


async def test_by_file(stage, member, today):
    """An MCO loads rows about its own members; each bad row is told by its number."""
    (own,) = await stage.rows("select member_id from member where id = %s", member)
    number, start = own["member_id"], today.isoformat()
    (other,) = await stage.rows("select member_id from member where mco = 'mco-laurel' limit 1")
    content = (
        "member_id,organisation,from,to,source\n"
        f"{number},1234567893,{start},,claims\n"
        f"{other['member_id']},{CLINIC},{start},,claims\n"
        f"{number},org-none,{start},,claims\n"
        f"{number},{MCO},{start},,claims\n"
        f"{number},{CLINIC},,,claims\n"
        f"{number},{CLINIC},{start},2020-01-01,claims\n"
        f"{number},{CLINIC},{start},soon,claims\n"
        f"{number},{CLINIC},{start},,a hunch\n"
    )
    done = [await stage.hub.treating.load(MANAGER, MCO, content.encode()) for _ in range(2)]
    events = await stage.rows("select detail from event where kind = 'treating.recorded'")

    assert [1, 1] == [one.kept for one in done]
    assert [
        *((3, "member_unknown"), (4, "organisation_unknown"), (5, "organisation_unknown")),
        *((6, "from_missing_or_not_iso"), (7, "to_before_from"), (8, "to_not_iso")),
        (9, "source_unknown"),
    ] == list(done[0].problems)
    assert 1 == len(await stage.hub.treating.of_member(member))
    assert all(CLINIC not in str(one["detail"]) for one in events)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"member_id,organisation,from,to\n", "treating_column_missing"),
        (b"\xff\xfe", "treating_unreadable"),
    ],
)
async def test_no_such_file(stage, content, code):
    """A file that is none, or lacks a column, is refused whole and says which."""
    with pytest.raises(Refused) as refused:
        await stage.hub.treating.load(MANAGER, MCO, content)

    assert (422, code) == (refused.value.status, refused.value.code)


async def test_what_a_form_can_not_mean(stage, member, today):
    """Nobody's member, an MCO as a provider, and days that can't be meant are refused."""
    claim = Claim(member, CLINIC, today, None, "member")
    wrong = {
        "not_found": replace(claim, member="mem_none"),
        "organisation_unknown": replace(claim, organisation=MCO),
        "to_before_from": replace(claim, ends=today - timedelta(days=2)),
        "not_soon": replace(claim, starts=today + timedelta(days=400)),
        "source_unknown": replace(claim, source="x"),
    }
    said = {}
    for code, one in wrong.items():
        with pytest.raises(Refused) as refused:
            await stage.hub.treating.record(STAFF, one)
        said[code] = refused.value.code

    assert {code: code for code in wrong} == said


async def test_a_file_after_a_person(stage, member, today):
    """What the officer ended a file does not begin again; the file is told so by its line."""
    book, day = stage.hub.treating, timedelta(days=1)
    known = (await stage.rows("select member_id from member where id = %s", member))[0]["member_id"]
    starts = today - 9 * day
    line = f"{known},{CLINIC},{starts},,claims\n"
    content = f"member_id,organisation,from,to,source\n{line}".encode()
    first = await book.load(MANAGER, MCO, content)
    await book.record(STAFF, Claim(member, CLINIC, starts, today - day, "member"))
    again = await book.load(MANAGER, MCO, content)
    (kept,) = await book.of_member(member)

    assert (1, ()) == (first.kept, first.problems)
    assert (0, ((2, "recorded_by_officer"),)) == (again.kept, again.problems)
    assert (today - day, "member") == (kept.ends, kept.source)
