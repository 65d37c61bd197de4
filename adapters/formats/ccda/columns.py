"""What the columns and titles of a narrative mean: a section's kind, and the field of a heading.

Data and three small decisions, used by `uncoded`. A sender's habits go before what stands here; a
heading that nothing names fills no field, and its cells stay in the section's note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.ccda.gathering import Scope
    from adapters.formats.ccda.habits import Habits

WORDS: Final = frozenset({"own_words", "crisis_plan"})
"""Fields of the plan that are words and no list of items."""

MAIN: Final = {
    "concerns": "text",
    "goals": "text",
    "interventions": "text",
    "medications": "text",
    "allergies": "text",
    "team": "name",
    "assessments": "name",
}
"""The field without which a row is no item, for each kind that a narrative can state."""

COLUMNS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "concerns": {
        "text": ("concern", "health concern", "problem", "problem name", "diagnosis"),
        "number": ("#", "no", "number", "concern #", "problem #"),
        "code": ("icd 10", "icd10", "icd 10 code", "icd 10 cm", "icd code", "diagnosis code"),
        "status": ("status", "problem status", "concern status"),
        "onset": ("onset", "onset date", "date of onset", "since", "date identified"),
        "priority": ("priority",),
    },
    "goals": {
        "text": ("goal", "goals", "goal description", "goal statement"),
        "number": ("#", "no", "number", "goal #"),
        "concerns": ("concern #", "problem #", "concern", "problem", "health concern"),
        "due": ("target date", "due", "due date", "by when", "goal date"),
        "start": ("start", "start date"),
        "status": ("status", "goal status"),
        "progress": ("progress",),
        "measure": ("measure", "measured by", "success measure"),
        "priority": ("priority",),
    },
    "interventions": {
        "text": ("intervention", "interventions", "activity", "action", "action step", "task"),
        "number": ("#", "no", "number", "intervention #"),
        "who": ("responsible", "responsible party", "who", "assigned to", "person responsible"),
        "frequency": ("frequency", "how often"),
        "goals": ("goal #", "goal"),
        "concerns": ("concern #", "problem #", "concern", "problem"),
        "status": ("status",),
        "start": ("start", "start date"),
        "end": ("end", "end date"),
    },
    "medications": {
        "text": ("medication", "medications", "medication name", "drug", "drug name"),
        "dose": ("dose", "dosage"),
        "frequency": ("frequency", "how often"),
        "route": ("route",),
        "status": ("status",),
        "start": ("start", "start date"),
        "end": ("stop", "stop date", "end", "end date"),
    },
    "allergies": {
        "text": ("allergen", "allergy", "substance", "agent"),
        "reaction": ("reaction", "reactions"),
        "severity": ("severity",),
        "status": ("status",),
    },
    "team": {
        "name": ("name", "team member", "member"),
        "role": ("role", "role on team"),
        "relationship": ("relationship",),
        "organization": ("organization", "agency", "practice"),
        "phone": ("phone", "telephone", "phone number"),
        "email": ("email", "e mail"),
    },
    "assessments": {
        "name": ("tool", "screening", "assessment", "screening tool", "instrument", "test"),
        "date": ("date", "date done", "date completed"),
        "result": ("result", "score", "results"),
    },
}
_TITLES: Final = {
    "member voice": "own_words",
    "own words": "own_words",
    "in my own words": "own_words",
    "in the member s own words": "own_words",
    "screenings": "assessments",
    "screenings and assessments": "assessments",
    "assessments": "assessments",
    "care team": "team",
    "care team members": "team",
    "crisis plan": "crisis_plan",
    "crisis and backup": "crisis_plan",
    "crisis and backup plan": "crisis_plan",
    "backup plan": "crisis_plan",
    "goals": "goals",
    "interventions": "interventions",
    "health concerns": "concerns",
    "problems": "concerns",
    "medications": "medications",
    "allergies": "allergies",
}
"""What a title says where the section's code is none of LOINC's."""

_FREE: Final = frozenset({"51847-2", "69730-0", "11348-0", "11535-2", "46241-6"})
"""Sections whose narrative is prose or a history: assessment and plan, past illness, visits."""

_LOINC: Final = re.compile(r"\d{1,7}-\d", re.ASCII)
_APART: Final = re.compile(r"[^\w#]+|_+")


def plain(words: str) -> str:
    """Return a heading's or title's words in small letters, signs but `#` as single blanks."""
    return " ".join(_APART.sub(" ", words).lower().replace("#", " # ").split())


def kind_of(scope: Scope, habits: Habits) -> str:
    """Return what a section's narrative may state: by the sender's habits, its code, its title."""
    code = (scope.code.code if scope.code else "") or ""
    for kind, named in habits.sections.items():
        if code in named or any(plain(scope.title) == plain(one) for one in named):
            return kind
    if code in _FREE:
        return ""
    if scope.kind or _LOINC.fullmatch(code):
        return scope.kind if scope.kind in MAIN else ""
    return _TITLES.get(plain(scope.title), "")


def fields_of(kind: str, heads: Sequence[str], habits: Habits) -> dict[str, int]:
    """Return which column fills which field of a kind; the first of like columns counts."""
    titles = [plain(one) for one in heads]
    found: dict[str, int] = {}
    taken: set[int] = set()
    for name, known in _named(kind, habits):
        for title in known:
            if name not in found and title in titles and titles.index(title) not in taken:
                found[name] = titles.index(title)
                taken.add(found[name])
    return found


def _named(kind: str, habits: Habits) -> list[tuple[str, tuple[str, ...]]]:
    own = [
        (target.partition(".")[2], tuple(plain(one) for one in titles))
        for target, titles in habits.columns.items()
        if target.partition(".")[0] == kind
    ]
    return own + list(COLUMNS[kind].items())
