"""What the command line asks without a running hub: read one file, examine the installation.

Documents are read in the sandbox like everywhere else; nothing is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from hub.canonical import Document
from hub.errors import HubError, Misconfigured
from hub.main import ending
from hub.main.opening import Hub
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader, read_once
from hub.store import naming_before

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hub.canonical import Reading
    from hub.settings import Settings

READERS = ("ccda", "fhir", "hl7v2", "tabular", "pdf", "office", "phone", "archive")
"""The formats read without a sender's own adapter; their code is found by name, never imported."""


def read_file(settings: Settings, file: Path, sender: str) -> tuple[str, Reading]:
    """Read a file in the sandbox with a sender's adapters, or with the formats' own."""
    bindings: tuple[Binding, ...]
    if sender:
        bindings = asyncio.run(_bindings(settings, sender))
    else:
        bindings = tuple(Binding(f"adapters.formats.{form}:ADAPTER") for form in READERS)
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    spelt = [b if b.profile else Binding("adapters.spelling:spelling", b.adapter) for b in bindings]
    return read_once(spelt, Document(content, file.name, "", digest, sender))


def read_documents(
    settings: Settings,
    bindings: Sequence[Binding],
    documents: Sequence[Document],
    told: Callable[[int], None] = lambda _: None,
) -> list[tuple[str, Reading]]:
    """Read documents in one reader child after another; `told` hears how many are done."""

    async def reading() -> list[tuple[str, Reading]]:
        reader = SandboxReader(memory_mb=settings.reader_memory_mb, seconds=settings.reader_seconds)
        found = []
        try:
            for number, document in enumerate(documents, 1):
                found.append(await reader.read(bindings, document))
                told(number)
        finally:
            await reader.close()
        return found

    return asyncio.run(reading())


async def _bindings(settings: Settings, sender: str) -> tuple[Binding, ...]:
    async with Hub(settings) as hub:
        found = await hub.line.bindings(sender)
    if not found:
        raise Misconfigured("--sender", f"no adapter is bound to `{sender}`; load the directory")
    return found


async def examine(settings: Settings) -> list[tuple[str, str]]:
    """Check everything that must be there; return (what, problem or nothing)."""
    found = [("settings", "")]
    try:
        async with Hub(settings) as hub:
            found += [("database", ""), ("schema", ""), ("keys", "")]
            kept = (await hub.vault.put_many([b"the doctor was here"]))[0]
            await hub.vault.get(kept.digest)
            found.append(("vault", ""))
            found.append(("clock", ""))
            found += _names(await naming_before.far(hub.database))
            ours = ending.own(settings, hub.direct_post)
            found += ending.examined(ours, hub.clock.now(), hub.certificate_days)
            for form in READERS:
                name, reading = await hub.reader.read(
                    (Binding(f"adapters.formats.{form}:ADAPTER"),), Document(b"?", "doctor")
                )
                codes = {f.code for f in reading.findings}
                broken = "can't be loaded" if "adapter_failed" in codes else ""
                found.append((f"reader {form} {name}", broken))
    except HubError as error:
        found.append((type(error).__name__.lower(), str(error)))
    return found


def _names(far: naming_before.Far | None) -> list[tuple[str, str]]:
    """Return how far the names of older plans' documents are filled in; nothing when all are."""
    if far is None or (far.over and not far.lost):
        return []
    lost = f", {far.lost} could not be read" if far.lost else ""
    return [(f"names of older documents: {far.done} of {far.whole} plans{lost}", "")]
