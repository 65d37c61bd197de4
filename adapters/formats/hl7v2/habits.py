"""One sender's habits in HL7 v2, as the reader takes them: from a profile or written in Python.

Made by an MCO's module, read by the reader. Without habits the reader is generic: it takes the
standard's own meaning and leaves free text as notes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.profiles import CommentRule, ProfileError, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.profiles import Default, FieldRule, Profile, RowRule


NO_COMMENTS = CommentRule()
_APART = re.compile(r"[\W_]+")
_ROOTS = frozenset({"header", "member", "coverage"})
_FILLED = re.compile(
    r"(?:header|member|coverage|risk|review)\.\w+|header\.owner\.(?:name|phone|organization)"
)


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
    segments become items of a list; `dates` are the forms that the transform `date` tries.
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
    rows: tuple[RowRule, ...] = ()
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


def habits_of(profile: Profile) -> Habits:
    """Return the habits an `hl7v2` profile declares; `ProfileError` names what is wrong."""
    for default in profile.defaults:
        if default.target.count(".") != 1 or default.target.split(".")[0] not in _ROOTS:
            detail = "an hl7v2 default is one field of header, member or coverage"
            raise ProfileError(f"defaults.{default.target}", detail)
    for rule in profile.segments:
        if not re.fullmatch(r"[A-Z][A-Z0-9]{2}-\d{1,2}", rule.source):
            detail = "`from` is one field of a segment, such as `ZCP-3`"
            raise ProfileError(f"segments.{rule.target}", detail)
        if not _FILLED.fullmatch(rule.target):
            detail = "a segment fills one field of header, member, coverage, risk or review"
            raise ProfileError(f"segments.{rule.target}", detail)
    for name in profile.sections:
        into, _, leaf = name.partition(".")
        if leaf and targets.item_shape(into, leaf) != "text":
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
        rows=profile.rows,
        dates=profile.dates,
        values=profile.values,
        defaults=profile.defaults,
    )
