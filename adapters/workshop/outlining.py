"""An adapter that reads no plan: it looks for labels, columns, headings and form fields instead.

`icp-hub adapters new` binds `adapters.workshop.outlining:outliner` in a reader child and takes the
outline, as JSON, from the reading's enclosures. An outline holds printed words and the shapes of
values, not the values.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2.framing import framed
from adapters.formats.office.reader import flow_of
from adapters.formats.tabular.deliveries import DELIMITERS, rows_of
from adapters.formats.tabular.tables import decoded, rows
from adapters.formats.tabular.workbook import is_workbook, sheets_of
from adapters.formats.zipped import NotUnzipped, unzipped
from adapters.workshop import narrated, sighting, wording
from adapters.workshop.remarking import remarks
from adapters.workshop.shaping import shape
from hub.canonical import Reading, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.zipped import Archive
    from hub.canonical import Document

OUTLINE: Final = "outline"
_ZIP: Final = b"PK\x03\x04"
_MESSAGE: Final = re.compile(rb"\s*\x0b?(?:MSH|FHS|BHS)[^\w\s]")
_HEADING: Final = re.compile(r"\s*([A-Z][A-Za-z' /&-]{2,40})(?::\s*$|:\s|$)")
_FEWEST: Final = 3
_PREAMBLE: Final = 20
_PAIR: Final = 2
_LONGEST: Final = 48
_BANNER: Final = re.compile(r"\w*\d\w{3,} - ")
"""A row of one cell that begins with an id: it says whose the rows below it are."""

_TOP: Final = 4096


class Outliner:
    """Outlines documents of one format, or of whichever they seem to be."""

    name = "outliner"
    version = "1"
    isolate = True

    def __init__(self, form: str) -> None:
        self.form = form

    def identify(self, document: Document) -> bool:
        """Take any document."""
        return bool(document.content)

    def read(self, document: Document) -> Reading:
        """Return a reading without plans whose one enclosure is the outline."""
        form = self.form or formed(document.content)
        try:
            found = _OUTLINES[form](document.content)
        except NotUnzipped as refusal:
            return Reading(findings=(refusal.finding,))
        except sighting.NotReadable as refusal:
            return Reading(findings=(refusal.finding,))
        if found is None:
            return unreadable(
                "no_outline", "nothing to go by was found; give --format, or write it"
            )
        return Reading(enclosures={OUTLINE: json.dumps({"form": form, **found}).encode()})


def outliner(form: str) -> Outliner:
    """Return the outliner of a format, `-` for whichever a document seems to be."""
    return Outliner(form.strip("-"))


def formed(content: bytes) -> str:
    """Return the format that bytes seem to be of."""
    if b"%PDF-" in content[:1029]:
        return "pdf"
    if content.lstrip()[:5] == b"{\\rtf" or (content.startswith(_ZIP) and b"word/doc" in content):
        return "office"
    if b"ClinicalDocument" in content[:_TOP] and content.lstrip()[:1] in {b"<", b"\xef"}:
        return "ccda"
    return "hl7v2" if _MESSAGE.match(content[:64]) else "csv"


def _table(content: bytes) -> dict[str, Any] | None:
    """Return the columns of a delimited file, or of each sheet of a workbook."""
    if content.startswith(_ZIP):
        archive = unzipped(content)
        if not is_workbook(archive):
            message = (
                "a zip: give `--from` its files one by one, then put the columns of all into one"
                " profile and say under `tables` which file has which (adapters/README.md)"
            )
            raise NotUnzipped("several_files", message)
        return _sheets(archive)
    text, findings = decoded(content, "")
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    found = [row.cells for row in rows(text, delimiter) if not row.problem]
    return _columns(found, delimiter, "cp1252" if findings else "")


def _sheets(archive: Archive) -> dict[str, Any] | None:
    """Return the columns of a workbook: of its one table, or of all with the sheet each is in."""
    every = [(sheet.name, [row.cells for row in rows_of(sheet)]) for sheet in sheets_of(archive)[0]]
    seen = [{"named": name, **outline} for name, rows in every if (outline := _sheet(rows))]
    if not seen:
        return None
    whole = {key: seen[0][key] for key in ("delimiter", "encoding", "columns")}
    held = {one["named"] for one in seen}
    whole["aside"] = [name for name, rows in every if rows and name not in held]
    if len(seen) > 1:
        whole["columns"] = [one for each in seen for one in each["columns"]]
        whole["sheets"] = seen
    return whole


def _sheet(found: Sequence[tuple[str, ...]]) -> dict[str, Any] | None:
    """Return the columns of a sheet that holds a table, None for a cover sheet or a list."""
    rows = list(found)
    counts = [sum(map(_title, cells)) for cells in rows[:_PREAMBLE]]
    at = counts.index(max(counts)) if counts else 0
    below = [cells for cells in rows[at + 1 :] if sum(bool(cell.strip()) for cell in cells) > 1]
    known = [title for title in rows[at] if wording.named(title)] if counts else []
    if not below or counts[at] < _PAIR or (counts[at] == _PAIR and len(known) < _PAIR):
        return None
    lone = [next(filter(None, cells)) for cells in rows[at + 1 :] if sum(map(bool, cells)) == 1]
    banners = [cell for cell in lone if _BANNER.match(cell)]
    told = _columns([rows[at], *below], ",", "", head=0)
    return {**told, "banner": len(banners)} if told else None


def _title(cell: str) -> bool:
    """Say whether a cell could be a heading: short words, no figure or date alone."""
    words = cell.strip()
    return words == "#" or (0 < len(words) < _LONGEST and any(map(str.isalpha, words)))


def _columns(
    found: Sequence[tuple[str, ...]], delimiter: str, encoding: str, head: int | None = None
) -> dict[str, Any] | None:
    if not found:
        return None
    width = Counter(sum(map(bool, row)) for row in found[:50]).most_common(1)[0][0]
    at = next((n for n, row in enumerate(found[:20]) if sum(map(bool, row)) >= width), 0)
    at = at if head is None else head
    titles, body = found[at], found[at + 1 :]
    columns = [
        {
            "text": title,
            "shape": shape([row[n] for row in body if n < len(row)], codes=wording.coded(title)),
        }
        for n, title in enumerate(titles)
        if title.strip()
    ]
    return {"delimiter": delimiter, "encoding": encoding, "columns": columns}


def _message(content: bytes) -> dict[str, Any] | None:
    """Return who sends a message, its Z segments, ids without a type and headings in its text."""
    frame = framed(content)
    if not frame.messages:
        return None
    segments = [segment for message in frame.messages for segment in message.segments]
    heads = [one for one in segments if one.name == "MSH"]
    ids = {
        parts[3].partition("&")[0]
        for one in segments
        if one.name == "PID"
        for each in one.peek(3).split("~")
        if len(parts := each.split("^")) > _FEWEST and not "".join(parts[4:5])
    }
    lines = [line for one in segments if one.name == "OBX" for line in _lines(one.peek(5))]
    return {
        "application": heads[0].peek(3).partition("^")[0] if heads else "",
        "facility": heads[0].peek(4).partition("^")[0] if heads else "",
        "ids": sorted(ids - {""}),
        "segments": sorted({one.name for one in segments if one.name.startswith("Z")}),
        "remarks": remarks(segments),
        "names": list(dict.fromkeys(_named(one.peek(3)) for one in segments if one.name == "OBX")),
        "headings": list(dict.fromkeys(m[1].strip() for line in lines if (m := _heading(line)))),
    }


def _named(coded: str) -> str:
    """Return what an observation is called where its sender's own code says so; LOINC is known."""
    parts = [*coded.split("^"), "", ""]
    return "" if parts[2] == "LN" else parts[1] or parts[0]


def _lines(text: str) -> list[str]:
    return re.split(r"\\\.br\\|~|\n|\\X0[AD]\\", text)


def _heading(line: str) -> re.Match[str] | None:
    """Return a match where a line begins with a title: with a colon, or all in capitals."""
    match = _HEADING.match(line)
    return match if match and (":" in match[0] or match[1].isupper()) else None


def _words(content: bytes) -> dict[str, Any] | None:
    flow = flow_of(content)
    return None if flow is None else sighting.of_flow(flow)


_OUTLINES: Final = {
    "csv": _table,
    "hl7v2": _message,
    "pdf": sighting.of_pdf,
    "office": _words,
    "ccda": narrated.outline,
}
