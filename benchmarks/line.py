"""The whole line under load, real processes: serve, workers, PostgreSQL with fsync, a practice.

`run` builds an installation in a temporary folder, loads a directory and a roster, and sends unique
documents by HTTP and SFTP; a practice takes, checks and acknowledges each. A run in which anything
is missing, doubled, leaked or unproved is `Void`: there is no figure for a line that loses plans.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import yaml

from benchmarks import documents, load
from benchmarks.timing import cpu_seconds, peak_mb
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.settings import Settings
from hub.web.credentials import admit_sftp_key, issue_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MCO, PRACTICE = documents.MCO, documents.PRACTICE
KINDS = {
    "ccda": ("adapters.formats.ccda:ADAPTER", "application/xml"),
    "hl7v2": ("adapters.mcos.allegheny_hl7v2:ADAPTER", "x-application/hl7-v2+er7"),
}
SFTP_SHARE = 0.05
_PATIENCE = 600.0
_WARM = 40


class Void(Exception):
    """The run proves nothing: what was accepted is not what was delivered, taken and recorded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: how many plans a round, rounds of each number of connections, members."""

    plans: int
    connections: tuple[int, ...] = (8, 32)
    rounds: int = 3
    members: int = 2000
    workers: int = 2
    kind: str = "ccda"
    warm: int = _WARM


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load came to; CPU in ms per plan, waits in ms."""

    connections: int
    plans: int
    accepted_s: float
    delivered_s: float
    p50_ms: float
    p99_ms: float
    drain_s: float
    serve_ms: float
    work_ms: float
    hub_ms: float
    database_ms: float
    load_ms: float
    commits: float
    syncs: float
    wal_kb: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rounds, and the memory of the processes after them (MB)."""

    rounds: tuple[Round, ...]
    serve_mb: float
    worker_mb: float
    leaves: int


@dataclass
class _Stage:
    """A running installation."""

    hub: Hub
    settings: Settings
    practice: int
    database: int
    serve: int
    workers: tuple[int, ...]
    sink: int
    keys: dict[str, str]
    sftp: asyncssh.SSHKey
    serials: load.Serials
    sent: list[load.Sent]


async def run(plan: Plan) -> Outcome:
    """Run the line under load and prove it; `Void` when it can't be proved."""
    async with _stage(plan) as stage:
        await _round(stage, plan, plan.warm, 8)
        rounds = []
        for _ in range(plan.rounds):
            rounds += [await _round(stage, plan, plan.plans, n) for n in plan.connections]
        leaves = await _proved(stage)
        memory = [peak_mb(pid) for pid in stage.workers]
        return Outcome(tuple(rounds), peak_mb(stage.serve), max(memory), leaves)


async def _round(stage: _Stage, plan: Plan, plans: int, connections: int) -> Round:
    """Send so many plans, wait until all are acknowledged, and return what that took."""
    _, media = KINDS[plan.kind]
    by_sftp = int(plans * SFTP_SHARE)
    before = await _counters(stage)
    spent = _spent(stage)
    start = time.time()
    http, sftp = await asyncio.gather(
        load.by_http(
            stage.settings.http_port,
            stage.keys[MCO],
            stage.serials,
            plans - by_sftp,
            connections,
            media,
        ),
        load.by_sftp(stage.settings.sftp_port, MCO, stage.sftp, stage.serials, by_sftp),
    )
    accepted_at = time.time()
    stage.sent += [http, sftp]
    counts = await _drained(stage)
    after = await _counters(stage)
    serve, work, database, others = (
        (now - then) / plans * 1e3 for now, then in zip(_spent(stage), spent, strict=True)
    )
    return Round(
        connections=connections,
        plans=plans,
        accepted_s=http.accepted / http.seconds,
        delivered_s=plans / (counts["last_delivery"] - start),
        p50_ms=http.wait_ms(0.5),
        p99_ms=http.wait_ms(0.99),
        drain_s=max(0.0, counts["last_acknowledgment"] - accepted_at),
        serve_ms=serve,
        work_ms=work,
        hub_ms=serve + work,
        database_ms=database,
        load_ms=others,
        commits=(after["commits"] - before["commits"]) / plans,
        syncs=(after["syncs"] - before["syncs"]) / plans,
        wal_kb=(after["wal"] - before["wal"]) / plans / 1024,
    )


def _spent(stage: _Stage) -> tuple[float, float, float, float]:
    """Return CPU seconds so far: serve, workers with readers, database, load and practice."""
    return (
        cpu_seconds(stage.serve),
        cpu_seconds(*stage.workers),
        cpu_seconds(stage.database),
        cpu_seconds(stage.sink) + time.process_time(),
    )


