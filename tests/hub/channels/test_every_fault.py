"""Each fault of a receiver on each channel: what it is taken for, as `docs/faults.md` says."""

from __future__ import annotations

import asyncio
import hashlib
import random
from datetime import UTC, datetime

import pytest
from plans import COVER, DELGADO
from simulator import STAFF, play

from hub import render
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel
from hub.store import direct_notices
from tests.faults import documents
from tests.faults.expected import EXPECTED, page
from tests.faults.misbehaving import FAULTS
from tests.faults.street import KINDS, NO_GOOD, Street

CASES = [(name, fault) for name, faults in KINDS.items() for fault in faults]
CHANGES = {"roster_max_drop": 1.0}


@pytest.fixture
async def street(conninfo, tmp_path):
    """Give a street whose practices never misbehave of themselves, and a hub that reaches them."""
    rng = random.Random(7)  # noqa: S311  # chooses faults, not secrets
    async with Street(tmp_path, rng, 0.0) as found, play(conninfo, tmp_path) as stage:
        await found.join(stage)
        found.channels = stage.hub.channels
        yield found


def parcel(format_):
    """Return one plan as a delivery's bytes."""
    made = render.render(format_, DELGADO, COVER)
    digest = hashlib.sha256(made.content).hexdigest()
    return Parcel("del_" + "7" * 26, made.content, made.media_type, made.file_name, digest)


async def met(street, practice, **changed):
    """Send once; return what the fault was taken for, or nothing."""
    given = {"options": practice.options, "address": practice.address, **changed}
    end = Endpoint(
        f"end-{practice.name}", practice.id, practice.kind, given["address"], practice.format,
        given["options"], practice.secrets,
    )  # fmt: skip
    try:
        await street.channels[practice.kind].send(parcel(practice.format), end)
    except Trouble as trouble:
        return {f"{trouble.kind} {trouble.code}"}
    return set()


@pytest.mark.parametrize(("name", "fault"), CASES)
async def test_fault(street, name, fault):
    """A fault is taken for what it is, and the next attempt without it arrives, once."""
    (practice,) = (one for one in street.practices if one.name == name)
    practice.chaos.kinds, practice.chaos.rate = (fault,), 1.0
    first = await met(street, practice)
    practice.chaos.rate = 0.0
    made = [one for _, one in practice.chaos.done]
    await asyncio.sleep(0.1)
    expected = EXPECTED[practice.kind][fault]

    assert first <= expected
    assert bool(first) == bool(expected)
    assert {fault} == set(made)
    again = [await met(street, practice) for _ in range(2)]  # an engine chooses one ahead
    assert set() == again[-1]
    assert all(len(copies) == 1 for copies in practice.receiver.kept.values())


async def test_other_host_key(street):
    """An SFTP server that shows another key than the pinned one gets nothing."""
    (practice,) = (one for one in street.practices if one.name == "sftp")
    other = {"host_key": practice.receiver.user_key.export_public_key().decode()}

    assert EXPECTED["sftp"]["certificate"] == await met(street, practice, options=other)
    assert {} == practice.receiver.files


@pytest.mark.parametrize("name", NO_GOOD)
async def test_recipients_certificate(street, name):
    """A partner's certificate that is no good is found before anything is sealed."""
    (practice,) = (one for one in street.practices if one.name == name)
    (direct,) = (one for one in street.practices if one.name == "direct")

    fault, said = NO_GOOD[name]
    assert {said} == await met(street, practice)
    assert said in EXPECTED["direct"][fault]
    assert [] == direct.receiver.taken


@pytest.mark.parametrize("fault", ["", "notice_twice", "notice_forged"])
async def test_notices(conninfo, tmp_path, fault):
    """A notification confirms its delivery once, and what is forged changes nothing before it."""
    rng = random.Random(7)  # noqa: S311  # chooses faults, not secrets
    async with Street(tmp_path, rng, 0.0) as street, play(conninfo, tmp_path, **CHANGES) as stage:
        await street.join(stage)
        (direct,) = (one for one in street.practices if one.name == "direct")
        direct.chaos.kinds, direct.chaos.rate = (fault,), 1.0 if fault else 0.0
        who = documents.member(1, direct.id)
        roster = documents.roster([who])
        await stage.hub.rosters.load_roster(STAFF, documents.MCO, "full", roster)
        await stage.sends(documents.MCO, documents.extract(who, 1).content, "extract-1.csv")
        await stage.runs()
        await direct.receiver.quiet()
        while await direct_notices.settle(stage.hub.database, datetime.now(UTC)):
            pass
        (row,) = await stage.rows("select state, transport, code from delivery")
        kept = await stage.rows("select disposition, counted from direct_notice")

    assert ("sent", "confirmed", "direct_processed") == tuple(row.values())
    assert [("processed", True)] == [tuple(one.values()) for one in kept]
    if (
        fault == "notice_forged"
    ):  # what a partner signs of a mail that never was is taken, for nothing
        assert [554, 554, 554, 250] == direct.receiver.refused


def test_every_cell():
    """The table leaves no fault of any practice out."""
    for name, faults in KINDS.items():
        assert set(faults) <= set(EXPECTED.get(name.partition("-")[0], {}))
    assert page().count("\n| ") == len(FAULTS) + 1
