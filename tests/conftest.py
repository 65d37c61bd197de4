"""Fixtures every test may ask for: a database of its own on a real PostgreSQL.

The tests' folders lie in memory where there is room: hundreds of hubs make 256 folders each, and
wait for the disk with every file they keep.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from database import Databases, roomy

from hub.store.pool import Database
from hub.web import passwords

_MEMORY = roomy()
_OURS = "ICP_TESTS_FOLDER"
_MINE = False
if _MEMORY and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:  # some tests run what they put there
    _MINE = _OURS not in os.environ  # the processes of one session share the folder of the first
    if _MINE:
        os.environ[_OURS] = tempfile.mkdtemp(prefix="icp-tests-", dir=_MEMORY)
        Path(os.environ[_OURS]).chmod(0o711)
    tempfile.tempdir = os.environ["TMPDIR"] = os.environ[_OURS]


def pytest_unconfigure():
    """Remove the session's folder: what its hubs leave there is never met by a later session."""
    if _MINE:
        shutil.rmtree(os.environ.pop(_OURS), ignore_errors=True)


def pytest_collection_finish():
    """Keep twelve thousand collected tests out of every later look for garbage."""
    gc.freeze()


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
