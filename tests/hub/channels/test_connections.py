"""The kept-open connections under posts, against receivers that speak HTTP in every odd way."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import uvloop

from hub.channels import connections
from hub.channels.addresses import Guard
from hub.channels.posting import Poster
from hub.errors import Trouble
from hub.ports import Endpoint, Proof

SECRET = "whsec_" + b64encode(b"a practice's webhook secret, 32B").decode()
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Now:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


class Rebound(Guard):
    """A guard whose name no longer resolves to where it may call."""

    async def resolve(self, host, port):  # noqa: ARG002  # the guard's signature
        """Refuse what the name now says."""
        raise Trouble("permanent", "address_forbidden", "the name moved inside")


class Raw:
    """A receiver that reads one post after another and answers with raw bytes."""

    def __init__(self, *answers: bytes | None, early: bool = False) -> None:
        self.answers = list(answers)
        self.early = early
        self.heads: list[bytes] = []
        self.connections = 0

    async def serve(self, reader, writer):
        """Take posts until there is no answer left (closes), or it is None (silence)."""
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                if not self.early:
                    size = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                    await reader.readexactly(int(size))
                answer = self.answers.pop(0)
                if answer is None:
                    await asyncio.sleep(60)
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def poster_to(raw: Raw, seconds: float = 1.0, path: str = "/in"):
    """Give (poster, endpoint) for a running receiver."""
    poster = Poster(Guard(allow_http_private=True), Now(), seconds=seconds)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://localhost:{port}{path}"
    try:
        yield poster, Endpoint("end-1", "pcmh-1", "webhook", url, secrets={"secret": SECRET})
    finally:
        await poster.close()
        server.close()


async def posts(raw: Raw, times: int = 1, body: bytes = b"{}") -> list[str]:
    """Post so often and return each outcome's code."""
    codes = []
    async with poster_to(raw) as (poster, end):
        for _ in range(times):
            try:
                codes.append((await poster.post(end, "evt_1", {"x-a": "b"}, body)).code)
            except Trouble as trouble:
                codes.append(trouble.code)
    return codes


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "http_200"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK, "http_200"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "http_200"),
        (b"HTTP/1.1 202 Accepted\r\n\r\nuntil the end", "http_202"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "http_200"),
        (b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", "http_200"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n\x00", "http_101"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut", "http_200"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "http_200"),
        (b"HTTP/1.1 099 Odd\r\n\r\n", "cut_after_body"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000 + b"\r\n\r\n", "cut_after_body"),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 9000 + OK, "cut_after_body"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "cut_after_body"),
        (b"HTTP/1.1 20", "cut_after_body"),
    ],
)
async def test_odd_answers(answer, code):
    """Every lawful answer is understood, and what is none leaves the post in doubt."""
    assert [code] == await posts(Raw(answer))


@pytest.mark.parametrize(
    ("first", "connections_"),
    [
        (OK, 1),
        (b"HTTP/1.1 204 X\r\n\r\n", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 1),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 1),
        (b"HTTP/1.1 500 X\r\ncontent-length: 1\r\n\r\na", 1),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", 2),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", 2),
        (OK + OK, 2),
        (OK + b"H", 2),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + b"a" * 900_000, 2),
    ],
)
async def test_reuse(first, connections_):
    """A connection is used again only after an answer that ended it cleanly and lets it stay."""
    raw = Raw(first, OK)
    await posts(raw, 2)

    assert connections_ == raw.connections


