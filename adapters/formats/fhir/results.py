"""Observations, reports, questionnaires and coverage, to outcomes, assessments and the like.

An Observation that a goal or activity names as its outcome, or that is based on a request, is
A goal or an activity names an Observation as its outcome, or it is based on a request; any other is
an assessment. Values keep their digits and units. Components and questionnaire
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import house, parties
from adapters.formats.fhir.datatypes import choice, concept, text, value
from adapters.formats.fhir.interventions import pertaining
from hub.canonical import Assessment, Coverage, Outcome, Risk, said

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

LISTS: Final = ("strengths", "preferences", "barriers", "own_words")
"""Lists of plain words that our own renderer says as Observations."""

PREFERENCES: Final = {"95541-9": "preferences", "75773-2": "preferences", "81364-2": "preferences"}
"""LOINC of care experience, treatment intervention and religious preferences (US Core)."""

_EFFECTIVE: Final = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_CATEGORY: Final = "/observation-category"
_QUIET: Final = frozenset({"final", "amended", "corrected", "registered"})


def observation(gathering: Gathering, one: Resource, outcomes: set[int]) -> None:
    """Read an Observation as what its links and category make it."""
    node = one.node
    own = house.coded(node.each("category"), "observation")
    name = own or next((PREFERENCES[c] for c in _codes(node) if c in PREFERENCES), "")
    if node.said("status") in _QUIET:
        node.drop("status")
    for category in node.each("category"):
        coding = category.part("coding")
        if coding is not None and coding.said("system").endswith(_CATEGORY):
            category.claim("ignored")
    if name in LISTS:
        _listed(gathering, node, name, own)
    elif name == "crisis_plan":
        words, at = text(node, "valueString")
        if words:
            gathering.parts["crisis_plan"] = words
            gathering.leaf("/crisis_plan", at, "crisis_plan")
        _own_code(node)
    elif own == "outcome" or id(one) in outcomes:
        _outcome(gathering, one, own)
    else:
        _assessment(gathering, one)


def _codes(node: Node) -> list[str]:
    part = node.part("code")
    return [c.said("code") for c in part.each("coding")] if part is not None else []


def _own_code(node: Node) -> None:
    node.drop("code")


def _listed(gathering: Gathering, node: Node, name: str, own: str) -> None:
    words, at = value(node)
    held: list[str] = gathering.parts.setdefault(name, [])
    gathering.leaf(f"/{name}/{len(held)}", at or node.at, name)
    held.append(said(words))
    if own:
        _own_code(node)
    else:
        concept(node.part("code"))
        node.drop("effectiveDateTime")


def _outcome(gathering: Gathering, one: Resource, own: str) -> None:
    node = one.node
    draft = gathering.new("outcomes", node, one)
    draft.id = house.identifier(node)
    words, at = result(node)
    if own:
        draft.put("text", words, at)
        draft.coded(node.part("code"), but=(house.CODES,))
    else:
        name, where = concept(node.part("code"))
        draft.coded(node.part("code"))
        draft.put(
            "text",
            f"{name}: {words}" if name and isinstance(words, str) else words or name,
            at or where,
        )
    _dated(draft, node)
    draft.overlay(node, Outcome)
    gathering.annotations(node, "Note on an outcome", one)


def _assessment(gathering: Gathering, one: Resource) -> None:
    node = one.node
    draft = gathering.new("assessments", node, one)
    draft.put("name", *concept(node.part("code")))
    draft.coded(node.part("code"), but=(house.CODES,))
    draft.put("result", *result(node))
    coded = node.part("valueCodeableConcept")
    if coded is not None:
        draft.coded(coded)
    _dated(draft, node)
    draft.overlay(node, Assessment)
    gathering.annotations(node, "Note on an assessment", one)


def _dated(draft: Draft, node: Node) -> None:
    for name in _EFFECTIVE:
        part = node.part(name)
        if part is None or "date" in draft.data:
            continue
        if isinstance(part.value, dict):
            draft.take("date", part, "start")
        else:
            draft.take("date", node, name)
    if "date" in draft.data:
        node.drop("issued")


def result(node: Node) -> tuple[Any, str]:
    """Return an Observation's value in words, its components' after it, and the pointer."""
    words, at = value(node)
    parts = []
    for component in node.each("component"):
        name, _ = concept(component.part("code"))
        inner, _ = value(component)
        parts.append(f"{name}: {said(inner) or '-'}")
    meaning = [concept(one)[0] for one in node.each("interpretation")]
    meaning = [one for one in meaning if one]
    if not parts and not meaning:
        return words, at
    whole = "; ".join(filter(None, (said(words), *parts)))
    return (f"{whole} ({', '.join(meaning)})" if meaning else whole), at or node.at


def links(gathering: Gathering, one: Resource) -> None:
    """Link an outcome to the goals it pertains to and the requests it is based on."""
    draft = gathering.of(one, "outcomes")
    if draft is None:
        return
    for name, family, references in (
        ("goals", "goals", pertaining(one.node)),
        ("interventions", "interventions", one.node.each("basedOn")),
    ):
        for reference in references:
            to = gathering.of(gathering.refers(reference, one), family)
            if to is not None:
                draft.link(name, to, reference.at)


def report(gathering: Gathering, one: Resource) -> None:
    """Read a DiagnosticReport's conclusion as an assessment; its results are read by themselves."""
    node = one.node
    draft = gathering.new("assessments", node, one)
    draft.put("name", *concept(node.part("code")))
    draft.coded(node.part("code"))
    draft.take("result", node, "conclusion")
    for code in node.each("conclusionCode"):
        if "result" not in draft.data:
            draft.put("result", *concept(code))
        draft.coded(code)
    _dated(draft, node)
    if node.said("status") in _QUIET:
        node.drop("status")


