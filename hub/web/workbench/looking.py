"""Reads a sample in the sandbox with a sender's adapters, and takes what the workbench laid out.

`hub.web.pages.workbench` calls `looked`. The web process parses nothing of a document: it decodes
the child's answer into typed values or says that there is none.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from hub.canonical import Document, Reading
from hub.canonical.source import ENCLOSED, Ask, Bench, Card, Cards, Source
from hub.canonical.wire import encode
from hub.ports import Binding
from hub.web.workbench.samples import Looked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.ports import Reader

GENERIC = tuple(
    Binding(f"adapters.formats.{form}:ADAPTER")
    for form in ("ccda", "hl7v2", "tabular", "pdf", "office")
)
"""The formats' own readers, for a sample of no sender; found by name, never imported."""
_BENCH = "adapters.workbench:bench"
_DECODER = msgspec.msgpack.Decoder(Bench)
_CARDS = "adapters.workbench.cards:cards"
_CARD_DECODER = msgspec.msgpack.Decoder(Cards)


async def looked(
    reader: Reader,
    bindings: Sequence[Binding],
    document: tuple[bytes, str, str],
    on: str = "",
    tried: str = "",
) -> Looked:
    """Return how a document (content, name, sender) reads.

    `tried` is a profile to read with in place of that of the adapter at `on`.
    """
    content, name, sender = document
    ask = Ask(tuple((one.adapter, one.profile) for one in bindings), on, tried)
    digest = hashlib.sha256(content).hexdigest()
    started = time.monotonic()
    _, reading = await reader.read(
        (Binding(_BENCH, encode(ask).decode()),), Document(content, name, "", digest, sender)
    )
    seconds = time.monotonic() - started
    return Looked(replace(reading, enclosures={}), _bench(reading), seconds)


def _bench(reading: Reading) -> Bench:
    """Return what was laid out; an empty source where the child could not do it."""
    try:
        found = _DECODER.decode(reading.enclosures.get(ENCLOSED, b""))
    except (msgspec.DecodeError, ValueError):
        found = Bench(Source())
    if len(found.links) == len(reading.plans):
        return found
    return msgspec.structs.replace(found, links=tuple({} for _ in reading.plans))


async def cards(reader: Reader, bindings: Sequence[Binding]) -> tuple[Card, ...]:
    """Return what each of the bound adapters tells of itself; unknown where none could be asked."""
    ask = Ask(tuple((one.adapter, one.profile) for one in bindings))
    asked = Binding(_CARDS, encode(ask).decode())
    _, reading = await reader.read((asked,), Document(b"cards", "", "", ""))
    try:
        found = _CARD_DECODER.decode(reading.enclosures.get(ENCLOSED, b"")).cards
    except (msgspec.DecodeError, ValueError):
        found = ()
    if len(found) == len(bindings):
        return found
    return tuple(Card(one.adapter, broken="unknown") for one in bindings)
