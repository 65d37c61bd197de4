"""The archive reader: a zip of documents in; the plans of each, with what lay beside them, out.

The hub binds `adapters.formats.archive:ADAPTER`; an MCO's module composes an `ArchiveReader` with
its own readers. Every document is read by the one reader that knows it. Copies and older versions
of a document are not a plan of their own. A file beside a plan becomes its attachment where that is
certain, and is told where it is not. It never raises over a document.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import structs

from adapters.formats.archive import grouping, metadata
from adapters.formats.archive.unpacking import is_zip, unpacked
from adapters.formats.ccda import ADAPTER as CCDA
from adapters.formats.filewords import media_of
from adapters.formats.hl7v2 import ADAPTER as HL7V2
from adapters.formats.zipped import NotUnzipped
from hub.canonical import (
    Attachment,
    Document,
    Finding,
    Place,
    Plan,
    Reading,
    Sealed,
    Tally,
    meaning_of,
)

if TYPE_CHECKING:
    from adapters.formats.archive.metadata import Promised
    from adapters.formats.archive.unpacking import Part, Unpacked
    from hub.canonical.finding import Severity

_MEDIA: Final = {
    "pdf": "application/pdf",
    "xml": "text/xml",
    "txt": "text/plain",
    "htm": "text/html",
    "html": "text/html",
    "rtf": "text/rtf",
    "hl7": "x-application/hl7-v2+er7",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TABLES: Final = (".csv", ".tsv", ".psv", ".tab", ".dat", ".xlsx")
_STYLES: Final = (".xsl", ".xslt", ".css")


@dataclass(slots=True, repr=False)
class _Held(Sealed):
    """What was read so far: plans with the file each came from, and what is to be told."""

    digest: str
    plans: list[tuple[Part, Plan]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    enclosures: dict[str, bytes] = field(default_factory=dict)
    promises: list[Promised] = field(default_factory=list)
    mapped: int = 0
    residue: int = 0
    ignored: int = 0

    def tell(self, severity: Severity, code: str, part: Part, message: str) -> None:
        """Add a finding about a file, by its number."""
        words = f"file {part.number} of the zip {message}"
        self.findings.append(Finding(severity, code, words, _place(part, self.digest, code)))


class Readable(Protocol):
    """What a reader of documents must do to be given those of a zip; every adapter does."""

    def identify(self, document: Document) -> bool:
        """Say whether it reads this document."""

    def read(self, document: Document) -> Reading:
        """Read the document."""


class ArchiveReader:
    """Reads zips through the readers it is made with."""

    version = "1"

    def __init__(self, *readers: Readable, name: str = "archive") -> None:
        self.name = name
        self.readers: tuple[Readable, ...] = readers or (CCDA, HL7V2)

    def identify(self, document: Document) -> bool:
        """Say whether this is a zip, no office file, and no zip of tables alone."""
        if not is_zip(document.content):
            return False
        try:
            parts = unpacked(document.content).parts
        except NotUnzipped:
            return True
        if any(metadata.is_metadata(part) or self._readers_of(part, document) for part in parts):
            return True
        return not any(part.name.casefold().endswith(_TABLES) for part in parts)

    def read(self, document: Document) -> Reading:
        """Return the plans of every document in the zip, with the files beside them."""
        try:
            box = unpacked(document.content)
        except NotUnzipped as refusal:
            return Reading(findings=(refusal.finding,))
        held = _Held(document.digest or hashlib.sha256(document.content).hexdigest())
        held.findings += box.findings
        held.ignored += box.left
        files = [part for part in box.parts if not self._taken(part, document, held)]
        held.findings += metadata.kept(held.promises, box.parts)
        _one_of_each(held)
        for part in files:
            _beside(part, held, box)
        return _told(held)

    def _readers_of(self, part: Part, around: Document) -> list[Readable]:
        inner = Document(part.content, part.name, sender=around.sender)
        return [reader for reader in self.readers if reader.identify(inner)]

    def _taken(self, part: Part, around: Document, held: _Held) -> bool:
        """Read a document or the metadata; says whether the file was one of them."""
        if metadata.is_metadata(part):
            promises, findings = metadata.promised(part)
            held.promises += promises
            held.findings += findings
            held.mapped += 1
            return True
        known = self._readers_of(part, around)
        if len(known) != 1:
            if known:
                held.tell("warning", "ambiguous_adapter", part, "is claimed by several readers")
            return False
        digest = hashlib.sha256(part.content).hexdigest()
        inner = Document(part.content, part.name, "", digest, around.sender)
        _add(part, known[0].read(inner), digest, held)
        return True


def _add(part: Part, reading: Reading, digest: str, held: _Held) -> None:
    """Keep one document's reading, its places and findings named as that document's."""
    tally = reading.coverage
    held.mapped += tally.mapped
    held.residue += tally.residue
    held.ignored += tally.ignored + (not tally.source_items)
    held.enclosures.update(reading.enclosures)
    for one in reading.findings:
        place = one.place and structs.replace(one.place, document=f"sha256:{digest}")
        message = f"file {part.number} of the zip: {one.message}"
        held.findings.append(Finding(one.severity, one.code, message, place))
    for plan in reading.plans:
        held.plans.append((part, _documented(plan, digest)))
        held.enclosures[digest] = part.content


def _documented(plan: Plan, digest: str) -> Plan:
    """Give the places their document, kept once per plan as everywhere."""
    if not plan.places:
        return plan
    pointer, first = next(iter(plan.places.items()))
    named = structs.replace(first, document=f"sha256:{digest}")
    return replace(plan, places={**plan.places, pointer: named})


def _one_of_each(held: _Held) -> None:
    """Leave out copies of a plan, and older versions of it about the same member."""
    seen: dict[str, int] = {}
    kept: list[tuple[Part, Plan]] = []
    for part, plan in held.plans:
        same = seen.setdefault(meaning_of(plan), part.number)
        if same != part.number:
            held.tell("note", "same_plan_twice", part, f"says what file {same} says; taken once")
        elif any(grouping.older(plan, other) for _, other in held.plans):
            held.tell("note", "older_version", part, "is older than another in the zip; left out")
        else:
            kept.append((part, plan))
    for part, plan in kept:
        if metadata.stranger(held.promises, part, plan.member):
            message = "is about somebody else than its metadata says; see whose it is"
            held.tell("warning", "xdm_other_member", part, message)
    held.plans = kept


def _beside(part: Part, held: _Held, box: Unpacked) -> None:
    """Attach a file that is no document to the plan it belongs to, or tell that none is sure."""
    xdm = any(metadata.is_metadata(one) for one in box.parts)
    if part.name.casefold().endswith(_STYLES) or (xdm and metadata.is_talk(part)):
        held.ignored += 1
        return
    media = media_of(part.content, _MEDIA.get(part.name.rpartition(".")[2].casefold(), ""))
    at = grouping.home(part, media, held.plans, xdm=xdm and "ihe_xdm" in part.folder)
    if at is None:
        held.ignored += 1
        message = "is of no plan for certain and was attached to none; send it with its plan"
        held.tell("warning", "unplaced_file", part, message)
        return
    held.mapped += 1
    owner, plan = held.plans[at]
    digest = hashlib.sha256(part.content).hexdigest()
    held.enclosures[digest] = part.content
    one = Attachment(
        name=part.name,
        media_type=media or "application/octet-stream",
        sha256=digest,
        bytes=len(part.content),
    )
    place = _place(part, held.digest, "archive.file")
    leaves = ("name", "media_type", "sha256", "bytes")
    places = {f"/attachments/{len(plan.attachments)}/{leaf}": place for leaf in leaves}
    attached = replace(plan, attachments=(*plan.attachments, one), places={**plan.places, **places})
    held.plans[at] = (owner, attached)


def _place(part: Part, digest: str, rule: str) -> Place:
    return Place(f"/{part.number}", "pointer", rule, document=f"sha256:{digest}")


def _told(held: _Held) -> Reading:
    findings = list(held.findings)
    if not held.plans and not any(one.severity == "error" for one in findings):
        message = "no file in the zip is a plan this sender's readers read; bind one that does"
        findings.append(Finding("error", "archive_no_plan", message))
    counted = (held.mapped, held.residue, held.ignored)
    plans = tuple(plan for _, plan in held.plans)
    return Reading(plans, tuple(findings), Tally(sum(counted), *counted), held.enclosures)
