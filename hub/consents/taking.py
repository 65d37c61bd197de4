"""Takes one file of consents: reads it, says what each row would do, and keeps it where asked to.

The API and the command line call `take` with the registry and the vault; it does nothing else to
the world. All of a file is kept or nothing, unless the caller leaves out what can't be kept. The
same bytes for the same payer again are answered with the first file's batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from consent.comparing import ZONE
from consent.registry import local_day
from hub.canonical import Sealed
from hub.consents.bundles import read_resources
from hub.consents.fhir_reading import NOTES
from hub.consents.importing import KEPT, VERDICTS, Row, counts, kept, plan
from hub.consents.scans import kind_of_scan
from hub.consents.sheets import COLUMNS, read_sheet
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consent.records import Policy
    from hub.asked import Actor
    from hub.consents.drafts import Draft
    from hub.consents.ports import Batch, Consents
    from hub.ports import Vault


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class File(Sealed):
    """A file handed in: its bytes, what it says it is, whose members, and what to do with it."""

    content: bytes
    mco: str
    media_type: str = ""
    dry_run: bool = False
    leave_out: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Taken(Sealed):
    """What a file gave: its rows, whether it was a dry run, and the batch that was kept."""

    rows: tuple[Row, ...]
    batch: Batch | None = None


async def take(  # the world's parts, who asks, the file, and the laws
    registry: Consents,
    vault: Vault,
    actor: Actor,
    file: File,
    now: datetime,
    policy: Policy,
) -> Taken:
    """Import a file, or say what that would do; `Refused` 422 with the report when rows can't be.

    `Refused` 422 too for a file that can't be read at all.
    """
    drafts = read(file, await registry.parties(), now)
    who = [name for one in drafts for name in one.who]
    known = await registry.known(file.mco, who)
    rows = plan(drafts, known, policy, local_day(now, ZONE), actor.id)
    if file.dry_run:
        return Taken(rows)
    bad = [one for one in rows if one.verdict not in KEPT | {"duplicate"}]
    if bad and not file.leave_out:
        detail = f"{len(bad)} row(s) can't be kept, so nothing was; see `rows`, or leave them out"
        raise Refused("rows_refused", detail, status=422, **report(Taken(rows)))
    keep = kept(rows)
    scans = await _scans(vault, keep)
    digest = sha256(file.content).hexdigest()
    return Taken(rows, await registry.keep(actor, file.mco, digest, keep, scans))


def read(file: File, directory: Mapping[str, str], now: datetime) -> tuple[Draft, ...]:
    """Return the drafts of a file, by what it looks like rather than what it says it is."""
    start = file.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in {b"{", b"["} or "json" in file.media_type.lower():
        return read_resources(file.content, directory, now)
    return read_sheet(file.content, directory, now)


def report(taken: Taken) -> dict[str, Any]:
    """Return what became of a file, row by row, without what any row held."""
    return {
        "batch": taken.batch.id if taken.batch else None,
        "again": bool(taken.batch and taken.batch.again),
        "counts": counts(taken.rows),
        "rows": _told(taken),
    }


def _told(taken: Taken) -> list[dict[str, Any]]:
    """Return each row's fate; a record of the same file is told by its row."""
    here = {one.consent.id: f"row {one.number}" for one in taken.rows if one.consent}
    return [told(one, here, kept_=taken.batch is not None) for one in taken.rows]


def told(row: Row, here: Mapping[str, str], *, kept_: bool) -> dict[str, Any]:
    """Return one row's fate as JSON-able data; ids only of what was kept."""
    known = kept_ and row.consent is not None and row.verdict in KEPT
    return {
        "row": row.number,
        "verdict": row.verdict,
        "says": VERDICTS[row.verdict],
        "problem": problem(row.problem),
        "faults": [msgspec.to_builtins(one) for one in row.faults],
        "notes": [{"code": c, "at": at, "says": NOTES[c]} for c, at in row.notes],
        "against": [here.get(one, one) for one in row.against],
        "consent": row.consent.id if known and row.consent else None,
    }


def problem(code: str) -> str:
    """Return what is wrong with a row that is no form, in words."""
    if code in COLUMNS:
        return f"column `{code}` can't be read; it holds {COLUMNS[code]}"
    other = {
        "cells": "it has more or fewer cells than the heading",
        "too_long": "a cell is longer than 200 characters",
    }
    return NOTES.get(code, other.get(code, ""))


async def _scans(vault: Vault, rows: Sequence[Row]) -> dict[str, tuple[str, str, int]]:
    """Put attached scans into the vault; return (digest, media type, bytes) by consent.

    `Refused` 415 for one that is no scan.
    """
    with_scan = [(one.consent.id, one.scan) for one in rows if one.consent and one.scan]
    if not with_scan:
        return {}
    for _, (content, _) in with_scan:
        kind_of_scan(content)  # all of them are scans before any is kept
    stored = await vault.put_many([content for _, (content, _) in with_scan])
    return {
        consent: (made.digest, kind_of_scan(content), made.size)
        for (consent, (content, _)), made in zip(with_scan, stored, strict=True)
    }
