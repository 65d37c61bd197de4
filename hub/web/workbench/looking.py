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
from hub.canonical.source import ENCLOSED, Ask, Bench, Source
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
