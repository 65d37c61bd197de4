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
from adapters.formats.tabular.assembly import Assembly
from adapters.formats.tabular.charting import Chart, Line, Rules
from adapters.formats.tabular.judging import Judge, bad_row, conflicts, grouped, strangers
from adapters.formats.tabular.tables import Row, Table, decoded, rows
from hub.canonical import Document, Finding, Place, Plan, Reading, Tally, unreadable

if TYPE_CHECKING:
    from adapters.profiles import Profile

_SNIFFED: Final = 65_536
_DELIMITERS: Final = (",", "|", "\t", ";")
_NOT_TABLES: Final = re.compile(r"\s*(?:[<{\[]|%PDF|PK\x03|(?:MSH|FHS|BHS)\W|\{\\rtf)")
_HEADLESS: Final = re.compile(r"(?:PID|EVN|PV1|OBX|OBR|PRB|GOL|TXA)\|")
"""The start of an HL7 v2 message that lost its MSH: its own reader says so, this one does not."""


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
        found = rows(text, self.profile.delimiter)
        header = next(found, None)
        if header is None or header.problem:
            return unreadable("empty_table", "no header row; ask the sender for the whole file")
        table = Table(header, list(found))
        columns, wrong = headings.matched(table, self.profile)
        if wrong:
            return Reading(findings=(*findings, *wrong))
        cut = next((row for row in table.rows if row.problem == "open_quote"), None)
        if cut is not None:
            message = f"a quote opened in row {cut.number} is never closed, no row can be trusted"
            place = table.row_place(cut.number)
            return Reading(findings=(*findings, Finding("error", "open_quote", message, place)))
        chart = Chart(table, columns, Rules(self.profile))
        return self._grouped(chart, findings)

    def _grouped(self, chart: Chart, findings: list[Finding]) -> Reading:
        bad: list[tuple[Row | Line, str]] = []
        lines = []
        judge = Judge(chart)
        for row in chart.table.rows:
            problem = judge.problem(row)
            if problem:
                bad.append((row, problem))
            else:
                lines.append(chart.line(row))
        groups = grouped(lines, self.profile.group_by)
        bad += strangers(groups)
        bad += conflicts(groups, self.profile.member)
        plans: list[Plan] = []
        tallies = [_bad_cells(bad)]
        for group in groups.values():
            assembly = Assembly(chart.rules, group)
            plan, tally = assembly.plan()
            plans.append(plan)
            findings += assembly.findings
            tallies.append(tally)
        bad.sort(key=lambda found: found[0].number)
        findings += [bad_row(chart.table.row_place(r.number), r.number, code) for r, code in bad]
        if not plans and not bad:
            message = "a header and no rows; ask the sender for the whole file"
            findings.append(Finding("error", "nothing_read", message, Place("row 2", "cell")))
        return Reading(tuple(plans), tuple(findings), _summed(tallies))


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


def _bad_cells(bad: list[tuple[Row | Line, str]]) -> Tally:
    count = sum(bool(cell.strip()) for row, _ in bad for cell in row.cells)
    return Tally(count, 0, count, 0)


def _summed(tallies: list[Tally]) -> Tally:
    return Tally(
        sum(t.source_items for t in tallies),
        sum(t.mapped for t in tallies),
        sum(t.residue for t in tallies),
        sum(t.ignored for t in tallies),
    )


ADAPTER: Final = UnboundTable()
