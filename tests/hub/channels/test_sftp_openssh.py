"""The SFTP server under the real OpenSSH client: uploads, receipts, abortions and attacks."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess

import pytest

from hub.ports import Envelope

PLAN = b"<ClinicalDocument/>" * 50


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.xml"
    path.write_bytes(PLAN)
    return path


async def eventually(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # nothing here could set an event
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("plan")
async def test_put(openssh, inbox):
    """A file put into the inbox is taken whole, for the organisation and user of the key."""
    await openssh.batch("put plan.xml inbox/")

    taken = Envelope("mco-keystone", "sftp", actor="keystone", name="plan.xml")
    assert [(taken, PLAN)] == inbox.taken


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize(
    "staged",
    ["plan.xml.part", "x.tmp", "x.filepart", "x.partial", "x.uploading", "~plan", "A.PART"],
)
async def test_rename(openssh, inbox, staged):
    """A file put under a staged name is taken at its rename, under its final name."""
    await openssh.batch("cd inbox", f"put plan.xml {staged}", f"rename {staged} final.xml")

    assert inbox.names == ["final.xml"]


@pytest.mark.usefixtures("plan")
async def test_staged_is_not_taken(openssh, inbox):
    """A file put under a staged name and never renamed is not a submission."""
    code, _ = await openssh.batch("put plan.xml inbox/plan.xml.part")

    assert (code, inbox.begun) == (0, 0)


@pytest.mark.usefixtures("plan")
async def test_rename_in_a_later_session(openssh, inbox):
    """A staged file can be renamed by a later connection of the same organisation."""
    await openssh.batch("put plan.xml inbox/plan.xml.part")
    await openssh.batch("rename inbox/plan.xml.part inbox/plan.xml")

    assert inbox.names == ["plan.xml"]


@pytest.mark.usefixtures("plan")
async def test_list_after_put(openssh):
    """What was put in a session is listed in it."""
    _, said = await openssh.batch("cd inbox", "put plan.xml", "put -p plan.xml b.part", "ls -1")

    assert said.splitlines()[-2:] == ["b.part", "plan.xml"]


@pytest.mark.usefixtures("plan")
async def test_preserved_times(openssh, inbox):
    """`put -p` sets times and mode, which is accepted and ignored."""
    code, _ = await openssh.batch("put -p plan.xml inbox/plan.xml")

    assert (code, inbox.names) == (0, ["plan.xml"])


async def test_large_file(openssh, inbox):
    """Twenty megabytes arrive as they were sent."""
    content = os.urandom(20_000_000)
    (openssh.folder / "big.xml").write_bytes(content)

    await openssh.batch("put big.xml inbox/")

    assert [content] == [c for _, c in inbox.taken]


async def test_receipt(openssh, inbox):
    """A receipt can be listed and fetched."""
    inbox.outfiles["mco-keystone", "receipts", "plan.xml.receipt.json"] = b'{"state":"received"}'

    await openssh.batch("ls -l receipts", "get receipts/plan.xml.receipt.json got.json")

    assert (openssh.folder / "got.json").read_bytes() == b'{"state":"received"}'


async def test_fetch_everything(openssh, inbox):
    """All files of a folder can be fetched by a pattern."""
    for number in range(150):
        inbox.outfiles["mco-keystone", "outbox", f"note-{number}.json"] = b"{}"
    (openssh.folder / "got").mkdir()

    await openssh.batch("get outbox/* got")

    assert len(list((openssh.folder / "got").iterdir())) == 150


async def test_foreign_receipt(openssh, inbox):
    """Another organisation's receipt is not there."""
    inbox.outfiles["mco-allegheny", "receipts", "x.json"] = b"{}"

    assert await openssh.refused("get receipts/x.json")


