"""An Excel workbook (.xlsx) to sheets of text rows: every number as displayed, nothing computed.

Called by the deliveries of this package. The parts are read through the hardened zip and XML
openers. A formula is never worked out: the value last computed is used, and said. Hidden sheets,
rows and columns are read, and said. A cell merged downwards is said once and filled down. Macros,
links to other workbooks and objects are never followed.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from adapters.formats.tabular.commenting import Comment, comments_of
from adapters.formats.tabular.displaying import BUILT_IN, displayed
from adapters.formats.tabular.tables import letters
from adapters.formats.xml import opened
from adapters.formats.zipped import NotUnzipped
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from adapters.formats.zipped import Archive

Severity = Literal["warning", "note"]
WIDEST: Final = 1_000
_MERGED: Final = 1_000_000
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ASIDE: Final = (
    ("xl/externalLinks/", "external_links", "links to other workbooks are never followed"),
    ("xl/comments", "comments_unread", "comments of no known sheet are not read, look at them"),
    ("xl/threadedComments/", "comments_unread", "comments of no known sheet are not read"),
    ("xl/embeddings/", "objects_unread", "embedded objects are not read, send them by themselves"),
    ("xl/drawings/drawing", "objects_unread", "drawings and text boxes are not read, look at them"),
)
_COMMENTS: Final = ("xl/comments", "xl/threadedComments/")

_SAYINGS: Final[dict[str, tuple[Severity, str]]] = {
    "hidden_rows": ("note", "rows are hidden, they were read like the others"),
    "hidden_columns": ("note", "columns are hidden, they were read like the others"),
    "formula_values": ("note", "cells are formulas, the value last computed was used"),
    "formula_without_value": ("warning", "formulas hold no value; open and save it in Excel"),
    "error_values": ("warning", "cells hold an error and not a value, they were left out"),
    "odd_numbers": ("warning", "cells hold no number or date that is one, they were left out"),
}


@dataclass(slots=True, repr=False)
class Sheet(Sealed):
    """One sheet: its name, its rows by number (cells by position), and what is said about it.

    `part` is its own part of the workbook, `comments` are those beside its cells.
    """

    name: str
    number: int
    part: str = ""
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True, slots=True, repr=False)
class _Book(Sealed):
    archive: Archive
    shared: list[str]
    formats: list[str]
    since_1904: bool


def is_workbook(archive: Archive) -> bool:
    """Say whether a zip is an Excel workbook of any kind."""
    return any(name.startswith("xl/workbook.") for name in archive.names)


def sheets_of(archive: Archive) -> tuple[list[Sheet], list[Finding]]:
    """Return every sheet of a workbook, hidden ones too; raises `NotUnzipped` with the reason."""
    if any(name.casefold().endswith("vbaproject.bin") for name in archive.names):
        raise NotUnzipped("macro_workbook", "the workbook carries macros; save it as .xlsx")
    if "xl/workbook.xml" not in archive:
        raise NotUnzipped("binary_workbook", "a binary workbook is not read; save it as .xlsx")
    root = _part(archive, "xl/workbook.xml")
    targets = {
        one.get("Id", ""): posixpath.normpath(posixpath.join("xl", one.get("Target", "")))
        for one in _optional(archive, "xl/_rels/workbook.xml.rels")
    }
    since_1904 = any(
        one.get("date1904", "") in {"1", "true"} for one in root if _named(one, "workbookPr")
    )
    book = _Book(archive, _shared(archive), _formats(archive), since_1904)
    sheets = []
    for number, one in enumerate(_below(root, "sheets", "sheet"), start=1):
        link = next((v for k, v in one.attrib.items() if str(k).endswith("}id")), "")
        target = targets.get(str(link), "").removeprefix("xl//").lstrip("/")
        target = target if target.startswith("xl/") else f"xl/{target}"
        if target in archive and target.startswith("xl/worksheets/"):
            sheet = Sheet(one.get("name", ""), number, target)
            if one.get("state", "visible") != "visible":
                _say(sheet, "note", "hidden_sheet", "is hidden, it was read like the others")
            _fill(sheet, _part(archive, target), book)
            sheets.append(sheet)
    return sheets, _asides(archive, _commented(archive, sheets))


def _commented(archive: Archive, sheets: list[Sheet]) -> set[str]:
    """Read the comments of each sheet, and return the parts in which they stand."""
    parts: set[str] = set()
    if any(name.startswith(_COMMENTS) for name in archive.names):
        for sheet in sheets:
            sheet.comments, found = comments_of(archive, sheet.part)
            parts |= found
    return parts


def _say(sheet: Sheet, severity: Severity, code: str, what: str, at: str = "") -> None:
    place = Place(f"sheet {sheet.number}{f', {at}' if at else ''}", "cell")
    sheet.findings.append(Finding(severity, code, f"sheet {sheet.number} {what}", place))


def _asides(archive: Archive, read: set[str]) -> list[Finding]:
    found = {
        code: Finding("note" if code == "external_links" else "warning", code, message)
        for start, code, message in _ASIDE
        if any(name.startswith(start) and name not in read for name in archive.names)
    }
    return list(found.values())


def _part(archive: Archive, name: str) -> _Element:
    document = opened(archive.read(name))
    if document.root is None:
        raise NotUnzipped("workbook_damaged", "a part of the workbook can't be read; save it again")
    return document.root


def _optional(archive: Archive, name: str) -> Iterator[_Element]:
    return iter(_part(archive, name)) if name in archive else iter(())


def _named(element: _Element, name: str) -> bool:
    return str(element.tag).rpartition("}")[2] == name


def _below(root: _Element, outer: str, inner: str) -> Iterator[_Element]:
    for one in root:
        if _named(one, outer):
            yield from (two for two in one if _named(two, inner))


def _shared(archive: Archive) -> list[str]:
    return [_rich(one) for one in _optional(archive, "xl/sharedStrings.xml") if _named(one, "si")]


def _rich(item: _Element) -> str:
    """Return the text of a string item: its runs joined, its phonetic hints left out."""
    words = []
    for one in item:
        if _named(one, "t"):
            words.append(one.text or "")
        elif _named(one, "r"):
            words += [two.text or "" for two in one if _named(two, "t")]
    return "".join(words)


def _formats(archive: Archive) -> list[str]:
    """Return the number format of each cell style, by the style's number."""
    if "xl/styles.xml" not in archive:
        return []
    root = _part(archive, "xl/styles.xml")
    own = {
        one.get("numFmtId", ""): one.get("formatCode", "")
        for one in _below(root, "numFmts", "numFmt")
    }
    given = [one.get("numFmtId", "0") for one in _below(root, "cellXfs", "xf")]
    built_in = {str(number): code for number, code in BUILT_IN.items()}
    return [own.get(number, built_in.get(number, "General")) for number in given]


