"""The Word and Rich Text reader: bytes in, one plan or precise findings out, no word lost.

Bound by the hub as `adapters.formats.office:ADAPTER`, and composed with a profile by the MCOs' own
modules: a profile's `office` section, else its `pdf` section, says where the form prints what.
Without a profile nothing is half-imported. Macros and damaged files are refused; nothing that lies
outside the document is ever fetched.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.formats.office import docx, rtf
from adapters.formats.office.binding import Binder
from adapters.formats.office.headings import listed, mark, missing
from adapters.formats.office.leaving import left, tally
from adapters.formats.office.opening import CRISIS, noted, sections_of, whole_rules
from adapters.formats.office.taken import Taken, give
from adapters.formats.pdf.absences import present
from adapters.formats.pdf.filling import fill
from adapters.formats.pdf.layout import Layout, layout_of, tokens
from adapters.formats.zipped import NotUnzipped, unzipped
from hub.canonical import Attachment, Finding, Plan, Reading, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.formats.office.flow import Flow
    from adapters.formats.office.headings import Opening
    from adapters.formats.office.leaving import Leavings
    from adapters.formats.pdf.draft import Draft
    from adapters.profiles import Profile
    from hub.canonical import Document, Place

_ZIP: Final = b"PK\x03\x04"
_RTF: Final = b"{\\rtf"
_ODD: Final[dict[str, tuple[str, str]]] = {
    "deletions": ("warning", "pieces are struck out as tracked changes, they were left out"),
    "insertions": ("warning", "pieces are inserted as tracked changes, they were taken"),
    "hidden_text": ("warning", "paragraphs hold hidden text, it is kept beside the plan"),
    "comments": ("note", "parts hold comments, they are kept beside the plan"),
    "text_boxes": ("note", "text boxes were read after the paragraph they are anchored in"),
    "external_links": ("note", "links lead outside the document, they are never followed"),
    "objects": ("note", "objects are embedded, they are attachments of the plan"),
    "parts_unread": ("warning", "embedded parts were not read, look at them in the document"),
}


class OfficeReader:
    """Reads Word and Rich Text documents by a profile, or says why not."""

    version = "1"
    consumes: tuple[str, ...] = ()
    """Names of values that `settled` uses up, so that they don't become residue."""

    def __init__(self, profile: Profile | None = None, name: str = "") -> None:
        self.profile = profile
        self.name = name or (profile.name if profile else "office")
        self.layout = layout_of(profile.office or profile.pdf) if profile else Layout()

    def identify(self, document: Document) -> bool:
        """Say whether this is a Word or Rich Text document; `read` says whose."""
        content = document.content
        if content.lstrip()[:5] == _RTF:
            return True
        return content.startswith(_ZIP) and b"word/document" in content

    def read(self, document: Document) -> Reading:
        """Return one plan with its findings, or the findings alone."""
        try:
            flow = flow_of(document.content)
        except NotUnzipped as refusal:
            return Reading(findings=(refusal.finding,))
        if flow is None:
            return unreadable("not_office", "is neither a Word nor a Rich Text document")
        odd = tuple(
            Finding(
                "warning" if _ODD[code][0] == "warning" else "note", code, f"{n} {_ODD[code][1]}"
            )
            for code, n in sorted(flow.odd.items())
            if n
        )
        if self.profile is None or not identified(self.profile, flow):
            return _unbound(flow, odd, known=self.profile is not None)
        return self._bound(self.profile, flow, odd)

    def settled(self, plan: Plan, values: Mapping[str, Taken]) -> Plan:  # noqa: ARG002  # a hook
        """Return the plan after an MCO's own habits that no profile can say; here unchanged."""
        return plan

    def _bound(self, profile: Profile, flow: Flow, odd: tuple[Finding, ...]) -> Reading:
        sections, layout = sections_of(profile), noted(self.layout, profile)
        profile = whole_rules(profile, layout)
        mark(layout, flow, sections)
        binder = Binder(layout, flow)
        binder.bind()
        openings = listed(layout, flow, sections)
        _opened(binder, openings)
        said, rows, gone = present(profile, binder.values, binder.rows)
        for one in gone:
            give(one.marks, "ignored")
        ruled = {name: one for name, one in said.items() if name not in self.consumes}
        draft = fill(profile, ruled, rows)
        for found in draft.refused:
            for word in getattr(found, "marks", ()):
                word.fate = "residue"
        leavings = left(flow, {id(one.heading) for one in openings})
        empty = [
            Finding("error", f"missing_{name}", f"`{name}` is empty or doubtful, complete the form")
            for name in profile.required
            if name not in said
        ]
        unfound = missing(layout, flow, sections)
        findings = (*empty, *odd, *binder.findings, *draft.findings, *unfound)
        if empty:
            return Reading((), findings, tally(flow))
        plan = _whole(draft, leavings)
        files = {hashlib.sha256(one.content).hexdigest(): one for one in flow.files}
        attachments = tuple(
            Attachment(
                name=one.name, media_type=one.media_type, sha256=digest, bytes=len(one.content)
            )
            for digest, one in files.items()
        )
        plan = self.settled(_attached(plan, attachments), said)
        contents = {digest: one.content for digest, one in files.items()}
        return Reading((plan,), findings, tally(flow), contents)


