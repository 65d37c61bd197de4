"""A consent or refusal that a column of a table states: a note of its own words, never a consent.

Called by the assembly with the columns that the profile names under `stated_consents`. What a
machine read grants nothing. A stated refusal, and an answer that the profile does not know, say so
in the place of their note: the release step holds the plan until a person has heard it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.columns import exact
from adapters.formats.tabular.parting import TAKEN
from adapters.formats.tabular.valuing import Cast, Misfit
from adapters.profiles import FieldRule
from hub.canonical import Finding, Note, Place, folded
from hub.canonical.place import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.tabular.charting import Line
    from adapters.profiles import Profile, StatedRule

_SECTION: Final = "Consent as the document states it"
_HELD: Final = "the plan waits until it, or a consent signed later, is registered"
_SAYS: Final = {
    "refusal_stated": f"the document states a refusal; {_HELD}",
    "consent_not_understood": "the profile does not say what this answer means, it is taken for a"
    f" refusal; {_HELD}. Name the answer under `stated_consents`",
    "consent_not_registered": "a consent in a document is kept as words; register it to make it"
    " count",
}

Stated = tuple[Note, Place, Finding | None]


def stated(lines: list[Line], profile: Profile, name: str) -> Iterator[Stated]:
    """Yield what the rows of a plan state of consents, each answer once; `name` is the rule's."""
    for rule in profile.stated:
        said: set[tuple[str, str]] = set()
        for line in lines:
            at = line.chart.columns.at
            position = at.get(rule.source)
            if position is None or not line.cells[position].strip():
                continue
            line.fates[position] |= TAKEN
            words = folded(line.cells[position])
            day = _day(line, rule, profile)
            if (exact(words), day) not in said:
                said.add((exact(words), day))
                yield _one(line, position, rule, (words, day, name))


def _one(line: Line, position: int, rule: StatedRule, words: tuple[str, str, str]) -> Stated:
    answer, day, name = words
    code = _code(rule, answer)
    place = line.place(position, name)
    text = f"{line.chart.columns.titles[position]}: {answer}{', ' if day else ''}{day}"
    labels = () if rule.label == "general" else (rule.label,)
    held = code in {"refusal_stated", "consent_not_understood"}
    note = Note(section=_SECTION, text=text, labels=labels)
    found = None
    if code:
        severity = "warning" if held else "note"
        found = Finding(severity, code, _SAYS[code], place)  # type: ignore[arg-type]  # one of two
    return note, line.place(position, f"{REFUSED} {day}".strip()) if held else place, found


def _code(rule: StatedRule, answer: str) -> str:
    """Return what an answer is, as a finding's code; empty where it states nothing."""
    said = exact(answer)
    if said in map(exact, rule.refused):
        return "refusal_stated"
    if said in map(exact, rule.given):
        return "consent_not_registered"
    return "" if said in map(exact, rule.unsaid) else "consent_not_understood"


def _day(line: Line, rule: StatedRule, profile: Profile) -> str:
    """Return the day in the column for it, as ISO 8601; empty where there is none."""
    position = line.chart.columns.at.get(rule.signed_on, -1)
    if position < 0 or not line.cells[position].strip():
        return ""
    typed = bool(line.chart.table.sheet)
    cast = Cast(FieldRule("date", rule.signed_on, ("date",)), profile, typed)
    try:
        day = cast.value(line.cells[position], Place(""), [])
    except Misfit:
        return ""
    line.fates[position] |= TAKEN
    return day
