"""The composition root: the one room that knows which store, vault, clock, channels are real.

The command line opens a `Hub` and lets it `serve` or `work`. `OPERATOR` is whoever has the machine
and its keys.
"""

from hub.asked import Actor
from hub.main.database import conninfo, remove_database, stop_database, upgrade_database
from hub.main.examining import READERS, examine, read_documents, read_file
from hub.main.opening import Hub
from hub.store.mllp_peers import peer_name

OPERATOR = Actor("operator", "hub", "Operator", ("operations", "integration"))

__all__ = [
    "OPERATOR",
    "READERS",
    "Hub",
    "conninfo",
    "examine",
    "peer_name",
    "read_documents",
    "read_file",
    "remove_database",
    "stop_database",
    "upgrade_database",
]
