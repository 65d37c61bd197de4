"""The SFTP server under a client that can do what OpenSSH's won't: order, limits, identity."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os

import asyncssh
import pytest
from asyncssh import FXF_CREAT, FXF_EXCL, FXF_READ, FXF_TRUNC, FXF_WRITE

from hub.channels import sftp_spool
from hub.channels.sftp_server import SftpSettings, serve
from hub.channels.sftp_tenants import Limits
from hub.errors import Refused, Trouble
from tests.hub.channels.conftest import Client

PUT = FXF_WRITE | FXF_CREAT | FXF_TRUNC


@contextlib.asynccontextmanager
async def session(client):
    async with client.connect() as connection, connection.start_sftp_client() as sftp:
        yield sftp


async def put(sftp, name, *pieces):
    """Write (offset, bytes) pieces in this order, then close."""
    async with sftp.open(name, PUT, encoding=None) as file:
        for offset, piece in pieces:
            await file.write(piece, offset)


def other(inbox, tmp_path, server, user, organisation):
    made = Client(tmp_path, server, user)
    inbox.keys[user, made.fingerprint] = organisation
    return made


async def test_parallel_writes(client, inbox, tmp_path):
    """A large file written by many requests at once arrives as it was."""
    content = os.urandom(20_000_000)
    (tmp_path / "big").write_bytes(content)

    async with session(client) as sftp:
        await sftp.put(str(tmp_path / "big"), "/inbox/big.xml", block_size=50_000, max_requests=64)

    assert content == inbox.taken[0][1]


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ([(3, b"def"), (0, b"abc")], b"abcdef"),
        ([(0, b"abcdef"), (2, b"XY")], b"abXYef"),
        ([(4, b"ef"), (2, b"cd"), (0, b"ab")], b"abcdef"),
        ([(0, b"aaaa"), (2, b"bbbb"), (1, b"c")], b"acbbbb"),
        ([(300_000, b"z" * 300_000), (0, b"a" * 300_000)], b"a" * 300_000 + b"z" * 300_000),
    ],
    ids=["swapped", "rewritten", "backwards", "overlapping", "large"],
)
async def test_any_order(client, inbox, pieces, content):
    """Pieces may come in any order, and the later of two that overlap wins."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml", *pieces)

    assert content == inbox.taken[0][1]


@pytest.mark.parametrize("pieces", [[(5, b"abc")], [(0, b"abc"), (5, b"fg")]])
async def test_hole(client, inbox, pieces):
    """A file with a hole in it is refused at its close."""
    async with session(client) as sftp:
        with pytest.raises(asyncssh.SFTPFailure, match="a part of the file is missing"):
            await put(sftp, "inbox/plan.xml", *pieces)

    assert inbox.taken == []


@pytest.mark.parametrize("offset", [64_000_000, 2**40])
async def test_too_large(client, inbox, offset):
    """A byte beyond the limit is refused, and so is the close of what came before it."""
    async with session(client) as sftp:
        file = await sftp.open("inbox/plan.xml", PUT, encoding=None)
        await file.write(b"begin", 0)
        with pytest.raises(asyncssh.SFTPFailure, match="at most 64000000 bytes"):
            await file.write(b"x", offset)
        with pytest.raises(asyncssh.SFTPFailure, match="nothing was taken"):
            await file.close()

    assert inbox.begun == 0


async def test_crumbs(client, inbox, monkeypatch):
    """A file in too many scattered crumbs is refused before it fills the memory."""
    monkeypatch.setattr(sftp_spool, "_MAX_PIECES", 3)
    async with session(client) as sftp:
        file = await sftp.open("inbox/plan.xml", PUT, encoding=None)
        for number in range(4):
            await file.write(b"x", 2 * number)
        with pytest.raises(asyncssh.SFTPFailure, match="larger pieces"):
            await file.write(b"x", 100)

    assert inbox.begun == 0


async def test_read_write_open(client, inbox):
    """A client that opens for reading and writing may write, not read."""
    async with session(client) as sftp:
        file = await sftp.open("inbox/plan.xml", PUT | FXF_READ, encoding=None)
        await file.write(b"plan", 0)
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await file.read(4, 0)
        await file.close()

    assert inbox.names == ["plan.xml"]


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (FXF_READ, asyncssh.SFTPPermissionDenied),
        (PUT | asyncssh.FXF_APPEND, asyncssh.SFTPOpUnsupported),
        (PUT | FXF_EXCL, asyncssh.SFTPFailure),
    ],
)
async def test_refused_open(client, flags, error):
    """Reading, appending, and opening what is there as new, are refused in the inbox."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml", (0, b"plan"))
        with pytest.raises(error):
            await sftp.open("inbox/plan.xml", flags)


async def test_open_without_create(client):
    """Opening a name that is not there without asking to create it finds nothing."""
    async with session(client) as sftp:
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.open("inbox/plan.xml", FXF_WRITE)


async def test_same_name_again(client, inbox):
    """A name sent twice is two submissions: a new version."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml", (0, b"one"))
        await put(sftp, "inbox/plan.xml", (0, b"two"))

    assert [c for _, c in inbox.taken] == [b"one", b"two"]


