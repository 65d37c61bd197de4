"""Report text as rows, by the profile's `report`: tables, blocks and lines under their headings.

Called by `headings` for the collected lines of an OBX text, with the blanks they came with; what
no rule takes is given back by sections, so that `headings` lists or notes it. Printed furniture is
passed over. A line that can't be cut is told, given back, and never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import aligned, capitals
from adapters.formats.hl7v2.habits import heading_key
from adapters.formats.hl7v2.reporting import headed
from adapters.formats.numbered import parted
from hub.canonical import Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.hl7v2.aligned import Line, Row
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.reporting import BlockRule, LineRule, Report

_MARK: Final = re.compile(r"\s*(?:[-*\u2022\u2013]|\(?(\d{1,2}[a-z]?|[a-z])[.)])\s+")
_WIDE: Final = re.compile(r"\s{2,}|\t")


@dataclass(slots=True, repr=False)
class Section(Sealed):
    """A part of a text: its heading as written, what stands behind that, and the lines below."""

    title: str
    at: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True, repr=False)
class Found(Sealed):
    """The rows of a text by the name of their rule, and the sections that are left of it."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    left: list[Section] = field(default_factory=list)

    def add(self, name: str, row: Row) -> None:
        """Add a row to those of its rule."""
        self.rows.setdefault(name, []).append(row)


def read(report: Report, lines: Sequence[Line], into: Gathering) -> Found:
    """Return the rows and leavings of a text's lines (words with their blanks, place)."""
    found = Found()
    for section in _sections(report, lines, into.headings):
        rest = _tables(report, section, found, into)
        blocks = [name for name, _, _ in _blocks(report, rest)]
        rules = {n: one for n, one in report.lines.items() if headed(one.heading, section.title)}
        if blocks:
            rest = _in_blocks(report, rest, rules, found)
        elif rules:
            for name, rule in rules.items():
                for row in _entries(rule, rest):
                    found.add(name, row)
            rest = []
        if any(line.strip() for line, _ in rest) or not section.lines:
            found.left.append(Section(section.title, section.at, rest))
    return found


def _sections(report: Report, lines: Sequence[Line], declared: Mapping[str, str]) -> list[Section]:
    """Return the sections of a text without what the form prints and lines drawn with signs."""
    kept = [one for one in lines if not report.layout.prints(folded(one[0]))]
    ends = capitals.headings(
        kept, lambda title: report.titled(title) or heading_key(title) in declared
    )
    made = [Section("")]
    for number, (line, at) in enumerate(kept):
        title = ends.get(number, "")
        if title:
            rest = line.strip()[len(title) :].lstrip(" :")
            made.append(Section(title, at, [(rest, at)] if rest else []))
        elif not (capitals.RULE.fullmatch(line) and not made[-1].lines):
            made[-1].lines.append((line, at))
    return [one for one in made if one.title or any(line.strip() for line, _ in one.lines)]


def _tables(report: Report, section: Section, found: Found, into: Gathering) -> list[Line]:
    """Take the rows of the table that a section holds; return the lines that are none of it."""
    for name, rule in report.layout.tables.items():
        if rule.heading and not headed(rule.heading, section.title):
            continue
        if not aligned.headed_by(rule, section.lines):
            continue
        rows, before, odd = aligned.table(rule, section.lines)
        for row in rows:
            found.add(name, row)
        for _, at in odd:
            what = f"a line of `report.tables.{name}` does not stand under its heads: it is kept as"
            into.find("warning", "doubtful_field", f"{what} a note, read it in the document", at)
        return [*before, *odd]
    return section.lines


def _blocks(report: Report, lines: Sequence[Line]) -> list[tuple[str, BlockRule, int]]:
    return [
        (name, rule, number)
        for number, (line, _) in enumerate(lines)
        for name, rule in report.blocks.items()
        if headed(rule.heading, folded(line))
    ]


def _in_blocks(
    report: Report, lines: list[Line], rules: Mapping[str, LineRule], found: Found
) -> list[Line]:
    """Take each block: its heading, the labels in it, its marked lines; return what is left."""
    begun = _blocks(report, lines)
    left = lines[: begun[0][2]]
    ends = [number for _, _, number in begun[1:]] + [len(lines)]
    for count, ((name, rule, start), end) in enumerate(zip(begun, ends, strict=True), 1):
        text, at = folded(lines[start][0]), lines[start][1]
        number, said = parted(_shapes(rule), text.casefold())
        number = number or str(count)
        row: Row = {"number": (number, at)}
        if said:
            row["heading"] = (" ".join(text.split()[-said:]), at)
        inside: list[Line] = []
        for one in lines[start + 1 : end]:
            labels = _labels(rule, one)
            row |= {column: value for column, value in labels.items() if column not in row}
            inside += [] if labels else [one]
        marked = next((n for n, one in enumerate(inside) if _MARK.match(one[0])), len(inside))
        if said and marked and inside and (goes_on := [o for o in inside[:marked] if o[0].strip()]):
            words, where = row["heading"]
            row["heading"] = (" ".join([words, *(folded(line) for line, _ in goes_on)]), where)
        found.add(name, row)
        for into_name, line_rule in rules.items():
            for entry in _entries(line_rule, inside[marked:]):
                found.add(into_name, {**entry, name: (number, at)})
        left += [] if rules else inside[marked:]
    return left


def _shapes(rule: BlockRule) -> tuple[str, ...]:
    return tuple(one.casefold() for one in rule.heading)


def _labels(rule: BlockRule, one: Line) -> Row:
    """Return the labelled values of a line: each label first, or after a wide blank."""
    line, at = one
    pieces = [folded(piece) for piece in _WIDE.split(line.strip())]
    row: Row = {}
    last = ""
    for piece in pieces:
        hit = next(
            (
                (column, piece[len(label) :].lstrip(" :"))
                for column, labels in rule.columns.items()
                for label in labels
                if piece.casefold().startswith(label.casefold())
            ),
            None,
        )
        if hit:
            last = hit[0]
            row[last] = (hit[1], at)
        elif not last:
            return {}
        else:
            row[last] = (f"{row[last][0]} {piece}".strip(), at)
    return {column: value for column, value in row.items() if value[0]}


def _entries(rule: LineRule, lines: Sequence[Line]) -> list[Row]:
    """Return a row of each entry: each marked line with those below it, or each line by itself."""
    marked = any(_MARK.match(line) for line, _ in lines)
    texts: list[tuple[str, str, str]] = []
    for line, at in lines:
        mark = _MARK.match(line)
        words = line[mark.end() :] if mark else line
        if not words.strip():
            continue
        if marked and not mark and texts:
            number, before, where = texts[-1]
            texts[-1] = (number, aligned.joined(before.rstrip(), words.strip()), where)
        else:
            texts.append(((mark[1] or "") if mark else "", words.strip(), at))
    if rule.each:
        cut = re.compile(rf"{re.escape(rule.each)}\s*(?![^(]*\))")
        texts = [(n, one, at) for n, words, at in texts for one in cut.split(words)]
    return [_row(rule, *one) for one in texts if one[1].strip()]


def _row(rule: LineRule, number: str, words: str, at: str) -> Row:
    between = re.compile(rf"\s+{re.escape(rule.between)}(?:\s+|$)") if rule.between else _WIDE
    parts = between.split(words, maxsplit=len(rule.columns) - 1)
    row: Row = {
        column: (folded(part), at)
        for column, part in zip(rule.columns, parts, strict=False)
        if part.strip()
    }
    return {**row, "number": (number, at)} if number else row
