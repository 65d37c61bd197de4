"""One document to its tables: a delimited file, a workbook, or a zip of either with a control file.

Called by the reader, for `identify` and `read` alike. Which table a file or sheet is, the profile's
`tables` say by file name, sheet name or columns; what is no table of the profile is told and
counted, never guessed at. A zip in a zip is refused. No name inside a zip is ever repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.columns import fitting, key, titles_of
from adapters.formats.tabular.commenting import of_no_table
from adapters.formats.tabular.leaving import Left, ignoring
from adapters.formats.tabular.tables import CELL_LIMIT, Row, Table, decoded, rows
from adapters.formats.tabular.workbook import Sheet, is_workbook, sheets_of
from adapters.formats.zipped import Archive, NotUnzipped, unzipped
from adapters.profiles import TableRule
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from adapters.profiles import Profile

DELIMITERS: Final = (",", "|", "\t", ";")
_ZIP: Final = b"PK\x03\x04"
_ARCHIVES: Final = (_ZIP, b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_PREAMBLE: Final = 20
_SNIFFED: Final = 65_536
_TABLES: Final = (".csv", ".tsv", ".txt", ".psv", ".tab", ".dat")
_WORDS: Final = (".txt", ".md", ".log", ".sha256", ".md5")
_SIDE: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)")
_NOT_TABLES: Final = re.compile(r"\s*(?:[<{\[]|%PDF|PK\x03|(?:MSH|FHS|BHS)\W|\{\\rtf)")


@dataclass(slots=True, repr=False)
class Delivery(Sealed):
    """The tables of a document in their order; `left` is what was no table of the profile.

    `comments` counts those beside cells of sheets that are no table of the profile.
    """

    tables: list[Table] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    comments: int = 0


def delivered(content: bytes, profile: Profile) -> Delivery:
    """Return the tables of a document; raises `NotUnzipped` where it is refused whole."""
    if not content.startswith(_ZIP):
        table = _texted(content, profile)
        if table is None:
            return Delivery()
        table.rule = rule_of(table.header.cells, profile) or _whole(profile)
        return Delivery([table])
    archive = unzipped(content)
    found = Delivery()
    if is_workbook(archive):
        _take_sheets(archive, profile, found)
        if not found.tables:
            raise NotUnzipped("wrong_table", "no sheet has this profile's columns; bind another")
        return found
    counts: dict[str, int] = {}
    _take_files(archive, profile, found, counts)
    _controlled(archive, profile, counts, found)
    if not found.tables:
        raise NotUnzipped("wrong_table", "no file in the zip has this profile's columns")
    return found


def claimed(content: bytes, profile: Profile) -> bool:
    """Say whether the header of a file, sheet or zipped file is one of this profile's."""
    if not content.startswith(_ZIP):
        return _fits(header_of(content, profile.encoding, profile.delimiter), profile)
    try:
        archive = unzipped(content)
        if is_workbook(archive):
            sheets, _ = sheets_of(archive)
            return any(_headed(rows_of(sheet), profile)[1] for sheet in sheets)
        return any(_fits(_head_in(archive, name, profile), profile) for name in archive.names)
    except NotUnzipped:
        return False


def _head_in(archive: Archive, name: str, profile: Profile) -> tuple[str, ...]:
    if _SIDE.search(name) or not name.casefold().endswith((*_TABLES, ".xlsx")):
        return ()
    content = archive.read(name)
    if not content.startswith(_ZIP):
        return header_of(content, profile.encoding, profile.delimiter)
    inner = unzipped(content)
    if not is_workbook(inner):
        return ()
    found = (_headed(rows_of(sheet), profile) for sheet in sheets_of(inner)[0])
    return next((cells for cells, fits in found if fits), ())