@pytest.mark.usefixtures("plan")
async def test_ok_means_durable(openssh, inbox):
    """The client's put does not return before the commit has."""
    inbox.gate.clear()
    putting = asyncio.create_task(openssh.batch("put plan.xml inbox/"))
    await eventually(lambda: inbox.begun)
    waited = not putting.done()
    inbox.gate.set()

    assert (waited, (await putting)[0]) == (True, 0)


@pytest.mark.usefixtures("plan")
async def test_failed_commit(openssh, inbox):
    """A commit that fails is a failed put, and the failure's own words stay here."""
    inbox.failure = RuntimeError("Zyx Quillon, born 1950-01-01")

    code, said = await openssh.batch("put plan.xml inbox/", options=("-v",))

    assert (code != 0, "Quillon" in said, inbox.aborted) == (True, False, 1)


async def test_empty_file(openssh, inbox):
    """A file without a byte is refused."""
    (openssh.folder / "empty.xml").touch()

    assert (await openssh.refused("put empty.xml inbox/"), inbox.taken) == (True, [])


@pytest.mark.usefixtures("plan")
async def test_upload_to_the_root(openssh, inbox):
    """A file put anywhere but into the inbox is refused."""
    targets = ["/plan.xml", "plan.xml", "/receipts/plan.xml", "/outbox/plan.xml", "/inbox/a/b.xml"]
    refused = [await openssh.refused(f"put plan.xml {t}") for t in targets]

    assert ([True] * len(targets), 0) == (refused, inbox.begun)


