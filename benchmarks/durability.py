"""What durability costs, and whether it holds: counts per plan, and `kill -9` in the middle.

`run` first sends plans in peace and counts what PostgreSQL wrote; then sends others while `hub
serve` and `hub work` are killed and started again at random. A sender repeats what was not answered
202, as senders do. What a 202 promised must reach the practice, once in effect; else it is lost or
doubled, and a ledger that does not verify makes the run void.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benchmarks import line, load, quiet
from benchmarks.documents import MCO
from benchmarks.report import Figure, set_against
from benchmarks.stage import KINDS, Void, stage

if TYPE_CHECKING:
    from benchmarks.stage import Plan, Stage

CONNECTIONS = 32
LANES = 8
SEED = 20261122
_ANSWER_SECONDS = 20.0
_MOVE_SECONDS = 120.0


@dataclass
class Promises:
    """What was answered 202, by the digest of its bytes, and what the load met on the way."""

    digests: set[str] = field(default_factory=set)
    broken: int = 0
    refused: int = 0
    over: bool = False


async def run(plan: Plan, kills: int) -> tuple[dict[str, Figure], dict[str, object]]:
    """Return the figures of both halves, and the seed of the kills."""
    figures = await counted(plan)
    figures |= await killed(replace(plan, environment={"ICP_HUB_RETRY_SECONDS": "1"}), kills)
    return figures, {"kills": {"seed": SEED}}


async def counted(plan: Plan) -> dict[str, Figure]:
    """Count transactions, WAL and fsyncs per plan, of a run that proves itself."""
    async with stage(plan) as built:
        await line.round_of(built, plan, plan.warm, 8)
        one = await line.round_of(built, plan, plan.plans, CONNECTIONS)
        await line.proved(built)
        size = len(built.serials.take()[0]) / 1024
    document = Figure(size, "KB")
    return {
        "durable_document": document,
        "durable_commits": Figure(one.commits, "transactions/plan", gate="<= 1"),
        "durable_syncs": Figure(one.syncs, "WAL fsyncs/plan", gate="<= 1"),
        "durable_wal": set_against(Figure(one.wal_kb, "WAL KB/plan"), "durable_document", document),
    }


async def killed(plan: Plan, kills: int) -> dict[str, Figure]:
    """Kill processes while plans are sent; return what came of every promise."""
    async with stage(plan) as built:
        await line.round_of(built, plan, plan.warm, 8)
        kept = Promises()
        lanes = [asyncio.create_task(_lane(built, plan, kept)) for _ in range(LANES)]
        start = time.monotonic()
        try:
            await _kills(built, kills)
        finally:
            kept.over = True
        await asyncio.gather(*lanes)
        killing, start = time.monotonic() - start, time.monotonic()
        await quiet.rested(built, hurry=True)
        resting = time.monotonic() - start
        lost, doubled = await _judged(built, kept)
        counts = await line.counts_of(built.practice)
        await quiet.verified(built, counts)
    return {
        "kills": Figure(float(kills), f"kill -9 in {killing:.0f} s"),
        "kill_promised": Figure(float(len(kept.digests)), "plans answered 202"),
        "kill_broken": Figure(float(kept.broken), "requests cut, repeated"),
        "kill_repeats": Figure(float(counts["repeats"]), "posts repeated, same delivery"),
        "kill_rest": Figure(resting, "s until nothing was due"),
        "kill_lost": Figure(float(lost), "acknowledged and lost", gate="<= 0"),
        "kill_doubled": Figure(float(doubled), "doubled effects", gate="<= 0"),
    }


async def _lane(built: Stage, plan: Plan, kept: Promises) -> None:
    """Send document after document, each until it is promised."""
    headers = {
        "authorization": f"Bearer {built.keys[MCO]}",
        "content-type": KINDS[plan.kind][1],
    }
    client: load.Client | None = None
    while not kept.over:
        body, _ = built.serials.take()
        wire = load.request("POST", "/v1/submissions", body, headers)
        while True:
            try:
                client = client or await load.connected("127.0.0.1", built.settings.http_port)
                async with asyncio.timeout(_ANSWER_SECONDS):
                    status, _ = await client.exchange(wire)
            except (OSError, TimeoutError):
                kept.broken += client is not None
                client = None
                await asyncio.sleep(0.1)
                continue
            if status == 202:
                kept.digests.add(hashlib.sha256(body).hexdigest())
                break
            kept.refused += 1
            await asyncio.sleep(0.1)


async def _kills(built: Stage, kills: int) -> None:
    """Kill and start again, one process at a time; every third time it is the one that accepts."""
    rng = random.Random(SEED)  # noqa: S311  # a repeatable order, no secret
    workers = [name for name in built.running if name.startswith("work")]
    for number in range(kills):
        await _moved(built)
        await asyncio.sleep(rng.uniform(0.0, 1.0))
        victim = built.running["serve" if number % 3 == 0 else rng.choice(workers)]
        victim.kill()
        await asyncio.sleep(rng.uniform(0.0, 0.3))
        victim.start()
    await asyncio.to_thread(load.wait_for, "127.0.0.1", built.settings.http_port, _MOVE_SECONDS)


async def _moved(built: Stage) -> None:
    """Wait until plans reach the practice again: a kill should meet a line at work."""
    end, before = time.monotonic() + _MOVE_SECONDS, await line.counts_of(built.practice)
    while time.monotonic() < end:
        now = await line.counts_of(built.practice)
        if now["deliveries"] > before["deliveries"]:
            return
        await asyncio.sleep(0.05)
    raise Void(f"no plan reached the practice for {_MOVE_SECONDS:.0f} s after a kill")


async def _judged(built: Stage, kept: Promises) -> tuple[int, int]:
    rows = await line.rows(
        built,
        "select s.digest, count(distinct s.id) as originals,"
        " count(d.id) filter (where d.state = 'acknowledged') as taken, count(d.id) as deliveries"
        " from submission s left join plan p on p.submission = s.id"
        " left join delivery d on d.plan = p.id where s.duplicate_of is null group by 1",
    )
    counts = await line.counts_of(built.practice)
    return judged(kept.digests, rows, counts["deliveries"])


def judged(promised: set[str], rows: list[dict[str, Any]], came: int) -> tuple[int, int]:
    """Return how many promised documents are lost, and how many effects came twice.

    `rows` are {digest, originals, deliveries, taken} of what is kept; `came` is how many different
    deliveries the practice took.
    """
    taken = {row["digest"] for row in rows if row["taken"]}
    twice = sum(max(row["originals"], row["deliveries"]) > 1 for row in rows)
    more = max(0, came - sum(row["deliveries"] for row in rows))
    return len(promised - taken), twice + more
