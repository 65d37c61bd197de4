"""The database of an installation: started, stopped, brought to this version's schema.

The commands and `hub.main.opening` call it. The embedded server is used where no address is set.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub.store import schema
from hub.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from hub.settings import Settings


def conninfo(settings: Settings) -> str:
    """Return the database's address, starting the embedded server when none is set."""
    if settings.database_url:
        return settings.database_url
    return _embedded(settings).ensure()


def stop_database(settings: Settings) -> None:
    """Stop the embedded server, if it is ours."""
    if not settings.database_url:
        _embedded(settings).stop()


def remove_database(home: Path) -> None:
    """Stop and remove the embedded server's data of a home that is given up."""
    EmbeddedPostgres(home / "postgres").remove()


def upgrade_database(settings: Settings) -> str:
    """Bring the database to this version's schema and return its revision."""
    return schema.upgrade(conninfo(settings))


def _embedded(settings: Settings) -> EmbeddedPostgres:
    binaries = Path(settings.pg_bin) if settings.pg_bin else None
    return EmbeddedPostgres(settings.home / "postgres", binaries=binaries)
