"""`python -m tests.fidelity`: reads every document that has a gold reading and says how true it is.

`make fidelity` scores all; naming gold files, or parts of their names, scores those alone. Prints
precision, recall and F1 per format and field group, writes `build/fidelity.json`, and ends with 1
when a target is missed. Documents of the shared corpora are skipped, and counted, where absent.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from typing import TYPE_CHECKING

from hub.adapting.proposing import proposed
from hub.canonical import Document
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader
from hub.settings import Settings
from tests.fidelity import report
from tests.fidelity.gold import HERE, load
from tests.fidelity.make_documents import scanned_pages
from tests.fidelity.scoring import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fidelity.gold import Gold
    from tests.fidelity.scoring import Score


LIVE = "adapters.workshop.live:adapter"
SECONDS = 300.0
"""For one document: a busy machine is no reason to score a scan as unread."""


def main() -> int:
    """Score what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("part", nargs="*", help="a gold file, or a part of its name")
    parser.add_argument("--values", action="store_true", help="print what the documents say")
    given = parser.parse_args()
    chosen = [
        one for one in load() if not given.part or any(part in one.name for part in given.part)
    ]
    here = [one for one in chosen if one.path.is_file()]
    skipped = [one.name for one in chosen if one not in here]
    scores = asyncio.run(read(here))
    report.show(scores, values=given.values)
    wrongs = report.missed(report.totals(scores))
    report.keep(scores, skipped, wrongs)
    report.console.print(f"{len(here)} of {len(chosen)} documents read")
    if skipped:
        report.console.print(
            f"SKIPPED {len(skipped)}: the shared corpora are not here", style="yellow"
        )
    for wrong in wrongs:
        report.console.print(f"target missed: {wrong}", style="red")
    return 1 if wrongs else 0


async def read(golds: Sequence[Gold]) -> list[Score]:
    """Read each document in the sandbox with the adapter its gold names, and score it."""
    reader = SandboxReader(seconds=SECONDS)
    try:
        await reader.start()
        return [await _read(reader, one) for one in golds]
    finally:
        await reader.close()


async def _read(reader: SandboxReader, gold: Gold) -> Score:
    content = gold.content() or b""
    if gold.scanned:
        content = scanned_pages(content, **gold.scanned)
    digest = hashlib.sha256(content).hexdigest()
    document = Document(content, gold.path.name, "", digest)
    binding = await asyncio.to_thread(_binding, gold)
    _, reading = await reader.read((binding,), document)
    found = score(gold, reading.plans)
    if gold.plans and not reading.plans:
        found.unread = ", ".join(sorted({one.code for one in reading.findings})) or "no finding"
    return found


def _binding(gold: Gold) -> Binding:
    """Return what reads the document: an adapter, a profile of ours, or one only proposed."""
    if gold.profile:
        text = (HERE / "profiles" / f"{gold.profile}.yaml").read_text(encoding="utf-8")
        return Binding(LIVE, text)
    if gold.proposed_from:
        for path, digest in gold.proposed_from:
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                msg = f"{gold.name}: the profile is to be proposed from another document"
                raise ValueError(msg)
        files = [path for path, _ in gold.proposed_from]
        text, _ = proposed(Settings(), files, "pdf", "mco-new", "proposed")
        return Binding(LIVE, text)
    return Binding(gold.adapter)


if __name__ == "__main__":
    sys.exit(main())
