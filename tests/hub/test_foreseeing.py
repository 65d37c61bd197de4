"""What recipients would see, break-glass and incidents, over the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from simulator import STAFF, play, practice

from consent.records import Policy
from hub import foreseeing
from hub.asked import Actor
from hub.errors import Refused
from hub.officer import Invoked, Reported, Step
from hub.withholding.anatomy import unit_pointers

HALE = ("mco-allegheny", "hale_mdm_t02.hl7", "AB-77121")
KOWALSKI = ("mco-allegheny", "kowalski_care_plan.xml")
PETRA = Actor("act_petra", "hub", "Petra Quinn", ("privacy",))
NURSE = practice("pcmh-riverbend")
POLICY = Policy()


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def member_of(story, file):
    """Hand a sample in, walk the line, and return its member."""
    await story.sends_sample(*file[:2])
    await story.runs()
    (row,) = await story.rows("select member from plan order by seq desc limit 1")
    return row["member"]


async def seen(story, member, key=foreseeing.CONTACT):
    """Return the sight of a member and what one reader would see."""
    sight = await story.hub.officer.sight(PETRA, member)
    now = datetime.now(UTC)
    (reader,) = [one for one in foreseeing.readers(sight, now) if one.key == key]
    return sight, foreseeing.foresee(sight, reader, sight.consents, now, POLICY)


async def test_as_the_release(story):
    """What is struck out in the preview is exactly what the release withheld, with its rules."""
    member = await member_of(story, KOWALSKI)
    sight, preview = await seen(story, member)
    (row,) = await story.rows("select withheld, decision, plan_digest from release")

    assert row["withheld"] == len(preview.struck) > 0
    assert {r[1] for r in row["decision"]["reasons"] if r[3] == "forbid"} == {
        one.rule for one in preview.reasons
    }
    assert preview.struck < set(unit_pointers(sight.plan))
    assert all(line.because or line.pointer.startswith("/") for line in preview.lines)


async def test_looking_releases_nothing(story):
    """A preview of a held plan leaves it held, and the ledger says only that one looked."""
    member = await member_of(story, HALE)
    _, preview = await seen(story, member)
    kinds = await story.rows("select kind from event where actor = 'act_petra'")

    assert not preview.goes
    assert preview.waits == ("consent:sud", "notice_printed")
    assert await story.states("plan") == ["held"]
    assert [row["kind"] for row in kinds] == ["plan.previewed"]


async def test_what_if(story):
    """A draft consent shows what it would let go before it is recorded; recording it then does."""
    member = await member_of(story, HALE)
    name = await story.grants(member, HALE[0], "pcmh-northside", "general", "sud", "mental_health")
    sight = await story.hub.officer.sight(PETRA, member)
    draft = replace(next(o for o in sight.consents if o.id == name), id="draft")
    bare = replace(sight, consents=())
    now = datetime.now(UTC)
    reader = foreseeing.readers(bare, now)[0]
    change = foreseeing.compare(bare, reader, (draft,), now, POLICY)

    assert (change.before.goes, change.after.goes) == (False, True)
    assert len(change.gained) == len(change.after.lines)
    assert change.lost == ()


async def test_what_a_revocation_stops(story):
    """The delivery that a revocation would stop is named before, and stopped after."""
    await story.sends_sample(*HALE[:2])
    member = await story.member(HALE[0], HALE[2])
    name = await story.grants(member, HALE[0], "pcmh-northside", "general", "sud", "mental_health")
    await story.runs(deliver=False)
    (queued,) = await story.rows("select id from delivery")
    sight = await story.hub.officer.sight(PETRA, member)
    now = datetime.now(UTC)
    after = tuple(replace(one, revoked_at=now) for one in sight.consents)
    stopping = foreseeing.stopping(sight, after, now, POLICY)
    await story.revokes(name)
    await story.runs()

    assert stopping == (queued["id"],)
    assert await story.states("delivery") == ["stopped"]


async def test_practices_are_told_of_a_revocation(story):
    """A revocation tells, in its own transaction, the practice that something was sent to."""
    await story.sends_sample(*HALE[:2])
    member = await story.member(HALE[0], HALE[2])
    name = await story.grants(member, HALE[0], "pcmh-northside", "general", "sud", "mental_health")
    await story.runs()
    await story.revokes(name)
    told = await story.rows(
        "select organisations from event where kind = 'delivery.consent_revoked'"
    )

    assert [row["organisations"] for row in told] == [[HALE[0], "pcmh-northside"]]


def invoked(**changed):
    """Return what a clinician says of Marcus Hale."""
    given = {
        "name": "Nadia Brandt RN",
        "affiliation": "Riverbend",
        "reason": "emergency",
        "nature": "found without consciousness",
        "family": "hale",
        "birth_date": "1984-03-22",
        "number": "AB-77121",
        "medical": True,
        "unobtainable": True,
    }
    return Invoked(**{**given, **changed})


async def opened(story, **changed):
    """Invoke an emergency about Marcus Hale, whose plan is held; return (id, member)."""
    await member_of(story, HALE)
    (row,) = await story.rows("select birth_date from member where family = 'Hale'")
    said = invoked(birth_date=row["birth_date"], **changed)
    (sight,) = await story.hub.officer.emergency_sights(NURSE, said)
    made = foreseeing.emergency(sight, NURSE, said, datetime.now(UTC), story.hub.policy)
    return await story.hub.officer.open_emergency(NURSE, sight, said, made), sight.member.id


async def test_break_glass(story):
    """Whoever invoked reads the plan, nobody else does, and it stands in the accounting."""
    name, member = await opened(story)
    plan, row = await story.hub.officer.emergency_plan(NURSE, name)
    with pytest.raises(Refused) as other:
        await story.hub.officer.emergency_plan(replace(NURSE, id="act_other"), name)
    (left,) = await story.hub.officer.disclosures(member)
    kinds = await story.rows("select kind from event where noun = %s order by id", name)

    assert plan.concerns
    assert row["name"] == "Nadia Brandt RN"
    assert other.value.status == 404
    assert (left["purpose"], left["contact"]) == ("BTG", "Nadia Brandt RN")
    assert [one["kind"] for one in kinds] == ["emergency.invoked", "emergency.viewed"]


@pytest.mark.parametrize(("reason", "rule"), [("emergency", "P2-12"), ("disaster", "P2-13")])
async def test_what_an_emergency_keeps(story, reason, rule):
    """The hub's own rules open it; what 42 CFR 2.51(c) wants is kept with the decision."""
    name, _ = await opened(story, reason=reason)
    (row,) = await story.rows(
        "select name, affiliation, account, at, decision from emergency where id = %s", name
    )
    kept = row["decision"]
    (told,) = await story.rows("select detail from event where kind = 'emergency.invoked'")

    assert rule in {permit[1] for permit in kept["reasons"] if permit[3] == "permit"}
    assert kept["recipient"] == ["pcmh-riverbend", NURSE.id]
    assert kept["emergency"]["discloser"] == row["account"] == NURSE.id
    assert kept["duties"] == told["detail"]["duties"] != []
    assert (row["name"], row["affiliation"]) == ("Nadia Brandt RN", "Riverbend")
    assert "part2_2.32_statement1" in kept["notices"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"medical": False}, "medical personnel"),
        ({"unobtainable": False}, "no rule"),
        ({"nature": " "}, "no rule"),
    ],
)
async def test_an_emergency_that_lacks_something(story, changed, says):
    """Only medical personnel, only with the nature written and consent out of reach."""
    with pytest.raises(Refused) as refused:
        await opened(story, **changed)

    assert refused.value.status == 403
    assert says in refused.value.detail


