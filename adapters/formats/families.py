"""The plan's lists of elements as readers that gather drafts fill them: classes and id letters.

The finishing of C-CDA and FHIR uses it, so that one kind of element is called alike from both.
"""

from __future__ import annotations

from typing import Any, Final

from hub.canonical import (
    Allergy,
    Ask,
    Assessment,
    Attachment,
    Concern,
    Directive,
    Goal,
    Intervention,
    Medication,
    Note,
    Outcome,
    Residue,
    TeamMember,
)

MAKERS: Final[dict[str, Any]] = {
    "team": TeamMember,
    "assessments": Assessment,
    "concerns": Concern,
    "goals": Goal,
    "interventions": Intervention,
    "outcomes": Outcome,
    "medications": Medication,
    "allergies": Allergy,
    "advance_directives": Directive,
    "asks": Ask,
    "notes": Note,
    "attachments": Attachment,
    "residue": Residue,
}
LETTERS: Final = {
    "concerns": "c",
    "goals": "g",
    "interventions": "i",
    "outcomes": "o",
    "medications": "m",
    "allergies": "a",
}
"""The letter an element's id begins with; other kinds have no id."""
