"""Connections to PostgreSQL under the hub's two roles, and the scope of one organisation.

`line()` is for the hub's own work (role `icp_line`: no update or delete on the ledger).
`organisation` is for anything somebody asks by web or SFTP: role `icp_org` under row-level
security. Nobody works as the login role itself.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

Connection = psycopg.AsyncConnection[dict[str, Any]]


class Database:
    """A pool of connections to one database."""

    def __init__(self, conninfo: str, *, size: int = 8) -> None:
        self.conninfo = conninfo
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            open=False,
            kwargs={"row_factory": dict_row, "autocommit": False},
            configure=_configured,
        )

    async def open(self) -> None:
        """Open the pool; `Trouble` when the server can't be reached in 30 s."""
        try:
            await self._pool.open(wait=True, timeout=30)
        except PoolTimeout:
            raise Trouble("transient", "database_down", "the database can't be reached") from None

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Connection]:
        """Give a transaction for the hub's own work; commits at the end, rolls back on an error."""
        with _reachable():
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[Connection]:
        """Give a connection on which each statement is a whole transaction of the hub's own work.

        It spares the round trips of `begin` and `commit`, which cost more than most statements.
        """
        with _reachable():
            async with self._pool.connection() as connection:
                await connection.set_autocommit(True)
                try:
                    yield connection
                finally:
                    if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                        await connection.set_autocommit(False)

    @asynccontextmanager
    async def organisation(self, organisation: str) -> AsyncIterator[Connection]:
        """Give a transaction that sees one organisation's rows only."""
        with _reachable():
            async with self._pool.connection() as connection:
                await connection.execute("set local role icp_org")
                await connection.execute(
                    "select set_config('icp.organisation', %s, true)", (organisation,)
                )
                yield connection

    async def listener(self) -> psycopg.AsyncConnection[Any]:
        """Open a connection of its own for LISTEN."""
        connection = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
        await connection.execute("listen icp_work")
        return connection


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn a lost server into `Trouble`; what a statement did wrong stays our own error."""
    try:
        yield
    except (PoolTimeout, psycopg.OperationalError):
        raise Trouble(
            "transient", "database_down", "the database can't be reached", retry_after=5.0
        ) from None


async def _configured(connection: Connection) -> None:
    await connection.execute("set role icp_line")
    await connection.execute("set timezone to 'UTC'")
    await connection.commit()