async def test_second_answer_is_not_believed():
    """An answer nobody asked for is never taken for the answer to the next post."""
    raw = Raw(b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n" + OK, b"HTTP/1.1 400 X\r\n\r\n")

    assert ["http_500", "http_400"] == await posts(raw, 2)


async def test_early_answer():
    """A refusal given before the body was read is a refusal, and its connection isn't kept."""
    early = b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n"
    raw = Raw(early, early, early=True)

    assert (["http_413"] * 2, 2) == (await posts(raw, 2, b"x" * 30_000_000), raw.connections)


async def test_interim_retry_after():
    """`Retry-After` counts from the answer itself only, and from its first such header."""
    raw = Raw(
        b"HTTP/1.1 103 X\r\nretry-after: 5\r\n\r\n"
        b"HTTP/1.1 503 X\r\nRetry-After: 7 \r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n"
    )
    async with poster_to(raw) as (poster, end):
        with pytest.raises(Trouble) as raised:
            await poster.post(end, "evt_1", {}, b"{}")

    assert raised.value.retry_after == 7.0


async def test_request():
    """The request names its host and port, its length, and who sends it."""
    raw = Raw(OK)
    async with poster_to(raw, path="/in?a=1") as (poster, end):
        await poster.post(end, "evt_1", {"content-type": "text/plain"}, b"12345")
        lines = raw.heads[0].decode().split("\r\n")

    host = end.address.removeprefix("http://").partition("/")[0]
    wanted = {"POST /in?a=1 HTTP/1.1", f"host: {host}", "content-length: 5", "user-agent: icp-hub"}
    assert wanted <= set(lines)


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\n", "a\x00", "caf\xe9"])
async def test_header_that_breaks_out(value):
    """A header that would break out of its line is refused before a byte leaves."""
    raw = Raw(OK)
    async with poster_to(raw) as (poster, end):
        with pytest.raises(Trouble) as raised:
            await poster.post(end, "evt_1", {"x-a": value}, b"{}")

    assert ("permanent", "bad_header", []) == (raised.value.kind, raised.value.code, raw.heads)


async def test_address_in_odd_letters():
    """An address whose path can't be sent as it stands is for its owner to mend."""
    async with poster_to(Raw(OK), path="/caf\xe9") as (poster, end):
        with pytest.raises(Trouble) as raised:
            await poster.post(end, "evt_1", {}, b"{}")

    assert ("permanent", "address_forbidden") == (raised.value.kind, raised.value.code)


async def test_judged_at_every_connection(monkeypatch):
    """A name that moved inside since the last connection is refused at the next."""
    raw = Raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", OK)
    async with poster_to(raw) as (poster, end):
        await poster.post(end, "evt_1", {}, b"{}")
        monkeypatch.setattr(Guard, "resolve", Rebound.resolve)
        with pytest.raises(Trouble) as raised:
            await poster.post(end, "evt_1", {}, b"{}")

    assert ("address_forbidden", 1) == (raised.value.code, raw.connections)


async def test_next_address():
    """Where a name has several addresses, one that doesn't listen is passed over."""
    raw = Raw(OK)
    async with poster_to(raw) as (poster, end):

        async def two(*_):
            return ["127.0.0.2", "127.0.0.1"]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Guard, "resolve", two)
            proof = await poster.post(end, "evt_1", {}, b"{}")

    assert Proof("confirmed", "http_200") == proof


async def test_old_connection(monkeypatch):
    """A connection that rested too long is not used again."""
    monkeypatch.setattr(connections, "_REST_SECONDS", 0.0)
    raw = Raw(OK, OK)
    await posts(raw, 2)

    assert raw.connections == 2


async def test_bounded_rest(monkeypatch):
    """No more connections rest than are allowed to."""
    monkeypatch.setattr(connections, "_MOST_AT_REST", 1)
    raw = Raw(*[OK] * 9)
    async with poster_to(raw) as (poster, end):
        for _ in range(3):
            await asyncio.gather(*(poster.post(end, "evt_1", {}, b"{}") for _ in range(3)))

    assert raw.connections == 7


async def test_closed_poster():
    """Closing ends posts under way instead of leaving them hanging."""
    async with poster_to(Raw(None), 30.0) as (poster, end):
        post = asyncio.create_task(poster.post(end, "evt_1", {}, b"{}"))
        await asyncio.sleep(0.1)
        await poster.close()
        with pytest.raises(Trouble) as raised:
            await post

    assert raised.value.kind == "ambiguous"


DOUBT = [(b"", 10, "cut_after_body"), (b"", 30_000_000, "not_reached"), (None, 10, "no_answer")]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(("answer", "size", "code"), DOUBT)
def test_doubt(run, answer, size, code):
    """Only a body that wholly left leaves doubt, on either event loop."""
    assert [code] == run(posts(Raw(answer, early=True), 1, b"x" * size))
