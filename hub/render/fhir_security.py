"""Security labels: what an element and the whole document carry in `meta.security` (STANDARDS 3.2).

Only what the plan and the cover already say: nothing is decided here. Categories HL7 has no code
for are said in a system of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.render.fhir_parts import TERMS, Json, clean, coding, house

if TYPE_CHECKING:
    from hub.render.cover import Cover

_ACT: Final = f"{TERMS}v3-ActCode"
_LEVEL: Final = f"{TERMS}v3-Confidentiality"
CODES: Final = {
    "sud": "ETH",
    "mental_health": "MH",
    "hiv": "HIV",
    "std": "STD",
    "sexual_health": "SEX",
    "sdv": "SDV",
    "psychotherapy_note": "PSYTHPN",
    "minor": "ADOL",
}
"""Categories of ours to sensitivity codes of v3 ActCode."""

_NO_FURTHER: Final = frozenset({"sud", "hiv"})
_VERY: Final = frozenset({"psychotherapy_note", "sud_counselling_note"})
INLINE: Final = (
    "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
)


def element(one: Any) -> list[Json]:  # noqa: ANN401  # any element of a plan that has labels
    """Return the security labels of an element: its own categories and its Part 2 origin."""
    labels = [label for label in dict.fromkeys(map(clean, one.labels)) if label]
    part2 = one.part2_origin == "yes"
    if not labels and not part2:
        return []
    found = list(map(_category, labels))
    if labels:  # alone, a level would restrict where the Part 2 policy says all there is to say
        found.insert(0, coding(_LEVEL, "V" if _VERY.intersection(labels) else "R"))
    if part2:
        found.append(coding(_ACT, "42CFRPart2"))
    if labels and (part2 or _NO_FURTHER.intersection(labels)):
        found += [coding(_ACT, "NORDSCLCD"), coding(_ACT, "PERSISTLABEL")]
    return found


def inline(one: Any) -> list[Json]:  # noqa: ANN401  # any element of a plan that has labels
    """Return the labels of an element that is no resource, as extensions (DS4P)."""
    return [{"url": INLINE, "valueCoding": label} for label in element(one)]


def _category(label: str) -> Json:
    if label in CODES:
        return coding(_ACT, CODES[label])
    return house("labels", label)


def document(cover: Cover) -> list[Json]:
    """Return the labels of the whole document, as the release says."""
    found = [coding(_LEVEL, cover.confidentiality)]
    found += [_category(one) for one in cover.sensitivities]
    if cover.part2:
        found.append(coding(_ACT, "42CFRPart2"))
    if cover.part2 or _NO_FURTHER.intersection(cover.sensitivities):
        found += [coding(_ACT, "NORDSCLCD"), coding(_ACT, "PERSISTLABEL")]
    return found
