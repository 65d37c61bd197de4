"""The benchmarks' bad times in small: kills, giants, a slow disk, a busy practice, peers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pypdfium2
import pytest

from adapters.formats.ccda import ADAPTER
from benchmarks import (
    __main__,
    documents,
    durability,
    giants,
    peer_work,
    peers,
    quiet,
    sink,
    slow_disk,
    stage,
    whereabouts,
)
from benchmarks.care_plan import grown
from benchmarks.parts import PARTS, SLOW
from hub.canonical import Document, each

ROW = {"digest": "a", "originals": 1, "deliveries": 1, "taken": 1}


@pytest.mark.parametrize(
    ("rows", "came", "expected"),
    [
        ([ROW], 1, (0, 0)),
        ([], 0, (1, 0)),
        ([{**ROW, "taken": 0}], 1, (1, 0)),
        ([{**ROW, "originals": 2}], 1, (0, 1)),
        ([{**ROW, "deliveries": 2}], 1, (0, 1)),
        ([ROW], 2, (0, 1)),
    ],
)
def test_lost_and_doubled(rows, came, expected):
    """A promise nobody took is lost; a second original, delivery or effect is doubled."""
    assert expected == durability.judged({"a"}, rows, came)


@pytest.mark.slow
def test_kills():
    """The server is killed under load, and every promise is kept once."""
    soon = {"ICP_HUB_RETRY_SECONDS": "1"}
    plan = stage.Plan(plans=1, members=60, workers=1, warm=1, environment=soon)
    figures = asyncio.run(durability.killed(plan, 1))

    assert (0.0, 0.0) == (figures["kill_lost"].value, figures["kill_doubled"].value)
    assert figures["kill_promised"].value > 0


@pytest.mark.parametrize("wrong", ["unsigned", "leaks", "refused"])
async def test_verified(wrong):
    """A wrong signature, a leak or a refused acknowledgment makes a run in bad times void."""

    async def verdict():
        return SimpleNamespace(problems=())

    hub = SimpleNamespace(seal_ledger=verdict, verify_ledger=verdict)
    counts = {"unsigned": 0, "leaks": 0, "refused": 0, wrong: 1}
    with pytest.raises(stage.Void):
        await quiet.verified(SimpleNamespace(hub=hub), counts)


def test_ended_child_is_counted():
    """The CPU of a child that has ended is its parent's readers', not lost."""
    me = os.getpid()
    built = SimpleNamespace(serve=me, workers=(), database=me, sink=me)
    before = whereabouts.account(built)
    subprocess.run([sys.executable, "-c", "sum(range(20_000_000))"], check=True)
    spent = whereabouts.per_plan(before, whereabouts.account(built), 1)

    assert spent["reader children"].user > 0


def test_medians():
    """The table holds each part's median of the rounds, user and system apart."""
    rounds = [dict.fromkeys(whereabouts.PARTS, whereabouts.Spent(n, n * 2)) for n in (1, 2, 9)]

    assert {"user_ms": 2, "system_ms": 4} == whereabouts.medians(rounds)["serve main"]


def test_grown_plan():
    """A grown care plan is one plan, with many times the interventions."""
    content = documents.filled(grown(200_000), documents.person(1), 1)
    (plan,) = ADAPTER.read(Document(content)).plans

    assert len(content) > 200_000
    assert len(each(plan.interventions)) > 100


def test_giants():
    """The giants are as large as they are called."""
    plan, table, pdf = giants.all_of_them()
    document = pypdfium2.PdfDocument(pdf.content)

    assert len(plan.content) >= 9_500_000
    assert len(table.content.splitlines()) > giants.ROWS
    assert giants.PAGES == len(document)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_slow_disk(tmp_path):
    """The shim makes every fdatasync of a process wait, and nothing else does."""
    shim = slow_disk.built(tmp_path)

    assert slow_disk.works(shim)
    assert not slow_disk.works(shim.with_name("absent.so"))


def test_no_compiler(tmp_path, monkeypatch):
    """Without a compiler there is no shim, and so nothing to measure."""
    monkeypatch.setattr(slow_disk.shutil, "which", lambda _: None)

    assert slow_disk.built(tmp_path) is None


def test_busy_practice():
    """A busy practice turns its share of posts away, and none of them counts as delivered."""
    practice = sink.Sink(b"k" * 32, 0, "", busy=0.1)
    answers = [practice.takes({}, b"")[9:12] for _ in range(30)]

    assert (3, 3) == (answers.count(b"503"), practice.counts.turned_away)


def test_peer_absent(tmp_path, monkeypatch):
    """A peer that can't be had is skipped with a line, and ours is measured all the same."""

    def absent(_):
        raise peers.Absent("not today")

    monkeypatch.setattr(peers, "_environment", absent)
    monkeypatch.setattr(peers, "node_start", absent)
    monkeypatch.setattr(peers, "_CORPORA", tmp_path)
    figures, _, notes = peers.run(0.01)

    assert {"ours_ccda", "ours_hl7v2"} == set(figures)
    assert [f"SKIPPED, {one.package}: not today" for one in peers.PEERS] == list(notes)


def test_peer_accepts(tmp_path):
    """A peer accepts what it returns something of, and is timed over that alone."""
    (tmp_path / "good").write_bytes(documents.mdm(documents.person(1), 1))
    (tmp_path / "bad").write_bytes(b"PID|1||7")
    told = peer_work.main("hl7", 0.01, str(tmp_path))

    assert (["good"], 2) == (told["accepted"], told["total"])


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
def test_peernode_start(tmp_path):
    """A peer of npm is asked in its own folder, and answers as those of PyPI do."""
    package = tmp_path / "node_modules/@medplum/core"
    package.mkdir(parents=True)
    (package / "index.js").write_text(
        """exports.Hl7Message = { parse(text) {
          if (!text.startsWith("MSH")) throw new Error("no message");
          return { getSegment: () => ({ getField: () => "x" }) };
        } };"""
    )
    given = tmp_path / "given"
    given.mkdir()
    (given / "good").write_bytes(b"MSH|1")
    (given / "bad").write_bytes(b"PID|1")
    argv = ["node", str(peers.NODE_SCRIPT), "@medplum/core", "0.01", str(given)]
    done = subprocess.run(argv, capture_output=True, check=True, cwd=tmp_path)  # noqa: S603  # our own words
    told = json.loads(done.stdout)

    assert (["good"], 2) == (told["accepted"], told["total"])
    assert told["us"] >= 0


def test_peer_without_node(monkeypatch):
    """Without Node.js a peer of npm is skipped with a line that says so."""
    monkeypatch.setattr(peers.shutil, "which", lambda *_, **__: None)
    with pytest.raises(peers.Absent, match=r"Node\.js"):
        peers.node_start(peers.PEERS[-1])


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (["--quick"], set(PARTS) - SLOW),
        ([], set(PARTS)),
        (["--quick", "--only", "peers"], {"limits", "peers"}),
    ],
)
def test_parts(given, parts):
    """A quick run leaves the slow parts out unless they are asked for; limits are always there."""
    assert parts == set(__main__.asked_for(given).parts)
