"""A plan sent again that says nothing new: a version on file, and nobody at the practice asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from simulator import play, practice

from hub.correspondence import Given
from hub.receipts import receipt
from hub.store import watching

GRANT = ("mco-susquehanna", "grant_extract.csv")
HALE = ("mco-allegheny", "hale_mdm_t02.hl7")
RIVERBEND, NORTHSIDE = practice("pcmh-riverbend"), practice("pcmh-northside")
EVERYTHING = ("general", "sud", "mental_health")


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def again(story, of=GRANT, more=b"\n", change=None):
    """Hand in what was handed in first, in other bytes and, if told, other words."""
    mco, name = of
    (first,) = await story.rows("select digest from submission order by seq limit 1")
    content = (await story.hub.vault.get(first["digest"])) + more
    if change:
        assert change[0] in content
        content = content.replace(*change)
    accepted = await story.sends(mco, content, name)
    await story.runs()
    return accepted


async def sent(story, of=GRANT):
    """Hand the sample in and let it arrive."""
    await story.sends_sample(*of)
    await story.runs()


async def taken(story, nurse=RIVERBEND):
    """Let the practice acknowledge the newest delivery."""
    (row,) = await story.rows("select id from delivery order by seq desc limit 1")
    await story.hub.reception.acknowledge(nurse, row["id"], nurse.name)


async def receipt_of(story, submission):
    """Return what the sender is told of a submission."""
    ask, asked = story.hub.desk.ask, {"submission": submission}
    (row,) = await ask("submission_by_id", GRANT[0], **asked)
    plans = await ask("plans_of_submission", GRANT[0], **asked)
    return receipt(row, plans, await ask("deliveries_of_submission", GRANT[0], **asked))


async def test_says_nothing_new(story):
    """The same plan in other bytes becomes a version that is not sent again."""
    await sent(story)
    await taken(story)
    await again(story)

    assert await story.states("plan") == ["released", "unchanged"]
    assert await story.states("delivery") == ["acknowledged"]


async def test_sender_is_told(story):
    """The receipt says since which version nothing changed, and that the loop is closed by it."""
    await sent(story)
    open_ = await receipt_of(story, (await again(story)).submission)
    await taken(story)
    closed = await receipt_of(story, (await again(story, more=b"\n\n")).submission)
    (plan,) = closed["plans"]

    assert (plan["state"], plan["version"]) == ("unchanged", 3)
    assert plan["unchanged_since"] == {
        "version": 1,
        "plan": (await story.rows("select id from plan order by seq"))[0]["id"],
    }
    assert plan["deliveries"] == []
    assert (open_["closed"], closed["closed"]) == (False, True)


async def test_clock_runs_on(story):
    """Sending a plan again does not hide that nobody took it: it stays open, with its clock."""
    await sent(story)
    before = await story.rows("select acknowledge_due from delivery")
    await again(story)

    assert await story.states("delivery") == ["sent"]
    assert before == await story.rows("select acknowledge_due from delivery")


async def test_a_word_more(story):
    """A plan with one word changed is sent, and takes the place of what nobody took."""
    await sent(story)
    await again(story, change=(b"every Friday", b"every Monday"))

    assert await story.states("plan") == ["superseded", "released"]
    assert await story.states("delivery") == ["superseded", "sent"]


async def test_after_a_change_and_back(story):
    """What was said two versions ago is news again after something else was said."""
    await sent(story)
    await taken(story)
    await again(story, change=(b"every Friday", b"every Monday"))
    await taken(story)
    await again(story)

    assert await story.states("plan") == ["superseded", "superseded", "released"]
    assert await story.states("delivery") == ["superseded", "acknowledged", "sent"]


async def test_one_answer_is_owed(story):
    """Who took two versions owes one answer, since the day the first was taken."""
    await sent(story)
    await taken(story)
    await story.rows("update delivery set acknowledged_at = now() - interval '8 days' returning 1")
    await again(story, change=(b"every Friday", b"every Monday"))
    await taken(story)
    await watching.tick(story.hub.database, story.hub.clock.now(), story.hub.usual)
    (since,) = await story.rows("select w.began_at from watch w where w.clock = 'agreement'"
                                " and w.ended_at is null")  # fmt: skip

    assert await story.states("delivery") == ["superseded", "acknowledged"]
    assert since["began_at"] < story.hub.clock.now() - timedelta(days=7)


async def test_answering_the_newest(story):
    """An answer to the newest version ends what was owed for the one taken before."""
    await sent(story)
    await taken(story)
    (first,) = await story.rows("select id from delivery")
    await again(story, change=(b"every Friday", b"every Monday"))
    (newest,) = await story.rows("select id from delivery order by seq desc limit 1")
    given = Given("accept", RIVERBEND.name)
    await story.hub.reception.answer(RIVERBEND, newest["id"], given)

    assert await story.states("delivery") == ["superseded", "answered"]
    told = await story.rows("select detail from event where kind = 'delivery.superseded'")
    assert told == [{"detail": {"by": newest["id"]}}]
    again_ = await story.hub.reception.acknowledge(RIVERBEND, first["id"], RIVERBEND.name)
    assert again_ < story.hub.clock.now()


async def test_a_new_version_long_after_an_answer(story):
    """What was answered before does not make a new version late."""
    await sent(story)
    await taken(story)
    await again(story, change=(b"every Friday", b"every Monday"))
    await taken(story)
    (second,) = await story.rows("select id from delivery order by seq desc limit 1")
    given = Given("accept", RIVERBEND.name)
    await story.hub.reception.answer(RIVERBEND, second["id"], given)
    await story.rows("update delivery set acknowledged_at = now() - interval '90 days' returning 1")
    await again(story, change=(b"every Friday", b"every Sunday"))
    await taken(story)
    await watching.tick(story.hub.database, story.hub.clock.now(), story.hub.usual)
    (since,) = await story.rows("select w.began_at from watch w where w.clock = 'agreement'"
                                " and w.ended_at is null")  # fmt: skip

    assert since["began_at"] > story.hub.clock.now() - timedelta(hours=1)


async def test_earlier_one_given_up(story):
    """A version is sent when the one it repeats never arrived."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    await story.rows("update delivery set state = 'undeliverable', due = null returning 1")
    await again(story)

    assert await story.states("plan") == ["superseded", "released"]
    assert await story.states("delivery") == ["superseded", "sent"]