async def test_size_after_put(client):
    """A client that checks the size of what it put finds it."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml", (0, b"plan"))

        assert await sftp.getsize("/inbox/plan.xml") == 4


@pytest.mark.parametrize("size", [0, 2, 2**40])
async def test_truncate(client, inbox, size):
    """Cutting or stretching an upload is refused, and the upload goes on."""
    async with session(client) as sftp, sftp.open("inbox/plan.xml", PUT, encoding=None) as file:
        await file.write(b"plan", 0)
        with pytest.raises(asyncssh.SFTPOpUnsupported):
            await file.setstat(asyncssh.SFTPAttrs(size=size))

    assert inbox.taken[0][1] == b"plan"


async def test_rename_retried(client, inbox):
    """A staged file whose hand-in failed is still staged, and its rename can be tried again."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.part", (0, b"plan"))
        inbox.failure = Trouble("transient", "disk_full", "the disk is full")
        with pytest.raises(asyncssh.SFTPFailure, match="try again later"):
            await sftp.rename("inbox/plan.part", "inbox/plan.xml")
        inbox.failure = None
        await sftp.posix_rename("inbox/plan.part", "inbox/plan.xml")

    assert inbox.names == ["plan.xml"]


async def test_remove_staged(client, inbox):
    """What is staged can be removed, and is then gone."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.part", (0, b"plan"))
        await sftp.remove("inbox/plan.part")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.rename("inbox/plan.part", "inbox/plan.xml")

    assert inbox.begun == 0


async def test_staged_expires(inbox, tmp_path):
    """What nobody renames is forgotten after its time."""
    limits = Limits(staged_seconds=0.05, spool=tmp_path)
    server = await serve(inbox, SftpSettings(tmp_path / "key", port=0, limits=limits))
    client = Client(tmp_path, server, "keystone")
    inbox.keys["keystone", client.fingerprint] = "mco-keystone"
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.part", (0, b"plan"))
        await asyncio.sleep(0.2)
        names = await sftp.listdir("inbox")
    await server.close()

    assert {".", ".."} == set(names)


async def test_neighbour(client, inbox, tmp_path, server):
    """An organisation neither sees nor renames what another has staged."""
    neighbour = other(inbox, tmp_path, server, "allegheny", "mco-allegheny")
    async with session(client) as mine, session(neighbour) as theirs:
        await put(mine, "inbox/plan.part", (0, b"plan"))
        seen = await theirs.listdir("inbox")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await theirs.rename("inbox/plan.part", "inbox/plan.xml")

    assert {".", ".."} == set(seen)


DIGEST = hashlib.sha256(b"plan").hexdigest()


async def test_sidecar_before(client, inbox):
    """A file whose digest was announced and fits is taken; the sidecar is no submission."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml.sha256", (0, f"{DIGEST}  plan.xml\n".encode()))
        await put(sftp, "inbox/plan.xml", (0, b"plan"))

    assert inbox.names == ["plan.xml"]


async def test_sidecar_differs(client, inbox):
    """A file that is not what its sidecar announced is refused."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml.sha256", (0, DIGEST.encode()))
        with pytest.raises(asyncssh.SFTPFailure, match="SHA-256"):
            await put(sftp, "inbox/plan.xml", (0, b"pla"))

    assert (inbox.taken, inbox.aborted) == ([], 1)


@pytest.mark.parametrize(("text", "fails"), [(DIGEST, False), ("0" * 64, True), ("none", True)])
async def test_sidecar_after(client, text, fails):
    """A sidecar that comes after its file is compared with what was taken."""
    async with session(client) as sftp:
        await put(sftp, "inbox/plan.xml", (0, b"plan"))
        with pytest.raises(asyncssh.SFTPFailure) if fails else contextlib.nullcontext():
            await put(sftp, "inbox/plan.xml.sha256", (0, text.encode()))


async def test_refusal_reaches_the_client(client, inbox):
    """A refusal's reason is told; anything else is not."""
    inbox.failure = Refused("quota", "your quota of today is used up")
    async with session(client) as sftp:
        with pytest.raises(asyncssh.SFTPFailure, match="your quota of today is used up"):
            await put(sftp, "inbox/plan.xml", (0, b"plan"))


async def test_cut_during_commit(client, inbox, server):
    """A line cut while the commit runs does not undo it; the sender's repetition is a duplicate."""
    inbox.gate.clear()
    async with session(client) as sftp:
        closing = asyncio.create_task(put(sftp, "inbox/plan.xml", (0, b"plan")))
        while not inbox.begun:  # noqa: ASYNC110  # nothing here could set an event
            await asyncio.sleep(0.01)
        for connection in list(server._hall.connections):  # noqa: SLF001  # as a dead network would
            connection.abort()
        with pytest.raises(asyncssh.Error):
            await closing
    inbox.gate.set()
    await asyncio.sleep(0.05)

    assert (inbox.names, inbox.aborted) == (["plan.xml"], 0)


async def test_signal_mid_upload(client, inbox, server):
    """A signal on the channel, which stops asyncssh's loop without a clean-up, aborts as well."""
    async with client.connect() as connection:
        sftp = await connection.start_sftp_client()
        file = await sftp.open("inbox/plan.xml", PUT, encoding=None)
        await file.write(b"half", 0)
        sftp._handler._writer.channel.send_signal("TERM")  # noqa: SLF001  # no public way
        await connection.wait_closed()
    slots = server._hall.tenants.of("mco-keystone")._files  # noqa: SLF001  # not shown elsewhere

    assert (inbox.begun, slots) == (0, 0)
