"""Bytes to numbered rows of text: character set, quotes, line ends. Strict, and never an exception.

Called by the reader. A row that breaks the rules is handed on as a problem with its number, and the
next ones are read; a quote that is never closed makes the whole rest untrustworthy, and says so.
All cells stay text: no number, date or formula is ever interpreted here.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from adapters.profiles import TableRule
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.tabular.commenting import Comment

CELL_LIMIT: Final = 131_072
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


_SPOILT: Final = Finding(
    "warning", "encoding_damaged", "some letters are damaged; ask the sender for the file again"
)


class Row(Sealed, msgspec.Struct, gc=False):
    """One record: its number as a spreadsheet counts it (the header is row 1), and its cells.

    `problem` is a finding's code where the row broke the rules of the format, `banner` the number
    of the row above whose words stand in its last cells.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    banner: int = 0


@dataclass(slots=True, repr=False)
class Table(Sealed):
    """One header and the rows below it.

    `name` tells it from others of its delivery, `sheet` is set for a sheet of a workbook; `rule` is
    which of the profile's tables it is, `text` what it was read from, `above` counts the cells left
    out above the header, `furniture` holds the rows that the profile calls the form's own.
    `banners` are what the rule leaves of each banner, by its row: the position and the words;
    `comments` stand beside its cells, by row.
    """

    header: Row
    rows: list[Row]
    name: str = ""
    sheet: str = ""
    rule: TableRule = field(default_factory=lambda: TableRule(""))
    findings: list[Finding] = field(default_factory=list)
    text: str = ""
    above: int = 0
    furniture: list[Row] = field(default_factory=list)
    banners: dict[int, tuple[int, str]] = field(default_factory=dict)
    comments: dict[int, list[Comment]] = field(default_factory=dict)

    def row_place(self, number: int, rule: str = "") -> Place:
        """Return the place of a whole row."""
        return Place(f"{self._start()}row {number}", "cell", rule)

    def around(self, titles: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what stands before and after the row's number in the place of each cell."""
        if self.sheet:
            own = len(titles) - len(self.rule.banner)
            columns = [at if at < own else 0 for at in range(len(titles))]
            before = tuple([f"{self.sheet}!{letters(at)}" for at in columns])
            return before, ("",) * len(titles)
        before = (f"{self._start()}row ",) * len(titles)
        return before, tuple([f", column {title}" for title in titles])

    def _start(self) -> str:
        return f"{self.sheet or self.name}: " if self.sheet or self.name else ""


def letters(position: int) -> str:
    """Return the letters of a spreadsheet's column, `A` for 0."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def decoded(content: bytes, declared: str) -> tuple[str, list[Finding]]:
    """Return the text: by BOM, else as declared, else strict UTF-8, else Windows-1252."""
    for mark, codec in _BOMS:
        if content.startswith(mark):
            text = content.decode(codec, "replace")
            return text, [_SPOILT] if "\ufffd" in text else []
    if declared:
        try:
            return content.decode(declared), []
        except UnicodeDecodeError:
            message = f"not in the declared encoding {declared}; ask the sender what changed"
            return _guessed(content, Finding("warning", "encoding_mismatch", message))
    return _guessed(content, None)


def _guessed(content: bytes, found: Finding | None) -> tuple[str, list[Finding]]:
    findings = [found] if found else []
    try:
        return content.decode("utf-8"), findings
    except UnicodeDecodeError:
        message = "no UTF-8, read as Windows-1252; name the encoding in the profile"
        findings.append(Finding("warning", "encoding_guessed", message))
    try:
        return content.decode("cp1252"), findings
    except UnicodeDecodeError:
        return content.decode("iso8859-1"), findings


def rows(text: str, delimiter: str) -> Iterator[Row]:
    """Yield every record with its number; blank ones are counted and left out."""
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, (), _problem(error))
            continue
        if any(cells):
            too_long = max(map(len, cells)) > CELL_LIMIT
            yield Row(number, tuple(cells), "cell_too_long" if too_long else "")


def _problem(error: csv.Error) -> str:
    words = str(error)
    if "unexpected end" in words:
        return "open_quote"
    return "cell_too_long" if "field limit" in words else "bad_quotes"
