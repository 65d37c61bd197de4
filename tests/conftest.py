"""Fixtures every test may ask for: a database of its own on a real PostgreSQL."""

from __future__ import annotations

import pytest
from database import Databases

from hub.store.pool import Database


@pytest.fixture(scope="session")
def databases():
    """Start one PostgreSQL for this session."""
    server = Databases()
    yield server
    server.stop()


@pytest.fixture
def conninfo(databases):
    """Give a fresh database with the hub's newest schema."""
    name, dsn = databases.fresh()
    yield dsn
    databases.drop(name)


@pytest.fixture
async def database(conninfo):
    """Give an open pool over a fresh database."""
    pool = Database(conninfo)
    await pool.open()
    yield pool
    await pool.close()
