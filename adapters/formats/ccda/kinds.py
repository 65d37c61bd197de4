"""Codes that tell kinds apart: what an intervention is, which codes name nothing by themselves.

Data and one decision, used by the readers of elements. Displays of the goal achievement, priority
and problem status value sets stand in for the source's words only where it gave a bare code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.formats.ccda.statements import Statement
    from hub.canonical.elements import InterventionKind

GENERIC = frozenset(
    {
        "75310-3",
        "75323-6",
        "75326-9",
        "29308-4",
        "64572001",
        "282291009",
        "55607006",
        "404684003",
        "409586006",
        "418799008",
        "248536006",
        "373930000",
        "116154003",
        "CONC",
        "ASSERTION",
        "362956003",
        "11450-4",
        "75321-0",
        "75325-1",
        "75313-7",
        "75318-6",
        "75315-2",
        "75314-5",
        "75319-4",
        "75322-8",
        "75312-9",
    }
)
"""Codes that say only that there is a concern, a problem, a finding or an intervention."""

GENERIC_WORDS = frozenset(
    {"diagnosis", "problem", "condition", "finding", "complaint", "symptom", "concern", "assertion"}
)
"""Displays that name nothing, for codes with a slip in them."""

PROGRESS = {
    "390801001": "Goal not achieved",
    "390802008": "Goal achieved",
    "706905005": "No progress toward goal",
    "706906006": "Progressing toward goal",
}
STATUSES = {"55561003": "active", "73425007": "inactive", "413322009": "resolved"}
PRIORITIES = {"394849002": "high", "394848005": "normal", "441808003": "delayed"}

_EDUCATION = frozenset({"409073007", "311401005", "61310001", "423656007", "171044003"})
_REFERRAL = frozenset({"3457005", "306206005", "44383000", "308292007"})
_TEMPLATES: dict[str, InterventionKind] = {
    "22.4.20": "education",
    "22.4.140": "referral",
    "22.4.42": "medication_management",
    "22.4.16": "medication_management",
    "22.4.120": "medication_management",
    "22.4.141": "task",
}
_CLASSES: dict[str, InterventionKind] = {
    "substanceAdministration": "medication_management",
    "encounter": "service",
    "procedure": "service",
    "supply": "service",
    "observation": "service",
}


def intervention_kind(statement: Statement, code: str, text: str) -> InterventionKind:
    """Return what sort of intervention a statement is: by template, code, words, then class."""
    for root in statement.roots:
        if root in _TEMPLATES:
            return _TEMPLATES[root]
    lowered = text.lower()
    if code in _REFERRAL or lowered.startswith("referral"):
        return "referral"
    if code in _EDUCATION or "education" in lowered:
        return "education"
    if "22.4.39" in statement.roots:
        return "service"
    return _CLASSES.get(statement.kind, "other")