@pytest.mark.parametrize("clinic", ["hub", "mco-allegheny", "nobody"])
async def test_an_emergency_is_a_practices(story, clinic):
    """Who stands at no practice is no medical personnel, whatever they say."""
    member = await member_of(story, HALE)
    sight = await story.hub.officer.sight(PETRA, member)
    other = replace(NURSE, organisation=clinic)
    with pytest.raises(Refused) as refused:
        foreseeing.emergency(sight, other, invoked(), datetime.now(UTC), POLICY)

    assert "medical personnel" in refused.value.detail


async def test_break_glass_ends(story):
    """After its hour the plan is shown no more, and a review is given once."""
    name, _ = await opened(story)
    await story.rows(
        "update emergency set ends_at = now() - interval '1 second' where id = %s returning id",
        name,
    )
    with pytest.raises(Refused) as over:
        await story.hub.officer.emergency_plan(NURSE, name)
    await story.hub.officer.review(PETRA, name, "justified", "rang the hospital")
    with pytest.raises(Refused) as twice:
        await story.hub.officer.review(PETRA, name, "not_justified", "")
    (kept,) = await story.hub.officer.emergencies(reviewed=True)

    assert (over.value.status, twice.value.status) == (410, 409)
    assert (kept["nature"], kept["note"]) == ("found without consciousness", "rang the hospital")


async def test_break_glass_names_exactly(story):
    """A member who isn't named exactly is not found, and that somebody tried is recorded."""
    await member_of(story, HALE)
    for changed in ({"family": "ha"}, {"number": "AB"}, {"birth_date": "1900-01-01"}):
        with pytest.raises(Refused) as refused:
            await story.hub.officer.emergency_sights(NURSE, invoked(**changed))
        assert refused.value.status == 409
    tried = await story.rows("select 1 from event where kind = 'emergency.not_found'")

    assert len(tried) == 3