def questionnaire(gathering: Gathering, one: Resource) -> None:
    """Read a QuestionnaireResponse as an assessment: every question with its answers."""
    node = one.node
    draft = gathering.new("assessments", node, one)
    beside = node.part("_questionnaire")
    for extension in beside.each("extension") if beside is not None else ():
        extension.drop("url")
        draft.put("name", *extension.take("valueString"))
    form = gathering.library.find(node.said("questionnaire").partition("|")[0], one)
    questions: dict[str, Node] = {}
    if form is not None:
        node.drop("questionnaire")
        _questions(form.node, questions, 0)
        draft.take("name", form.node, "title")
    draft.take("name", node, "questionnaire")
    draft.take("date", node, "authored")
    told: list[str] = []
    _items(node, told, questions, 0)
    draft.put("result", "; ".join(told), f"{node.at}/item")
    node.drop("status")


_DEPTH: Final = 12


def _questions(node: Node, found: dict[str, Node], depth: int) -> None:
    for item in node.each("item"):
        found.setdefault(item.said("linkId"), item)
        item.drop("type", "required", "repeats")
        if depth < _DEPTH:
            _questions(item, found, depth + 1)


def _items(node: Node, told: list[str], questions: dict[str, Node], depth: int) -> None:
    for item in node.each("item"):
        question, _ = item.take("text")
        if not question and item.said("linkId") in questions:
            asked = questions[item.said("linkId")]
            question, _ = asked.take("text")
            asked.drop("linkId")
        item.drop("linkId", "definition")
        answers = [said(value(answer)[0]) for answer in item.each("answer")]
        if answers or question:
            told.append(": ".join(filter(None, (question, ", ".join(filter(None, answers))))))
        if depth < _DEPTH:
            for inner in (item, *item.each("answer")):
                _items(inner, told, questions, depth + 1)


def risk(gathering: Gathering, one: Resource) -> None:
    """Read the first RiskAssessment as the member's risk, any other as an assessment."""
    node = one.node
    if "risk" in gathering.parts:
        _assessment(gathering, one)
        return
    found: dict[str, tuple[Any, str]] = {}
    prediction = node.part("prediction")
    if prediction is not None:
        found |= _predicted(prediction)
    found["tool"] = concept(node.part("method"))
    for name in ("occurrenceDateTime", "occurrencePeriod"):
        part = node.part(name)
        if part is not None:
            found["assessed_on"] = choice(part, name), part.at
    found["reason"] = concept(node.part("reasonCode"))
    if node.said("status") in _QUIET:
        node.drop("status")
    found |= {name: (own, at) for name, own, at in house.fields(node, Risk)}
    kept = {name: value for name, (value, _) in found.items() if value}
    if kept:
        gathering.parts["risk"] = Risk(**kept)
        for name in kept:
            gathering.leaf(f"/risk/{name}", found[name][1], "risk")


def _predicted(prediction: Node) -> dict[str, tuple[Any, str]]:
    """Return the level and score of a prediction; a level is one of the template's three words."""
    found: dict[str, tuple[Any, str]] = {}
    likely = prediction.part("qualitativeRisk")
    for coding in likely.each("coding") if likely is not None else ():
        if coding.said("code") in {"low", "moderate", "high"}:
            found["level"] = coding.said("code"), coding.claim().at
    if likely is not None and found and likely.said("text").lower() in {"", found["level"][0]}:
        likely.drop("text")
    for name in ("probabilityDecimal", "probabilityRange"):
        part = prediction.part(name)
        if part is not None:
            found["score"] = choice(part, name), part.at
    return found


def coverage(gathering: Gathering, one: Resource) -> None:
    """Read the first Coverage as the member's coverage claimed."""
    node = one.node
    if gathering.coverage:
        return
    name, at = parties.named(gathering, node.part("payor"), one)
    period = node.part("period")
    for field, words, where in (
        ("mco", name, at),
        ("line_of_business", *concept(node.part("type"))),
        ("member_id", *_member_id(node)),
        ("enrolled_on", *(text(period, "start") if period is not None else (None, ""))),
    ):
        if words:
            gathering.coverage[field] = words
            gathering.leaf(f"/coverage/{field}", where, "coverage")
    for field, own, where in house.fields(node, Coverage):
        gathering.coverage[field] = own
        gathering.leaf(f"/coverage/{field}", where, "coverage")
    if node.said("status") == "active":
        node.drop("status")


def _member_id(node: Node) -> tuple[str, str]:
    words, at = node.take("subscriberId")
    if words:
        return words, at
    for one in node.each("identifier"):
        words, at = one.take("value")
        if words:
            one.drop("system", "type", "use", "assigner")
            return words, at
    return "", ""