async def _drained(stage: _Stage) -> dict[str, Any]:
    """Wait until the practice has acknowledged as much as was accepted; `Void` if it never does."""
    wanted = sum(sent.accepted for sent in stage.sent)
    end, since, known = time.monotonic() + _PATIENCE, time.monotonic(), -1
    while time.monotonic() < end:
        counts = await _counts(stage.practice)
        if counts["acknowledged"] + counts["refused"] >= wanted:
            return counts
        if counts["acknowledged"] != known:
            known, since = counts["acknowledged"], time.monotonic()
        if time.monotonic() - since > 60.0:
            break
        await asyncio.sleep(0.1)
    states = await _rows(stage, "select state, reason, count(*) from plan group by 1, 2 limit 8")
    raise Void(f"{wanted} accepted, {counts['acknowledged']} acknowledged; plans: {states}")


async def _counts(port: int) -> dict[str, Any]:
    client = await load.connected("127.0.0.1", port)
    _, body = await client.exchange(load.request("GET", "/counts", b"", {}))
    client.close()
    found: dict[str, Any] = json.loads(body)
    return found


async def _counters(stage: _Stage) -> dict[str, float]:
    """Return PostgreSQL's own counters: commits, WAL bytes, WAL fsyncs."""
    rows = await _rows(
        stage,
        "select xact_commit as commits, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal,"
        " (select coalesce(sum(fsyncs), 0) from pg_stat_io where object = 'wal') as syncs"
        " from pg_stat_database where datname = current_database()",
    )
    return {name: float(value) for name, value in rows[0].items()}


async def _rows(stage: _Stage, statement: str) -> list[dict[str, Any]]:
    """Ask the database as the operator of the benchmark."""
    async with stage.hub.database.line() as connection:
        await connection.execute("reset role")
        rows = await (await connection.execute(statement)).fetchall()
        await connection.execute("set role icp_line")
        return rows


async def _proved(stage: _Stage) -> int:
    """Return the ledger's size when everything adds up; else say in `Void` what does not."""
    await stage.hub.seal_ledger()
    verdict = await stage.hub.verify_ledger()
    counts = await _counts(stage.practice)
    rows = await _rows(
        stage,
        "select (select count(*) from submission) as submissions,"
        " (select count(*) from delivery where state = 'acknowledged') as acknowledged,"
        " (select count(*) from delivery) as deliveries,"
        " (select count(*) from release where withheld > 0) as withheld,"
        " (select count(*) from event where kind = 'delivery.acknowledged') as told",
    )
    problems = faults(stage.sent, counts, {**rows[0], "ledger": len(verdict.problems)})
    if problems:
        raise Void("; ".join(problems))
    return verdict.size


