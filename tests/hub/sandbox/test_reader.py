"""Whatever an adapter or a document does, the hub gets a reading, and the next document its own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from hub.canonical import Document
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader, read_once
from tests.hub.sandbox import rogues

LINUX = sys.platform == "linux"


def bound(*names, profile=None):
    return [Binding(f"tests.hub.sandbox.rogues:{name}", profile) for name in names]


def of(name, second="x", head=b""):
    return Document(head + name.encode() + b"\n" + second.encode())


@pytest.fixture
async def reader():
    made = SandboxReader(prefixes=("tests.",), seconds=0.5, memory_mb=256)
    yield made
    await made.close()


def codes(reading):
    return [(each.severity, each.code) for each in reading.findings]


def title(reading):
    return reading.plans[0].header.title


async def test_a_good_document_is_read(reader):
    """A plan comes back from the child, with the name and version of who read it."""
    name, reading = await reader.read(bound("good"), of("good"))

    assert ("good@1", "good\nx", []) == (name, title(reading), codes(reading))


@pytest.mark.parametrize(
    ("rogue", "severity", "code"),
    [
        ("silent", "error", "nothing_read"),
        ("empty", "error", "nothing_read"),
        ("miscounted", "warning", "tally_off"),
        ("loop", "error", "too_slow"),
        ("sleep", "error", "too_slow"),
        ("forked_loop", "error", "too_slow"),
        ("hoard", "error", "too_much_memory"),
        ("forked_hoard", "error", "too_much_memory"),
        ("abort", "error", "reader_died"),
        ("leave", "error", "reader_died"),
        ("segfault", "error", "reader_died"),
        ("forked_abort", "error", "reader_died"),
        ("gossip", "error", "adapter_failed"),
        ("recursion", "error", "adapter_failed"),
        ("stop", "error", "adapter_failed"),
        ("confused", "error", "adapter_failed"),
        ("wrong", "error", "reading_off_template"),
        ("inside", "error", "reading_off_template"),
        ("untold", "error", "reading_off_template"),
        ("babble", "error", "reading_off_template"),
        ("forge", "error", "reading_off_template"),
        ("nothing", "error", "adapter_not_loaded"),
        ("no_such", "error", "adapter_not_loaded"),
    ],
)
async def test_misbehaviour_is_a_finding(reader, rogue, severity, code):
    """Each way to misbehave has its finding, and the document after it is read as if alone."""
    await reader.read(bound("good"), of("good"))
    _, reading = await reader.read(bound(rogue), of(rogue))
    _, after = await reader.read(bound("good"), of("good", "after"))

    assert ([(severity, code)], "good\nafter") == (codes(reading), title(after))


@pytest.mark.parametrize("rogue", ["gossip", "stop", "confused", "wrong", "inside"])
async def test_no_finding_tells_of_the_member(reader, rogue):
    """A finding names the exception's class and the adapter's line, never what it was about."""
    _, reading = await reader.read(bound(rogue), of(rogue))
    told = " ".join(f"{each.message} {each.place}" for each in reading.findings)

    assert not [word for word in rogues.MEMBER.split() if word in told]


async def test_a_failure_names_module_and_line(reader):
    """Who mends the adapter learns where it failed."""
    _, reading = await reader.read(bound("gossip"), of("gossip"))

    assert reading.findings[0].message.startswith("ValueError at tests.hub.sandbox.rogues:")


async def test_an_odd_file_name_is_no_obstacle(reader):
    """A name with bytes that are no letters does not keep a document from being read."""
    _, reading = await reader.read(bound("good"), Document(b"good\nx", name="plan\udcff.xml"))

    assert "good\nx" == title(reading)


async def test_nobody_knows_the_document(reader):
    """A document no bound adapter knows is `no_adapter`."""
    name, reading = await reader.read(bound("good", "loop"), of("other"))

    assert ("", [("error", "plain_text")]) == (name, codes(reading))


async def test_several_know_the_document(reader):
    """When two adapters claim a document neither reads it, and both are named."""
    _, reading = await reader.read(bound("good", "twin"), of("good"))

    assert [("error", "ambiguous_adapter")] == codes(reading)
    assert "good@1, good@2" in reading.findings[0].message


@pytest.mark.parametrize(
    "path", ["os:system", "tests_evil.x:y", "adapters", "tests.hub:", "tests.a b:c", "tests.x:y.z"]
)
async def test_only_allowed_packages_are_loaded(reader, path):
    """A path outside the allowed packages, or none at all, is never imported."""
    _, reading = await reader.read([Binding(path)], of("good"))

    assert [("error", "adapter_not_loaded")] == codes(reading)
    assert "not one this hub may load" in reading.findings[0].message


async def test_a_profile_makes_the_adapter(reader):
    """With a profile the attribute is called with its text."""
    _, reading = await reader.read(bound("profiled", profile="labels: {}"), of("good"))

    assert "labels: {}" == title(reading)


async def test_a_broken_profile_is_not_loaded(reader):
    """A profile its adapter refuses is told by the exception's class only."""
    _, reading = await reader.read(bound("profiled", profile="broken"), of("good"))

    assert [("error", "adapter_not_loaded")] == codes(reading)
    assert rogues.MEMBER not in reading.findings[0].message


