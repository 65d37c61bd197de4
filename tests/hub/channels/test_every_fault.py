"""Each fault of a receiver on each channel: what it is taken for, as `docs/faults.md` says."""

from __future__ import annotations

import asyncio
import hashlib
import random
from datetime import UTC, datetime, timedelta

import pytest
from direct_world import HUB, PRACTICE, pem
from plans import COVER, DELGADO
from simulator import play

from hub import render
from hub.channels.direct_mail import Head
from hub.channels.direct_relay import Relay
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel
from tests.faults.expected import EXPECTED, page
from tests.faults.misbehaving import Chaos, Gate
from tests.faults.street import KINDS, Street

CASES = [(name, fault) for name, faults in KINDS.items() for fault in faults]


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


async def test_direct_certificate(street):
    """A partner's expired certificate is found before anything is sealed."""
    (practice,) = (one for one in street.practices if one.name == "direct")
    ended = datetime.now(UTC) - timedelta(days=1)
    leaf, _ = street.anchor.leaf(PRACTICE, starts=ended - timedelta(days=9), ends=ended)
    options = practice.options | {"certificate": pem(leaf)}

    assert EXPECTED["direct"]["certificate"] == await met(
        street, practice, options=options, address=PRACTICE
    )
    assert [] == practice.receiver.taken


@pytest.mark.parametrize("fault", Gate.KINDS)
async def test_mail_gate(fault):
    """A mail server that refuses connections, or takes them in silence, has nothing of ours."""
    chaos = Chaos(random.Random(7), (fault,), 1.0)  # noqa: S311  # chooses faults
    async with Gate(1, chaos) as gate:
        relay = Relay(f"smtp://127.0.0.1:{gate.port}", seconds=1.0)
        with pytest.raises(Trouble) as raised:
            await relay.send(b"x", Head(HUB, PRACTICE, "<a@b.example>"))

    assert EXPECTED["direct"][fault] == {f"{raised.value.kind} {raised.value.code}"}


def test_every_cell():
    """The table leaves no fault of any practice out."""
    for name, faults in KINDS.items():
        assert set(faults) <= set(EXPECTED.get(name.partition("-")[0], {}))
    assert page().count("\n| ") == 12
