"""What the bound adapters are, told by themselves: name, version, format, profile; none reads.

Bound as `adapters.workbench.cards:cards` with an `Ask` as its profile's text, for the status table
of adapters. An adapter that can't be loaded is told as such, and the others go on.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from adapters.workbench.binding import one
from hub.canonical import Finding, Reading
from hub.canonical.source import ENCLOSED, Ask, Card, Cards
from hub.canonical.wire import decode, frame

if TYPE_CHECKING:
    from hub.canonical import Document

_FORMATS = "adapters.formats."


class CardReader:
    """Takes any document and answers with the cards alone."""

    name = "cards"
    version = "1"

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def identify(self, document: Document) -> bool:  # noqa: ARG002  # it looks at none
        """Say that it takes every document."""
        return True

    def read(self, document: Document) -> Reading:  # noqa: ARG002  # the same
        """Return no plan, and the cards enclosed."""
        cards = tuple(_card(path, profile) for path, profile in self._ask.bindings)
        note = Finding("error", "cards_only", "nothing was read; ask for the cards only")
        return Reading(findings=(note,), enclosures={ENCLOSED: frame(Cards(cards))})


def cards(ask: str) -> CardReader:
    """Return the reader of cards for what the console asks, as JSON of an `Ask`."""
    return CardReader(decode(ask.encode(), Ask))


def _card(path: str, profile: str | None) -> Card:
    try:
        found = one(path, profile)
    except Exception as error:  # noqa: BLE001  # an adapter's import may raise anything
        return Card(path, broken=type(error).__name__)
    modules = (kind.__module__ for kind in type(found.adapter).__mro__)
    known = (name.removeprefix(_FORMATS) for name in modules if name.startswith(_FORMATS))
    digest = hashlib.sha256(found.profile.encode()).hexdigest()[:12] if found.profile else ""
    return Card(
        path,
        found.adapter.name,
        found.adapter.version,
        next(known, "own code").partition(".")[0],
        digest,
    )
