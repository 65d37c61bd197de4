"""The webhook channel against a real sink: what is posted, how it is signed, what answers mean."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
from base64 import b64encode
from datetime import UTC, datetime

import pytest
import standardwebhooks

from hub.channels.addresses import Guard
from hub.channels.notify import Notifier
from hub.channels.posting import Poster
from hub.channels.webhook import Webhook
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel, Proof
from tests.receivers import SECRET, Answer, HookSink, tls_for

CONTENT = b"<ClinicalDocument>caf\xc3\xa9</ClinicalDocument>"
OTHER = "whsec_" + b64encode(b"another webhook secret, 32 bytes").decode()
LINKS = {"acknowledge": "https://hub.example.org/d/dlv_1", "release": "rel_1"}


class Now:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


def parcel(content=CONTENT, media_type="application/xml"):
    digest = hashlib.sha256(content).hexdigest()
    return Parcel("dlv_1", content, media_type, "icp-dlv_1.xml", digest, LINKS)


def endpoint(url, options=None, **secrets):
    return Endpoint(
        "end-1", "pcmh-1", "webhook", url, "ccda", options or {}, secrets or {"secret": SECRET}
    )


@pytest.fixture
async def poster():
    made = Poster(Guard(allow_http_private=True), Now(), seconds=1.0)
    yield made
    await made.close()


@pytest.fixture
async def sink():
    async with HookSink() as running:
        yield running


async def trouble(poster, sink, parcel_=None, **options):
    with pytest.raises(Trouble) as raised:
        await Webhook(poster).send(parcel_ or parcel(), endpoint(sink.url, options))
    return raised.value


async def test_document(poster, sink):
    """The document itself is posted, with a verifiable signature, and a 2xx is a confirmation."""
    proof = await Webhook(poster).send(parcel(), endpoint(sink.url))

    assert (Proof("confirmed", "http_204"), {"dlv_1": CONTENT}) == (proof, sink.effects)


async def test_standard_webhooks(poster, sink):
    """The `standardwebhooks` package verifies what was posted."""
    await Webhook(poster).send(parcel(), endpoint(sink.url))
    taken = sink.taken[0]

    standardwebhooks.Webhook(SECRET).verify(taken.body, taken.headers, json_parse=False)


async def test_document_headers(poster, sink):
    """Type, name, digest, ids and links go with the document."""
    await Webhook(poster).send(parcel(), endpoint(sink.url))
    wanted = {
        "content-type": "application/xml",
        "content-disposition": 'attachment; filename="icp-dlv_1.xml"',
        "content-digest": f"sha-256=:{b64encode(hashlib.sha256(CONTENT).digest()).decode()}:",
        "icp-delivery": "dlv_1",
        "icp-release": "rel_1",
        "link": '<https://hub.example.org/d/dlv_1>; rel="acknowledge"',
        "webhook-id": "dlv_1",
    }

    assert wanted.items() <= sink.taken[0].headers.items()


async def test_notice(poster, sink):
    """A notice holds ids, digest and links, and nothing of the document."""
    await Webhook(poster).send(parcel(), endpoint(sink.url, {"body": "notice"}))
    data = {
        "delivery": "dlv_1",
        "sha256": parcel().digest,
        "size": len(CONTENT),
        "media_type": "application/xml",
        "links": LINKS,
    }

    assert json.loads(sink.taken[0].body) == {"type": "icp.delivery", "data": data}


async def test_binary_document(poster, sink):
    """A document that isn't text is posted and signed byte for byte."""
    content = bytes(range(256)) * 10
    await Webhook(poster).send(parcel(content, "application/pdf"), endpoint(sink.url))

    assert {"dlv_1": content} == sink.effects


async def test_rotation(poster):
    """While two secrets are there, both sign, and a receiver with either verifies."""
    async with HookSink(secrets=[SECRET, OTHER]) as sink:
        target = endpoint(sink.url, secret=OTHER, secret_previous=SECRET)
        await Webhook(poster).send(parcel(), target)

    assert sink.taken[0].signatures == 2


async def test_wrong_secret(poster, sink):
    """A receiver with another secret verifies nothing."""
    await Webhook(poster).send(parcel(), endpoint(sink.url, secret=OTHER))

    assert sink.effects == {}


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "no_signing_secret"),
        (SECRET.removeprefix("whsec_"), "bad_signing_secret"),
        ("whsec_dG9vIHNob3J0", "bad_signing_secret"),
        ("whsec_***", "bad_signing_secret"),
    ],
)
async def test_bad_secret(poster, sink, secret, code):
    """Without a proper secret nothing is sent."""
    with pytest.raises(Trouble) as raised:
        await Webhook(poster).send(parcel(), endpoint(sink.url, secret=secret))

    assert ("permanent", code, []) == (raised.value.kind, raised.value.code, sink.taken)


