"""Fault: whatever opens or ends a consent, queueing, sending, downloads, in every order at once.

Each run is one member's history: tasks over the real store, with seeded pauses between their steps,
two nodes that may die between `sending` and its outcome. Afterwards the events of each member are
replayed in the order in which they were committed: nothing may leave that no consent then covered,
or that a restriction then forbade; and every stop must say why.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from consent.records import Consent, Expiry, Parties
from hub import pipeline
from hub.asked import Actor
from hub.errors import Refused, Trouble
from hub.ids import new_id
from hub.ports import Proof
from hub.release import permitted
from tests.database import Databases
from tests.faults import documents
from tests.faults.outcome import Outcome, console
from tests.simulator import STAFF, Play, play

if TYPE_CHECKING:
    from consent.terms import Kind
    from hub.pipeline import Engine

AT_ONCE = 8
SLACK = timedelta(seconds=1)
HERE = Parties(organisations=frozenset({documents.PCMH}), classes=frozenset({"treating_provider"}))
ELSEWHERE = Parties(organisations=frozenset({"another-practice"}))
NURSE = Actor("act_nurse", documents.PCMH, "Nadia Brandt RN", ("pcmh",))


class Recorder:
    """A channel that keeps the order of what it was given, and now and then fails."""

    def __init__(self, rng: random.Random) -> None:
        self.sent: list[str] = []
        self._rng = rng

    async def send(self, parcel, _endpoint) -> Proof:
        """Take a parcel; one in six is taken without an answer."""
        await asyncio.sleep(self._rng.uniform(0, 0.01))
        self.sent.append(parcel.delivery)
        if self._rng.random() < 0.17:
            raise Trouble("ambiguous", "no_answer", "the practice gave no answer")
        return Proof("confirmed", "taken")


class Race:
    """Many members' histories over one open hub."""

    def __init__(self, stage: Play, rng: random.Random) -> None:
        self.stage = stage
        self.rng = rng
        self.recorder = Recorder(rng)
        stage.hub.channels["mailbox"] = self.recorder
        self.engines = [stage.hub.engine(), stage.hub.engine()]
        self.deeds: Counter[str] = Counter()
        self.deadlocks = 0
        self._number = 0

    async def run(self, runs: int) -> None:
        """Play `runs` histories, some at a time, then let everything come to rest."""
        people = [documents.member(number) for number in range(AT_ONCE)]
        ids = [await self.stage.member(documents.MCO, who.member_id) for who in people]
        with console.status("racing…") as status:
            for start in range(0, runs, AT_ONCE):
                histories = list(zip(people, ids, strict=True))[: runs - start]
                over = asyncio.Event()
                async with asyncio.TaskGroup() as nodes:
                    for engine in self.engines:
                        nodes.create_task(self._node(engine, over))
                    await asyncio.gather(*(self._history(*one) for one in histories))
                    over.set()
                status.update(f"{start + len(histories)} of {runs} histories")
        await self._expire_leases()
        await self.stage.runs()

    async def _history(self, who: documents.Member, member: str) -> None:
        """Let one member's sender, privacy officer and practice act at the same time."""
        await self._pause(0.02)
        deeds = [self._uploads(who), self._consents(member), self._downloads(member)]
        deeds += [self._consents(member)] if self.rng.random() < 0.5 else []
        await asyncio.gather(*deeds)

    async def _uploads(self, who: documents.Member) -> None:
        for _ in range(self.rng.randint(1, 2)):
            self._number += 1
            file = documents.extract(who, self._number, int(who.member_id))
            await self.stage.sends(documents.MCO, file.content, file.name)
            await self._pause(0.15)

    async def _consents(self, member: str) -> None:
        for _ in range(self.rng.randint(1, 3)):
            given = await self._grants(member)
            if self.rng.random() < 0.8:
                await self._queued(member)
            await self._pause(0.03)
            await self._ends(member, given)
            await self._pause(0.05)
        for row in await self.stage.rows(
            "select id from consent where member = %s and revoked_at is null", member
        ):
            await self._revokes(row["id"])

    async def _ends(self, member: str, given: str) -> None:
        """End a grant in one of the ways there are, or leave it; a restriction shuts them all."""
        ways = ("revoked", "revoked", "superseded", "happened", "restricted", "")
        way = self.rng.choice(ways)
        if way == "revoked":
            await self._revokes(given)
        elif way == "restricted":
            await self._grants(member, kind="restriction")
        elif way:
            with self._counted():
                try:
                    if way == "superseded":
                        narrow = self._form(member, "tpo", Expiry(never=True), to=ELSEWHERE)
                        await self.stage.hub.registry.supersede(STAFF, given, narrow)
                    else:
                        now = datetime.now(UTC)
                        await self.stage.hub.registry.happened(STAFF, given, now)
                    self.deeds[way] += 1
                except Refused:  # it ends by no event, or somebody was first
                    self.deeds[f"not {way}"] += 1

    async def _revokes(self, consent: str) -> None:
        with self._counted():
            try:
                await self.stage.revokes(consent)
                self.deeds["revoked"] += 1
            except Refused:  # the other privacy officer was first
                self.deeds["revoked before"] += 1

    async def _queued(self, member: str) -> None:
        """Wait a while for something of the member to be on its way: that is where races are."""
        for _ in range(40):
            rows = await self.stage.rows(
                "select 1 from delivery where member = %s and state in ('queued', 'sending')",
                member,
            )
            if rows:
                return
            await asyncio.sleep(0.02)

    async def _grants(self, member: str, kind: Kind = "tpo") -> str:
        until = datetime.now(UTC) + timedelta(seconds=self.rng.uniform(0.01, 0.3))
        ends = {"briefly": Expiry(at=until), "to an event": Expiry(event="discharge")}
        how = self.rng.choice(("", "", "briefly", "to an event")) if kind == "tpo" else ""
        consent = self._form(member, kind, ends.get(how, Expiry(never=True)), to=HERE)
        with self._counted():
            assert await self.stage.hub.registry.grant(STAFF, consent) == ()
        self.deeds[f"{kind} granted {how}".strip()] += 1
        return consent.id

    def _form(self, member: str, kind: Kind, expires: Expiry, to: Parties) -> Consent:
        return Consent(
            id=new_id("con"),
            member=member,
            kind=kind,
            disclosers=Parties(organisations=frozenset({documents.MCO})),
            recipients=to,
            purposes=frozenset({"TREAT", "HPAYMT", "HOPERAT"}),
            categories=frozenset({"general", "sud", "mental_health"}),
            signed_on=datetime.now(UTC).date() - timedelta(days=1),  # a day there, too
            signed_by="the member",
            proven=True,
            expires=expires,
            statements=frozenset(
                {"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"}
            ),
            recorded_at=datetime.now(UTC),
            recorded_by=STAFF.id,
        )

    async def _downloads(self, member: str) -> None:
        for _ in range(4):
            await self._pause(0.1)
            rows = await self.stage.rows("select id from delivery where member = %s", member)
            if not rows:
                continue
            try:
                await self.stage.hub.reception.content(NURSE, self.rng.choice(rows)["id"])
                self.deeds["downloaded"] += 1
            except Refused:
                self.deeds["download refused"] += 1

    async def _node(self, engine: Engine, over: asyncio.Event) -> None:
        """Walk the line as a worker does; now and then die between `sending` and its outcome."""
        while not over.is_set():
            if self.rng.random() < 0.35:
                with self._counted():
                    await self._dies(engine)
                    await self._expire_leases()
            for step in (pipeline.read_batch, pipeline.walk_batch, pipeline.deliver_batch):
                with self._counted():
                    await step(engine, self.rng.choice((1, 4, 64)))
            await self._pause(0.02)

    @contextmanager
    def _counted(self):
        """Count deadlocks instead of ending the race: each is a problem of its own."""
        try:
            yield
        except psycopg.errors.DeadlockDetected:
            self.deadlocks += 1
        except Trouble as trouble:
            if trouble.kind != "transient":
                raise
            self.deadlocks += 1

    async def _dies(self, engine: Engine) -> None:
        lost = await engine.line.begin_sending(2, permitted(engine.clock.now), engine.clock.now())
        self.deeds["died while sending"] += len(lost)
        if lost and self.rng.random() < 0.5:  # it had reached the practice already
            self.recorder.sent.extend(one.id for one in lost)

    async def _expire_leases(self) -> None:
        """Let the leases of the dead run out now; for the living this is a stall past them."""
        await self.stage.rows(
            "update delivery set lease_until = now() - interval '1 s', due = now()"
            " where due is not null returning 1"
        )

    async def _pause(self, most: float) -> None:
        await asyncio.sleep(self.rng.uniform(0, most))


