"""FHIR's data types as words, codes and dates: concepts, quantities, timings, names, addresses.

Every function claims the leaves whose words it returns and no others, so that an unknown part (an
extension, a new element) is found again as residue. Quantities keep their digits and unit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.ccda.systems import URIS
from hub.canonical import Absent, Code, folded

if TYPE_CHECKING:
    from adapters.formats.fhir.nodes import Node
    from hub.canonical import Text

ABSENT_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ORIGINAL: Final = "http://hl7.org/fhir/StructureDefinition/originalText"
REASONS: Final[dict[str, Absent]] = {
    "unknown": Absent("unknown"),
    "not-asked": Absent("unknown"),
    "temp-unknown": Absent("unknown"),
    "asked-unknown": Absent("asked"),
    "asked-declined": Absent("asked"),
    "masked": Absent("masked"),
    "not-applicable": Absent("none"),
}
ADMINISTRATIVE: Final = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "urn:icp:1:")
"""What the systems of codes that restate a resource's structure begin with."""

_ISO: Final = re.compile(
    r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?", re.ASCII
)
VALUES: Final = (
    "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger",
    "valueRange", "valueRatio", "valueTime", "valueDateTime", "valuePeriod", "valueDecimal",
    "valueDate", "valueUri", "valueCoding", "valueCode",
)  # fmt: skip


def iso(words: str) -> bool:
    """Say whether words are a FHIR date or time."""
    return _ISO.fullmatch(words) is not None


def absence(node: Node, name: str) -> tuple[Absent | None, str]:
    """Return the reason a primitive element gives for having no value, and where."""
    beside = node.part("_" + name)
    for extension in beside.each("extension") if beside is not None else ():
        if extension.said("url") == ABSENT_REASON and extension.said("valueCode") in REASONS:
            return REASONS[extension.claim().said("valueCode")], extension.at
    return None, ""


def text(node: Node, name: str) -> tuple[Text, str]:
    """Return a leaf's words, or why it has none, and its pointer."""
    words, at = node.take(name)
    return (words, at) if words else absence(node, name)


def codes(node: Node | None, *, beside: bool = True) -> list[tuple[Code, str]]:
    """Return the codings of a concept with their pointers; `beside` claims its text too."""
    found: list[tuple[Code, str]] = []
    for coding in node.each("coding") if node is not None else ():
        code = code_of(coding)
        if code != Code():
            found.append((code, coding.at))
    if node is not None and beside:
        node.take("text")
    return found


def code_of(coding: Node) -> Code:
    """Return a Coding; its system is a URI, known OIDs are written as the URI they stand for."""
    system, _ = coding.take("system")
    code, _ = coding.take("code")
    display, _ = coding.take("display")
    coding.drop("version", "userSelected")
    known = URIS.get(system.removeprefix("urn:oid:"), system)
    return Code(known or None, code or None, display or None)


def concept(node: Node | None) -> tuple[str, str]:
    """Return a concept's words and their pointer: its text, a display, or the code itself.

    Claims the words it returns and codings that only restate them in FHIR's own vocabularies; the
    code of a clinical system is left for who keeps codes.
    """
    if node is None:
        return "", ""
    words, at = node.take("text")
    codings = [one for one in node.each("coding") if not _silent(one)]
    if not words:
        words, at = _original(node)
    for coding in codings:
        if not words:
            words, at = coding.take("display")
        _restated(coding, words)
    if not words and codings:
        words, at = codings[0].take("code")
        if _administrative(codings[0].said("system")):
            codings[0].claim()
    return words, at


def _restated(coding: Node, words: str) -> None:
    """Claim what a coding only says again: a display among the words, FHIR's own vocabulary."""
    display = coding.said("display")
    if display and display.casefold() in words.casefold():
        coding.take("display")
    if words and _administrative(coding.said("system")):
        coding.claim()


def _original(node: Node) -> tuple[str, str]:
    """Return the words a converter kept beside a concept's codes, if it did."""
    for one in (node, *node.each("coding")):
        for extension in one.each("extension"):
            if extension.said("url") == _ORIGINAL:
                extension.drop("url")
                return extension.take("valueString")
    return "", ""


