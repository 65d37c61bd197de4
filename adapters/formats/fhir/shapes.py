"""What makes a resource unfit to be taken as fact: another release's shape, error, modifiers.

Only FHIR R4 (and R4B, the same shapes) is read: a field that moved or changed its type between
releases tells. FHIR forbids to use a resource with a modifier one does not know (R4, 2.4.1.1), and
`entered-in-error` says the resource was never true.
"""

from __future__ import annotations

from typing import Any, Final

STU3, R5 = "STU3", "R5"
_KINDS: Final = {
    **dict.fromkeys(("ProcedureRequest", "ReferralRequest", "EligibilityRequest"), STU3),
    **dict.fromkeys(("MedicationOrder", "DiagnosticOrder", "DeviceUseRequest"), "DSTU2"),
    **dict.fromkeys(("MedicationUsage", "NutritionIntake", "Transport", "GenomicStudy"), R5),
}
_FIELDS: Final[tuple[tuple[str, str, type | None, str], ...]] = (
    ("CarePlan", "definition", None, STU3),
    ("CarePlan", "context", None, STU3),
    ("CarePlan", "custodian", None, R5),
    ("CarePlan", "activity/plannedActivityReference", None, R5),
    ("CarePlan", "activity/performedActivity", None, R5),
    ("CarePlan", "activity/detail/category", None, STU3),
    ("CarePlan", "addresses/concept", None, R5),
    ("CarePlan", "addresses/reference", dict, R5),
    ("Goal", "status", None, STU3),
    ("Goal", "target", dict, STU3),
    ("Goal", "continuous", None, R5),
    ("Goal", "acceptance", None, R5),
    ("Condition", "clinicalStatus", str, STU3),
    ("Condition", "context", None, STU3),
    ("Condition", "participant", None, R5),
    ("AllergyIntolerance", "clinicalStatus", str, STU3),
    ("MedicationStatement", "taken", None, STU3),
    ("MedicationStatement", "medication", None, R5),
    ("MedicationRequest", "medication", None, R5),
    ("MedicationRequest", "context", None, STU3),
    ("ServiceRequest", "code/concept", None, R5),
    ("ServiceRequest", "code/reference", None, R5),
    ("ServiceRequest", "reason", None, R5),
    ("Procedure", "reason", None, R5),
    ("Procedure", "notDone", None, STU3),
    ("Task", "requestedPerformer", None, R5),
)
"""(resource, path, its type where the type tells, the release with that shape)."""

ERROR: Final = "entered-in-error"
CORE: Final = frozenset({"Bundle", "Composition", "CarePlan", "Patient"})
"""Resources without which nothing else can be understood."""


def release(kind: str, value: dict[str, Any]) -> tuple[str, str]:
    """Return the release whose shape a resource has and the telling path, or two empty strings."""
    if kind in _KINDS:
        return _KINDS[kind], ""
    for name, path, wanted, version in _FIELDS:
        if name == kind:
            for found in _at(value, path.split("/")):
                if wanted is None or isinstance(found, wanted):
                    return version, path.partition("/")[0]
    return "", ""


def _at(value: Any, path: list[str]) -> list[Any]:  # noqa: ANN401  # JSON of any shape
    """Return what stands at a path, looking into every item of a list on the way."""
    if not path:
        return [value]
    if isinstance(value, list):
        return [found for item in value for found in _at(item, path)]
    inner = value.get(path[0]) if isinstance(value, dict) else None
    return _at(inner, path[1:]) if inner is not None else []


def in_error(value: dict[str, Any]) -> bool:
    """Say whether a resource says of itself that it was entered in error."""
    if ERROR in (value.get("status"), value.get("lifecycleStatus")):
        return True
    verified = value.get("verificationStatus")
    codes = _at(verified, ["coding", "code"]) if verified is not None else []
    return ERROR in codes


def modified(value: Any, at: str) -> str:  # noqa: ANN401  # JSON of any shape
    """Return the pointer of the first modifier in a resource nobody here knows, or nothing."""
    stack = [(value, at)]
    while stack:
        part, here = stack.pop()
        if isinstance(part, dict):
            for name in ("modifierExtension", "implicitRules"):
                if part.get(name):
                    return f"{here}/{name}"
            stack += [
                (inner, f"{here}/{key}")
                for key, inner in part.items()
                if key not in {"contained", "resource"}
            ]
        elif isinstance(part, list):
            stack += [(inner, f"{here}/{number}") for number, inner in enumerate(part)]
    return ""