async def test_break_glass_switched_off(story):
    """Where the hub's policy has the emergency rule off, nothing is opened."""
    member = await member_of(story, HALE)
    sight = await story.hub.officer.sight(PETRA, member)
    off = replace(story.hub.policy, off=frozenset({"P2-12"}))
    with pytest.raises(Refused) as refused:
        foreseeing.emergency(sight, NURSE, invoked(), datetime.now(UTC), off)

    assert refused.value.status == 403


async def incident(story, member, pcmh="pcmh-northside", delivery=None):
    """Open an incident about a member at a practice."""
    told = Reported(member, pcmh, delivery, "wrong_practice", "it rang", datetime.now(UTC))
    return await story.hub.officer.open_incident(PETRA, told)


async def test_an_incident_stops_the_queue(story):
    """What is queued there waits while the incident stands, and goes once it is lifted."""
    await story.sends_sample(*KOWALSKI)
    await story.runs(deliver=False)
    (queued,) = await story.rows("select member, pcmh from delivery")
    name = await incident(story, queued["member"], queued["pcmh"])
    await story.runs()
    stopped = await story.states("delivery")
    await story.hub.officer.step(PETRA, name, Step("lifted"))
    await story.runs()

    assert stopped == ["queued"]
    assert await story.states("delivery") == ["sent"]


async def test_an_incident_closes_what_arrived(story):
    """What lies at the practice can't be opened while the incident stands."""
    await story.sends_sample(*KOWALSKI)
    await story.runs()
    (row,) = await story.rows("select id, member, pcmh from delivery")
    await incident(story, row["member"], row["pcmh"], row["id"])
    with pytest.raises(Refused) as refused:
        await story.hub.reception.plan(practice(row["pcmh"]), row["id"])

    assert refused.value.status == 410


async def test_an_incident_is_closed_by_name(story):
    """It can't be closed before recall, four factors and the health plan; then it is, by name."""
    await story.sends_sample(*KOWALSKI)
    await story.runs()
    (row,) = await story.rows("select id, member, pcmh from delivery")
    name = await incident(story, row["member"], row["pcmh"], row["id"])
    officer = story.hub.officer
    with pytest.raises(Refused) as early:
        await officer.step(PETRA, name, Step("closed", "not_a_breach", "all well"))
    await officer.step(PETRA, name, Step("recall_asked"))
    northside = practice(row["pcmh"])
    await officer.answer_recall(northside, name, "destroyed", "Tamika Ross")
    with pytest.raises(Refused) as other:
        await officer.answer_recall(practice("pcmh-orchard"), name, "destroyed", "Eve")
    for kind in ("factor_nature", "factor_who", "factor_acquired", "factor_mitigated"):
        await officer.step(PETRA, name, Step(kind, "low", "shredded"))
    await officer.step(PETRA, name, Step("told_covered_entity", "", "by telephone"))
    with pytest.raises(Refused) as untold:
        await officer.step(PETRA, name, Step("closed", "breach", "they read it"))
    await officer.step(PETRA, name, Step("closed", "not_a_breach", "low"))
    closed, steps = await officer.incident(name)

    assert (early.value.status, other.value.status, untold.value.status) == (409, 404, 409)
    assert "the member was told" in untold.value.detail
    assert (closed["closed_name"], closed["conclusion"]) == ("Petra Quinn", "not_a_breach")
    assert [one["words"] for one in steps if one["kind"] == "recall_answered"] == ["Tamika Ross"]


async def test_words_are_sealed(story):
    """What people wrote about an incident is nowhere in the database as they wrote it."""
    member = await member_of(story, HALE)
    name = await incident(story, member)
    await story.hub.officer.step(PETRA, name, Step("factor_who", "low", "Zzyqneighbour"))
    rows = await story.rows(
        "select to_jsonb(i)::text || s::text || coalesce((select string_agg(e::text, ' ')"
        " from event e), '') as kept from incident i, incident_step s"
    )

    assert not [row for row in rows if "it rang" in row["kept"] or "Zzyq" in row["kept"]]


async def test_denied_and_taken_up_again(story):
    """A held plan is denied with a reason that its sender sees, and may be taken up again."""
    await member_of(story, HALE)
    (row,) = await story.rows("select id from plan")
    await story.hub.officer.hold(PETRA, row["id"], "deny", "refused")
    denied = await story.states("plan")
    with pytest.raises(Refused) as twice:
        await story.hub.officer.hold(STAFF, row["id"], "ask")
    await story.hub.officer.hold(PETRA, row["id"], "again")
    await story.runs()

    assert (denied, twice.value.status) == (["denied"], 409)
    assert await story.states("plan") == ["held"]
