"""Fault: `kill -9` at random, while a sender uploads by OpenSSH and a practice takes by webhook.

What the `sftp` program's exit 0 promised must be there afterwards, once, byte for byte, and its
plan must have reached the practice once in effect. Two phases: everything may be killed; then
nothing is, and the hub must come to rest by itself.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from hub.errors import Trouble
from hub.main import Hub
from tests.faults import documents
from tests.faults.outcome import Outcome, console
from tests.faults.stage import PATIENCE, Stage
from tests.receivers import HookSink

UPLOADERS = 3
REST_SECONDS = 420.0
VICTIMS = (("serve", 40), ("worker", 45), ("postmaster", 15))


@dataclass
class Sender:
    """An MCO's uploads: what it handed over, and what `sftp` promised of it."""

    stage: Stage
    rng: random.Random
    promised: dict[str, documents.Extract] = field(default_factory=dict)
    refused: int = 0
    number: int = 0
    over: bool = False

    async def uploads(self, lane: int) -> None:
        """Upload until it is over; what was not promised is sent again, as senders do."""
        folder = self.stage.folder / f"lane-{lane}"
        folder.mkdir()
        while not self.over:
            batch = [self._next() for _ in range(self.rng.randint(1, 3))]
            await asyncio.to_thread(self._written, folder, batch)
            while not await self._sent(folder, batch):
                self.refused += 1
                await asyncio.sleep(0.8)
            self.promised |= {file.digest: file for file in batch}
            await asyncio.sleep(self.rng.uniform(0.1, 0.6))

    def _next(self) -> documents.Extract:
        self.number += 1
        return documents.extract(self.rng.choice(self.stage.members), self.number)

    def _written(self, folder: Path, batch: list[documents.Extract]) -> None:
        lines = []
        for file in batch:
            (folder / file.name).write_bytes(file.content)
            if self.rng.random() < 0.5:
                lines.append(f"put {file.name} inbox/{file.name}")
            else:
                lines.append(f"put {file.name} inbox/{file.name}.part")
                lines.append(f"rename inbox/{file.name}.part inbox/{file.name}")
        (folder / "batch").write_text("\n".join(lines) + "\n")

    async def _sent(self, folder: Path, batch: list[documents.Extract]) -> bool:
        process = await asyncio.create_subprocess_exec(
            *self.stage.sftp("-b", "batch"),
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            code = await asyncio.wait_for(process.wait(), 40)
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if code == 0:
            for file in batch:
                (folder / file.name).unlink()
        return code == 0


async def run(kills: int, seed: int, *, hurry: bool = False) -> Outcome:
    """Kill `kills` times; return what came of every promised file.

    `hurry` ends the leases of the dead at once instead of waiting for them.
    """
    rng = random.Random(seed)  # noqa: S311  # a repeatable order, no secret
    began = time.monotonic()
    async with HookSink() as sink, Stage(sink.url) as stage:
        sender = Sender(stage, rng)
        lanes = [asyncio.create_task(sender.uploads(lane)) for lane in range(UPLOADERS)]
        await asyncio.sleep(3)
        with console.status("killing…") as status:
            for number in range(kills):
                await _kill_one(stage, rng)
                status.update(f"{number + 1} of {kills} kills, {len(sender.promised)} promised")
                if number % 20 == 19:
                    print(f"{number + 1} kills, {len(sender.promised)} promised", flush=True)  # noqa: T201  # progress where there is no terminal
        sender.over = True
        await asyncio.gather(*lanes)
        killed = time.monotonic() - began
        rested = await stage.settled(REST_SECONDS, hurry=hurry)
        outcome = Outcome("sftp", sum(stage.kills.values()), seed)
        outcome.told = {
            **{f"{victim} kills": count for victim, count in sorted(stage.kills.items())},
            **{f"{name} died unasked": count for name, count in sorted(stage.died.items())},
            "promised": len(sender.promised),
            "broken uploads": sender.refused,
            "posts": len(sink.taken),
            "effects": len(sink.effects),
            "seconds of killing": round(killed),
            "seconds to rest": round(time.monotonic() - began - killed),
        }
        if not rested:
            outcome.problems.append("work was still due when the time to rest was over")
        await check(stage, sender.promised, sink, outcome)
    return outcome


async def _kill_one(stage: Stage, rng: random.Random) -> None:
    names, weights = zip(*VICTIMS, strict=True)
    victim = rng.choices(names, weights)[0]
    if victim == "postmaster":
        await stage.kill_postgres()
    else:
        wanted = [n for n in stage.names if (n == "serve") == (victim == "serve")]
        name = rng.choice(wanted)
        if rng.random() < 0.9:
            await _worked(stage, name)
            await asyncio.sleep(rng.uniform(0, 2))
        while not await stage.kill(name):  # noqa: ASYNC110  # no event says a process runs
            await asyncio.sleep(0.05)
    await asyncio.sleep(rng.uniform(0.1, 1))


async def _worked(stage: Stage, name: str) -> None:
    """Wait until a child says that it works: most kills should meet a working one."""
    async with asyncio.timeout(PATIENCE):
        while name not in stage.children or not stage.children[name].ready():  # noqa: ASYNC110  # only its log says so
            await asyncio.sleep(0.1)


async def check(
    stage: Stage, promised: dict[str, documents.Extract], sink: HookSink, outcome: Outcome
) -> None:
    """Hold what is there against what was promised, and add to the outcome."""
    await _kept(stage, promised, outcome)
    await _reached(stage, promised, sink, outcome)
    await _ledger(stage, outcome)
    await _rest(stage, outcome)


async def _kept(stage: Stage, promised: dict[str, documents.Extract], outcome: Outcome) -> None:
    """Every promised file is one original submission, readable from the vault; it has a receipt."""
    rows = await stage.rows(
        "select digest, count(*) as n from submission where duplicate_of is null group by digest"
    )
    originals = {row["digest"]: row["n"] for row in rows}
    async with Hub(stage.settings) as hub:
        for digest, file in promised.items():
            if not originals.get(digest):
                outcome.lost += 1
                outcome.problems.append(f"{file.name} was promised and is no submission")
            try:
                same = sha256(await hub.vault.get(digest)).hexdigest() == digest
            except Trouble as trouble:
                same = False
                outcome.problems.append(f"{file.name}: {trouble.code}")
            outcome.lost += not same
        receipts = {f.name for f in await hub.inbox.files(documents.MCO, "receipts")}
    newest = sorted(promised.values(), key=lambda f: f.name)[-len(receipts) // 2 :]
    outcome.problems += [
        f"{f.name} has no receipt" for f in newest if f"{f.name}.receipt.json" not in receipts
    ]
    outcome.doubled += sum(n - 1 for n in originals.values())
    outcome.problems += [
        "a submission came from nowhere" for digest in originals if digest not in promised
    ]


async def _reached(
    stage: Stage, promised: dict[str, documents.Extract], sink: HookSink, outcome: Outcome
) -> None:
    """Every plan is with the practice once in effect, and every repeat was the same bytes."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for one in sink.taken:
        bodies[one.id].add(one.body)
    outcome.problems += [f"{i} went out with other bytes" for i, b in bodies.items() if len(b) > 1]
    rows = await stage.rows(
        "select s.digest, s.state as read, p.id as plan, p.state, p.reason, d.id as delivery,"
        " d.state as sent, r.digest as released"
        " from submission s left join plan p on p.submission = s.id"
        " left join delivery d on d.plan = p.id left join release r on r.id = d.release"
        " where s.duplicate_of is null"
    )
    outcome.problems += [
        f"{n} submissions stand {state}"
        for state, n in Counter(row["read"] for row in rows if row["read"] != "read").items()
    ]
    outcome.problems += [
        f"{n} plans stand {state}"
        for state, n in Counter(row["state"] for row in rows if row["state"] != "released").items()
    ]
    took: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        body = sink.effects.get(row["delivery"] or "")
        if body is None:
            continue
        took[row["digest"]].append(row["delivery"])
        file = promised.get(row["digest"])
        if file and (file.mark.encode() not in body or sha256(body).hexdigest() != row["released"]):
            outcome.problems.append(f"{row['delivery']} took another plan's bytes")
    missing = [file.name for digest, file in promised.items() if not took[digest]]
    outcome.lost += len(missing)
    outcome.problems += [f"{name} never reached the practice" for name in missing]
    outcome.doubled += sum(len(found) - 1 for found in took.values() if len(found) > 1)
    known = {row["delivery"] for row in rows}
    outcome.problems += [f"{i} is no delivery of ours" for i in sink.effects if i not in known]


async def _ledger(stage: Stage, outcome: Outcome) -> None:
    """Hold the ledger to its events, and every send to its event."""
    async with Hub(stage.settings) as hub:
        await hub.seal_ledger()
        verdict = await hub.verify_ledger()
    outcome.problems += [f"ledger entry {number}: {what}" for number, what in verdict.problems]
    if verdict.unsealed:
        outcome.problems.append(f"{verdict.unsealed} events are in no log")
    outcome.told["ledger entries"] = verdict.size
    rows = await stage.rows(
        "select count(*) as n from delivery d where d.state = 'sent' and not exists"
        " (select from event e where e.noun = d.id and e.kind = 'delivery.sending')"
    )
    if rows[0]["n"]:
        outcome.problems.append("a delivery was sent without its event")


async def _rest(stage: Stage, outcome: Outcome) -> None:
    """No row is stuck, no acceptance lacks its event, and no process or spooled file is left."""
    for table in ("submission", "plan", "delivery"):
        soon = "due < now() + interval '1 minute'"
        rows = await stage.rows(f"select count(*) as n from {table} where {soon}")  # noqa: S608  # literals of ours
        if rows[0]["n"]:
            outcome.problems.append(f"{rows[0]['n']} rows of {table} are still due")
    rows = await stage.rows(
        "select count(*) as n from submission s where not exists"
        " (select from event e where e.noun = s.id)"
    )
    if rows[0]["n"]:
        outcome.problems.append("a submission has no event")
    outcome.told["left in spool"] = len(list((stage.settings.home / "vault/spool").iterdir()))
    outcome.told["reader children"] = len(await asyncio.to_thread(_readers))
    said = stage.logs()
    outcome.told["tracebacks"] = said.count(b"Traceback")
    outcome.leaked += sum(said.count(word) for word in (b"Family0", b"dress without", b"extract-0"))
    kinds = Counter(re.findall(rb"^(?:\w+\.)+(\w+): ", said, re.MULTILINE))
    outcome.told |= {f"raised {kind.decode()}": count for kind, count in kinds.items()}


def _readers() -> list[str]:
    """Return the pids of reader children whose parent is gone."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            parent = (process / "stat").read_bytes().rpartition(b")")[2].split()[1]
        except OSError:
            continue
        if b"hub.sandbox.child" in words and parent == b"1":
            found.append(process.name)
    return found
