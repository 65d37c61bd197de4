"""Brings a database to the schema of this version, forward only, by Alembic.

`main.py` calls `upgrade` at `icp-hub db upgrade` and `check` before anything else is started. Two
nodes that upgrade at once are ordered by an advisory lock. Nothing here touches rows.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import Misconfigured

_LOCK = 7_304_118
_HERE = Path(__file__).parent / "migrations"


def _engine(conninfo: str) -> Engine:
    import psycopg  # noqa: PLC0415  # only this function needs the driver itself

    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """Return the newest revision this version of the hub knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(conninfo: str) -> str:
    """Return the revision a database has, or the empty string."""
    engine = _engine(conninfo)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    except SQLAlchemyError as error:
        raise Misconfigured(
            "ICP_HUB_DATABASE_URL", f"can't be reached ({type(error).__name__})"
        ) from None
    finally:
        engine.dispose()


def upgrade(conninfo: str, revision: str = "head") -> str:
    """Bring the database to `revision` and return the revision it has now."""
    engine = _engine(conninfo)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"select pg_advisory_lock({_LOCK})"))
            connection.commit()
            command.upgrade(_config(connection), revision)
            connection.execute(text(f"select pg_advisory_unlock({_LOCK})"))
            connection.commit()
    finally:
        engine.dispose()
    return current(conninfo)


def check(conninfo: str) -> None:
    """Refuse to start on a database of another version; say what to run."""
    have, want = current(conninfo), newest()
    if have != want:
        raise Misconfigured(
            "ICP_HUB_DATABASE_URL",
            f"has schema `{have or 'none'}`, this hub needs `{want}`: run `icp-hub db upgrade`",
        )
