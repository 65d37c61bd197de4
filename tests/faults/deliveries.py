"""Fault: thousands of deliveries over every channel, one in twenty met by a fault of some kind.

`python -m tests.faults deliveries --count 10000` runs it; `test_deliveries.py` a short form. The
hub is real: store, vault, readers, the worker's own loop. Beside the practices that misbehave now
and then one is down and one takes connections and never answers. In the end every delivery is
acknowledged by a person at the practice or on a named person's list, nothing arrived twice, and
each fault was taken for what it is.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from hub import pipeline
from hub.asked import Actor
from hub.store import direct_notices, watching
from tests.database import Databases
from tests.faults import documents
from tests.faults.expected import EXPECTED, LATE
from tests.faults.misbehaving import FAULTS
from tests.faults.outcome import Outcome, console
from tests.faults.street import ALWAYS, NO_GOOD, Practice, Street
from tests.simulator import STAFF, Play, play

PER_FILE = 50


class Ordeal:
    """So many deliveries from handing in to the end, and what became of each."""

    def __init__(self, stage: Play, street: Street, count: int, outcome: Outcome) -> None:
        self.stage, self.street, self.count, self.outcome = stage, street, count, outcome

    async def run(self) -> None:
        """Hand in, walk the line until nothing is due, take what arrived, and count."""
        began = time.monotonic()
        await self._hands_in()
        stop = asyncio.Event()
        line = asyncio.create_task(pipeline.run(self.stage.hub.engine(), pipeline.Bells(), stop))
        with console.status("delivering…") as status:
            while left := await self._left():
                status.update(f"{left} of {self.count} deliveries to go")
                await asyncio.sleep(0.5)
        stop.set()
        await line
        self.outcome.told["seconds to deliver"] = round(time.monotonic() - began)
        await self._notified()
        await self._acknowledges()
        await self._tells()
        await self._counts()
        await self._classes()

    async def _hands_in(self) -> None:
        weights = [1 if one.name in ALWAYS else 8 for one in self.street.practices]
        homes = random.Random(1).choices(  # noqa: S311  # who goes where, not a secret
            [one.id for one in self.street.practices], weights, k=self.count
        )
        people = [documents.member(n, pcmh) for n, pcmh in enumerate(homes)]
        await self.stage.hub.rosters.load_roster(
            STAFF, documents.MCO, "full", documents.roster(people)
        )
        for start in range(0, self.count, PER_FILE):
            content = extracts(people[start : start + PER_FILE], start)
            await self.stage.sends(documents.MCO, content, f"extract-{start:07}.csv")

    async def _left(self) -> int:
        (row,) = await self.stage.rows(
            "select (select count(*) from submission where due is not null)"
            " + (select count(*) from plan where due <= now())"
            " + (select count(*) from delivery where due is not null) as left"
        )
        return row["left"]

    async def _notified(self) -> None:
        """Let Direct's notifications take effect, and hold each delivery's transport against them.

        What the gateway has, it notified; all that says otherwise was forged.
        """
        (direct,) = (one for one in self.street.practices if one.name == "direct")
        await direct.receiver.quiet()
        while await direct_notices.settle(self.stage.hub.database, datetime.now(UTC)):
            continue
        rows = await self.stage.rows(
            "select id, state, transport, code from delivery where pcmh = %s", direct.id
        )
        sent = [row for row in rows if row["state"] == "sent"]
        unheard = sum(row["code"] != "direct_processed" for row in sent)
        fooled = sum(row["code"] == "direct_failed" for row in rows)
        self.outcome.told |= {"notified": len(sent) - unheard, "forgeries believed": fooled}
        self.outcome.lost += unheard
        if fooled or unheard:
            self.outcome.problems.append(f"direct: {fooled} forged, {unheard} not confirmed")
        answers = set(direct.receiver.refused)
        if answers - {250, 554}:
            self.outcome.problems.append(f"direct: forgeries were answered {answers}")

    async def _acknowledges(self) -> None:
        """Let a nurse of each practice take everything that arrived."""
        taken = await self.stage.rows("select id, pcmh from delivery where state = 'sent'")
        for start in range(0, len(taken), 500):
            await asyncio.gather(
                *(
                    self.stage.hub.reception.acknowledge(
                        Actor("act_nurse", row["pcmh"], "Nadia Brandt RN", ("pcmh",)),
                        *(row["id"], "Nadia Brandt RN"),
                    )
                    for row in taken[start : start + 500]
                )
            )

    async def _tells(self) -> None:
        """Let the clocks run until everybody is told."""
        now = datetime.now(UTC) + timedelta(minutes=5)
        while await watching.tick(self.stage.hub.database, now, self.stage.hub.usual):
            continue

    async def _counts(self) -> None:
        rows = await self.stage.rows(
            "select d.id, d.pcmh, d.state, d.owner, r.digest,"
            " extract(epoch from d.sent_at - min(d.made_at) over ())::float as sent,"
            " extract(epoch from (select max(a.at) from attempt a where a.delivery = d.id)"
            "   - min(d.made_at) over ())::float as tried,"
            " exists (select from nudge n join contact c on c.id = n.contact"
            "   where n.delivery = d.id and c.id = d.owner) as told"
            " from delivery d join release r on r.id = d.release"
        )
        ended = Counter(row["state"] for row in rows)
        self.outcome.told |= {"acknowledged": ended["acknowledged"]}
        self.outcome.told |= {"on a person's list": ended["undeliverable"]}
        self.outcome.lost += self.count - ended["acknowledged"] - ended["undeliverable"]
        unowned = [row for row in rows if row["state"] == "undeliverable" and not row["told"]]
        self.outcome.told["told to nobody"] = len(unowned)
        self.outcome.lost += len(unowned)
        for one in self.street.practices:
            mine = [row for row in rows if row["pcmh"] == one.id]
            if one.receiver is not None and one.name != "dead":
                self._arrived(one, mine)
        healthy = [row["sent"] for row in rows if row["pcmh"] == "pcmh-mailbox"]
        dead = [row["tried"] for row in rows if row["pcmh"] in {"pcmh-dead", "pcmh-down"}]
        self.outcome.told["last of a healthy practice sent after, s"] = round(max(healthy))
        self.outcome.told["last of a dead one given up after, s"] = round(max(dead, default=0))

    def _arrived(self, practice: Practice, rows: list[dict]) -> None:
        """Hold what a practice has against what the hub says it took."""
        kept = practice.receiver.kept
        if practice.kind in {"webhook", "mllp", "sftp"}:
            digests = Counter(sha256(one).hexdigest() for copies in kept.values() for one in copies)
            self.outcome.doubled += sum(count > 1 for count in digests.values())
            arrived = {row["id"] for row in rows if row["digest"] in digests}
        else:
            arrived = {row["id"] for row in rows} & set(kept)
        self.outcome.doubled += sum(len(copies) > 1 for copies in kept.values())
        gone = [r for r in rows if r["state"] == "acknowledged" and r["id"] not in arrived]
        if gone:
            self.outcome.lost += len(gone)
            self.outcome.problems.append(f"{practice.name}: {len(gone)} taken that never arrived")

    async def _classes(self) -> None:
        """Hold each fault against what the hub took it for."""
        rows = await self.stage.rows(
            "select d.id, d.pcmh, e.detail from event e join delivery d on d.id = e.noun"
            " where e.kind in ('delivery.retry', 'delivery.undeliverable')"
        )
        met: dict[str, set[str]] = {}
        wrong = await self._no_good()
        for row in rows:
            met.setdefault(row["id"], set()).add(_said(row["detail"]))
        for one in self.street.practices:
            expected = EXPECTED.get(one.kind, {})
            known = set().union(*expected.values()) if expected else set()
            known |= LATE | ({"transient not_reached"} if one.name == "down" else set())
            for row in rows:
                if row["pcmh"] == one.id and _said(row["detail"]) not in known:
                    wrong += 1
                    self.outcome.problems.append(f"{one.name}: taken for {_said(row['detail'])}")
            for delivery, fault in one.chaos.done:
                fits = expected[fault] and expected[fault] | LATE
                if delivery and fits and not fits & met.get(delivery, set()):
                    wrong += 1
                    self.outcome.problems.append(f"{one.name}: {fault} was not noticed")
        made = Counter(fault for pcmh, (fault, _) in NO_GOOD.items() for _ in self.no_good[pcmh])
        made.update(fault for one in self.street.practices for _, fault in one.chaos.done)
        self.outcome.told |= {"faults made": sum(made.values()), "wrong class": wrong}
        self.outcome.told |= {name: made[name] for name in FAULTS}

    async def _no_good(self) -> int:
        """Count deliveries for certificates that are no good, and those not taken for that."""
        rows = await self.stage.rows(
            "select pcmh, state, code from delivery where pcmh = any(%s)",
            [f"pcmh-{name}" for name in NO_GOOD],
        )
        self.no_good = {name: [r for r in rows if r["pcmh"] == f"pcmh-{name}"] for name in NO_GOOD}
        known = {name: ("undeliverable", said.split()[1]) for name, (_, said) in NO_GOOD.items()}
        wrong = [
            name
            for name, mine in self.no_good.items()
            for row in mine
            if (row["state"], row["code"]) != known[name]
        ]
        self.outcome.problems += [f"{one}: not taken for its certificate" for one in wrong]
        return len(wrong)


def extracts(people: list[documents.Member], start: int) -> bytes:
    """Return one file with a plan of each person, numbered from `start`."""
    files = [documents.extract(who, number).content for number, who in enumerate(people, start)]
    head = files[0].partition(b"\r\n")[0] + b"\r\n"
    return head + b"".join(one.partition(b"\r\n")[2] for one in files)


def _said(detail: dict) -> str:
    return f"{detail['kind']} {detail['code']}"


async def ordeal(conninfo: str, folder: Path, count: int, seed: int, rate: float = 0.05) -> Outcome:
    """Run so many deliveries over a database; return what they came to."""
    outcome = Outcome("deliveries", count, seed)
    rng = random.Random(seed)  # noqa: S311  # chooses faults, not secrets
    changes = {"roster_max_drop": 1.0, "retry_seconds": 0.2, "max_attempts": 4}
    async with Street(folder, rng, rate) as street, play(conninfo, folder, **changes) as stage:
        await street.join(stage)
        await Ordeal(stage, street, count, outcome).run()
    return outcome


async def run(runs: int, seed: int) -> Outcome:
    """Run so many deliveries over a database of its own."""
    databases = Databases()
    try:
        _, conninfo = databases.fresh()
        with tempfile.TemporaryDirectory() as folder:
            return await ordeal(conninfo, Path(folder), runs, seed)
    finally:
        databases.stop()
