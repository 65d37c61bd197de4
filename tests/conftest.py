"""Fixtures every test may ask for: a database of its own on a real PostgreSQL."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from database import Databases

from hub.store.pool import Database
from hub.web import passwords


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Hash the passwords of made-up people cheaply; who asks for it gets the real hasher."""
    with pytest.MonkeyPatch.context() as patch:
        real = passwords._HASHER  # noqa: SLF001  # made cheap for every test
        patch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
        yield real


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