async def test_bad_option(poster, sink):
    """An option that is none of the two is for the endpoint's owner to mend."""
    assert (await trouble(poster, sink, body="everything")).code == "bad_option"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_success(poster, sink, status):
    """Any 2xx confirms."""
    sink.script.append(Answer(status))

    assert Proof("confirmed", f"http_{status}") == await Webhook(poster).send(
        parcel(), endpoint(sink.url)
    )


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        *((s, "permanent", f"http_{s}") for s in (400, 401, 402, 403, 404, 405, 413, 415, 422)),
        *((s, "transient", f"http_{s}") for s in (408, 409, 425, 429, 500, 502, 503, 504, 599)),
        *((s, "permanent", "redirected") for s in (300, 301, 302, 303, 304, 307, 308)),
        (410, "permanent", "endpoint_gone"),
    ],
)
async def test_status(poster, sink, status, kind, code):
    """Each status has its meaning."""
    sink.script.append(Answer(status, {"location": "http://169.254.169.254/"}))
    met = await trouble(poster, sink)

    assert (kind, code, 1) == (met.kind, met.code, len(sink.taken))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0", 0.0), ("99999999", 21_600.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 21_600.0),
     ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("-5", None), ("soon", None), ("\u00b2", None),
     ("9" * 400, None)],
)  # fmt: skip
async def test_retry_after(poster, sink, said, seconds):
    """Retry-After is honoured as seconds or date, within six hours."""
    sink.script.append(Answer(503, {"retry-after": said}))

    assert seconds == (await trouble(poster, sink)).retry_after


@pytest.mark.parametrize(
    ("deed", "kind", "code"),
    [
        ("hang", "ambiguous", "no_answer"),
        ("cut", "ambiguous", "cut_after_body"),
        ("garbage", "ambiguous", "cut_after_body"),
    ],
)
async def test_no_answer(poster, sink, deed, kind, code):
    """A body that left without an answer is in doubt."""
    sink.script.append(Answer(deed=deed))
    met = await trouble(poster, sink)

    assert (kind, code) == (met.kind, met.code)


async def test_cut_before_the_body(poster, sink):
    """A receiver that hangs up before a large body is through can't have it: no doubt is left."""
    sink.script.append(Answer(deed="cut_before_body"))
    met = await trouble(poster, sink, parcel(b"x" * 30_000_000))

    assert (met.kind, sink.taken) == ("transient", [])


@pytest.mark.parametrize("deed", ["flood", "trickle"])
async def test_endless_answer(poster, sink, deed):
    """An answer's body, however long or slow, changes nothing about its status."""
    sink.script.append(Answer(200, deed=deed))

    assert await Webhook(poster).send(parcel(), endpoint(sink.url)) == Proof(
        "confirmed", "http_200"
    )


async def test_nobody_listens(poster):
    """A refused connection is tried again later."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(Trouble) as raised:
            await Webhook(poster).send(parcel(), endpoint(url))

    assert (raised.value.kind, raised.value.code) == ("transient", "not_reached")


async def test_black_hole(poster):
    """A connection nobody accepts and reads is tried again later, in bounded time."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(1)
        url = f"http://127.0.0.1:{hole.getsockname()[1]}/"
        with pytest.raises(Trouble) as raised:
            await Webhook(poster).send(parcel(b"x" * 30_000_000), endpoint(url))

    assert (raised.value.kind, raised.value.code) == ("transient", "timeout")


async def test_resend_after_doubt(poster, sink):
    """A resend after a doubt carries the same id and bytes, so the receiver has it once."""
    sink.script.append(Answer(deed="cut"))
    await trouble(poster, sink)
    await Webhook(poster).send(parcel(), endpoint(sink.url))

    assert (
        [(t.id, t.body) for t in sink.taken],
        len(sink.effects),
    ) == ([("dlv_1", CONTENT)] * 2, 1)


async def test_connection_is_kept(poster, sink):
    """Many posts share one connection."""
    for _ in range(20):
        await Webhook(poster).send(parcel(), endpoint(sink.url))

    assert (len(sink.taken), sink.connections) == (20, 1)


