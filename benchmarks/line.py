"""The whole line under load, real processes: serve, workers, PostgreSQL with fsync, a practice.

`run` builds an installation in a temporary folder, loads a directory and a roster, and sends unique
documents by HTTP and SFTP; a practice takes, checks and acknowledges each. A run in which anything
is missing, doubled, leaked or unproved is `Void`: there is no figure for a line that loses plans.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import load, whereabouts
from benchmarks.documents import MCO
from benchmarks.stage import KINDS, Plan, Void, stage
from benchmarks.timing import cpu_seconds, peak_mb

if TYPE_CHECKING:
    from benchmarks.stage import Stage

SFTP_SHARE = 0.05
_PATIENCE = 600.0


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
    where: dict[str, whereabouts.Spent]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rounds, and the memory of the processes after them (MB)."""

    rounds: tuple[Round, ...]
    serve_mb: float
    worker_mb: float
    leaves: int


async def run(plan: Plan) -> Outcome:
    """Run the line under load and prove it; `Void` when it can't be proved."""
    async with stage(plan) as built:
        await round_of(built, plan, plan.warm, 8)
        rounds = []
        for _ in range(plan.rounds):
            rounds += [await round_of(built, plan, plan.plans, n) for n in plan.connections]
        leaves = await proved(built)
        memory = [peak_mb(pid) for pid in built.workers]
        return Outcome(tuple(rounds), peak_mb(built.serve), max(memory), leaves)


async def round_of(stage: Stage, plan: Plan, plans: int, connections: int) -> Round:
    """Send so many plans, wait until all are acknowledged, and return what that took."""
    _, media = KINDS[plan.kind]
    by_sftp = int(plans * SFTP_SHARE)
    before = await _counters(stage)
    spent, then = _spent(stage), whereabouts.account(stage)
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
        (now - used) / plans * 1e3 for now, used in zip(_spent(stage), spent, strict=True)
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
        where=whereabouts.per_plan(then, whereabouts.account(stage), plans),
    )


def _spent(stage: Stage) -> tuple[float, float, float, float]:
    """Return CPU seconds so far: serve, workers with readers, database, load and practice."""
    return (
        cpu_seconds(stage.serve),
        cpu_seconds(*stage.workers),
        cpu_seconds(stage.database),
        cpu_seconds(stage.sink) + time.process_time(),
    )


async def _drained(stage: Stage) -> dict[str, Any]:
    """Wait until the practice has acknowledged as much as was accepted; `Void` if it never does."""
    wanted = sum(sent.accepted for sent in stage.sent)
    end, since, known = time.monotonic() + _PATIENCE, time.monotonic(), -1
    while time.monotonic() < end:
        counts = await counts_of(stage.practice)
        if counts["acknowledged"] + counts["refused"] >= wanted:
            return counts
        if counts["acknowledged"] != known:
            known, since = counts["acknowledged"], time.monotonic()
        if time.monotonic() - since > 60.0:
            break
        await asyncio.sleep(0.1)
    states = await rows(stage, "select state, reason, count(*) from plan group by 1, 2 limit 8")
    raise Void(f"{wanted} accepted, {counts['acknowledged']} acknowledged; plans: {states}")


async def counts_of(port: int) -> dict[str, Any]:
    """Return what the practice has counted so far."""
    client = await load.connected("127.0.0.1", port)
    _, body = await client.exchange(load.request("GET", "/counts", b"", {}))
    client.close()
    found: dict[str, Any] = json.loads(body)
    return found


async def _counters(stage: Stage) -> dict[str, float]:
    """Return PostgreSQL's own counters: commits, WAL bytes, WAL fsyncs."""
    found = await rows(
        stage,
        "select xact_commit as commits, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal,"
        " (select coalesce(sum(fsyncs), 0) from pg_stat_io where object = 'wal') as syncs"
        " from pg_stat_database where datname = current_database()",
    )
    return {name: float(value) for name, value in found[0].items()}


async def rows(stage: Stage, statement: str) -> list[dict[str, Any]]:
    """Ask the database as the operator of the benchmark."""
    async with stage.hub.database.line() as connection:
        await connection.execute("reset role")
        found = await (await connection.execute(statement)).fetchall()
        await connection.execute("set role icp_line")
        return found


async def proved(stage: Stage) -> int:
    """Return the ledger's size when everything adds up; else say in `Void` what does not."""
    await stage.hub.seal_ledger()
    verdict = await stage.hub.verify_ledger()
    counts = await counts_of(stage.practice)
    kept = await rows(
        stage,
        "select (select count(*) from submission) as submissions,"
        " (select count(*) from delivery where state = 'acknowledged') as acknowledged,"
        " (select count(*) from delivery) as deliveries,"
        " (select count(*) from release where withheld > 0) as withheld,"
        " (select count(*) from event where kind = 'delivery.acknowledged') as told",
    )
    problems = faults(stage.sent, counts, {**kept[0], "ledger": len(verdict.problems)})
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
    found = [
        f"{name}: {found}, expected {expected}"
        for name, (expected, found) in equal.items()
        if expected != found
    ]
    if counts["refused"]:
        found.append(f"answers to acknowledgments by status: {counts['statuses']}")
    return found