@pytest.mark.parametrize("head", [b"%PDF-1.7 ", b"junk\xff %PDF-1.4 ", b"PK\x03\x04 ", b"\x89PNG "])
async def test_risky_kinds_are_read_in_a_fork(reader, head):
    """PDF, archives and images get a process of their own; others share the child."""
    shared = [
        title((await reader.read(bound("process"), of("process")))[1]),
        title((await reader.read(bound("process"), of("process")))[1]),
    ]
    _, reading = await reader.read(bound("process"), of("process", head=head))

    assert (shared[0], True) == (shared[1], title(reading) != shared[0])


async def test_an_adapter_may_ask_for_a_fork(reader):
    """The attribute `isolate` gives an adapter's documents processes of their own."""
    pids = {title((await reader.read(bound("forked"), of("forked")))[1]) for _ in range(3)}

    assert 3 == len(pids)


async def test_a_child_is_recycled():
    """After its number of documents a child is replaced by one that was started meanwhile."""
    reader = SandboxReader(prefixes=("tests.",), documents=3)
    pids = []
    while len(set(pids)) < 3 and len(pids) < 2000:
        pids.append(title((await reader.read(bound("process"), of("process")))[1]))
        await asyncio.sleep(0.005)
    await reader.close()

    assert 3 == len(set(pids))


async def test_a_swollen_child_is_recycled():
    """A child that kept much memory is replaced before it is out of it."""
    reader = SandboxReader(prefixes=("tests.",), memory_mb=600)
    before = title((await reader.read(bound("process"), of("process")))[1])
    after = before
    await reader.read(bound("swell"), of("swell"))
    end = time.monotonic() + 10
    while before == after and time.monotonic() < end:
        after = title((await reader.read(bound("process"), of("process")))[1])
        await asyncio.sleep(0.01)
    await reader.close()

    assert before != after


async def test_documents_are_read_side_by_side():
    """With two children a slow document does not hold up another."""
    reader = SandboxReader(2, prefixes=("tests.",), seconds=1.0)
    await reader.start()
    slow = asyncio.create_task(reader.read(bound("sleep"), of("sleep")))
    await asyncio.sleep(0)
    _, reading = await reader.read(bound("good"), of("good"))
    waited = slow.done()
    await slow
    await reader.close()

    assert ("good\nx", False) == (title(reading), waited)


async def test_a_cancelled_reading_leaves_no_answer_behind(reader):
    """After a caller gave up, the next document gets its own reading."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(bound("loop"), of("loop")), 0.2)
    _, reading = await reader.read(bound("good"), of("good", "mine"))

    assert "good\nmine" == title(reading)


@pytest.mark.parametrize("rogue", ["abort", "leave", "loop", "babble", "forge", "untold", "gossip"])
async def test_a_failing_document_is_told_alone(reader, rogue):
    """Documents that wait behind one that ends, hangs or spoils the child are read all the same."""
    names = ["one", rogue, "two", rogue, "three"]
    asked = [bound(rogue) if name == rogue else bound("good") for name in names]
    sent = [of(name if name == rogue else "good", name) for name in names]
    told = await asyncio.gather(*map(reader.read, asked, sent))
    read = [title(reading) if reading.plans else "failed" for _, reading in told]

    assert ["good\none", "failed", "good\ntwo", "failed", "good\nthree"] == read


async def test_a_queueing_document_given_up_leaves_no_answer_behind(reader):
    """Of two documents in a child the second's caller gives up; the third gets its own reading."""
    first = asyncio.create_task(reader.read(bound("good"), of("good", "first")))
    second = asyncio.create_task(reader.read(bound("good"), of("good", "second")))
    await reader.start()
    second.cancel()
    _, third = await reader.read(bound("good"), of("good", "third"))

    assert ("good\nfirst", "good\nthird") == (title((await first)[1]), title(third))


