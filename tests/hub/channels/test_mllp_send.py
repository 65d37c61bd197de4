"""The MLLP channel against a practice's engine: once, in order, and what each answer means."""

from __future__ import annotations

import asyncio
import hashlib
import socket

import pytest
import structlog
from mllp_world import Authority, Deed, Engine, message

from hub.channels.addresses import Guard
from hub.channels.mllp_send import MllpSend
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel, Proof

GUARD = Guard(allow_http_private=True)
PLAN = message("rel_1", mode="AL|NE")


def parcel(content=PLAN):
    return Parcel("dlv_1", content, "x", "icp-rel_1.hl7", hashlib.sha256(content).hexdigest())


def endpoint(engine, id_="end-1", secrets=None, **options):
    return Endpoint(id_, "pcmh-1", "mllp", engine.address, "hl7v2", options, secrets or {})


@pytest.fixture
async def send():
    made = MllpSend(GUARD, turn_seconds=2, connect_seconds=2, answer_seconds=0.5, out_seconds=0.3)
    yield made
    await made.close()


@pytest.fixture
async def patient():
    """One that waits long enough for an answer to a large message, on a busy machine too."""
    made = MllpSend(GUARD, turn_seconds=60, answer_seconds=60, out_seconds=0.3)
    yield made
    await made.close()


async def trouble(send, end, given=None):
    with pytest.raises(Trouble) as raised:
        await send.send(given or parcel(), end)
    return raised.value.kind, raised.value.code


@pytest.mark.parametrize("code", ["AA", "CA"])
async def test_taken(send, code):
    """AA and CA to our own control id prove that it arrived, and the bytes are ours."""
    async with Engine([Deed(code=code)]) as engine:
        proof = await send.send(parcel(), endpoint(engine))

    assert (proof, engine.taken) == (Proof("confirmed", f"mllp_{code.lower()}"), [PLAN])


async def test_one_link(send):
    """Message after message goes over one kept link, also large ones, in their order."""
    given = [message(f"r{n}", body="OBX|1|ED|||" + "A" * n * 400_000) for n in range(5)]
    async with Engine() as engine:
        for one in given:
            await send.send(parcel(one), endpoint(engine))

    assert (engine.connections, engine.taken) == (1, given)


@pytest.mark.parametrize(
    ("code", "error", "kind"),
    [
        ("AE", "101", "permanent"),
        ("AE", "", "permanent"),
        ("AE", "207", "transient"),
        ("AR", "", "transient"),
        ("AR", "207", "transient"),
        ("AR", "201", "permanent"),
        ("CE", "", "transient"),
        ("CE", "206", "transient"),
        ("CR", "", "permanent"),
        ("CR", "203", "permanent"),
    ],
)
async def test_refused(send, code, error, kind):
    """A refusal is given up or tried later by its code; words of theirs are nowhere."""
    async with Engine([Deed(code=code, error=error)]) as engine:
        with pytest.raises(Trouble) as raised:
            await send.send(parcel(), endpoint(engine))
    named = f"mllp_{code.lower()}" + (f"_{error}" if error else "")

    assert (raised.value.kind, raised.value.code) == (kind, named)
    assert "theirs" not in str(raised.value)


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (Deed("hang"), "mllp_no_answer"),
        (Deed("cut_after"), "mllp_cut"),
        (Deed("flood"), "mllp_cut"),
        (Deed("garbage"), "mllp_cut"),
        (Deed(about="another"), "mllp_wrong_answer"),
        (Deed(about=""), "mllp_wrong_answer"),
        (Deed(code="XX"), "mllp_wrong_answer"),
    ],
)
async def test_in_doubt(send, deed, code):
    """What was sent whole and not answered is a person's turn, or repeated where that is safe."""
    async with Engine([deed]) as engine:
        assert await trouble(send, endpoint(engine)) == ("permanent", code)
    async with Engine([deed]) as engine:
        repeats = endpoint(engine, "end-2", repeats="ignored")
        assert await trouble(send, repeats) == ("ambiguous", code)
        await asyncio.sleep(0.35)
        await send.send(parcel(), repeats)

    assert engine.effects == {"rel_1": PLAN}


async def test_refused_by_who_cannot_read(send):
    """A rejection without a control id answers the only message under way."""
    async with Engine([Deed(code="AE", about="")]) as engine:
        assert await trouble(send, endpoint(engine)) == ("permanent", "mllp_ae")


async def test_cut_before_the_end(patient):
    """A link cut while the message is still on its way delivered nothing: try again."""
    large = parcel(message("rel_1", body="OBX|" + "A" * 30_000_000))
    async with Engine([Deed("cut_before")]) as engine:
        assert await trouble(patient, endpoint(engine), large) == ("transient", "not_reached")
        await asyncio.sleep(0.35)
        await patient.send(large, endpoint(engine))

    assert len(engine.taken) == 1


