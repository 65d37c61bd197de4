"""Conditions and Goals, to concerns and goals with the links between them.

A Goal answers what it `addresses`; a CarePlan's own `addresses` come first. Refuted conditions are
kept as words, never as concerns. Called once for each resource the plan may take as fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats import classing
from adapters.formats.fhir import datatypes, house
from adapters.formats.fhir.datatypes import choice, concept
from hub.canonical import Concern, Goal
from hub.canonical.values import Domain

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

_ONSETS: Final = ("onsetDateTime", "onsetString", "onsetAge", "onsetPeriod", "onsetRange")
_DOMAINS: Final = {
    "sdoh": "social",
    "functional-status": "functional",
    "disability-status": "functional",
    "cognitive-status": "functional",
}
WHO: Final = {
    "Patient": "member",
    "Practitioner": "provider",
    "PractitionerRole": "provider",
    "RelatedPerson": "family",
}
_DETAILS: Final = (
    "detailQuantity",
    "detailRange",
    "detailCodeableConcept",
    "detailString",
    "detailBoolean",
    "detailInteger",
    "detailRatio",
)
_REFUTED: Final = "refuted"


def condition(gathering: Gathering, one: Resource) -> None:
    """Read a Condition as a concern."""
    node = one.node
    if _coded(node.part("verificationStatus")) == _REFUTED:
        message = "is refuted; its words are kept, not as a concern"
        gathering.find("refuted", message, f"{node.at}/verificationStatus", "note")
        return
    draft = gathering.new("concerns", node, one)
    draft.id = house.identifier(node)
    _texted(draft, node, "code")
    draft.put("status", *_status(node.part("clinicalStatus")))
    if _coded(node.part("verificationStatus")) == "confirmed":
        node.drop("verificationStatus")
    for name in _ONSETS:
        part = node.part(name)
        if part is not None and "onset" not in draft.data:
            draft.put("onset", choice(part, name), part.at)
    for category in node.each("category"):
        _domain(draft, category)
    if not draft.id and "domain" not in draft.data:  # what we rendered ourselves says it by name
        classed = classing.domain(draft.data.get("codes", ()))
        draft.put("domain", classed, f"{node.at}/code")
    draft.overlay(node, Concern)
    gathering.annotations(node, "Note on a concern", one)


def _texted(draft: Draft, node: Node, name: str) -> None:
    """Take an element's words and codes from a concept."""
    part = node.part(name)
    draft.put("text", *concept(part))
    draft.coded(part)


def _coded(node: Node | None) -> str:
    coding = node.part("coding") if node is not None else None
    return coding.said("code") if coding is not None else ""


def _status(node: Node | None) -> tuple[str, str]:
    """Return a status by its code, else by its words."""
    coding = node.part("coding") if node is not None else None
    if node is None or coding is None or not coding.said("code"):
        return concept(node)
    node.claim()
    return coding.said("code"), coding.at


def _domain(draft: Draft, category: Node) -> None:
    own = house.code(category, "domain", Domain)
    if own:
        draft.put("domain", own, category.at)
        return
    code = _coded(category)
    if code in _DOMAINS:
        draft.put("domain", _DOMAINS[code], category.at)
        category.claim()
    elif code in {"problem-list-item", "health-concern", "encounter-diagnosis"}:
        category.claim("ignored")


def goal(gathering: Gathering, one: Resource) -> None:
    """Read a Goal; its links are made when every resource has been read."""
    node = one.node
    draft = gathering.new("goals", node, one)
    draft.id = house.identifier(node)
    _texted(draft, node, "description")
    draft.put("status", *datatypes.text(node, "lifecycleStatus"))
    draft.put("progress", *concept(node.part("achievementStatus")))
    achieved = node.part("achievementStatus")
    if achieved is not None:
        achieved.drop("coding")
    draft.put("priority", *concept(node.part("priority")))
    priority = node.part("priority")
    if priority is not None:
        priority.drop("coding")
    draft.put("start", *_start(node))
    _whose(gathering, draft, one)
    _targets(draft, node)
    for category in node.each("category"):
        _term(draft, category)
    draft.overlay(node, Goal)
    gathering.annotations(node, "Note on a goal", one)


def _term(draft: Draft, category: Node) -> None:
    """Read how far a goal reaches from a category that says just that."""
    shown = [coding.said("display") for coding in category.each("coding")]
    found = classing.term(category.said("text"), *shown)
    if found and "term" not in draft.data:
        draft.put("term", found, concept(category)[1])


def _start(node: Node) -> tuple[str, str]:
    day = node.take("startDate")
    return day if day[0] else concept(node.part("startCodeableConcept"))


def _whose(gathering: Gathering, draft: Draft, one: Resource) -> None:
    expressed = one.node.part("expressedBy")
    who = gathering.refers(expressed, one)
    if who is not None and expressed is not None and who.kind in WHO:
        draft.put("whose", WHO[who.kind], expressed.at)
    elif expressed is not None:
        draft.put("whose", *expressed.take("display"))


def _targets(draft: Draft, node: Node) -> None:
    """Read the targets: what is measured and how much as one measure, the first due date."""
    measures = []
    for target in node.each("target"):
        draft.take("due", target, "dueDate")
        lasting = target.part("dueDuration")
        if lasting is not None and "due" not in draft.data:
            draft.data["due"] = datatypes.quantity(lasting)
            draft.gathering.leaf(f"{draft.pointer}/due", lasting.at, "goals")
        measured, at = concept(target.part("measure"))
        detail = ""
        for name in _DETAILS:
            part = target.part(name)
            detail = detail or (choice(part, name) if part is not None else "")
        words = " ".join(filter(None, (measured, detail)))
        if words:
            measures.append((words, at or target.at))
        draft.coded(target.part("measure"))
    if measures:
        draft.put("measure", "; ".join(words for words, _ in measures), measures[0][1])


def links(gathering: Gathering, one: Resource) -> None:
    """Link a goal to the concerns it addresses, and the outcomes it names to it."""
    draft = gathering.of(one, "goals")
    if draft is None:
        return
    for reference in one.node.each("addresses"):
        concern = gathering.of(gathering.refers(reference, one), "concerns")
        if concern is not None:
            draft.link("concerns", concern, reference.at)
    for reference in one.node.each("outcomeReference"):
        outcome = gathering.of(gathering.refers(reference, one), "outcomes")
        if outcome is not None:
            outcome.link("goals", draft, reference.at)
    for found in one.node.each("outcomeCode"):
        words, at = concept(found)
        if words:
            outcome = gathering.new("outcomes", found, one)
            outcome.put("text", words, at)
            outcome.coded(found)
            outcome.link("goals", draft, at)
