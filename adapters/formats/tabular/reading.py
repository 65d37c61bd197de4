"""The table reader: files, workbooks and zips of tables to plans, one for each group of rows.

An Adapter, composed by an MCO's module with its profile. A bad row is a numbered error and the
others go on; a table whose header lacks a required column, or whose quotes never close, has its
whole delivery quarantined. Cells are text throughout: no zero, date or formula is interpreted but
as a workbook displays it.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular import columns as headings
from adapters.formats.tabular import commenting, leaving
from adapters.formats.tabular.assembly import Assembly
from adapters.formats.tabular.banners import spread
from adapters.formats.tabular.charting import Chart, Line, Rules
from adapters.formats.tabular.deliveries import (
    DELIMITERS,
    Delivery,
    claimed,
    delivered,
    header_of,
    rows_of,
)
from adapters.formats.tabular.judging import Judge, bad_row, conflicts, grouped, strangers
from adapters.formats.tabular.remarking import remarks
from adapters.formats.tabular.widening import rule_again, widened
from adapters.formats.tabular.workbook import is_workbook, sheets_of
from adapters.formats.zipped import NotUnzipped, unzipped
from hub.canonical import Document, Finding, Place, Plan, Reading, Tally, unreadable

if TYPE_CHECKING:
    from adapters.formats.tabular.tables import Row, Table
    from adapters.profiles import Profile

_ZIP: Final = b"PK\x03\x04"
_HEADLESS: Final = re.compile(r"(?:PID|EVN|PV1|OBX|OBR|PRB|GOL|TXA)\|")
"""The start of an HL7 v2 message that lost its MSH: its own reader says so, this one does not."""

Bad = list[tuple["Table", "Row | Line", str]]


class TabularReader:
    """Reads one sender's tables by its profile."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.name = profile.name
        self.version = profile.version

    def identify(self, document: Document) -> bool:
        """Say whether the header row of a file, sheet or zipped file is this sender's."""
        return claimed(document.content, self.profile)

    def read(self, document: Document) -> Reading:
        """Read the tables; each group of rows is a plan, each bad row an error with its number."""
        try:
            delivery = delivered(document.content, self.profile)
        except NotUnzipped as refusal:
            return Reading(findings=(refusal.finding,))
        if not delivery.tables:
            return unreadable("empty_table", "no header row; ask the sender for the whole file")
        findings = [*delivery.findings, *(f for table in delivery.tables for f in table.findings)]
        profile = widened(self.profile, delivery.tables)
        for table in delivery.tables:
            table.rule = rule_again(table.rule, profile)
        rules = Rules(profile, typed=any(table.sheet for table in delivery.tables))
        charts = []
        for table in delivery.tables:
            spread(table, profile)
            columns, wrong = headings.matched(table, profile)
            wrong += _cut(table)
            if wrong:
                return Reading(findings=(*findings, *wrong))
            charts.append(Chart(table, columns, rules))
        return self._grouped(charts, findings, delivery)

    def _grouped(self, charts: list[Chart], findings: list[Finding], delivery: Delivery) -> Reading:
        bad: Bad = []
        lines: list[Line] = []
        for chart in charts:
            good = _judged(chart, bad)
            findings += remarks(chart, good)
            lines += good
        groups, lost = grouped(lines, self.profile.group_by)
        lost += strangers(groups)
        lost += conflicts(groups, self.profile.member)
        bad += [(line.chart.table, line, code) for line, code in lost]
        plans: list[Plan] = []
        left = leaving.told(delivery.left, groups, self.profile)
        findings += left.findings
        comments, passed = commenting.told(delivery.tables, chain(*groups.values()))
        findings += comments
        passed += delivery.comments
        tallies = [_unread(bad, delivery), left.tally, Tally(passed, 0, passed, 0)]
        for name, group in groups.items():
            assembly = Assembly(charts[0].rules, group)
            plan, tally = assembly.plan(left.kept(name))
            plans.append(plan)
            findings += assembly.findings
            tallies.append(tally)
        order = {id(chart.table): number for number, chart in enumerate(charts)}
        bad.sort(key=lambda found: (order[id(found[0])], found[1].number))
        findings += [bad_row(table.row_place(r.number), r.number, code) for table, r, code in bad]
        if not plans and not bad:
            message = "a header and no rows; ask the sender for the whole file"
            findings.append(Finding("error", "nothing_read", message, Place("row 2", "cell")))
        return Reading(tuple(plans), tuple(findings), _summed(tallies))


