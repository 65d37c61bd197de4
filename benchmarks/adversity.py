"""The line in bad times: a slow disk, a slow and busy practice, giant documents in between.

`run` measures the line once in good times, then in each of the bad ones, with the same load: what
share of the throughput is kept, how much memory the processes took at most, and that nothing is
lost. A run in which something does not add up is `Void`, as in `line`.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import giants, line, load, quiet, slow_disk
from benchmarks.documents import MCO
from benchmarks.report import Figure, set_against
from benchmarks.stage import KINDS, Void, stage
from benchmarks.timing import family, peak_mb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.giants import Giant
    from benchmarks.stage import Plan, Stage

CONNECTIONS = 32
SYNC_MS = {2: ">= 0.8", 10: None}
"""How much longer a sync takes, and the gate of what must be kept then."""

DELAY_SECONDS = 0.2
BUSY_SHARE = 0.1
_ORDINARY_BYTES = 150_000


async def run(plan: Plan) -> tuple[dict[str, Figure], dict[str, Any], tuple[str, ...]]:
    """Return figures, no tables, and lines about what was left out.

    Good times are measured first and last, so that a machine that changes is not taken for them.
    """
    rounds = [await _round(plan)]
    bad, notes = await _slow_disk(plan)
    bad |= await _bad_practice(plan)
    bad |= await _giants(plan)
    rounds.append(await _round(plan))
    good = {
        "good_accepted": _span([one.accepted_s for one in rounds]),
        "good_delivered": _span([one.delivered_s for one in rounds]),
    }
    kept = {
        name: set_against(one, one.against, good[one.against], one.gate) if one.against else one
        for name, one in bad.items()
    }
    return good | kept, {}, notes


def _span(values: list[float]) -> Figure:
    return Figure(statistics.mean(values), "plans/s", low=min(values), high=max(values))


async def _round(plan: Plan) -> line.Round:
    """Return one round of an installation of its own, proved."""
    async with stage(plan) as built:
        await line.round_of(built, plan, plan.warm, 8)
        for pid in (built.database, built.serve, *built.workers) if plan.preload else ():
            if not slow_disk.loaded(pid):
                raise Void(f"process {pid} runs without the shim")
        one = await line.round_of(built, plan, plan.plans, CONNECTIONS)
        await line.proved(built)
        return one


def _kept(name: str, value: float, gate: str | None = None) -> Figure:
    """Return a figure that `run` sets against the same one in good times."""
    return Figure(value, "plans/s", against=name, gate=gate)


async def _slow_disk(plan: Plan) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """Measure with a disk whose every sync takes longer."""
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        shim = slow_disk.built(Path(folder))
        if shim is None:
            return {}, ("SKIPPED, slow disk: no C compiler here that builds slow_sync.c",)
        if not slow_disk.works(shim):
            return {}, ("SKIPPED, slow disk: the preloaded shim has no effect here",)
        figures = {}
        for late, gate in SYNC_MS.items():
            preload = slow_disk.environment(shim, late)
            one = await _round(replace(plan, preload=preload))
            name = f"sync_{late}ms"
            figures[f"{name}_accepted"] = _kept("good_accepted", one.accepted_s)
            figures[f"{name}_delivered"] = _kept("good_delivered", one.delivered_s, gate)
            figures[f"{name}_p99"] = Figure(one.p99_ms, "ms")
        return figures, ()


async def _bad_practice(plan: Plan) -> dict[str, Figure]:
    """Measure with a practice that answers late and turns every tenth post away."""
    manners = {"delay": DELAY_SECONDS, "busy": BUSY_SHARE}
    soon = {"ICP_HUB_RETRY_SECONDS": "1"}
    async with stage(replace(plan, practice=manners, environment=soon)) as built:
        await line.round_of(built, plan, plan.warm, 8)
        one = await line.round_of(built, plan, plan.plans, CONNECTIONS)
        await line.proved(built)
        counts = await line.counts_of(built.practice)
    if not counts["turned_away"]:
        raise Void("the busy practice turned nothing away")
    return {
        "practice_accepted": _kept("good_accepted", one.accepted_s),
        "practice_delivered": _kept("good_delivered", one.delivered_s),
        "practice_turned_away": Figure(float(counts["turned_away"]), "posts, tried again"),
    }


@dataclass
class Peaks:
    """The most memory each process was seen to take, in MB, ended ones too."""

    serve: float = 0.0
    worker: float = 0.0
    reader: float = 0.0
    over: bool = False

    async def watch(self, built: Stage) -> None:
        """Look at the processes until it is over."""
        while not self.over:
            self.serve = max(self.serve, peak_mb(built.serve))
            for pid in built.workers:
                readers = [peak_mb(child) for child in family(pid)[1:]]
                self.reader = max([self.reader, *readers])
                self.worker = max(self.worker, peak_mb(pid) - sum(readers))
            await asyncio.sleep(0.1)


async def _giants(plan: Plan) -> dict[str, Figure]:
    """Send giants in the middle of ordinary load; return what that cost and what became of them."""
    them = giants.all_of_them()
    plan = replace(plan, adapters=giants.ADAPTERS)
    async with stage(plan) as built:
        await line.round_of(built, plan, plan.warm, 8)
        peaks = Peaks()
        watching = asyncio.create_task(peaks.watch(built))
        start = time.time()
        sent, _ = await asyncio.gather(_ordinary(built, plan), _posted(built, them))
        built.sent.append(sent)
        await quiet.rested(built)
        peaks.over = True
        await watching
        took = await _last_ordinary(built) - start
        fates = {f"giant_{one.name}": await _fate(built, one) for one in them}
        lost = await _missing(built, them)
    return {
        "giants_accepted": _kept("good_accepted", sent.accepted / sent.seconds),
        "giants_delivered": _kept("good_delivered", sent.accepted / took),
        **fates,
        "giants_lost": Figure(float(lost), "plans accepted and lost", gate="<= 0"),
        "giants_serve_memory": Figure(peaks.serve, "MB peak"),
        "giants_worker_memory": Figure(peaks.worker, "MB peak, without its reader"),
        "giants_reader_memory": Figure(peaks.reader, "MB peak"),
    }


async def _ordinary(built: Stage, plan: Plan) -> load.Sent:
    port, key, media = built.settings.http_port, built.keys[MCO], KINDS[plan.kind][1]
    return await load.by_http(port, key, built.serials, plan.plans, CONNECTIONS, media)


async def _posted(built: Stage, them: Sequence[Giant]) -> None:
    """Post one giant after another, each on a connection of its own; `Void` for any but 202."""
    for one in them:
        client = await load.connected("127.0.0.1", built.settings.http_port)
        headers = {"authorization": f"Bearer {built.keys[MCO]}", "content-type": one.media_type}
        status, _ = await client.exchange(
            load.request("POST", "/v1/submissions", one.content, headers)
        )
        client.close()
        if status != 202:
            raise Void(f"{one.name} was answered {status}")


async def _last_ordinary(built: Stage) -> float:
    """Return when the last plan that came by no giant was sent to the practice."""
    (row,) = await line.rows(
        built,
        "select extract(epoch from max(d.sent_at)) as at from submission s"  # noqa: S608  # a number of ours
        " join plan p on p.submission = s.id join delivery d on d.plan = p.id"
        f" where s.size < {_ORDINARY_BYTES}",
    )
    return float(row["at"])


async def _fate(built: Stage, one: Giant) -> Figure:
    """Return how long a giant took to its end; `Void` where that is not the end it must have."""
    digest = hashlib.sha256(one.content).hexdigest()
    (row,) = await line.rows(
        built,
        "select s.state, s.findings::text as findings, s.size, count(d.id) as plans,"  # noqa: S608  # a digest in hex
        " extract(epoch from coalesce(max(d.acknowledged_at), (select max(e.at) from event e"
        "  where e.noun = s.id)) - s.received_at) as seconds from submission s"
        " left join plan p on p.submission = s.id"
        " left join delivery d on d.plan = p.id and d.state = 'acknowledged'"
        f" where s.digest = '{digest}' group by s.id",
    )
    ended = ("quarantined", True) if one.reason else ("read", False)
    if (row["state"], one.reason != "" and one.reason in row["findings"]) != ended:
        raise Void(f"{one.name} stands {row['state']}, expected {ended[0]} {one.reason}")
    what = f"refused: {one.reason}" if one.reason else f"{row['plans']} plans acknowledged"
    return Figure(float(row["seconds"]), f"s, {row['size'] / 1e6:.1f} MB, {what}")


async def _missing(built: Stage, them: Sequence[Giant]) -> int:
    """Return how many accepted plans the practice did not get; `Void` for any other fault."""
    counts = await line.counts_of(built.practice)
    expected = sum(sent.accepted for sent in built.sent) + sum(one.plans for one in them)
    await quiet.verified(built, counts)
    if counts["deliveries"] > expected:
        raise Void(f"{counts['deliveries'] - expected} deliveries nobody asked for")
    return expected - int(counts["acknowledged"])
