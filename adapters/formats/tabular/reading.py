"""The table reader: a delimited file to plans, one for each group of rows. An Adapter.

Composed by an MCO's module with its profile. A bad row is a numbered error and the others go on; a
file whose header lacks a required column, or whose quotes never close, is quarantined whole. Cells
are text throughout: no number, zero or formula is ever interpreted.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular import columns as headings
from adapters.formats.tabular.assembly import Assembly, rules_for
from adapters.formats.tabular.tables import Row, decoded, rows
from adapters.formats.tabular.valuing import DAMAGED, Misfit, valued
from hub.canonical import Document, Finding, Place, Plan, Reading, Tally, unreadable

if TYPE_CHECKING:
    from adapters.formats.tabular.columns import Columns
    from adapters.profiles import FieldRule, Profile

_SNIFFED: Final = 65_536
_DELIMITERS: Final = (",", "|", "\t", ";")
_NOT_TABLES: Final = re.compile(r"\s*(?:[<{\[]|%PDF|PK\x03|(?:MSH|FHS|BHS)\W|\{\\rtf)")
_HEADLESS: Final = re.compile(r"(?:PID|EVN|PV1|OBX|OBR|PRB|GOL|TXA)\|")
"""The start of an HL7 v2 message that lost its MSH: its own reader says so, this one does not."""

_PROBLEMS: Final = {
    "bad_quotes": "its quotes are not closed where a cell ends",
    "cell_too_long": "a cell is longer than any plan's",
    "short_row": "it has fewer cells than the header",
    "long_row": "it has more cells than the header",
    "damaged_id": "a spreadsheet has damaged its id, export the column as text",
    "missing_value": "a required cell is empty",
    "unknown_row_kind": "the profile knows no such kind of row",
    "empty_item": "it says nothing in the columns of its kind",
    "odd_birth_date": "there is no such birth date",
    "two_members": "one plan id is given to two members",
    "member_conflict": "rows of one plan differ about who the member is",
}
_IDENTITY: Final = frozenset({"birth_date", "name.family"})


class TabularReader:
    """Reads one sender's tables by its profile."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.name = profile.name
        self.version = profile.version

    def identify(self, document: Document) -> bool:
        """Say whether the header row is this sender's."""
        header = _header(document, self.profile.encoding, self.profile.delimiter)
        return bool(header) and headings.fitting(header, self.profile)

    def read(self, document: Document) -> Reading:
        """Read the table; each group of rows is a plan, each bad row an error with its number."""
        text, findings = decoded(document.content, self.profile.encoding)
        table = rows(text, self.profile.delimiter)
        header = next(table, None)
        if header is None or header.problem:
            return unreadable("empty_table", "no header row; ask the sender for the whole file")
        columns, wrong = headings.matched(header.cells, self.profile)
        if wrong:
            return Reading(findings=(*findings, *wrong))
        body = list(table)
        cut = next((row for row in body if row.problem == "open_quote"), None)
        if cut is not None:
            message = f"a quote opened in row {cut.number} is never closed, no row can be trusted"
            place = Place(f"row {cut.number}", "cell")
            return Reading(findings=(*findings, Finding("error", "open_quote", message, place)))
        return self._grouped(body, columns, findings)

    def _grouped(self, body: list[Row], columns: Columns, findings: list[Finding]) -> Reading:
        groups: dict[tuple[str, ...], list[Row]] = {}
        bad: list[tuple[Row, str]] = []
        for row in body:
            problem = row.problem or self._problem(row, columns)
            if problem:
                bad.append((row, problem))
            else:
                group = tuple(_cell(row, columns, name) for name in self.profile.group_by)
                groups.setdefault(group, []).append(row)
        bad += self._strangers(groups)
        bad += self._conflicts(groups, columns)
        plans: list[Plan] = []
        spoilt = [row for row, _ in bad]
        tallies = [_bad_cells(spoilt)]
        for members_rows in groups.values():
            assembly = Assembly(self.profile, columns, members_rows)
            plan, tally = assembly.plan()
            plans.append(plan)
            findings += assembly.findings
            tallies.append(tally)
        findings += [_bad_row(row, code) for row, code in sorted(bad, key=lambda b: b[0].number)]
        if not plans and not bad:
            message = "a header and no rows; ask the sender for the whole file"
            findings.append(Finding("error", "nothing_read", message, Place("row 2", "cell")))
        return Reading(tuple(plans), tuple(findings), _summed(tallies))

    def _problem(self, row: Row, columns: Columns) -> str:
        """Return what is wrong with a row by itself, as a finding's code, or nothing."""
        width = len(columns.titles)
        if len(row.cells) < width:
            return "short_row"
        if any(cell.strip() for cell in row.cells[width:]):
            return "long_row"
        for name in (*self.profile.required, *self.profile.group_by):
            if not _cell(row, columns, name):
                return "missing_value"
        if any(self._damaged(row, columns, name) for name in self._id_columns()):
            return "damaged_id"
        return self._unfit(row, columns)

    def _unfit(self, row: Row, columns: Columns) -> str:
        """Return why a row is no item, or names nobody who can be matched."""
        rules = rules_for(row, columns, self.profile)
        if not rules:
            return "unknown_row_kind"
        if not any(_cell(row, columns, field.source) for rule in rules for field in rule.fields):
            return "empty_item"
        return "" if self._born(row, columns) else "odd_birth_date"

    def _id_columns(self) -> set[str]:
        sources = {r.source for r in self.profile.member if r.target.startswith("identifiers.")}
        sources |= {r.source for r in self.profile.coverage if r.target == "member_id"}
        return sources | set(self.profile.group_by) | set(self.profile.widths)

    def _damaged(self, row: Row, columns: Columns, name: str) -> bool:
        """Say whether a spreadsheet rewrote an id: exponent, or zeros lost against its width."""
        cell = _cell(row, columns, name)
        if not cell:
            return False
        width = self.profile.widths.get(name)
        return bool(DAMAGED.fullmatch(cell)) or (width is not None and len(cell) != width)

    def _born(self, row: Row, columns: Columns) -> bool:
        for rule in self.profile.member:
            if rule.target == "birth_date" and _cell(row, columns, rule.source):
                try:
                    valued(rule, _cell(row, columns, rule.source), self.profile, Place(""), [])
                except Misfit:
                    return False
        return True

    def _strangers(self, groups: dict[tuple[str, ...], list[Row]]) -> list[tuple[Row, str]]:
        """Take out the rows of every plan id that stands under more than one member id."""
        members: dict[tuple[str, ...], set[str]] = {}
        for group in groups:
            members.setdefault(group[1:], set()).add(group[0])
        shared = [g for g in groups if g[1:] and len(members[g[1:]]) > 1]
        return [(row, "two_members") for group in shared for row in groups.pop(group)]

    def _conflicts(
        self, groups: dict[tuple[str, ...], list[Row]], columns: Columns
    ) -> list[tuple[Row, str]]:
        """Take out the rows of every plan that says two things about who its member is."""
        rules = [r for r in self.profile.member if _is_identity(r)]
        torn = [
            group
            for group, members_rows in groups.items()
            if any(len(_said(members_rows, columns, rule.source)) > 1 for rule in rules)
        ]
        return [(row, "member_conflict") for group in torn for row in groups.pop(group)]


