"""Comments beside the cells of a workbook: whose row they stand in, and that nobody read them.

Called by the deliveries for each sheet, by the reader once rows are plans. The words of a comment
in a row of a plan are residue of that plan, under the cell; one anywhere else is no member's, so
only its cell is told. Each comment is told by sheet and cell, none is ever a field. Notes and
threaded comments with their answers are read (ECMA-376 part 1, 18.7; [MS-XLSX] 2.6.204).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.tables import letters
from adapters.formats.xml import opened
from hub.canonical import Finding, Place, Residue, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from adapters.formats.tabular.charting import Line
    from adapters.formats.tabular.tables import Table
    from adapters.formats.zipped import Archive

_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_KINDS: Final = ("/comments", "/threadedComment")
_STANDS_IN: Final = "[Threaded comment]"
"""How the note begins that older programs show in a threaded comment's place."""
_MOST: Final = 20
_KEPT: Final = "a comment beside the cell is kept as text, no field was read from it; look at it"
_UNREAD: Final = "a comment stands beside no row of a plan and was not read, look at it"


@dataclass(frozen=True, slots=True, repr=False)
class Comment(Sealed):
    """The words beside a cell: its row as a spreadsheet counts it, its position from 0."""

    row: int
    position: int
    text: str

    def place(self, sheet: str) -> Place:
        """Return the cell's place."""
        return Place(f"{sheet}!{letters(self.position)}{self.row}", "cell", "comment")


def comments_of(archive: Archive, part: str) -> tuple[list[Comment], set[str]]:
    """Return the comments of a sheet, in the order of their cells, and the parts they are in.

    `part` is the sheet's own part, such as `xl/worksheets/sheet1.xml`.
    """
    folder, _, name = part.rpartition("/")
    found: list[Comment] = []
    parts: set[str] = set()
    for one in _below(archive, f"{folder}/_rels/{name}.rels"):
        target = one.get("Target", "")
        beside = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        if one.get("Type", "").endswith(_KINDS) and beside in archive:
            comments = [read for each in _all(archive, beside) if (read := _comment(each))]
            found += comments
            parts |= {beside} if comments else set()
    threads = {(one.row, one.position) for one in found if not one.text.startswith(_STANDS_IN)}
    kept = [
        one
        for one in found
        if not (one.text.startswith(_STANDS_IN) and (one.row, one.position) in threads)
    ]
    return sorted(kept, key=lambda one: (one.row, one.position)), parts


def _below(archive: Archive, name: str) -> Iterator[_Element]:
    root = opened(archive.read(name)).root if name in archive else None
    return iter(root) if root is not None else iter(())


def _all(archive: Archive, name: str) -> Iterator[_Element]:
    for one in _below(archive, name):
        yield one
        yield from one


def _comment(element: _Element) -> Comment | None:
    """Return the comment that an element is, if it is one with words."""
    kind = str(element.tag).rpartition("}")[2]
    found = _CELL.fullmatch(element.get("ref", ""))
    if kind not in {"comment", "threadedComment"} or found is None:
        return None
    position = 0
    for letter in found[1]:
        position = position * 26 + ord(letter) - ord("A") + 1
    text = folded(str(words) for words in element.itertext())
    return Comment(int(found[2]), position - 1, text) if text else None


def beside(lines: Iterable[Line]) -> Iterator[tuple[Residue, Place]]:
    """Yield the comments in the rows of one plan, and in the banners above them."""
    seen: set[tuple[int, int]] = set()
    for line in lines:
        table = line.chart.table
        for number in (line.banner, line.number) if table.comments else ():
            if (id(table), number) in seen:
                continue
            seen.add((id(table), number))
            titles = line.chart.columns.titles
            for one in table.comments.get(number, ()):
                title = titles[one.position] if one.position < line.chart.columns.own else ""
                label = f"Comment on {title}" if title else "Comment"
                yield Residue(text=one.text, label=label), one.place(table.sheet)


def told(tables: Iterable[Table], lines: Iterable[Line]) -> tuple[list[Finding], int]:
    """Return what is said of the comments of tables, and how many stand in no plan's row."""
    commented = [table for table in tables if table.comments]
    if not commented:
        return [], 0
    read = {(id(one.chart.table), number) for one in lines for number in (one.number, one.banner)}
    kept: list[Finding] = []
    unread: list[Finding] = []
    for table in commented:
        for number, comments in table.comments.items():
            for one in comments:
                if (id(table), number) in read:
                    kept.append(_finding("comment_kept", _KEPT, one.place(table.sheet)))
                else:
                    unread.append(_finding("comments_unread", _UNREAD, one.place(table.sheet)))
    return [*_some(kept), *_some(unread)], len(unread)


def of_no_table(comments: Iterable[Comment], sheet: str) -> list[Finding]:
    """Return what is said of the comments of a sheet that is no table of the profile."""
    return _some([_finding("comments_unread", _UNREAD, one.place(sheet)) for one in comments])


def _finding(code: str, message: str, place: Place) -> Finding:
    return Finding("warning", code, message, place)


def _some(findings: list[Finding]) -> list[Finding]:
    """Return the first findings, and one that counts the others."""
    more = len(findings) - _MOST
    if more <= 0:
        return findings
    last = findings[_MOST]
    message = f"{more} more comments, this is the first: {last.message}"
    return [*findings[:_MOST], _finding(last.code, message, last.place or Place(""))]