def faults(sent: list[load.Sent], counts: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return what does not add up between load, practice and database; empty: the run is valid."""
    accepted, secret = sum(s.accepted for s in sent), sum(s.secret for s in sent)
    equal = {
        "answers other than 202": (0, sum(s.errors for s in sent)),
        "submissions kept": (accepted, kept["submissions"]),
        "deliveries at the practice": (accepted, counts["deliveries"]),
        "deliveries kept": (accepted, kept["deliveries"]),
        "acknowledgments the hub took": (accepted, counts["acknowledged"]),
        "deliveries acknowledged": (accepted, kept["acknowledged"]),
        "acknowledgments in the ledger": (accepted, kept["told"]),
        "acknowledgments refused": (0, counts["refused"]),
        "posts whose signature was wrong": (0, counts["unsigned"]),
        "documents with withheld words": (0, counts["leaks"]),
        "releases with something withheld": (secret, kept["withheld"]),
        "problems of the ledger": (0, kept["ledger"]),
    }
    return [
        f"{name}: {found}, expected {expected}"
        for name, (expected, found) in equal.items()
        if expected != found
    ]


@asynccontextmanager
async def _stage(plan: Plan) -> AsyncIterator[_Stage]:
    """Build an installation, run its processes, and take everything down at the end."""
    home = _home()
    http, sftp, practice = _ports(3)
    settings = replace(
        Settings(),
        home=home,
        http_port=http,
        sftp_port=sftp,
        public_url=f"http://127.0.0.1:{http}",
        private_networks=True,
    )
    try:
        upgrade_database(settings)
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(Hub(settings))
            secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
            keys, ssh = await _people(hub, plan, practice, secret)
            serve = stack.enter_context(_child("serve", settings))
            sink = stack.enter_context(_sink(practice, http, secret, keys[PRACTICE]))
            workers = [stack.enter_context(_child("work", settings)) for _ in range(plan.workers)]
            stack.callback(_end, serve, sink, *workers)
            await asyncio.to_thread(load.wait_for, "127.0.0.1", http, 60.0)
            await _roster(http, keys[MCO], plan.members)
            pid = postmaster(home / "postgres")
            yield _Stage(
                hub=hub,
                settings=settings,
                practice=practice,
                database=pid,
                serve=serve.pid,
                workers=tuple(worker.pid for worker in workers),
                sink=sink.pid,
                keys=keys,
                sftp=ssh,
                serials=load.Serials(plan.members, _maker(plan.kind)),
                sent=[],
            )
    finally:
        stop_database(settings)
        shutil.rmtree(home, ignore_errors=True)


def _home() -> Path:
    """Return a new folder that the database's own user may pass through."""
    home = Path(tempfile.mkdtemp(prefix="icp-bench-"))
    home.chmod(0o755)
    return home


def postmaster(root: Path) -> int:
    """Return the pid of the embedded server under a folder."""
    return int((root / "pgdata/postmaster.pid").read_text("ascii").split()[0])


def _maker(kind: str) -> Any:  # a function of (member, serial, secret)
    if kind == "hl7v2":
        return lambda member, serial, secret: documents.mdm(member, serial, secret=secret)
    return lambda member, serial, secret: documents.care_plan(member, serial, secret=secret)


async def _people(
    hub: Hub, plan: Plan, practice: int, secret: str
) -> tuple[dict[str, str], asyncssh.SSHKey]:
    """Load the directory, and issue the keys of sender and practice."""
    directory = {
        "organisations": [
            {"id": MCO, "kind": "mco", "name": "Bench Health Plan", "part2_source": "mixed"},
            {"id": PRACTICE, "kind": "pcmh", "name": "Bench Family Medicine"},
        ],
        "contacts": [
            {
                "id": "con-bench",
                "organisation": PRACTICE,
                "name": "Nadia Brandt RN",
                "roles": ["plan"],
                "endpoint": "end-bench",
                "from": "2026-01-01",
                "verified_on": "2026-01-01",
            }
        ],
        "endpoints": [
            {
                "id": "end-bench",
                "organisation": PRACTICE,
                "kind": "webhook",
                "format": "ccda",
                "address": f"http://127.0.0.1:{practice}/plans",
                "secrets": {"secret": secret},
            }
        ],
        "bindings": [{"organisation": MCO, "adapters": [KINDS[plan.kind][0]]}],
    }
    await hub.rosters.load_directory(OPERATOR, yaml.safe_dump(directory).encode())
    scopes = {
        MCO: ("submissions.write", "submissions.read", "rosters.write"),
        PRACTICE: ("deliveries.read", "deliveries.answer"),
    }
    keys = {}
    for name, allowed in scopes.items():
        keys[name] = (await issue_key(hub.office(), OPERATOR, name, "bench", allowed)).secret
    ssh = asyncssh.generate_private_key("ssh-ed25519")
    await admit_sftp_key(hub.office(), OPERATOR, MCO, MCO, ssh.get_fingerprint())
    return keys, ssh


async def _roster(port: int, key: str, members: int) -> None:
    client = await load.connected("127.0.0.1", port)
    headers = {"authorization": f"Bearer {key}", "content-type": "text/csv"}
    wire = load.request("POST", "/v1/rosters/full", documents.roster(members), headers)
    status, body = await client.exchange(wire)
    client.close()
    if status != 200:
        raise Void(f"the roster was answered {status}: {body.decode()[:300]}")


def _ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _end(*processes: subprocess.Popen[bytes]) -> None:
    """Tell all of them to end before any is waited for."""
    for process in processes:
        process.terminate()


class _Running:
    """A child process that is ended when its block is left."""

    def __init__(self, argv: list[str], environment: dict[str, str], told: str = "") -> None:
        self._argv, self._environment, self._told = argv, environment, told

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, "-m", *self._argv],
            cwd=Path(__file__).resolve().parent.parent,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None, "asked for"
        self._process.stdin.write(self._told.encode())
        self._process.stdin.close()
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _child(command: str, settings: Settings) -> _Running:
    names = ("home", "http_port", "sftp_port", "public_url")
    given = {f"ICP_HUB_{name.upper()}": str(getattr(settings, name)) for name in names}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ICP_HUB_")}
    return _Running(["hub", command], {**kept, **given, "ICP_HUB_PRIVATE_NETWORKS": "yes"})


def _sink(port: int, hub: int, secret: str, token: str) -> _Running:
    told = json.dumps({"port": port, "hub": hub, "secret": secret, "token": token})
    return _Running(["benchmarks.sink"], dict(os.environ), f"{told}\n")