_ENDED = {"consent.revoked", "consent.superseded", "consent.ended"}
_EGRESS = {"delivery.sending", "delivery.downloaded", "plan.viewed", "delivery.listed"}
_HISTORY = """
select e.id, e.kind, e.noun, e.at, coalesce(d.member, c.member) as member, c.record
from event e left join delivery d on d.id = e.noun left join consent c on c.id = e.noun
where coalesce(d.member, c.member) is not null order by e.id
"""


async def uncovered(stage: Play) -> list[str]:
    """Replay every member's events in commit order; return what left without a consent.

    Both sides write their events under the lock on the member's consent head, so their numbers are
    in the order of commit: revocations are held to that order alone. Ends by the clock are held to
    the event's instant; a download's is taken a moment after its decision, hence `SLACK`.
    """
    members: dict[str, _Standing] = defaultdict(_Standing)
    found = []
    for row in await stage.rows(_HISTORY):
        known = members[row["member"]]
        if row["kind"] == "consent.granted":
            known.granted(row["noun"], row["record"])
        elif row["kind"] in _ENDED:
            known.ended(row["noun"])
        elif row["kind"] in _EGRESS:
            slack = timedelta() if row["kind"] == "delivery.sending" else SLACK
            why = known.forbids(row["at"] - slack)
            found += [f"{row['kind']} of {row['noun']} {why}"] if why else []
    return found


