"""The privacy officer's desk over one database: looking, emergencies, incidents as one value.

Implements `hub.officer.Officer`. `hub.main` makes it; pages reach it through that protocol.
"""

from __future__ import annotations

from hub.store.emergencies import Emergencies
from hub.store.incidents import Incidents


class PostgresOfficer(Emergencies, Incidents):
    """Everything the privacy officer's pages ask."""

    __slots__ = ()
