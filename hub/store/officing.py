"""The privacy officer's desk over one database: plans, emergencies, incidents, requests.

Implements `hub.officer.Officer`. `hub.main` makes it; pages reach it through that protocol.
"""

from __future__ import annotations

from hub.store.emergencies import Emergencies
from hub.store.incidents import Incidents
from hub.store.overseeing import Oversees


class PostgresOfficer(Emergencies, Incidents, Oversees):
    """Everything the privacy officer's pages ask."""

    __slots__ = ()