def header_of(content: bytes, encoding: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of the first row of a delimited file, none where it is no table."""
    start = content[:_SNIFFED]
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and encoding != "utf-16":
        return ()
    text, _ = decoded(start, encoding)
    if _NOT_TABLES.match(text):
        return ()
    given = DELIMITERS if delimiter == "auto" else (delimiter,)
    firsts = [next(rows(text, one), None) for one in given]
    found = [row.cells for row in firsts if row and not row.problem and len(row.cells) > 1]
    return max(found, key=len, default=())


def rule_of(header: tuple[str, ...], profile: Profile, name: str = "") -> TableRule | None:
    """Return the profile's table that a file or sheet is, by its name first, then its columns."""
    named = _named_rule(profile, name)
    if named is not None:
        return named
    if profile.tables:
        return _rule_by_columns({key(title) for title in header}, profile)
    return _whole(profile) if fitting(header, profile) else None


def _rule_by_columns(held: set[str], profile: Profile) -> TableRule | None:
    """Return the table whose columns a header has, the one that asks for most of them.

    A table that goes by its name is not known by its key alone; where two ask for the same columns,
    neither is known.
    """
    found: dict[frozenset[str], list[TableRule]] = {}
    for rule in profile.tables:
        wanted = frozenset((*rule.key, *rule.required))
        others = (name for name in profile.columns if name not in wanted)
        bare = rule.named and wanted == set(rule.key)
        if bare and not any(_has(name, held, rule, profile) for name in others):
            continue
        if _has_all(held, rule, profile):
            found.setdefault(wanted, []).append(rule)
    most = found[max(found, key=len)] if found else []
    return most[0] if len(most) == 1 or (most and not most[0].named) else None


def _has(name: str, held: set[str], rule: TableRule, profile: Profile) -> bool:
    return any(key(title) in held for title in titles_of(name, rule, profile))


def _has_all(held: set[str], rule: TableRule, profile: Profile) -> bool:
    """Say whether a header has all columns that a table can't be without."""
    return all(_has(name, held, rule, profile) for name in (*rule.key, *rule.required))


def _named_rule(profile: Profile, name: str) -> TableRule | None:
    """Return the profile's table that goes by the name of a file or sheet."""
    for rule in profile.tables:
        if name and any(fnmatchcase(name.casefold(), p.casefold()) for p in rule.named):
            return rule
    return None


def _whole(profile: Profile) -> TableRule:
    """Return the rule of a profile's only table."""
    return TableRule("", key=profile.group_by, required=profile.required)


def _fits(header: tuple[str, ...], profile: Profile) -> bool:
    if not header or not profile.tables:
        return bool(header) and fitting(header, profile)
    held = {key(title) for title in header}
    return any(_has_all(held, rule, profile) for rule in profile.tables)


def _headed(found: list[Row], profile: Profile) -> tuple[tuple[str, ...], bool]:
    """Return the row that is the header, and whether it is this profile's."""
    at = _header_at(found, profile)
    return (found[at].cells, _fits(found[at].cells, profile)) if found else ((), False)


def _header_at(found: list[Row], profile: Profile, rule: TableRule | None = None) -> int:
    """Return which row is the header; of a table known by its name, the one it knows best."""
    if rule is not None:
        known = {key(t) for name in profile.columns for t in titles_of(name, rule, profile)} - {""}
        counts = [sum(key(c) in known for c in row.cells) for row in found[:_PREAMBLE]]
        if max(counts) > 1:
            return counts.index(max(counts))
    for at, row in enumerate(found[:_PREAMBLE]):
        if not row.problem and _fits(row.cells, profile):
            return at
    return 0


def _texted(content: bytes, profile: Profile, rule: TableRule | None = None) -> Table | None:
    """Return the table in a delimited file, its rows above the header told and left out."""
    text, findings = decoded(content, profile.encoding)
    delimiter = profile.delimiter
    if delimiter == "auto":
        delimiter = max(DELIMITERS, key=lambda one: _found_by(text, one, profile))
    found = list(rows(text, delimiter))
    table = _table(found, profile, rule)
    if table is not None:
        table.findings[:0] = findings
        table.text = text
    return table


def _found_by(text: str, delimiter: str, profile: Profile) -> tuple[bool, int]:
    row = next(rows(text[:_SNIFFED], delimiter), None)
    cells = row.cells if row else ()
    return _fits(cells, profile), len(cells)


def _table(found: list[Row], profile: Profile, rule: TableRule | None = None) -> Table | None:
    if not found:
        return None
    at = _header_at(found, profile, rule)
    if found[at].problem:
        return None
    table = Table(found[at], found[at + 1 :])
    if at:
        table.above = sum(bool(cell.strip()) for row in found[:at] for cell in row.cells)
        message = f"{at} rows above the header hold no plan, they were left out"
        table.findings.append(Finding("note", "preamble", message, Place("row 1", "cell")))
    return table


def rows_of(sheet: Sheet) -> list[Row]:
    """Return the rows of a sheet, each as wide as the widest."""
    width = max((len(cells) for _, cells in sheet.rows), default=0)
    return [
        Row(
            number,
            cells + ("",) * (width - len(cells)),
            "cell_too_long" if max(map(len, cells)) > CELL_LIMIT else "",
        )
        for number, cells in sheet.rows
    ]


def _take_sheets(archive: Archive, profile: Profile, found: Delivery) -> None:
    sheets, findings = sheets_of(archive)
    found.findings += findings
    for sheet in sheets:
        reason = ignoring(profile, sheet.name)
        records = rows_of(sheet)
        table = None
        if not reason:
            table = _table(records, profile, _named_rule(profile, sheet.name))
        rule = rule_of(table.header.cells, profile, sheet.name) if table else None
        if table is None or rule is None:
            if not reason:
                found.findings += of_no_table(sheet.comments, f"sheet {sheet.number}")
            found.comments += len(sheet.comments)
            if records:
                hidden = any(one.code == "hidden_sheet" for one in sheet.findings)
                one = Left("sheet", sheet.number, sheet.name, records, hidden, reason)
                found.left.append(one)
            continue
        table.rule = rule
        words = {one.casefold() for one in (rule.name, *rule.named)}
        table.sheet = sheet.name if sheet.name.casefold() in words else f"sheet {sheet.number}"
        table.findings[:0] = sheet.findings
        for comment in sheet.comments:
            table.comments.setdefault(comment.row, []).append(comment)
        found.tables.append(table)


def _take_files(
    archive: Archive, profile: Profile, found: Delivery, counts: dict[str, int]
) -> None:
    names = [name for name in archive.names if not _SIDE.search(name)]
    for number, name in enumerate(names, start=1):
        if _is_control(name, profile):
            continue
        content = archive.read(name)
        before = len(found.tables)
        if content.startswith(_ARCHIVES):
            inner = unzipped(content) if content.startswith(_ZIP) else None
            if inner is None or not is_workbook(inner):
                message = f"file {number} of the zip is an archive itself; send what is in it"
                raise NotUnzipped("nested_archive", message)
            _take_sheets(inner, profile, found)
        else:
            _take_file(content, name.rpartition("/")[2], number, profile, found)
        taken = found.tables[before:]
        counts[name.rpartition("/")[2].casefold()] = sum(len(table.rows) for table in taken)


def _take_file(content: bytes, name: str, number: int, profile: Profile, found: Delivery) -> None:
    headed = header_of(content, profile.encoding, profile.delimiter)
    reason = ignoring(profile, name)
    table = None
    if headed and not reason:
        table = _texted(content, profile, _named_rule(profile, name))
    rule = rule_of(table.header.cells, profile, name) if table else None
    if table is None or rule is None:
        found.left.append(_left(content, name, number, reason))
        return
    table.rule = rule
    table.name = rule.name or f"file {number}"
    if any(one.name == table.name for one in found.tables):
        table.name = f"{rule.name} (file {number})"
    found.tables.append(table)


def _left(content: bytes, name: str, number: int, reason: str) -> Left:
    """Return a zipped file that is no table of the profile: its rows, or that it is no table."""
    lines = [len(header_of(content, "", one)) for one in DELIMITERS]
    if max(lines) > 1:
        text, _ = decoded(content, "")
        found = list(rows(text, DELIMITERS[lines.index(max(lines))]))
        return Left("file", number, name, found, reason=reason)
    quiet = not content.strip() or name.casefold().endswith(_WORDS)
    if quiet:
        text, _ = decoded(content, "")
        said = [Row(at, (line,)) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
        return Left("file", number, name, said, reason=reason)
    return Left("file", number, name, reason=reason, cells=1)


def _is_control(name: str, profile: Profile) -> bool:
    base = name.rpartition("/")[2].casefold()
    patterns = profile.control.files if profile.control else ()
    return any(fnmatchcase(base, pattern.casefold()) for pattern in patterns)


def _controlled(
    archive: Archive, profile: Profile, counts: dict[str, int], found: Delivery
) -> None:
    """Hold the files against the control file's row counts; a delivery that differs is refused."""
    control = profile.control
    if control is None:
        return
    named = [name for name in archive.names if _is_control(name, profile)]
    if not named:
        raise NotUnzipped("control_missing", "the control file is missing; send the zip again")
    told = _told(archive.read(named[0]), profile)
    for number, (name, count) in enumerate(told.items(), start=1):
        if name not in counts:
            message = f"file {number} of the control file is not in the zip; send it again whole"
            raise NotUnzipped("control_missing_file", message)
        if count != counts[name]:
            message = f"file {number} of the control file should hold {count} rows, {counts[name]}"
            raise NotUnzipped("control_mismatch", f"{message} are there; send it again whole")
    over = len(set(counts) - set(told))
    if over:
        message = f"{over} files are not in the control file; ask the sender what they are"
        found.findings.append(Finding("warning", "control_unlisted", message))


def _told(content: bytes, profile: Profile) -> dict[str, int]:
    """Return the rows that the control file counts in each file, by the file's name."""
    control = profile.control
    assert control is not None  # noqa: S101  # the caller looked
    text, _ = decoded(content, profile.encoding)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    given = list(rows(text, delimiter))
    held = [key(title) for title in given[0].cells] if given else []
    at = [
        next((held.index(key(alias)) for alias in aliases if key(alias) in held), -1)
        for aliases in (control.name, control.rows)
    ]
    if min(at) < 0:
        raise NotUnzipped("control_damaged", "the control file lacks its columns; send it again")
    told = {}
    for row in given[1:]:
        count = row.cells[at[1]].strip() if len(row.cells) > max(at) else ""
        if not count.isdecimal() or len(count) > 9:  # noqa: PLR2004  # a billion rows is no delivery
            raise NotUnzipped("control_damaged", f"row {row.number} of the control file is damaged")
        told[row.cells[at[0]].strip().casefold()] = int(count)
    return told
