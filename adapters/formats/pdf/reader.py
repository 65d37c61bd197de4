"""The PDF reader: bytes in, one plan or precise findings out, with every word accounted for.

Bound by the hub as `adapters.formats.pdf:ADAPTER`, and composed with a profile by the MCOs' own
modules. Without a profile nothing is half-imported: the document is quarantined with `no_profile`.
Runs in a child of its own (`isolate`), since pdfium can end a process; `read` never raises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.formats.pdf.absences import present
from adapters.formats.pdf.aligned import bind_aligned
from adapters.formats.pdf.blocks import Blocks
from adapters.formats.pdf.cards import bind_cards
from adapters.formats.pdf.claims import Claims, Found, joined
from adapters.formats.pdf.enclosed import Enclosed, enclosed_ccda, enclosed_in
from adapters.formats.pdf.filling import fill
from adapters.formats.pdf.form import FormField, fields_of, has_xfa, is_dynamic
from adapters.formats.pdf.formed import bind_fields
from adapters.formats.pdf.ink import Pages
from adapters.formats.pdf.items import bind_items
from adapters.formats.pdf.labels import bind_labels
from adapters.formats.pdf.layout import Layout, layout_of, tokens
from adapters.formats.pdf.lines import Line, Sheet, sheet_of
from adapters.formats.pdf.misprints import put_right
from adapters.formats.pdf.notes import bind_notes
from adapters.formats.pdf.opening import NotReadable, Opened, looks_like_pdf, opened
from adapters.formats.pdf.order import ordered
from adapters.formats.pdf.scans import with_scans_read
from adapters.formats.pdf.tables import bind_tables
from adapters.formats.pdf.ticks import bind_choices
from adapters.formats.pdf.words import UNMAPPED
from adapters.formats.pdf.xfa import xfa_fields
from hub.canonical import Finding, Place, Plan, Reading, Sealed, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.pdf.draft import Draft
    from adapters.profiles import Profile
    from hub.canonical import Document

_WAITING = ("please", "wait")
Rows = dict[str, list[dict[str, Found]]]


@dataclass(frozen=True, slots=True, repr=False)
class Seen(Sealed):
    """All there is in one PDF: pages taken apart, form fields, files inside, and findings."""

    file: Opened
    sheets: tuple[Sheet, ...]
    fields: tuple[FormField, ...]
    enclosed: Enclosed
    findings: tuple[Finding, ...]

    @property
    def lines(self) -> list[Line]:
        """Return every line of every page."""
        return [line for sheet in self.sheets for line in sheet.lines]

    @property
    def filled(self) -> bool:
        """Say whether any form field holds something."""
        return any(one.value for one in self.fields)


class PdfReader:
    """Reads PDFs by a profile, or says why not. One instance per profile."""

    version = "1"
    isolate = True
    consumes: tuple[str, ...] = ()
    """Names of values that `settled` uses up, so that they don't become residue."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.profile = profile
        self.name = profile.name if profile else "pdf"
        self.layout = layout_of(profile.pdf) if profile else Layout()

    def identify(self, document: Document) -> bool:
        """Say whether this is a PDF, or claims to be; `read` says whose."""
        return looks_like_pdf(document)

    def read(self, document: Document) -> Reading:
        """Return one plan with its findings, or the findings alone."""
        try:
            file = opened(document.content)
            try:
                return self._read(document, file)
            finally:
                file.close()
        except NotReadable as refusal:
            return Reading(findings=(refusal.finding,))
        except Exception:  # noqa: BLE001  # a document never ends the reader
            return unreadable("reader_failed", "the PDF reader gave up on it, have it looked at")

    def settled(self, plan: Plan, values: Mapping[str, Found]) -> Plan:  # noqa: ARG002  # a hook
        """Return the plan after an MCO's own habits that no profile can say; here unchanged."""
        return plan

    def _read(self, document: Document, file: Opened) -> Reading:
        seen = see(file)
        if not seen.lines and not seen.filled and not seen.enclosed.attachments:
            return _without_text(seen)
        if self.profile:
            printed = self.profile.identify.get("text", ())
            seen = replace(seen, sheets=put_right(seen.sheets, self.layout, printed))
        enclosed = enclosed_ccda(seen.enclosed, document)
        fits = self.profile is not None and identified(self.profile, seen)
        if enclosed and (enclosed.plans or not fits):
            note = Finding("note", "enclosed_ccda", "the plan was read from the C-CDA file inside")
            return replace(enclosed, findings=(note, *seen.findings, *enclosed.findings))
        if self.profile and fits:
            return self._bound(self.profile, seen)
        return _unbound(seen, known=self.profile is not None)

    def _bound(self, profile: Profile, seen: Seen) -> Reading:
        """Return the reading of a PDF whose profile is known."""
        claims = Claims()
        values, rows, absent = present(profile, *_bind(self.layout, seen, claims))
        for one in absent:
            claims.pass_over(one)
        ruled = {name: one for name, one in values.items() if name not in self.consumes}
        draft = fill(profile, ruled, rows)
        for note in bind_notes(seen.sheets, self.layout, claims):
            draft.note(note.section, note.text)
            claims.twin(word for line in (note.heading, *note.lines) for word in line.words)
        claims.reckon((*draft.landed, *(values[name] for name in self.consumes if name in values)))
        for found in draft.refused:
            claims.refuse(found)
        tally = claims.settle(line for sheet in seen.sheets for line in _in_order(sheet, claims))
        draft.left += claims.left
        missing = _missing(profile, values)
        findings = (*missing, *seen.findings, *claims.findings, *draft.findings)
        plan = None if missing else self.settled(_plan(draft, seen.enclosed), values)
        return Reading((plan,) if plan else (), findings, tally, seen.enclosed.contents)