def _judged(chart: Chart, bad: Bad) -> list[Line]:
    """Return the good rows of a table as lines; add the others to `bad`."""
    good = []
    judge = Judge(chart)
    lone: list[Row] = []
    last = 0
    for row in chart.table.rows:
        if judge.furniture(row):
            chart.table.furniture.append(row)
            continue
        problem = judge.problem(row)
        if problem == "lone_row":
            lone.append(row)
            continue
        last = row.number
        if problem:
            bad.append((chart.table, row, problem))
        else:
            good.append(chart.line(row))
    named = ((row, "closing_row" if row.number > last else "lone_row") for row in lone)
    bad += [(chart.table, row, code) for row, code in named]
    return good


def _cut(table: Table) -> list[Finding]:
    """Say where a quote is opened that is never closed."""
    cut = next((row.number for row in table.rows if row.problem == "open_quote"), 0)
    message = f"a quote opened in row {cut} is never closed, no row can be trusted"
    return [Finding("error", "open_quote", message, table.row_place(cut))] if cut else []


class UnboundTable:
    """Recognises a table of nobody's in particular and asks for a profile."""

    name = "tabular"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Say whether this is a workbook, or its first row reads as one of a delimited table."""
        if document.content.startswith(_ZIP):
            return _sheets(document) is not None
        if _HEADLESS.match(document.content[:8].decode("latin-1")):
            return False
        if b"%PDF-" in document.content[:1029] or b"ClinicalDocument" in document.content[:8192]:
            return False
        return bool(_any_header(document))

    def read(self, document: Document) -> Reading:
        """Say that a profile is needed: columns mean nothing without one."""
        ask = "and no profile that says what they mean; bind the sender's profile in the directory"
        if document.content.startswith(_ZIP):
            sheets = _sheets(document)
            if isinstance(sheets, Finding):
                return Reading(findings=(sheets,))
            if sheets is None:
                return unreadable("not_a_table", "the zip is no workbook; send what is in it")
            widths = ", ".join(str(width) for width in sheets)
            return unreadable("no_profile", f"sheets of {widths} columns {ask}", _ROW_1)
        header = _any_header(document)
        if not header:
            return unreadable("not_a_table", "the first row is no header of a delimited table")
        return unreadable("no_profile", f"a table of {len(header)} columns {ask}", _ROW_1)


_ROW_1: Final = Place("row 1", "cell")


def _sheets(document: Document) -> list[int] | Finding | None:
    """Return how wide each sheet of a workbook is, why it is refused, or None for no workbook."""
    try:
        archive = unzipped(document.content)
        if not is_workbook(archive):
            return None
        found = [rows_of(sheet) for sheet in sheets_of(archive)[0]]
    except NotUnzipped as refusal:
        return refusal.finding if b"xl/workbook." in document.content else None
    return [len(rows[0].cells) for rows in found if rows]


def _any_header(document: Document) -> tuple[str, ...]:
    found = (header_of(document.content, "", delimiter) for delimiter in DELIMITERS)
    return max(found, key=len, default=())


def _unread(bad: Bad, delivery: Delivery) -> Tally:
    """Count the cells of bad rows, of those above a header and of the form's own rows."""
    count = sum(bool(cell.strip()) for _, row, _ in bad for cell in row.cells)
    above = sum(table.above for table in delivery.tables)
    furniture = [row for table in delivery.tables for row in table.furniture]
    above += sum(bool(cell.strip()) for row in furniture for cell in row.cells)
    return Tally(count + above, 0, count, above)


def _summed(tallies: list[Tally]) -> Tally:
    return Tally(
        sum(t.source_items for t in tallies),
        sum(t.mapped for t in tallies),
        sum(t.residue for t in tallies),
        sum(t.ignored for t in tallies),
    )


ADAPTER: Final = UnboundTable()
