"""One sender's habits in HL7 v2, as the reader takes them: from a profile or written in Python.

Made by an MCO's module, read by the reader. Without habits the reader is generic: it takes the
standard's own meaning and leaves free text as notes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.formats.hl7v2.reporting import report_of
from adapters.formats.hl7v2.segments import SEGMENT, SOURCE
from adapters.profiles import CommentRule, ProfileError, targets
from hub import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.formats.hl7v2.reporting import Report
    from adapters.profiles import ConsentRule, Default, FieldRule, Profile, RowRule


NO_COMMENTS = CommentRule()
_APART = re.compile(r"[\W_]+")
_ROOTS = frozenset({"header", "member", "coverage"})
_SINGLE = frozenset({"header", "member", "coverage", "risk", "agreement", "review", "crisis_plan"})
_OPENED = (
    *(name for name in targets.LISTS if name not in {"attachments", "residue"}),
    *targets.WORDS,
    "crisis_plan",
)
"""What the headings of a text may open: the lists of the plan, and the crisis plan."""
_OWN = frozenset({"MSH", "PID", "TXA", "OBR", "OBX", "NTE", "ORC", "PRB", "GOL"})


@dataclass(frozen=True, slots=True)
class Habits:
    """What a sender always does.

    `applications` and `facilities` are its MSH-3.1 and MSH-4.1; `messages` the MSH-9 it sends
    (`MDM^T02`). `sections` name canonical lists and the text headings that open them. `identifiers`
    say what kind of id its own PID-3.5 types or authorities are. `notices` are segment fields that
    hold the Part 2 notice (42 CFR 2.32); `segments` map its Z segments. A section named after a
    field (`goals.due`) says that an observation's value is that field of the item before it.
    `comments` say which NTE go on with the text above them and which labels in them are fields;
    `sub_ids` that OBX-4 is an item's id (`plain`) and names its parent too (`dotted`); `rows` which
    segments become items of a list; `consents` which one states a consent; `dates` are the forms
    that the transform `date` tries; `report` how its text is laid out.
    """

    name: str = "hl7v2"
    version: str = "1"
    encoding: str = ""
    applications: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    segments: tuple[FieldRule, ...] = ()
    comments: CommentRule = NO_COMMENTS
    sub_ids: str = ""
    consents: ConsentRule | None = None
    rows: tuple[RowRule, ...] = ()
    report: Report | None = None
    dates: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: tuple[Default, ...] = ()

    def headings(self) -> dict[str, str]:
        """Return every declared heading, in a form to compare with, and the list it opens."""
        return self._named(lambda name: "." not in name)

    def fields(self) -> dict[str, str]:
        """Return every observation that is a field of the item before it, and which."""
        return self._named(lambda name: "." in name)

    def _named(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        every = self.sections.items()
        return {heading_key(word): name for name, ws in every if wanted(name) for word in ws}


def heading_key(text: str) -> str:
    """Return a heading in the form headings are compared in: letters and digits, lower case."""
    # most headings are one word, and a pattern costs more than looking whether it is
    return text.casefold() if text.isalpha() else _APART.sub(" ", text).strip().casefold()


def one_value(target: str) -> bool:
    """Say whether a dotted target is one field of the plan, and of no list in it."""
    kind: type | None = canonical.Plan
    *path, _ = target.split(".")
    if target.partition(".")[0] not in _SINGLE:
        return False
    for name in path:
        kind, many = targets.part(kind, name) if kind else (None, False)
        if many or kind is None:
            return False
    return targets.shape(canonical.Plan, target) in {"text", "flag", "number"}


def _check_segments(profile: Profile) -> None:
    for rule in profile.segments:
        if not SOURCE.fullmatch(rule.source):
            detail = "`from` is one field of a segment, such as `ZCP-3`, or `ZCP-3.2`"
            raise ProfileError(f"segments.{rule.target}", detail)
        if not one_value(rule.target):
            detail = "a segment fills one field outside the lists; for a list's items use `rows`"
            raise ProfileError(f"segments.{rule.target}", detail)


def _check_rows(profile: Profile) -> None:
    report = report_of(profile.report)
    for number, row in enumerate(profile.rows):
        where = f"rows.{number}"
        if row.serves:
            raise ProfileError(f"{where}.serves", "links of hl7v2 items are said by `sub_ids`")
        if report is not None and row.when and all(map(report.columns, row.when)):
            _check_report(report, row, where)
        else:
            _check_segment_row(row, where)


def _check_segment_row(row: RowRule, where: str) -> None:
    """Refuse a rule over segments that names none, or a field of another one."""
    if not row.when or any(not SEGMENT.fullmatch(name) or name in _OWN for name in row.when):
        detail = "names the segments that become items: `[ZRX]`, and none that the reader"
        raise ProfileError(
            f"{where}.when", f"{detail} needs itself, such as OBX; or a `report` row"
        )
    for rule in row.fields:
        found = SOURCE.fullmatch(rule.source)
        if found is None or found[1] not in row.when or rule.more:
            detail = "`from` is a field of a segment in `when`: `ZRX-2`, or `ZRX-2.1`"
            raise ProfileError(f"{where}.{rule.target}", detail)
        if targets.item_shape(row.into, rule.target) not in {"text", "flag", "number"}:
            raise ProfileError(f"{where}.{rule.target}", "is no single field of the list")


def _check_report(report: Report, row: RowRule, where: str) -> None:
    """Refuse a rule over a report's rows that takes a column which none of them has."""
    known = {column for name in row.when for column in report.columns(name)}
    for rule in row.fields:
        for source in (rule.source, *rule.more):
            if source not in known:
                raise ProfileError(f"{where}.{rule.target}", f"`{source}` is no column of it")
        if targets.item_shape(row.into, rule.target) is None:
            raise ProfileError(f"{where}.{rule.target}", "is no field of the list")


def habits_of(profile: Profile) -> Habits:
    """Return the habits an `hl7v2` profile declares; `ProfileError` names what is wrong."""
    for default in profile.defaults:
        if default.target.count(".") != 1 or default.target.split(".")[0] not in _ROOTS:
            detail = "an hl7v2 default is one field of header, member or coverage"
            raise ProfileError(f"defaults.{default.target}", detail)
    _check_segments(profile)
    _check_rows(profile)
    for name in profile.sections:
        into, _, leaf = name.partition(".")
        if not leaf and into not in _OPENED:
            raise ProfileError(f"sections.{name}", f"opens no list; {', '.join(_OPENED)} are")
        alone = into == "team" or into in targets.WORDS
        if leaf and (alone or targets.item_shape(into, leaf) != "text"):
            detail = "is no field of a list's items that one observation can fill"
            raise ProfileError(f"sections.{name}", detail)
    says = profile.identify
    return Habits(
        name=profile.name,
        version=profile.version,
        encoding=profile.encoding,
        applications=frozenset(says.get("application", ())),
        facilities=frozenset(says.get("facility", ())),
        messages=frozenset(says.get("message", ())),
        sections=profile.sections,
        identifiers=profile.identifiers,
        notices=profile.notices,
        segments=profile.segments,
        comments=profile.comments,
        sub_ids=profile.sub_ids,
        consents=profile.consents,
        rows=profile.rows,
        report=report_of(profile.report),
        dates=profile.dates,
        values=profile.values,
        defaults=profile.defaults,
    )
