"""Requests over one database: made, shown, answered, with their documents, as one value.

Implements `hub.requests.nouns.Requests`. `hub.main` makes it; pages and API reach it through that
protocol.
"""

from __future__ import annotations

from hub.store.requests.asking import Asks
from hub.store.requests.documents import Documents
from hub.store.requests.opening import Makes
from hub.store.requests.reaching import Confirms
from hub.store.requests.stepping import Steps


class PostgresRequests(Makes, Steps, Documents, Asks, Confirms):
    """Everything pages and API ask about requests."""

    __slots__ = ()