def see(file: Opened) -> Seen:
    """Take an open PDF apart."""
    pages = Pages(file.pdfium)
    sheets = tuple(sheet_of(pages.page(n), n, pages.ink(n)) for n in range(1, len(pages) + 1))
    fields = tuple(fields_of(file.objects))
    sheets, scanned = with_scans_read(sheets, pages)
    findings = [*file.findings, *scanned]
    if has_xfa(file.objects):
        waiting = any(line.keys[:2] == _WAITING for sheet in sheets for line in sheet.lines)
        fields, more = _with_xfa(file, fields, waiting=waiting)
        findings += more
    findings += [
        Finding(
            "warning",
            "letters_without_meaning",
            "some letters can be seen but not read, compare with the page",
            Place(f"page {sheet.number}", "page"),
        )
        for sheet in sheets
        if UNMAPPED in "".join([word.text for line in sheet.lines for word in line.words])
    ]
    return Seen(file, sheets, fields, enclosed_in(file.objects), tuple(findings))


def _with_xfa(
    file: Opened, fields: tuple[FormField, ...], *, waiting: bool
) -> tuple[tuple[FormField, ...], list[Finding]]:
    """Add what only the XFA packet holds; say so where it can't be read."""
    held = {one.value for one in fields if one.value}
    filled = xfa_fields(file.objects)
    if not filled and not held and (is_dynamic(file.objects) or waiting):
        message = "a dynamic XFA form without its data: nothing can be read, send it flattened"
        raise NotReadable("xfa_without_data", message)
    if filled is None:
        message = "an XFA form whose data can't be read, send it flattened"
        return fields, [] if held else [Finding("warning", "xfa_unread", message)]
    more = [one for one in filled if one.value not in held]
    if not more:
        return fields, []
    note = Finding("note", "xfa_form", "an XFA form, read from its data and not from its page")
    return (*fields, *more), [note]


def _in_order(sheet: Sheet, claims: Claims) -> Sequence[Line]:
    """Return the lines of a page, in reading order where some of them are left over."""
    words = {id(word) for line in sheet.lines for word in line.words}
    return sheet.lines if words <= claims.fates.keys() else ordered(sheet.lines)


def _without_text(seen: Seen) -> Reading:
    message = "no text layer, a scan: needs the [ocr] extra or retyping"
    if any(sheet.seen for sheet in seen.sheets):
        message = "no text layer, and no words in its pictures: send it again or retype it"
    error = Finding("error", "no_text_layer", message, Place("page 1", "page"))
    return Reading(findings=(error, *seen.findings))


def _unbound(seen: Seen, *, known: bool) -> Reading:
    """Return the reading of a PDF no profile fits: everything counted, nothing imported."""
    claims = Claims()
    bind_fields(seen.fields, Layout(), claims)
    tally = claims.settle(seen.lines)
    error = Finding("error", "no_profile", "no profile reads this PDF, bind a profile")
    if known:
        error = Finding("error", "wrong_form", "not the form this sender's profile reads, bind one")
    return Reading(
        findings=(error, *seen.findings), coverage=tally, enclosures=seen.enclosed.contents
    )


def identified(profile: Profile, seen: Seen) -> bool:
    """Say whether every identifying text of the profile stands in the words or the form."""
    words = " ".join([key for line in seen.lines for key in line.keys if key])
    words += " " + " ".join(f"{one.name} {one.label}" for one in seen.fields).lower()
    return all(" ".join(tokens(text)) in words for text in profile.identify.get("text", ()))


def _bind(layout: Layout, seen: Seen, claims: Claims) -> tuple[dict[str, Found], Rows]:
    for line in seen.lines:
        if layout.prints(joined(line.words)):
            claims.claim(line.words, "ignored")
    rows: Rows = bind_tables(seen.sheets, layout, claims)
    bind_aligned(seen.sheets, layout, rows, claims)
    blocks = Blocks(seen.sheets, layout, claims)
    for name, row in blocks.rows():
        rows.setdefault(name, []).append(row)
    rows |= bind_cards(seen.sheets, layout, claims)
    values = bind_choices(seen.sheets, layout, claims)
    _join(values, bind_labels(seen.sheets, layout, claims), claims)
    bind_items(seen.sheets, layout, rows, claims)
    for name in (*layout.tables, *layout.lists):
        blocks.link(rows.get(name, ()))
    filled, filled_rows = bind_fields(seen.fields, layout, claims)
    for table, more in filled_rows.items():
        rows.setdefault(table, []).extend(more)
    _join(filled, values, claims)
    return filled, rows


def _join(first: dict[str, Found], more: Mapping[str, Found], claims: Claims) -> None:
    """Add values to those that count before them; one that says otherwise is for a person."""
    for name, found in more.items():
        known = first.setdefault(name, found)
        if known is not found and known.text == found.text:
            claims.twin(found.words)
        elif known is not found:
            claims.claim(found.words, "residue")
            claims.doubt(name, found.place, "stands twice with two values", found.words)


def _missing(profile: Profile, values: Mapping[str, Found]) -> list[Finding]:
    return [
        Finding("error", f"missing_{name}", f"`{name}` is empty or doubtful, complete the form")
        for name in profile.required
        if name not in values
    ]


def _plan(draft: Draft, enclosed: Enclosed) -> Plan:
    return replace(draft.plan(), attachments=tuple(enclosed.attachments))