async def test_closing_tells_those_who_wait():
    """Who waits for a reading when the reader is closed hears of it instead of waiting for ever."""
    reader = SandboxReader(prefixes=("tests.",))
    await reader.start()
    waiting = [asyncio.create_task(reader.read(bound("sleep"), of("sleep"))) for _ in range(5)]
    await asyncio.sleep(0.05)
    await reader.close()
    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert [RuntimeError] * 5 == [type(each) for each in found]


async def test_a_killed_child_costs_no_document(reader):
    """A child killed from outside between documents is replaced, and the document still read."""
    pid = int(title((await reader.read(bound("process"), of("process")))[1]))
    os.kill(pid, 9)
    _, reading = await reader.read(bound("good"), of("good"))

    assert "good\nx" == title(reading)


async def test_a_large_document_passes_whole(reader):
    """Megabytes go in and come back unchanged."""
    text = "long " * 1_000_000
    _, reading = await reader.read(bound("good"), of("good", text))

    assert f"good\n{text}" == title(reading)


async def test_a_huge_answer_is_refused():
    """A reading above 64 MB is told as such instead of being passed on."""
    reader = SandboxReader(prefixes=("tests.",))
    _, reading = await reader.read(bound("huge"), of("huge"))
    await reader.close()

    assert [("error", "reading_off_template")] == codes(reading)


async def test_closing_ends_the_children(reader):
    """After `close` no child is left."""
    pid = int(title((await reader.read(bound("process"), of("process")))[1]))
    await reader.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_command_line_reads_without_a_loop():
    """`read_once` reads a document from plain code."""
    name, reading = read_once(bound("good"), of("good"), prefixes=("tests.",))

    assert ("good@1", "good\nx") == (name, title(reading))


async def test_a_child_holds_no_secret(reader, monkeypatch):
    """None of the hub's environment reaches the child."""
    monkeypatch.setenv("ICP_HUB_DATABASE_URL", "secret")
    _, reading = await reader.read(bound("environment"), of("environment"))

    assert {"LC_ALL", "PATH", "TZ"} == set(title(reading).split(","))


@pytest.mark.skipif(not LINUX, reason="reads /proc")
async def test_a_child_holds_no_file(reader, tmp_path):
    """No open file of the hub's is inherited: three handles, its own memory's, the listing's."""
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    _, reading = await reader.read(bound("handles"), of("handles"))
    os.close(kept)

    assert "0,1,2,3,4" == title(reading)


async def test_what_an_adapter_prints_is_lost(reader, capfd):
    """Words an adapter prints, which may be a member's, appear nowhere."""
    await reader.read(bound("talkative"), of("talkative"))

    assert ("", "") == tuple(capfd.readouterr())


async def guarded_by(reader, guard):
    await reader.start()
    if guard not in reader.guards:
        pytest.skip(f"this system does not offer the guard `{guard}`")


async def test_a_child_has_no_network(reader):
    """A connection the hub could make fails in the child."""
    await guarded_by(reader, "network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=server.accept, daemon=True).start()
        port = server.getsockname()[1]
        _, reading = await reader.read(bound("connect"), of("connect", str(port)))
        socket.create_connection(("127.0.0.1", port)).close()

    assert title(reading) in {"OSError", "PermissionError", "ConnectionRefusedError"}


async def test_a_child_reads_no_file_of_the_hubs(reader, tmp_path):
    """A key file beside the hub is closed to the child."""
    await guarded_by(reader, "files read")
    (tmp_path / "vault.keys").write_text("key")
    _, reading = await reader.read(bound("peek"), of("peek", str(tmp_path / "vault.keys")))

    assert "PermissionError" == title(reading)


async def test_a_child_reads_nothing_beside_the_packages(reader):
    """In a checkout, where the hub's data may lie beside its packages, only those can be read."""
    beside = Path(rogues.__file__).parents[3] / "pyproject.toml"
    if not beside.exists():
        pytest.skip("the hub does not run from a checkout")
    await guarded_by(reader, "files read")
    _, reading = await reader.read(bound("peek"), of("peek", str(beside)))

    assert "PermissionError" == title(reading)


async def test_a_child_writes_no_file(reader, tmp_path):
    """A file an adapter tries to write holds nothing."""
    file = tmp_path / "leak"
    await reader.read(bound("scribble"), of("scribble", str(file)))

    assert not file.exists() or 0 == file.stat().st_size
