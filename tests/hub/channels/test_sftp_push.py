"""The SFTP push channel against a practice's real server: whole files, once; what failures mean."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import shutil
import signal
import socket
import subprocess

import asyncssh
import pytest

from hub.channels.addresses import Guard
from hub.channels.sftp_push import SftpPush
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel, Proof
from tests.receivers import PracticeSftp

PLAN = b"%PDF-1.7 a plan" * 1000
NAME = "icp-dlv_1.pdf"
GUARD = Guard(allow_http_private=True)


def parcel(content=PLAN, name=NAME):
    return Parcel("dlv_1", content, "application/pdf", name, hashlib.sha256(content).hexdigest())


@pytest.fixture
async def practice(tmp_path):
    (tmp_path / "practice" / "in").mkdir(parents=True)
    async with PracticeSftp(tmp_path / "practice") as running:
        yield running


@pytest.fixture
async def push():
    made = SftpPush(GUARD, seconds=5, connect_seconds=2, operation_seconds=1)
    yield made
    await made.close()


def endpoint(practice, **changed):
    parts = {"address": practice.url, "options": practice.options, "secrets": practice.secrets}
    return Endpoint("end-1", "pcmh-1", "sftp", **{**parts, **changed})


async def trouble(push, endpoint_, parcel_=None):
    with pytest.raises(Trouble) as raised:
        await push.send(parcel_ or parcel(), endpoint_)
    return raised.value.kind, raised.value.code


async def test_push(push, practice):
    """The file is there whole, nothing else is, and that is confirmed."""
    proof = await push.send(parcel(), endpoint(practice))

    assert (Proof("confirmed", "sftp_renamed"), {NAME: PLAN}) == (proof, practice.files)


async def test_large(push, practice):
    """Twenty megabytes arrive as they were sent."""
    content = os.urandom(20_000_000)
    await push.send(parcel(content), endpoint(practice))

    assert {NAME: content} == practice.files


async def test_again(push, practice):
    """A second attempt of the same delivery finds the file and writes no other."""
    await push.send(parcel(), endpoint(practice))
    practice.fail["open"] = asyncssh.SFTPFailure("nothing may be written now")
    proof = await push.send(parcel(), endpoint(practice))

    assert proof == Proof("confirmed", "sftp_already_there")


async def test_again_unreadable(push, practice):
    """Where the folder can't be read, the name and the size are enough."""
    await push.send(parcel(), endpoint(practice))
    practice.fail["read"] = asyncssh.SFTPPermissionDenied("write only")
    proof = await push.send(parcel(), endpoint(practice))

    assert proof == Proof("confirmed", "sftp_already_there")


@pytest.mark.parametrize("there", [b"other", b"x" * len(PLAN)], ids=["size", "content"])
async def test_other_content_there(push, practice, there):
    """A file of this delivery's name with other content is a person's business, and stays."""
    (practice.folder / "in" / NAME).write_bytes(there)
    met = await trouble(push, endpoint(practice))

    assert (("permanent", "target_differs"), {NAME: there}) == (met, practice.files)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("plan.pdf", "dlv_1-plan.pdf"),
        ("../../etc/dlv_1", "_.._etc_dlv_1"),
        ("dlv_1\x00 n\u00e4me/", "dlv_1__n_me_"),
        ("", "dlv_1-"),
        ("x" * 400 + ".pdf", "dlv_1-" + "x" * 176 + ".pdf"),
    ],
)
async def test_name(push, practice, name, kept):
    """The name holds the delivery id and nothing that could be a path."""
    await push.send(parcel(name=name), endpoint(practice))

    assert [kept] == list(practice.files)


async def test_sidecar(push, practice):
    """With the option, the digest lies beside the file."""
    options = {**practice.options, "sidecar": "sha256"}
    await push.send(parcel(), endpoint(practice, options=options))

    assert practice.files == {
        NAME: PLAN,
        f"{NAME}.sha256": f"{parcel().digest}  {NAME}\n".encode(),
    }


async def test_notice(push, practice):
    """What must be told with a bare file lies beside it, under its name."""
    await push.send(dataclasses.replace(parcel(), notice="Do not pass on."), endpoint(practice))

    assert practice.files == {NAME: PLAN, f"{NAME}.notice.txt": b"Do not pass on."}