async def test_earlier_one_held(story):
    """A version that repeats one that consent held takes its place and waits like it."""
    await sent(story, HALE)
    await again(story, HALE, more=b"\r")

    assert await story.states("plan") == ["superseded", "held"]


async def test_another_contact(story):
    """The person designated since gets the plan, though it says nothing new."""
    await sent(story)
    await taken(story)
    await story.rows(
        "update contact set ends = '2026-01-01' where id = 'con-riverbend-1' returning 1"
    )
    await again(story)
    rows = await story.rows("select contact, state from delivery order by seq")

    assert [row["contact"] for row in rows] == ["con-riverbend-1", "con-riverbend-2"]


async def test_another_format(story):
    """A practice whose endpoint takes another format since gets the plan in it."""
    await sent(story)
    await taken(story)
    await story.rows("update endpoint set format = 'fhir' returning 1")
    await again(story)

    assert await story.states("delivery") == ["acknowledged", "sent"]


async def test_consent_changed_since(story):
    """What a revoked consent covered is not taken for delivered: the version is held."""
    await story.sends_sample(*HALE)
    member = await story.member("mco-allegheny", "AB-77121")
    consent = await story.grants(member, "mco-allegheny", "pcmh-northside", *EVERYTHING)
    await story.runs()
    await taken(story, NORTHSIDE)
    await story.revokes(consent)
    await again(story, HALE, more=b"\r")

    assert await story.states("plan") == ["superseded", "held"]


async def test_more_may_be_seen_since(story):
    """When a wider consent lets more of the same plan through, the version is sent."""
    await story.sends_sample(*HALE)
    member = await story.member("mco-allegheny", "AB-77121")
    await story.grants(member, "mco-allegheny", "pcmh-northside", *EVERYTHING)
    await story.runs()
    await taken(story, NORTHSIDE)
    await story.rows("update release set meaning = 'less' returning 1")
    await again(story, HALE, more=b"\r")

    assert await story.states("delivery") == ["acknowledged", "sent"]


async def test_from_before(story):
    """A version kept before digests were is never taken for the same."""
    await sent(story)
    await taken(story)
    await story.rows("update plan set meaning = null returning 1")
    await story.rows("update release set meaning = null returning 1")
    await again(story)

    assert await story.states("delivery") == ["acknowledged", "sent"]


async def test_overtaken_by_nothing_new(story):
    """A change that waited for its member goes when the sender says the old plan again."""
    await sent(story)
    await taken(story)
    await story.rows("update member set active = false returning 1")
    await again(story, change=(b"every Friday", b"every Monday"))
    waiting = await story.states("plan")
    await story.rows("update member set active = true returning 1")
    await again(story)
    await story.rows("update plan set due = now() where state = 'unmatched' returning 1")
    await story.runs()

    assert waiting == ["released", "unmatched"]
    assert await story.states("plan") == ["released", "superseded", "unchanged"]


async def test_replaced_meanwhile(story):
    """A version found to repeat one that was replaced before it was written is decided again."""
    await sent(story)
    await taken(story)
    engine, finish = story.hub.engine(), story.hub.line.finish
    done = []

    async def late(submissions, plans):
        if any(p.same_as for p in plans) and not done:
            done.append(await story.rows("update plan set state = 'recalled' returning 1"))
        await finish(submissions, plans)

    story.hub.line.finish = late
    assert engine.line is story.hub.line
    await again(story)

    assert len(done) == 1
    assert await story.states("delivery") == ["acknowledged", "sent"]


async def test_decided_anew_under_a_repetition(story):
    """The version that was repeated can still be released again, and stays in force."""
    await sent(story)
    await taken(story)
    await again(story)
    await story.rows("update plan set state = 'routed', due = now() where version = 1 returning 1")
    await story.runs()

    assert await story.states("plan") == ["released", "unchanged"]
    assert await story.states("delivery") == ["acknowledged", "sent"]