class _Standing:
    """What stands of one member's forms while their events are replayed."""

    def __init__(self) -> None:
        self.grants: dict[str, datetime | None] = {}
        self.shut: set[str] = set()

    def granted(self, consent: str, record) -> None:
        """Take a form down: when it ends by the clock, if it is for the practice at all."""
        if record["kind"] == "restriction":
            self.shut.add(consent)
        elif documents.PCMH in record["recipients"]["organisations"]:
            until = record["expires"]["at"]
            self.grants[consent] = datetime.fromisoformat(until) if until else None

    def ended(self, consent: str) -> None:
        """Strike a form out."""
        self.grants.pop(consent, None)
        self.shut.discard(consent)

    def forbids(self, at: datetime) -> str:
        """Return why nothing may leave at an instant, or nothing."""
        if self.shut:
            return "was forbidden by a restriction"
        if any(until is None or at < until for until in self.grants.values()):
            return ""
        ends = f"{len(self.grants)} ended by the clock" if self.grants else "all were revoked"
        return f"was covered by no consent: {ends}"


async def unexplained(stage: Play) -> list[str]:
    """Return stopped deliveries whose last event doesn't say why they stopped."""
    rows = await stage.rows(
        "select d.id, d.code, e.detail ->> 'because' as told from delivery d left join event e"
        " on e.noun = d.id and e.kind = 'delivery.stopped' where d.state = 'stopped'"
    )
    known = {"consent_changed", "recipient_closed", "labels_changed"}
    return [
        f"{row['id']} stopped and nobody is told why"
        for row in rows
        if row["code"] not in known or row["told"] != row["code"]
    ]


async def unannounced(stage: Play, sent: list[str]) -> list[str]:
    """Return what reached the channel more often than it was made `sending`."""
    rows = await stage.rows(
        "select noun, count(*) as n from event where kind = 'delivery.sending' group by noun"
    )
    told = {row["noun"]: row["n"] for row in rows}
    return [f"{i} was sent unannounced" for i, n in Counter(sent).items() if n > told.get(i, 0)]


async def backwards(stage: Play, sent: list[str]) -> list[str]:
    """Return deliveries whose first arrival came after that of a newer version."""
    rows = await stage.rows(
        "select d.id, p.chain, p.version from delivery d join plan p on p.id = d.plan"
    )
    known = {row["id"]: row for row in rows}
    newest: dict[str, int] = {}
    found = []
    for delivery in dict.fromkeys(sent):
        row = known[delivery]
        if row["version"] < newest.get(row["chain"], 0):
            found.append(f"{delivery} arrived after a newer version")
        newest[row["chain"]] = max(row["version"], newest.get(row["chain"], 0))
    return found


@asynccontextmanager
async def arena(conninfo: str, folder: Path):
    """Open a hub whose sender is a Part 2 program: nothing of it leaves without a consent."""
    async with play(conninfo, folder, roster_max_drop=1.0, retry_seconds=0.05) as stage:
        await stage.rows(
            "update organisation set part2_source = 'program' where id = %s returning 1",
            documents.MCO,
        )
        people = [documents.member(number) for number in range(AT_ONCE)]
        await stage.hub.rosters.load_roster(STAFF, documents.MCO, "full", documents.roster(people))
        yield stage


async def run(runs: int, seed: int) -> Outcome:
    """Play `runs` histories over a database of its own."""
    databases = Databases()
    try:
        _, conninfo = databases.fresh()
        with tempfile.TemporaryDirectory() as folder:
            async with arena(conninfo, Path(folder)) as stage:
                race = Race(stage, random.Random(seed))  # noqa: S311  # a repeatable order, no secret
                await race.run(runs)
                return await told(race, runs, seed)
    finally:
        databases.stop()


async def told(race: Race, runs: int, seed: int) -> Outcome:
    """Return what the race came to."""
    leaks = await uncovered(race.stage)
    problems = await unannounced(race.stage, race.recorder.sent)
    problems += await backwards(race.stage, race.recorder.sent)
    problems += await unexplained(race.stage)
    if race.deadlocks:
        problems.append(f"{race.deadlocks} transactions ended in a deadlock")
    outcome = Outcome("consent", runs, seed, leaked=len(leaks), problems=leaks + problems)
    states = Counter(await race.stage.states("delivery"))
    outcome.told = {**race.deeds, "sends": len(race.recorder.sent)}
    outcome.told |= {f"{state} deliveries": count for state, count in sorted(states.items())}
    return outcome