async def test_without_posix_rename_and_fsync(push, practice):
    """A server without the extensions is served with plain rename and no fsync."""
    practice.fail["posix_rename"] = asyncssh.SFTPOpUnsupported("no")
    practice.fail["fsync"] = asyncssh.SFTPOpUnsupported("no")
    proof = await push.send(parcel(), endpoint(practice))

    assert (Proof("confirmed", "sftp_renamed"), {NAME: PLAN}) == (proof, practice.files)


async def test_left_over_part(push, practice):
    """What an earlier attempt left half written is written anew."""
    (practice.folder / "in" / f"{NAME}.part").write_bytes(b"y" * 100_000)
    await push.send(parcel(), endpoint(practice))

    assert practice.files == {NAME: PLAN}


async def test_picked_up_at_once(push, practice):
    """A practice that takes the file away between rename and look has it."""
    looks = []

    def take():
        looks.append(1)
        (practice.folder / "in" / NAME).unlink(missing_ok=True)

    practice.before["stat"] = take
    proof = await push.send(parcel(), endpoint(practice))

    assert (Proof("confirmed", "sftp_picked_up"), 3) == (proof, len(looks))


async def test_endless_file(push, practice):
    """Of a file that says it is ours and has no end, no more is read than ours has."""
    read = []
    (practice.folder / "in" / NAME).write_bytes(PLAN)
    practice.grows = read
    met = await trouble(push, endpoint(practice))

    assert (("permanent", "target_differs"), len(PLAN) + 1) == (met, sum(read))


async def test_cut_while_writing(push, practice):
    """A line cut while writing leaves no file of that name, and the next attempt mends it."""
    practice.cut.add("write")
    met = await trouble(push, endpoint(practice))
    left = NAME in practice.files
    practice.cut.clear()
    await push.send(parcel(), endpoint(practice))

    assert (met, left, practice.files) == (("transient", "connection_lost"), False, {NAME: PLAN})


async def test_cut_after_rename(push, practice):
    """A line cut after the rename is made good by looking: there is one file, confirmed."""
    practice.cut.add("posix_rename")
    met = await trouble(push, endpoint(practice))
    practice.cut.clear()
    proof = await push.send(parcel(), endpoint(practice))

    assert (("ambiguous", "sftp_cut"), Proof("confirmed", "sftp_already_there")) == (
        met,
        proof,
    )


@pytest.mark.parametrize(
    ("operation", "failure", "kind", "code"),
    [
        ("open", asyncssh.SFTPPermissionDenied("x"), "permanent", "permission_denied"),
        ("open", asyncssh.SFTPNoSuchFile("x"), "permanent", "no_such_folder"),
        ("open", asyncssh.SFTPFailure("x"), "transient", "server_failed"),
        ("write", OSError(28, "No space left on device"), "transient", "server_failed"),
        ("posix_rename", asyncssh.SFTPPermissionDenied("x"), "permanent", "permission_denied"),
        ("posix_rename", asyncssh.SFTPNoSuchFile("x"), "transient", "part_taken"),
        ("stat", asyncssh.SFTPPermissionDenied("x"), "permanent", "permission_denied"),
    ],
)
async def test_failure(push, practice, operation, failure, kind, code):
    """Each failure of the server has its meaning."""
    practice.fail[operation] = failure

    assert (kind, code) == await trouble(push, endpoint(practice))


async def test_no_folder(push, practice):
    """A folder that isn't there is for the endpoint's owner to mend."""
    met = await trouble(push, endpoint(practice, address=practice.url + "/missing"))

    assert met == ("permanent", "no_such_folder")


async def test_not_pinned(push, practice):
    """Without a pinned host key nobody is called."""
    met = await trouble(push, endpoint(practice, options={}))

    assert (met, practice.connections) == (("permanent", "host_key_not_pinned"), 0)


async def test_other_host_key(push, practice):
    """A server with another host key gets neither a login nor a byte."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    met = await trouble(push, endpoint(practice, options={"host_key": other}))

    assert (met, practice.files) == (("permanent", "host_key_mismatch"), {})


async def test_two_pinned_keys(push, practice):
    """While a practice changes its host key, both may be pinned."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    both = {"host_key": other + practice.options["host_key"]}
    proof = await push.send(parcel(), endpoint(practice, options=both))

    assert proof == Proof("confirmed", "sftp_renamed")


