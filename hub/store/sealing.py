"""The ledger's sealer: appends events to the Merkle log and signs its head; and the verifier.

A tick calls `Sealer.seal`; one appender at a time holds the lock, so numbers have no gaps and no
entry has two successors. Heads are signed by a function `main.py` gives, and handed back so that
they can also be kept outside this database. `verify` needs nothing but rows and a public key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub import ledger
from hub.audit import event_bytes
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.ports import Clock
    from hub.store.pool import Connection, Database

BATCH = 2000
LOOK_BACK = 20_000
"""How far below the log's newest event late ones are looked for in a common pass."""
EVERYTHING = 2**62
SWEEP_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs tree heads: `sign(message) -> signature`, under the key named `key_id`."""

    key_id: str
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found: entries checked, and each problem as (leaf number, what)."""

    size: int
    sealed_heads: int
    unsealed: int
    problems: tuple[tuple[int, str], ...]


async def seal_events(
    database: Database, signer: Signer, now: datetime, *, look_back: int = EVERYTHING
) -> tuple[int, bytes, bytes] | None:
    """Append up to a batch of events; return the new head (size, root, signature), or None.

    `look_back`: how many ids below the log's newest event an unsealed one is still looked for.
    """
    async with database.line() as connection:
        waiting = await events.unsealed(connection, BATCH, look_back)
        if not waiting:
            return None
        frontier = await _frontier(connection)
        hashes = [ledger.leaf_hash(data) for _, data in waiting]
        leaves = [
            (frontier.size + i, event, leaf)
            for i, ((event, _), leaf) in enumerate(zip(waiting, hashes, strict=True))
        ]
        await events.seal(connection, leaves)
        frontier = ledger.append(frontier, hashes)
        root = frontier.root()
        signature = signer.sign(ledger.head_message(frontier.size, root, now))
        await connection.execute(
            "insert into tree_head (size, root, at, signature, key_id, frontier)"
            " values (%s, %s, %s, %s, %s, %s)",
            (frontier.size, root, now, signature, signer.key_id, b"".join(frontier.peaks)),
        )
    return frontier.size, root, signature


class Sealer:
    """Seals what is new at each call, and looks through everything at the first and now and then.

    `keep(size, root, signature)` keeps each new head outside the database.
    """

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Clock,
        keep: Callable[[int, bytes, bytes], None],
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._keep = keep
        self._sweep_due = 0.0
        self._size = -BATCH

    async def seal(self) -> None:
        """Append all waiting events to the log."""
        sweep = time.monotonic() >= self._sweep_due
        look_back = EVERYTHING if sweep else LOOK_BACK
        full = True
        while full:
            head = await seal_events(
                self._database, self._signer, self._clock.now(), look_back=look_back
            )
            if head is None:
                break
            self._keep(*head)
            full, self._size = head[0] - self._size >= BATCH, head[0]
        if sweep:
            self._sweep_due = time.monotonic() + SWEEP_SECONDS


async def _frontier(connection: Connection) -> ledger.Frontier:
    cursor = await connection.execute(
        "select size, frontier from tree_head order by size desc limit 1"
    )
    row = await cursor.fetchone()
    if row is None:
        return ledger.Frontier()
    data = bytes(row["frontier"])
    peaks = tuple(data[i : i + 32] for i in range(0, len(data), 32))
    return ledger.Frontier(row["size"], peaks)


async def verify(
    database: Database,
    check: Callable[[str, bytes, bytes], bool],
    heads_kept: Sequence[tuple[int, bytes]] = (),
) -> Verdict:
    """Check the whole log: every leaf against its event, every head against the leaves.

    `check(key_id, message, signature)` verifies a signature; `heads_kept` are (size, root) kept
    outside the database. Problems name the leaf number at which they show.
    """
    async with database.line() as connection:
        cursor = await connection.execute(
            "select l.number, l.hash, e.* from leaf l left join event e on e.id = l.event"
            " order by l.number"
        )
        rows = await cursor.fetchall()
        cursor = await connection.execute("select * from tree_head order by size")
        heads = await cursor.fetchall()
        cursor = await connection.execute(
            "select count(*) as n from event e left join leaf l on l.event = e.id"
            " where l.event is null"
        )
        unsealed = (await cursor.fetchall())[0]["n"]
    problems = _leaf_problems(rows)
    problems += _head_problems(rows, heads, check, heads_kept)
    return Verdict(len(rows), len(heads), unsealed, tuple(problems))


def _leaf_problems(rows: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    problems = []
    for expected, row in enumerate(rows):
        if row["number"] != expected:
            problems.append((expected, "a leaf is missing before this number"))
            break
        if row["kind"] is None:
            problems.append((expected, "its event was removed"))
        elif ledger.leaf_hash(event_bytes(row["id"], events.as_event(row))) != bytes(row["hash"]):
            problems.append((expected, "its event was changed"))
    return problems


def _head_problems(
    rows: Sequence[dict[str, Any]],
    heads: Sequence[dict[str, Any]],
    check: Callable[[str, bytes, bytes], bool],
    kept: Sequence[tuple[int, bytes]],
) -> list[tuple[int, str]]:
    """Grow the tree once from the leaves and compare every head at its size."""
    problems = []
    outside = dict(kept)
    frontier = ledger.Frontier()
    hashes = [bytes(row["hash"]) for row in rows]
    known = {head["size"]: head for head in heads}
    for size in sorted(set(known) | set(outside)):
        if size > len(hashes):
            problems.append((len(hashes), "the log was cut: a head names more entries"))
            break
        frontier = ledger.append(frontier, hashes[frontier.size : size])
        root = frontier.root()
        head = known.get(size)
        if head is not None:
            message = ledger.head_message(size, root, head["at"])
            if not check(head["key_id"], message, bytes(head["signature"])):
                problems.append((size - 1, "a signed head does not fit the entries before it"))
        if outside.get(size, root) != root:
            problems.append((size - 1, "a head kept outside does not fit the entries"))
    return problems