def _opened(binder: Binder, openings: Iterable[Opening]) -> None:
    """Give the binder what stands below the headings: rows of a list, the crisis plan as one."""
    for one in openings:
        binder.findings += one.findings()
        if one.name != CRISIS:
            binder.rows.setdefault(one.name, []).extend(one.rows)
        elif one.rows:
            words = tuple(word for row in one.rows for word in row["text"].marks)
            whole = Taken(CRISIS, "\n".join(one.texts), one.rows[0]["text"].place, marks=words)
            if binder.values.setdefault(CRISIS, whole) is not whole:
                binder.doubt(CRISIS, whole.place, "stands twice, the first was taken")
                give(words, "free")


def flow_of(content: bytes) -> Flow | None:
    """Return the flow of a document, None where it is neither kind; raises `NotUnzipped`."""
    if content.lstrip()[:5] == _RTF:
        return rtf.flow_of(content)
    if not content.startswith(_ZIP):
        return None
    archive = unzipped(content)
    return docx.flow_of(archive) if docx.is_docx(archive) else None


def identified(profile: Profile, flow: Flow) -> bool:
    """Say whether every identifying text of the profile stands in the document."""
    words = " ".join(" ".join(tokens(block.text)) for block in flow.blocks())
    words += " " + " ".join(name for one in flow.controls for name in one.names).casefold()
    return all(" ".join(tokens(text)) in words for text in profile.identify.get("text", ()))


def _unbound(flow: Flow, odd: tuple[Finding, ...], *, known: bool) -> Reading:
    """Return the reading of a document no profile fits: counted, nothing imported."""
    error = Finding("error", "no_profile", "no profile reads this document, bind a profile")
    if known:
        error = Finding("error", "wrong_form", "not the form this sender's profile reads, bind one")
    return Reading(findings=(error, *odd), coverage=tally(flow))


def _whole(draft: Draft, leavings: Leavings) -> Plan:
    """Return the draft's plan with the notes and residue that were left."""
    plan = draft.plan()
    places: dict[str, Place] = dict(plan.places)
    for number in range(len(plan.residue)):
        places[f"/residue/{number}"] = places.pop(f"/residue/{number}/text")
    for number, (_, place) in enumerate(leavings.notes, start=len(plan.notes)):
        places[f"/notes/{number}"] = place
    for number, (_, place) in enumerate(leavings.residue, start=len(plan.residue)):
        places[f"/residue/{number}"] = place
    return replace(
        plan,
        notes=(*plan.notes, *(note for note, _ in leavings.notes)),
        residue=(*plan.residue, *(one for one, _ in leavings.residue)),
        places=places,
    )


def _attached(plan: Plan, attachments: tuple[Attachment, ...]) -> Plan:
    return replace(plan, attachments=attachments) if attachments else plan
