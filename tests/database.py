"""One embedded PostgreSQL for a test session, and a fresh copy of the hub's database for each test.

`tests/conftest.py` makes its fixtures of this. Each pytest process, also under xdist, has a server
of its own in a temporary folder; it is migrated once, and every test gets a clone of the result.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from hub.store.embedded import EmbeddedPostgres
from hub.store.schema import upgrade

TEMPLATE = "icp_template"
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
ROOM = 4 << 30
"""Bytes free in memory from which on test servers live there: a copy takes a tenth of the time."""


class Databases:
    """A server with a migrated template database."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="icp-test-", dir=roomy()))
        self._folder.chmod(0o755)
        self._server = EmbeddedPostgres(self._folder / "pg", durable=False)
        self._numbers = itertools.count(1)
        self._server.ensure()
        self._do("create database {} is_template true", TEMPLATE)
        upgrade(self._server.dsn(TEMPLATE))

    def fresh(self) -> tuple[str, str]:
        """Return (name, conninfo) of a new database like the template."""
        name = f"icp_test_{next(self._numbers)}"
        self._do("create database {} template {} strategy file_copy", name, TEMPLATE)
        return name, self._server.dsn(name)

    def drop(self, name: str) -> None:
        """Drop a database, cutting whoever is still connected."""
        self._do("drop database {} with (force)", name)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._server.stop()
        shutil.rmtree(self._folder)

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def roomy() -> Path | None:
    """Return the folder in memory, or None where there is none or it is small."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > ROOM else None