def slow_put(openssh, name):
    """Start a put of 60 MB at 2 MB/s in a process group of its own."""
    big = openssh.folder / "big.bin"
    with big.open("wb") as file:
        file.truncate(60_000_000)
    return subprocess.Popen(  # noqa: S603  # our own command
        openssh.command("-l", "16000", "-b", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=openssh.folder,
        start_new_session=True,
    ), f"put big.bin inbox/{name}\n".encode()


async def started(openssh, server, name="big.xml"):
    """Return a slow put some bytes of which have arrived."""
    process, script = slow_put(openssh, name)
    process.stdin.write(script)
    process.stdin.close()
    hall = server._hall  # noqa: SLF001  # the only place that shows an unfinished upload
    await eventually(lambda: hall.tenants.of("mco-keystone")._files > 0)  # noqa: SLF001  # same
    await asyncio.sleep(0.3)
    return process


async def freed(server):
    hall = server._hall  # noqa: SLF001  # the only place that shows an unfinished upload
    await eventually(lambda: hall.tenants.of("mco-keystone")._files == 0)  # noqa: SLF001  # same


async def test_killed_client(openssh, server, inbox):
    """A client killed in the middle of a file leaves nothing behind."""
    process = await started(openssh, server)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    await freed(server)

    assert inbox.begun == 0


async def test_killed_sftp_with_living_ssh(openssh, server, inbox):
    """When only sftp dies, its ssh ends the session in order, and still nothing is taken."""
    process = await started(openssh, server)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    await freed(server)

    assert inbox.begun == 0


async def test_cut_line(openssh, server, inbox):
    """A connection that is cut in the middle of a file leaves nothing behind."""
    process = await started(openssh, server)
    for connection in list(server._hall.connections):  # noqa: SLF001  # as a dead network would
        connection.get_extra_info("socket").shutdown(2)
    await freed(server)
    await asyncio.to_thread(process.wait)

    assert inbox.begun == 0


async def test_server_closes(openssh, server, inbox):
    """Closing the server in the middle of a file takes nothing of it."""
    process = await started(openssh, server)
    await server.close()
    await asyncio.to_thread(process.wait)

    assert inbox.begun == 0


ATTACKS = [
    "symlink /etc/passwd inbox/a",
    "ln inbox/plan.xml inbox/b",
    "ln -s ../.. inbox/c",
    "mkdir inbox/d",
    "mkdir e",
    "rmdir inbox",
    "rmdir receipts",
    "rm inbox/plan.xml",
    "rm receipts/r.json",
    "get inbox/plan.xml",
    "get inbox/p.part",
    "get /etc/passwd",
    "get ../../../etc/passwd",
    "get inbox/../../etc/passwd",
    "put plan.xml ../escape.xml",
    "put plan.xml inbox/../escape.xml",
    "put plan.xml inbox/../receipts/escape.json",
    "put plan.xml inbox/..",
    "put plan.xml receipts/r.json",
    "rename inbox/p.part ../p.xml",
    "rename inbox/p.part receipts/p.xml",
    "rename inbox/p.part inbox/plan.xml",
    "rename inbox/plan.xml inbox/other.xml",
    "rename receipts/r.json inbox/r.xml",
    "rename inbox/p.part p.xml",
    "rename inbox inbox2",
    "rename -l inbox/p.part inbox/plan.xml",
    "chmod 4777 receipts/r.json",
    "chmod 777 inbox",
    "chown 0 /etc/passwd",
    "reput plan.xml inbox/p.part",
    "put -a plan.xml inbox/p.part",
    "df",
    "cd /etc",
    "ls /etc",
    'put plan.xml "inbox/a\\\\b.xml"',
    'put plan.xml "inbox/\u202egnp.xml"',
    f"put plan.xml inbox/{'n' * 201}",
]


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize("attack", ATTACKS)
async def test_attack(openssh, inbox, attack):
    """What a drop box need not do fails, with a received and a staged file there to aim at."""
    inbox.outfiles["mco-keystone", "receipts", "r.json"] = b"{}"
    prelude = ["put plan.xml inbox/plan.xml", "put plan.xml inbox/p.part"]

    code, said = await openssh.batch(*prelude, attack)

    assert (code != 0, f"sftp> {attack}\n" in said, inbox.names) == (True, True, ["plan.xml"])


@pytest.mark.usefixtures("plan")
async def test_harmless_chmod(openssh):
    """Changing the mode of one's own upload is accepted and changes nothing."""
    _, said = await openssh.batch("put plan.xml inbox/", "chmod 4777 inbox/plan.xml", "ls -l inbox")

    assert said.splitlines()[-1].split()[0] == "--w-------"


@pytest.mark.parametrize("command", ["id", "scp -t /tmp", "/usr/lib/openssh/sftp-server"])
async def test_no_commands(openssh, command):
    """No command runs, scp's server among them."""
    ssh = ["ssh", *openssh.command()[1:-1], openssh.command()[-1], command]
    ssh[1] = "-p"
    ran = await asyncio.to_thread(subprocess.run, ssh, capture_output=True, check=False, timeout=30)

    assert (ran.returncode != 0, ran.stdout) == (True, b"")


async def test_no_forwarding(openssh):
    """No port is forwarded through the server."""
    ssh = ["ssh", "-W", "127.0.0.1:22", *openssh.command()[1:]]
    ssh[3] = "-p"
    ran = await asyncio.to_thread(subprocess.run, ssh, capture_output=True, check=False, timeout=30)

    assert (ran.returncode != 0, ran.stdout) == (True, b"")


async def test_wrong_key(openssh, inbox):
    """A key the hub does not know is not let in."""
    inbox.keys.clear()

    _, said = await openssh.batch("ls")

    assert "Permission denied (publickey)." in said


async def test_host_key_file(openssh):
    """The host key made at the first start can be read by its owner only."""
    assert stat.S_IMODE((openssh.folder / "hub_key").stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("sftp") is None, reason="OpenSSH's sftp is not installed")
@pytest.mark.parametrize("weak", ["KexAlgorithms=diffie-hellman-group14-sha1", "Macs=hmac-sha1"])
async def test_weak_algorithm(openssh, weak):
    """A client that offers only weak algorithms finds none in common."""
    ciphers = ("-o", "Ciphers=aes256-ctr") if weak.startswith("Macs") else ()
    _, said = await openssh.batch("ls", options=("-o", weak, *ciphers))

    assert "no matching" in said
