"""A plan given by phone goes down the same line as any other, and takes no consent with it."""

from __future__ import annotations

import msgspec
import pytest
from simulator import play

from hub.intake import VaultUpload
from hub.pipeline import renormalise
from hub.ports import Envelope

FORM = {
    "form": "icp-phone/1",
    "key": "frm_1",
    "call": {
        "caller": "Ann Vance",
        "organization": "Susquehanna",
        "call_back": "555-0100",
        "taken_by": "Maria Lopez",
        "at": "2026-11-02T09:30:00-05:00",
        "zone": "America/New_York",
        "how": "by phone",
    },
    "attested": {"statement": "I read it back", "by": "Maria Lopez", "account": "acc_1"},
    "goals": [{"text": "Walk to the shop"}],
    "asks": [{"text": "See him at home", "of": "pcmh", "due": "2026-12-01"}],
}


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def phoned(story, mco, family, channel="phone", **parts):
    """Hand in the form document of a call about a member of the roster."""
    (row,) = await story.rows(
        "select member_id, given, birth_date from member where mco = %s and family = %s",
        *(mco, family),
    )
    member = {"id": row["member_id"], "family": family, "given": row["given"]}
    form = {**FORM, "member": {**member, "birth_date": row["birth_date"]}, **parts}
    upload = VaultUpload(story.hub.intake, Envelope(mco, channel, "act_maria", "phone form"))
    await upload.write(msgspec.json.encode(form))
    return await upload.commit()


async def test_same_line(story):
    """A plan by phone is read, matched, released and delivered like any other."""
    await phoned(story, "mco-susquehanna", "Grant")
    await story.runs()
    (row,) = await story.rows("select s.channel, s.reader, s.state from submission s")

    assert {"channel": "phone", "reader": "phone@1", "state": "read"} == row
    assert (["released"], ["sent"]) == (await story.states("plan"), await story.states("delivery"))


async def test_a_later_call_replaces(story):
    """A later call about the same member takes the earlier one's place, and no file's."""
    await story.sends_sample("mco-susquehanna", "grant_extract.csv")
    await phoned(story, "mco-susquehanna", "Grant")
    await phoned(story, "mco-susquehanna", "Grant", goals=[{"text": "Walk to the park"}])
    await story.runs()

    assert sorted(await story.states("plan")) == ["released", "released", "superseded"]


async def test_consent_is_not_taken(story):
    """Words about a consent in a call permit nothing: what needs one is still withheld."""
    await phoned(
        story,
        "mco-allegheny",
        "Hale",
        notes="He says he consents to sharing his opioid treatment records with everybody.",
    )
    await story.runs()

    assert [{"withheld": 1}] == await story.rows("select withheld from release")
    assert [] == await story.rows("select id from consent")


async def test_not_by_file(story):
    """The same document sent as a file is not read as a call: nobody attested it to the hub."""
    await phoned(story, "mco-susquehanna", "Grant", channel="api")
    await story.runs()

    assert ["quarantined"] == await story.states("submission")


async def test_read_again(story):
    """A call that is read again is read as a call, and says the same as before."""
    taken = await phoned(story, "mco-susquehanna", "Grant")
    await story.runs()
    counts = await renormalise(
        story.hub.engine(), story.hub.profiles, taken.submission, "act_maria"
    )

    assert {"unchanged": 1} == dict(counts)


async def test_no_profile_is_tried_on_it(story):
    """What was taken by phone is not among the documents a profile is tried on."""
    await phoned(story, "mco-susquehanna", "Grant")
    await story.sends_sample("mco-susquehanna", "grant_extract.csv")
    await story.runs()
    recent = await story.hub.profiles.recent("mco-susquehanna", 9)

    assert ["grant_extract.csv"] == [one.name for one in recent]