class UnboundTable:
    """Recognises a table of nobody's in particular and asks for a profile."""

    name = "tabular"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Say whether the first row reads as one of a delimited table."""
        if _HEADLESS.match(document.content[:8].decode("latin-1")):
            return False
        if b"%PDF-" in document.content[:1029] or b"ClinicalDocument" in document.content[:8192]:
            return False
        return bool(_any_header(document))

    def read(self, document: Document) -> Reading:
        """Say that a profile is needed: columns mean nothing without one."""
        header = _any_header(document)
        if not header:
            return unreadable("not_a_table", "the first row is no header of a delimited table")
        message = (
            f"a table of {len(header)} columns and no profile that says what they mean;"
            " bind the sender's profile in the directory"
        )
        return unreadable("no_profile", message, Place("row 1", "cell"))


def _header(document: Document, encoding: str, delimiter: str) -> tuple[str, ...]:
    content = document.content[:_SNIFFED]
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ()
    text, _ = decoded(content, encoding)
    if _NOT_TABLES.match(text):
        return ()
    first = next(islice(rows(text, delimiter), 1), None)
    return first.cells if first and not first.problem and len(first.cells) > 1 else ()


def _any_header(document: Document) -> tuple[str, ...]:
    found = (_header(document, "", delimiter) for delimiter in _DELIMITERS)
    return max(found, key=len, default=())


def _cell(row: Row, columns: Columns, name: str) -> str:
    position = columns.at.get(name)
    if position is None or position >= len(row.cells):
        return ""
    return row.cells[position].strip()


def _said(members_rows: list[Row], columns: Columns, name: str) -> set[str]:
    found = {_cell(row, columns, name).casefold() for row in members_rows}
    return found - {""}


def _is_identity(rule: FieldRule) -> bool:
    return rule.target in _IDENTITY or rule.target.startswith("identifiers.")


def _bad_row(row: Row, code: str) -> Finding:
    message = f"row {row.number} was left out: {_PROBLEMS[code]}; mend it and send it again"
    return Finding("error", code, message, Place(f"row {row.number}", "cell"))


def _bad_cells(spoilt: list[Row]) -> Tally:
    count = sum(bool(cell.strip()) for row in spoilt for cell in row.cells)
    return Tally(count, 0, count, 0)


def _summed(tallies: list[Tally]) -> Tally:
    return Tally(
        sum(t.source_items for t in tallies),
        sum(t.mapped for t in tallies),
        sum(t.residue for t in tallies),
        sum(t.ignored for t in tallies),
    )


ADAPTER: Final = UnboundTable()