def _silent(coding: Node) -> bool:
    """Say whether a coding says nothing to people: our renderer's, or only that there is none."""
    system = coding.said("system")
    if system.startswith("urn:icp:1:"):
        coding.claim()
        return True
    if system.endswith("/data-absent-reason"):
        coding.claim("ignored")
        return True
    return False


def _administrative(system: str) -> bool:
    """Say whether a system is FHIR's or HL7's own vocabulary and no clinical one."""
    return system.startswith(ADMINISTRATIVE) and "/sid/" not in system


def quantity(node: Node) -> str:
    """Return a quantity's digits and unit as written: `< 7.0 %`."""
    parts = [node.take(name)[0] for name in ("comparator", "value")]
    unit, code = node.take("unit")[0], node.take("code")[0]
    node.drop("system")
    return folded((*parts, unit or code))


def value(node: Node, names: tuple[str, ...] = VALUES) -> tuple[Text, str]:
    """Return the words of a `value[x]` (or why there is none) and their pointer."""
    for name in names:
        found = node.part(name)
        if found is not None:
            words = choice(found, name)
            if words:
                return words, found.at
    reason = node.part("dataAbsentReason")
    for coding in reason.each("coding") if reason is not None else ():
        if coding.said("code") in REASONS:
            return REASONS[coding.claim().said("code")], coding.at
    return None, ""


def choice(node: Node, name: str) -> str:
    """Return the words of one typed value, by the type its name ends with."""
    if name.endswith(("Quantity", "Age", "Duration")):
        return quantity(node)
    if name.endswith("CodeableConcept"):
        return concept(node)[0]
    if name.endswith("Coding"):
        code = code_of(node)
        return code.display or code.code or ""
    if name.endswith(("Range", "Period")):
        return _span(node, *(("low", "high") if name.endswith("Range") else ("start", "end")))
    if name.endswith("Ratio"):
        sides = [node.part(side) for side in ("numerator", "denominator")]
        return "/".join(quantity(side) for side in sides if side is not None)
    words = node.words()
    if words:
        node.claim()
    return words


def _span(node: Node, low: str, high: str) -> str:
    ends = []
    for name in (low, high):
        end = node.part(name)
        if end is not None:
            ends.append(quantity(end) if isinstance(end.value, dict) else node.take(name)[0])
        else:
            ends.append("")
    return " to ".join(ends).strip() if any(ends) else ""


def timing(node: Node) -> str:
    """Return how often, in words: the timing's own, or made of its repeat."""
    words, _ = concept(node.part("code"))
    repeat = node.part("repeat")
    if words or repeat is None:
        return words
    count, period = repeat.take("frequency")[0], repeat.take("period")[0]
    unit = repeat.take("periodUnit")[0]
    most = repeat.take("frequencyMax")[0]
    often = f"{count} to {most}" if most else count
    days = [day.claim().words() for day in repeat.each("dayOfWeek")]
    every = folded((f"{often or '1'} per", period or "1", unit)) if unit else ""
    return folded((every, "on" if days else "", ", ".join(days)))


def dosage(node: Node) -> str:
    """Return a dosage in words: its text, the patient's instruction, or made of its parts."""
    words, _ = node.take("text")
    advice, _ = node.take("patientInstruction")
    rate = node.down("doseAndRate")
    dose = ""
    if rate is not None:
        for name in ("doseQuantity", "doseRange", "rateQuantity", "rateRatio"):
            part = rate.part(name)
            dose = dose or (choice(part, name) if part is not None else "")
    schedule = node.part("timing")
    often = timing(schedule) if schedule is not None else ""
    route, _ = concept(node.part("route"))
    made = ", ".join(part for part in (dose, route, often) if part and part not in words)
    return "; ".join(part for part in (words, made, advice) if part)


def lines(node: Node) -> str:
    """Return an address on one line."""
    whole, _ = node.take("text")
    if whole:
        return whole
    parts = [line.claim().words() for line in node.each("line")]
    parts += [node.take(name)[0] for name in ("city", "state", "postalCode", "country")]
    return ", ".join(part for part in parts if part)


def person_name(node: Node) -> str:
    """Return a HumanName as one string, in the order it is said."""
    whole, _ = node.take("text")
    parts = [one.claim().words() for name in ("prefix", "given") for one in node.each(name)]
    family, _ = node.take("family")
    parts += [family, *(one.claim().words() for one in node.each("suffix"))]
    node.drop("use")
    return whole or folded(parts)