def _fill(sheet: Sheet, root: _Element, book: _Book) -> None:
    """Read the rows of a sheet in their order, and say once what was particular about them."""
    said: dict[str, list[str]] = {code: [] for code in _SAYINGS}
    hidden = []
    for number, row in enumerate(_below(root, "sheetData", "row"), start=1):
        given = row.get("r", "")
        at = int(given) if given.isdecimal() and len(given) < 8 else number  # noqa: PLR2004  # a sheet has 1,048,576 rows
        if row.get("hidden", "") in {"1", "true"}:
            hidden.append(f"row {at}")
        cells = _cells(row, at, book, said)
        if any(cells):
            sheet.rows.append((at, cells))
    _unmerge(sheet, root)
    columns = [c for c in _below(root, "cols", "col") if c.get("hidden", "") in {"1", "true"}]
    said |= {"hidden_rows": hidden, "hidden_columns": ["row 1"] * len(columns)}
    for code, (severity, what) in _SAYINGS.items():
        if said[code]:
            _say(sheet, severity, code, f"has {len(said[code])}: {what}", said[code][0])


def _cells(row: _Element, number: int, book: _Book, said: dict[str, list[str]]) -> tuple[str, ...]:
    cells: list[str] = []
    for cell in row:
        if not _named(cell, "c"):
            continue
        position = _position(cell.get("r", ""), len(cells))
        if position >= WIDEST:
            message = f"a row has cells beyond column {WIDEST}; send the plan's columns only"
            raise NotUnzipped("too_wide", message)
        cells += [""] * (position + 1 - len(cells))
        text, odd = _text(cell, book)
        cells[position] = text
        if odd:
            said[odd].append(f"{letters(position)}{number}")
    return tuple(cells)


def _position(given: str, following: int) -> int:
    found = _CELL.fullmatch(given)
    if not found:
        return following
    position = 0
    for letter in found[1]:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def _text(cell: _Element, book: _Book) -> tuple[str, str]:
    """Return a cell's text, and what is to be said about it."""
    parts = {str(one.tag).rpartition("}")[2]: one for one in cell}
    kind = cell.get("t", "n")
    raw = (parts["v"].text or "") if "v" in parts else ""
    formula = "f" in parts
    if kind == "inlineStr":
        return (_rich(parts["is"]) if "is" in parts else ""), ""
    if not raw:
        return "", "formula_without_value" if formula else ""
    if kind == "e":
        return "", "error_values"
    text = _typed(kind, raw, cell.get("s", ""), book)
    if text is None:
        return "", "odd_numbers"
    return text, "formula_values" if formula else ""


def _typed(kind: str, raw: str, style: str, book: _Book) -> str | None:
    match kind:
        case "s":
            number = int(raw) if raw.isdecimal() and len(raw) < 10 else len(book.shared)  # noqa: PLR2004  # as many as fit a workbook
            return book.shared[number] if number < len(book.shared) else None
        case "str" | "d":
            return raw
        case "b":
            return "TRUE" if raw == "1" else "FALSE"
    number = int(style) if style.isdecimal() and len(style) < 7 else 0  # noqa: PLR2004  # 65,490 styles
    code = book.formats[number] if number < len(book.formats) else "General"
    return displayed(raw, code, book.since_1904)


def _unmerge(sheet: Sheet, root: _Element) -> None:
    """Give each row under a cell merged downwards that cell's text; say where the first is."""
    at = {number: place for place, (number, _) in enumerate(sheet.rows)}
    spans = []
    for one in _below(root, "mergeCells", "mergeCell"):
        first, _, last = one.get("ref", "").partition(":")
        start, end = _CELL.fullmatch(first), _CELL.fullmatch(last)
        if start and end and start[2] != end[2] and int(start[2]) in at:
            spans.append((_position(first, 0), int(start[2]), int(end[2]), first))
    lowest = max(at, default=0)
    filled = 0
    for position, top, bottom, _ in spans:
        above = sheet.rows[at[top]][1]
        text = above[position] if position < len(above) else ""
        filled += min(bottom, lowest) - top
        if filled > _MERGED:
            raise NotUnzipped(
                "merged_too_much", "more cells are merged than are read; unmerge them"
            )
        for number in range(top + 1, min(bottom, lowest) + 1) if text else ():
            if number in at:
                cells = list(sheet.rows[at[number]][1])
                cells += [""] * (position + 1 - len(cells))
                cells[position] = cells[position] or text
                sheet.rows[at[number]] = (number, tuple(cells))
    if spans:
        what = f"has {len(spans)}: cells merged downwards, each row below was given the same text"
        _say(sheet, "note", "merged_cells", what, spans[0][3])
