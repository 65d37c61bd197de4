"""Security labels of resources, to labels and Part 2 origin; the hub labels again afterwards.

Reads `meta.security`, `DocumentReference.securityLabel` and inline labels (DS4P, STANDARDS 3.2). A
label can only raise protection: a code nobody here knows means `restricted`. Confidentiality of the
whole (Bundle, Composition, CarePlan, Patient) goes to the header; that of a part restricts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.sensitivity import CATEGORIES, HANDLING, PART2

if TYPE_CHECKING:
    from adapters.formats.fhir.nodes import Node

KNOWN: Final = {**CATEGORIES, "DVD": "mental_health", "DV": "sdv"}
"""Sensitivity codes of HL7 v3 ActCode to the hub's categories."""

LEVELS: Final = ("U", "L", "M", "N", "R", "V")
"""Confidentiality, lowest first."""


_CONFIDENTIALITY: Final = "Confidentiality"
HOUSE: Final = "urn:icp:1:labels"
"""Categories of ours that HL7 has no code for, in what we render ourselves; the hub restricts
whatever carries a word it does not know."""

_PERSISTS: Final = "PERSISTLABEL"
"""Asks that labels stay with the data, as every label does here: nothing of it is left to keep."""

_INLINE: Final = "inline-sec-label"
_APART: Final = frozenset({"contained", "resource", "section", "entry"})
"""What is labelled by itself: resources inside, sections of a Composition."""


def labels(node: Node) -> tuple[frozenset[str], bool, str]:
    """Return what a resource's security labels ask for: (labels, Part 2, confidentiality)."""
    found: set[str] = set()
    part2, level = False, ""
    for coding in _codings(node):
        system, code = coding.said("system"), coding.said("code")
        if code in LEVELS and (_CONFIDENTIALITY in system or not system):
            level = max(level or code, code, key=LEVELS.index)
            coding.claim()
        elif code in PART2:
            part2 = True
            coding.claim()
        elif system == HOUSE and code:
            found.add(code)
            coding.claim()
        elif code in KNOWN:
            found.add(KNOWN[code])
            coding.claim()
        elif code == _PERSISTS:
            coding.claim()
        elif code not in HANDLING:
            found.add("restricted")
    return frozenset(found), part2, level


def own(node: Node) -> tuple[frozenset[str], bool]:
    """Return the labels and Part 2 mark of a part that can leave alone.

    `R` and `V` restrict it where neither a category nor Part 2 says why.
    """
    found, part2, level = labels(node)
    if level in {"R", "V"} and not found and not part2:
        found = frozenset({"restricted"})
    return found, part2


def _codings(node: Node) -> list[Node]:
    meta = node.part("meta")
    found = meta.each("security") if meta is not None else []
    for one in node.each("securityLabel"):
        found += one.each("coding")
    return found + _inline(node)


def _inline(node: Node) -> list[Node]:
    """Return the codings of inline labels anywhere in a resource, not in those it contains."""
    found: list[Node] = []
    stack = [node] if _labelled(node.value) else []
    while stack:
        one = stack.pop()
        if not isinstance(one.value, dict):
            continue
        if one.said("url").endswith(_INLINE):
            one.drop("url")
            found += [c for name in ("valueCoding",) for c in one.each(name)]
            concept = one.part("valueCodeableConcept")
            found += concept.each("coding") if concept is not None else []
            continue
        for name in one.value:
            if name not in _APART:
                stack += one.each(name)
    return found


def _labelled(value: object) -> bool:
    """Say whether an inline label stands anywhere in a value, what stands apart left out."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if str(part.get("url", "")).endswith(_INLINE):
                return True
            stack += [inner for name, inner in part.items() if name not in _APART]
        elif isinstance(part, list):
            stack += part
    return False
