"""The ledger finds what was removed, edited, reordered or cut, and says where."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from hub.audit import Event
from hub.store import events
from hub.store.sealing import Signer, seal_events, verify
from hub.vault.ledger_key import LedgerKey

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def ledger(database, tmp_path):
    """Give a database with ten sealed events in two heads, its key, and the heads kept outside."""
    key = LedgerKey(tmp_path)
    signer = Signer(key.key_id, key.sign)
    for part in (range(6), range(6, 10)):
        async with database.line() as connection:
            await events.add(
                connection, [Event("plan.read", f"pln_{i}", NOW, ("mco-a",)) for i in part]
            )
        key.keep(*await seal_events(database, signer, NOW))
    return database, key


async def _verdict(ledger):
    database, key = ledger
    return await verify(database, key.check, key.kept())


async def test_whole(ledger):
    """An untouched ledger verifies."""
    verdict = await _verdict(ledger)

    assert (verdict.size, verdict.sealed_heads, verdict.problems) == (10, 2, ())


@pytest.mark.parametrize(
    ("attack", "place"),
    [
        ("update event set actor = 'nobody' where noun = 'pln_3'", 3),
        ("update event set detail = '{\"a\": 1}' where noun = 'pln_7'", 7),
        ("delete from event where noun = 'pln_2'", 2),
        ("delete from leaf where event = (select id from event where noun = 'pln_4')", 4),
        ("update leaf set hash = '\\x00' where number = 5", 5),
        ("update tree_head set root = '\\x00', signature = '\\x00' where size = 6", 5),
        ("delete from leaf where number >= 8", 8),
        ("delete from tree_head where size = 10; delete from leaf where number >= 6", 6),
    ],
)
async def test_attacked(ledger, conninfo, attack, place):
    """What a database administrator changes shows at its number."""
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute(attack)
    verdict = await _verdict(ledger)

    assert place in {number for number, _ in verdict.problems}


@pytest.mark.parametrize(
    "statement",
    ["delete from event", "update event set actor = 'x'", "truncate event", "delete from leaf"],
)
async def test_own_role_cannot(ledger, statement):
    """The hub's own role can neither change nor delete what the ledger holds."""
    database, _ = ledger
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.line() as connection:
            await connection.execute(statement)


async def test_nothing_to_seal(ledger):
    """Sealing twice makes no second head."""
    database, key = ledger

    assert await seal_events(database, Signer(key.key_id, key.sign), NOW) is None


async def test_late_event_is_found_by_a_sweep(ledger):
    """An event far below the newest in the log is left to the sweep, which seals it."""
    database, key = ledger
    signer = Signer(key.key_id, key.sign)
    async with database.line() as connection:
        await connection.execute("reset role")
        await connection.execute(
            "insert into event overriding system value"
            " select 100000, kind, 'pln_far', at, organisations, actor, detail from event limit 1"
        )
        await connection.execute("set role icp_line")
    await seal_events(database, signer, NOW)
    async with database.line() as connection:
        await events.add(connection, [Event("plan.read", "pln_late", NOW, ("mco-a",))])
    common = await seal_events(database, signer, NOW, look_back=1000)
    swept = await seal_events(database, signer, NOW)

    assert (None, 12) == (common, swept and swept[0])
