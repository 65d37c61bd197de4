"""The schema goes forward from nothing and from the version before, and never starts on another."""

from __future__ import annotations

import psycopg
import pytest

from hub.errors import Misconfigured
from hub.store import schema


@pytest.fixture
def empty(databases):
    """Give an empty database."""
    name = "icp_empty"
    databases._do("create database {}", name)  # noqa: SLF001  # the fixture's own server
    yield databases._server.dsn(name)  # noqa: SLF001  # the fixture's own server
    databases.drop(name)


def test_from_nothing(empty):
    """An empty database is brought to the newest revision."""
    assert schema.upgrade(empty) == schema.newest()


@pytest.mark.parametrize("before", [f"{number:04}" for number in range(1, 12)])
def test_from_before(empty, before):
    """A database of a version before goes forward and keeps its rows."""
    schema.upgrade(empty, before)
    with psycopg.connect(empty) as connection:
        connection.execute("insert into organisation (id, kind, name) values ('x', 'mco', 'X')")
    schema.upgrade(empty)
    with psycopg.connect(empty) as connection:
        kept = connection.execute("select name from organisation where id = 'x'").fetchone()

    assert kept == ("X",)
    assert schema.current(empty) == schema.newest()


def test_twice(empty):
    """Upgrading what is newest changes nothing."""
    schema.upgrade(empty)

    assert schema.upgrade(empty) == schema.newest()


def test_refused(empty):
    """A database of another version is refused, and the command to run is named."""
    with pytest.raises(Misconfigured, match="icp-hub db upgrade"):
        schema.check(empty)