async def test_connection_closed_meanwhile(poster):
    """A receiver that was started anew is reached at the next post."""
    async with HookSink() as first:
        await Webhook(poster).send(parcel(), endpoint(first.url))
        port = first.port
    await asyncio.sleep(0.05)
    second = await asyncio.start_server(_answers, "127.0.0.1", port)
    async with second:
        proof = await Webhook(poster).send(parcel(), endpoint(f"http://localhost:{port}/hook"))

    assert proof == Proof("confirmed", "http_200")


async def _answers(reader, writer):
    await reader.readuntil(b"</ClinicalDocument>")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    writer.close()


async def test_slow_neighbour(poster):
    """An endpoint that hangs does not keep another waiting, however many posts wait for it."""
    async with HookSink([Answer(deed="hang")] * 40) as slow, HookSink() as quick:
        waiting = Endpoint("end-2", "pcmh-2", "webhook", slow.url, secrets={"secret": SECRET})
        stuck = [asyncio.create_task(Webhook(poster).send(parcel(), waiting)) for _ in range(40)]
        await asyncio.sleep(0.1)
        proof = await Webhook(poster).send(parcel(), endpoint(quick.url))
        still = sum(not task.done() for task in stuck)
        await asyncio.gather(*stuck, return_exceptions=True)

    assert (Proof("confirmed", "http_204"), 40) == (proof, still)


async def test_private_address():
    """Without the demo's leave, plain http to this machine is refused before a byte leaves."""
    poster = Poster(Guard(), Now())
    async with HookSink() as sink:
        met = await trouble(poster, sink)
    await poster.close()

    assert (met.kind, met.code, sink.connections) == ("permanent", "address_forbidden", 0)


async def test_private_address_by_name(tmp_path):
    """A host name that resolves to this machine is refused over https too."""
    server, client = tls_for("localhost", tmp_path)
    poster = Poster(Guard(), Now(), tls=client)
    async with HookSink(tls=server) as sink:
        met = await trouble(poster, sink)
    await poster.close()

    assert (met.code, sink.connections) == ("address_forbidden", 0)


async def test_tls(tmp_path):
    """Over TLS the certificate is checked against the URL's host, not the address."""
    server, client = tls_for("localhost", tmp_path)
    poster = Poster(Guard(allow_http_private=True), Now(), tls=client)
    async with HookSink(tls=server) as sink:
        proof = await Webhook(poster).send(parcel(), endpoint(sink.url))
    await poster.close()

    assert proof == Proof("confirmed", "http_204")


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example.org"])
async def test_certificate(tmp_path, name):
    """A certificate of nobody we trust, or of another host, is refused for good."""
    server, client = tls_for(name, tmp_path)
    trusts = ssl.create_default_context() if name == "localhost" else client
    poster = Poster(Guard(allow_http_private=True), Now(), tls=trusts)
    async with HookSink(tls=server) as sink:
        met = await trouble(poster, sink)
    await poster.close()

    assert (met.kind, met.code, sink.taken) == ("permanent", "certificate", [])


async def test_proxy_of_the_environment(monkeypatch, poster, sink):
    """A proxy named in the environment is not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")

    assert await Webhook(poster).send(parcel(), endpoint(sink.url)) == Proof(
        "confirmed", "http_204"
    )


EVENT = {
    "id": "evt_1",
    "submission": "sub_1",
    "state": "acknowledged",
    "at": "2026-11-22T03:00:00+00:00",
    "codes": ["row_skipped"],
    "rows": 3,
}


async def test_notify(poster, sink):
    """A status notice is signed, and its id is the event's."""
    await Notifier(poster).notify(endpoint(sink.url), EVENT)

    assert {id_: json.loads(body) for id_, body in sink.effects.items()} == {"evt_1": EVENT}


@pytest.mark.parametrize(
    "extra",
    [{"id": ""}, {"name": "Zyx Quillon"}, {"x": {"deep": 1}}, {"note": "a\nb"}, {"Key": "x"},
     {"codes": ["fine", "not fine"]}, {"x": "a" * 201}, {"x": 1.5}],
)  # fmt: skip
async def test_notice_with_words(poster, sink, extra):
    """What could be words about a person is not sent."""
    with pytest.raises(ValueError, match="a notice"):
        await Notifier(poster).notify(endpoint(sink.url), {**EVENT, **extra})

    assert sink.taken == []
