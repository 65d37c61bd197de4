"""Medications, allergies and advance directives, to the lists of the same names.

MedicationRequest and MedicationStatement alike; a referenced Medication lends its code. "No known
allergy" is an explicit absence. A consent other than an advance directive is left to residue: what
may be released is never decided by a document that comes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.fhir import house
from adapters.formats.fhir.datatypes import concept, dosage
from hub.canonical import Absent, Allergy, Directive, Medication

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

MEDICATIONS: Final = (
    "MedicationStatement",
    "MedicationRequest",
    "MedicationDispense",
    "MedicationAdministration",
)
_DIRECTIVES: Final = frozenset(
    {"adr", "acd", "42348-3", "75320-2", "81334-5", "64298-3", "dnr", "hcd", "polst"}
)
_NONE_KNOWN: Final = frozenset(
    {"716186003", "409137002", "428607008", "429625007", "no-known-allergies"}
)


def medication(gathering: Gathering, one: Resource) -> None:
    """Read a medication as listed, ordered, dispensed or given."""
    node = one.node
    draft = gathering.new("medications", node, one)
    draft.id = house.identifier(node)
    named = node.part("medicationCodeableConcept")
    lent = gathering.refers(node.part("medicationReference"), one)
    if lent is not None and lent.taken:
        named = lent.node.part("code")
    elif node.part("medicationReference") is not None:
        draft.put("text", *node.part("medicationReference").take("display"))  # type: ignore[union-attr]  # asked for the line above
    if named is not None:
        draft.put("text", *concept(named))
        draft.coded(named)
    if not house.unsaid(node, "status"):
        draft.take("status", node, "status")
    _dosed(draft, node)
    _timed(draft, node)
    draft.overlay(node, Medication)
    gathering.annotations(node, "Note on a medication", one)


def _dosed(draft: Draft, node: Node) -> None:
    told: list[tuple[str, str]] = []
    for name in ("dosage", "dosageInstruction"):
        for part in node.each(name):
            words = dosage(part)
            bounds = part.down("timing.repeat.boundsPeriod")
            draft.take("start", bounds, "start")
            draft.take("end", bounds, "end")
            part.drop("sequence")
            if words:
                told.append((words, part.at))
    if told:
        draft.put("dose", "; ".join(words for words, _ in told), told[0][1])


def _timed(draft: Draft, node: Node) -> None:
    for name in ("effectivePeriod",):
        draft.take("start", node.part(name), "start")
        draft.take("end", node.part(name), "end")
    for name in ("effectiveDateTime", "authoredOn", "whenHandedOver"):
        draft.take("start", node, name)


def allergy(gathering: Gathering, one: Resource) -> None:
    """Read an allergy or intolerance, or that none is known."""
    node = one.node
    code = node.part("code")
    if {c.said("code") for c in (code.each("coding") if code is not None else ())} & _NONE_KNOWN:
        gathering.absent.setdefault("allergies", Absent("none"))
        gathering.leaf("/allergies", node.at, "allergies")
        node.claim()
        return
    draft = gathering.new("allergies", node, one)
    draft.id = house.identifier(node)
    draft.put("text", *concept(code))
    draft.coded(code)
    state = node.down("clinicalStatus.coding")
    if state is not None:
        draft.put("status", state.said("code"), state.claim().at)
    _reacted(draft, node)
    draft.overlay(node, Allergy)
    gathering.annotations(node, "Note on an allergy", one)


def _reacted(draft: Draft, node: Node) -> None:
    told: list[tuple[str, str]] = []
    for reaction in node.each("reaction"):
        words = [concept(one)[0] for one in reaction.each("manifestation")]
        more, _ = reaction.take("description")
        words.append(more if more not in words else "")
        draft.take("severity", reaction, "severity")
        if any(words):
            told.append(("; ".join(filter(None, words)), reaction.at))
        substance = reaction.part("substance")
        draft.coded(substance)
        concept(substance)
    if told:
        draft.put("reaction", "; ".join(words for words, _ in told), told[0][1])
    if "severity" not in draft.data:
        draft.put("severity", *_criticality(node))


def _criticality(node: Node) -> tuple[str, str]:
    words, at = node.take("criticality")
    return (f"criticality {words}", at) if words else ("", "")


def is_directive(node: Node) -> bool:
    """Say whether a Consent is an advance directive."""
    concepts = [*node.each("scope"), *node.each("category")]
    return any(c.said("code") in _DIRECTIVES for one in concepts for c in one.each("coding"))


def consent(gathering: Gathering, one: Resource) -> None:
    """Read an advance directive; leave any other consent to be kept as words."""
    node = one.node
    if not is_directive(node):
        message = "a consent in a document is kept as words; register it to make it count"
        gathering.find("consent_not_registered", message, node.at, "note")
        return
    draft = gathering.new("advance_directives", node, one)
    node.drop("scope")
    rule = node.part("policyRule")
    ours = house.coded(node.each("category"), "directive")
    if ours:
        node.drop("category")
        draft.put("text", *concept(rule))
        draft.coded(rule)
    for category in node.each("category") if not ours else ():
        words, at = concept(category)
        if "text" not in draft.data:
            draft.put("text", words, at)
        draft.coded(category, but=("http://terminology.hl7.org/",))
    draft.take("date", node, "dateTime")
    if node.said("status") == "active":
        node.drop("status")
    draft.overlay(node, Directive)