async def test_wrong_key(push, practice):
    """A server that refuses our key won't take it later."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    met = await trouble(push, endpoint(practice, secrets={"private_key": other}))

    assert met == ("permanent", "auth_failed")


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"secrets": {}}, "bad_private_key"),
        ({"secrets": {"private_key": "no key"}}, "bad_private_key"),
        ({"options": {"host_key": "no key"}}, "bad_host_key"),
        ({"address": "https://example.org/in"}, "address_forbidden"),
        ({"address": "sftp://user:word@127.0.0.1/in"}, "address_forbidden"),
    ],
)
async def test_bad_endpoint(push, practice, part, code):
    """What is wrong with the endpoint is said by a code, without its content."""
    assert await trouble(push, endpoint(practice, **part)) == ("permanent", code)


async def test_private_address(practice):
    """Without leave, an address of our own network is not called."""
    guarded = SftpPush(Guard())
    met = await trouble(guarded, endpoint(practice))
    await guarded.close()

    assert (met, practice.connections) == (("permanent", "address_forbidden"), 0)


async def test_nobody_listens(push, practice):
    """A refused connection is tried again later."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"sftp://icp@127.0.0.1:{taken.getsockname()[1]}/in"
        met = await trouble(push, endpoint(practice, address=url))

    assert met == ("transient", "not_reached")


async def test_silent_server(push, practice):
    """A server that accepts and says nothing is given up in time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        url = f"sftp://icp@127.0.0.1:{silent.getsockname()[1]}/in"
        met = await trouble(push, endpoint(practice, address=url))

    assert met == ("transient", "timeout")


async def test_one_connection(push, practice):
    """Several parcels for one endpoint, at once and in turn, share a connection."""
    parcels = [parcel(b"%d" % n, f"dlv_1-{n}.pdf") for n in range(10)]
    same = endpoint(practice)
    await asyncio.gather(*(push.send(p, same) for p in parcels[:5]))
    for one in parcels[5:]:
        await push.send(one, same)

    assert (len(practice.files), practice.connections) == (10, 1)


async def test_new_key_new_connection(push, practice):
    """A changed key is used at once; a connection made with the old one is not."""
    same = endpoint(practice)
    await push.send(parcel(), same)
    await push.send(parcel(), same)
    before = practice.connections
    practice.user_key = asyncssh.generate_private_key("ssh-ed25519")
    await push.send(parcel(), endpoint(practice))

    assert (before, practice.connections) == (1, 2)


async def test_idle_connection_closes(practice):
    """An idle connection is closed, and the next push opens another."""
    push = SftpPush(GUARD, idle_seconds=0.05)
    await push.send(parcel(), endpoint(practice))
    await asyncio.sleep(0.3)
    await push.send(parcel(b"more", "dlv_1-more.pdf"), endpoint(practice))
    await push.close()

    assert practice.connections == 2


SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@pytest.mark.skipif(SSHD is None, reason="OpenSSH's sshd is not installed")
async def test_openssh_server(push, practice, tmp_path):
    """A push to OpenSSH's own server ends as one whole file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "in").mkdir()
    (tmp_path / "hk").write_bytes(practice.host_key.export_private_key())
    (tmp_path / "hk").chmod(0o600)
    (tmp_path / "ak").write_bytes(practice.user_key.export_public_key())
    (tmp_path / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/hk\nStrictModes no\n"
        f"AuthorizedKeysFile {tmp_path}/ak\nPidFile none\nUsePAM no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607, ASYNC221  # short
    process = await asyncio.create_subprocess_exec(SSHD, "-D", "-f", str(tmp_path / "config"))
    try:
        await asyncio.sleep(0.5)
        url = f"sftp://{user}@127.0.0.1:{port}{tmp_path}/in"
        proofs = [await push.send(parcel(), endpoint(practice, address=url)) for _ in range(2)]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()

    assert [proof.code for proof in proofs] == ["sftp_renamed", "sftp_already_there"]