async def test_nobody_there(send):
    """A port nobody listens at can be tried later."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        end = Endpoint("e", "p", "mllp", f"mllp://127.0.0.1:{free.getsockname()[1]}", "hl7v2")
    assert await trouble(send, end) == ("transient", "not_reached")


async def test_out(send):
    """An engine that was out a moment ago is left alone for a while, then asked again."""
    async with Engine([Deed("hang")]) as engine:
        await trouble(send, endpoint(engine))
        assert await trouble(send, endpoint(engine)) == ("transient", "mllp_out")
        await asyncio.sleep(0.35)
        await send.send(parcel(), endpoint(engine))

    assert len(engine.taken) == 2


async def test_neighbours(send):
    """While one practice hangs with many waiting, another is served at once."""
    async with Engine([Deed("hang")] * 9) as dead, Engine() as alive:
        waiting = [asyncio.create_task(trouble(send, endpoint(dead))) for _ in range(9)]
        await asyncio.sleep(0.05)
        proofs = [await send.send(parcel(), endpoint(alive, "end-2")) for _ in range(20)]
        assert not any(task.done() for task in waiting)
        found = await asyncio.gather(*waiting)

    assert len(proofs) == 20
    assert (len(dead.taken), {kind for kind, _ in found[1:]}) == (1, {"transient"})


async def test_link_closed_at_rest(send):
    """An engine that closes its line after each answer costs a new link, no doubt."""
    async with Engine([Deed("answer_and_close")] * 3) as engine:
        for _ in range(3):
            await send.send(parcel(), endpoint(engine))
            await asyncio.sleep(0.05)

    assert (engine.connections, len(engine.taken)) == (3, 3)


async def test_answered_twice(send):
    """A second answer to an earlier message is never taken for an answer to the next."""
    async with Engine([Deed("twice"), Deed(code="AE")]) as engine:
        await send.send(parcel(), endpoint(engine))
        await asyncio.sleep(0.05)
        other = parcel(message("rel_2"))

        assert await trouble(send, endpoint(engine), other) == ("permanent", "mllp_ae")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"", message(""), message(body="OBX|\x1c\r"), message(body="\x0b")]
)
async def test_not_hl7(send, content):
    """Only an HL7 v2 message that fits a frame is ever sent."""
    async with Engine() as engine:
        assert await trouble(send, endpoint(engine), parcel(content)) == ("permanent", "not_hl7v2")
    assert engine.connections == 0


async def test_plain_is_refused():
    """Without leave for private networks, neither plain MLLP nor a private address is called."""
    strict = MllpSend(Guard())
    for address in ("mllp://example.org:2575", "mllps://127.0.0.1:2575", "https://example.org"):
        end = Endpoint("e", "p", "mllp", address, "hl7v2")
        assert await trouble(strict, end) == ("permanent", "address_forbidden")


async def test_nothing_in_the_log(send):
    """No log line holds a word of what was sent or answered."""
    with structlog.testing.capture_logs() as logged:
        async with Engine([Deed(code="AE", error="101"), Deed("garbage")]) as engine:
            await trouble(send, endpoint(engine))
            await trouble(send, endpoint(engine))

    assert "JANE" not in str(logged)


# TLS


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


async def test_mutual_tls(send, authority):
    """With the endpoint's CA and our certificate the engine lets us in."""
    ours = authority.issue("hub")
    tls = authority.server(authority.issue("engine", "localhost"), mutual=True)
    secrets = {"certificate": ours.pem, "private_key": ours.private}
    async with Engine(tls=tls) as engine:
        for _ in range(2):
            await send.send(parcel(), endpoint(engine, secrets=secrets, ca=authority.pem))

    assert (engine.connections, len(engine.taken)) == (1, 2)


@pytest.mark.parametrize("which", ["expired", "other host", "other CA"])
async def test_tls_refused(send, authority, tmp_path, which):
    """A certificate that is expired, another's or unknown ends at a person; nothing was sent."""
    issued = {
        "expired": authority.issue("engine", "localhost", days=-2),
        "other host": authority.issue("engine", "elsewhere"),
    }.get(which) or authority.issue("engine", "localhost")
    trusted = Authority(tmp_path, "other CA") if which == "other CA" else authority
    tls = authority.server(issued)
    async with Engine(tls=tls) as engine:
        end = endpoint(engine, ca=trusted.pem)

        assert await trouble(send, end) == ("permanent", "certificate")
    assert engine.taken == []


async def test_ours_refused(send, authority):
    """An engine that cuts us off for want of a certificate leaves no doubt: nothing was sent."""
    tls = authority.server(authority.issue("engine", "localhost"), mutual=True)
    async with Engine(tls=tls) as engine:
        found = await trouble(send, endpoint(engine, ca=authority.pem))

    assert found in {("permanent", "certificate"), ("transient", "not_reached")}
    assert engine.taken == []


async def test_bad_pem(send, authority):
    """A CA or key that can't be read is named to the operator."""
    tls = authority.server(authority.issue("engine", "localhost"))
    async with Engine(tls=tls) as engine:
        for end in (endpoint(engine, ca="x"), endpoint(engine, "e2", {"certificate": "x"})):
            assert await trouble(send, end) == ("permanent", "bad_certificate")
