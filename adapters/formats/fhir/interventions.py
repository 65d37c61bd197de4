"""Activities and requests, to interventions: what a CarePlan lists first, then every other request.

`KINDS` says, for each kind of resource, where its words, times and doers stand. An activity's own
`detail` is read like a request. Links to goals and concerns are made when all has been read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats import classing
from adapters.formats.fhir import datatypes, house, parties
from adapters.formats.fhir.datatypes import codes, concept
from hub.canonical import Ask, Intervention
from hub.canonical.elements import InterventionKind, Responsible
from hub.canonical.values import Domain

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

PERTAINS: Final = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"


@dataclass(frozen=True, slots=True)
class Shape:
    """Where one kind of request says what: names of its elements."""

    kind: str
    texts: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ("code",)
    doer: str = "performer"
    times: tuple[str, ...] = ("occurrence",)
    setting: str = ""


KINDS: Final[dict[str, Shape]] = {
    "ServiceRequest": Shape("service", setting="locationCode"),
    "Procedure": Shape("service", doer="performer", times=("performed",)),
    "Task": Shape("task", ("description",), doer="owner", times=("executionPeriod",)),
    "Appointment": Shape(
        "meeting", ("description",), ("serviceType", "appointmentType"), "", ("requestedPeriod",)
    ),
    "Encounter": Shape("meeting", (), ("type", "serviceType"), "", ("period",)),
    "NutritionOrder": Shape(
        "service", (), ("oralDiet.type", "supplement.type"), "orderer", ("dateTime",)
    ),
    "MedicationRequest": Shape(
        "medication_management", (), ("medicationCodeableConcept",), times=()
    ),
    "DeviceRequest": Shape("service", (), ("codeCodeableConcept",)),
    "CommunicationRequest": Shape("task", (), ("category",), "recipient"),
    "RequestGroup": Shape("other", (), ("code",), ""),
    "detail": Shape("other", ("description",), ("code",), times=("scheduled",)),
}
REQUESTS: Final = (
    "ServiceRequest",
    "Procedure",
    "NutritionOrder",
    "DeviceRequest",
    "CommunicationRequest",
    "Appointment",
)
"""Requests that are interventions whether or not the CarePlan lists them."""

_TIMES: Final = ("Timing", "Period", "DateTime", "String", "Age", "Range")
_CATEGORIES: Final = {
    "3457005": "referral",
    "306206005": "referral",
    "103696004": "referral",
    "409073007": "education",
    "311401005": "education",
    "410606002": "education",
}
"""SNOMED CT categories of requests that say what kind of thing is done."""


def request(gathering: Gathering, one: Resource) -> Draft | None:
    """Read a request or act as an intervention, once."""
    shape = KINDS.get(one.kind)
    if shape is None or not one.taken or gathering.of(one, "interventions"):
        return gathering.of(one, "interventions")
    draft = gathering.new("interventions", one.node, one)
    _read(gathering, draft, shape, one.node, one)
    _kinded(draft, one.node, shape)
    _funded(gathering, draft, one)
    draft.overlay(one.node, Intervention)
    gathering.annotations(one.node, "Note on an intervention", one)
    return draft


def _funded(gathering: Gathering, draft: Draft, one: Resource) -> None:
    """Read what pays from the type of payer of the coverage that a request names, where coded."""
    for insurance in one.node.each("insurance"):
        coverage = gathering.refers(insurance, one)
        kind = coverage.node.part("type") if coverage and coverage.kind == "Coverage" else None
        given = classing.funding(code for code, _ in codes(kind, beside=False)) if kind else None
        if given and "funding" not in draft.data:
            draft.put("funding", given, insurance.at)


def detail(gathering: Gathering, node: Node, one: Resource) -> Draft:
    """Read an activity the CarePlan itself details."""
    draft = gathering.new("interventions", node, one)
    _read(gathering, draft, KINDS["detail"], node, one)
    kind, at = node.take("kind")
    draft.data["kind"] = KINDS[kind].kind if kind in KINDS else "other"
    if at:
        gathering.leaf(f"{draft.pointer}/kind", at, "interventions")
    _goals(gathering, draft, node.each("goal"), one)
    product = node.part("productCodeableConcept")
    if product is not None and "text" not in draft.data:
        draft.put("text", *concept(product))
    draft.coded(product)
    draft.overlay(node, Intervention)
    return draft


def _read(gathering: Gathering, draft: Draft, shape: Shape, node: Node, one: Resource) -> None:
    draft.id = house.identifier(node)
    _texted(draft, node, shape)
    if not house.unsaid(node, "status"):
        draft.take("status", node, "status")
    for name in shape.times:
        _timed(draft, node, name)
    for name in ("start", "end"):
        if one.kind == "Appointment":
            draft.take(name, node, name)
    _done_by(gathering, draft, shape, node, one)
    if shape.setting:
        draft.put("setting", *concept(node.part(shape.setting)))
    elif node.part("location") is not None and node.value is not one.node.value:
        draft.put("setting", *parties.named(gathering, node.part("location"), one))
    for category in node.each("category"):
        draft.put("domain", house.code(category, "domain", Domain), category.at)


def _texted(draft: Draft, node: Node, shape: Shape) -> None:
    for name in shape.concepts:
        part = node.down(name)
        if part is not None:
            words, at = concept(part)
            if "text" not in draft.data:
                draft.put("text", words, at)
            draft.coded(part, but=(house.CODES,))
    for name in shape.texts:
        words, at = node.take(name)
        held = draft.data.get("text")
        if words and isinstance(held, str) and held != words:
            words = f"{held}: {words}"
        draft.put("text", words, at)


def _timed(draft: Draft, node: Node, name: str) -> None:
    """Read a `[x]` of times: when it starts and ends, and how often."""
    if name.endswith(("Period", "dateTime")):
        part, kind = node.part(name), name
    else:
        kind = next((k for k in _TIMES if node.part(name + k) is not None), "")
        part = node.part(name + kind) if kind else None
    if part is None:
        return
    if kind.endswith("Period"):
        draft.take("start", part, "start")
        draft.take("end", part, "end")
    elif kind == "Timing":
        bounds = part.down("repeat.boundsPeriod")
        draft.take("start", bounds, "start")
        draft.take("end", bounds, "end")
        events = part.each("event")
        if events:
            draft.put("start", events[0].words(), events[0].claim().at)
        draft.put("frequency", datatypes.timing(part), part.at)
    elif kind.lower().endswith("datetime"):
        draft.put("start", part.words(), part.claim().at)
    else:
        draft.put("frequency", datatypes.choice(part, kind), part.at)


def _done_by(gathering: Gathering, draft: Draft, shape: Shape, node: Node, one: Resource) -> None:
    if node.said("intent") in {"plan", "order"}:
        node.drop("intent")
    own = house.code(node.part("performerType"), "responsible", Responsible)
    if own:
        draft.put("responsible", own, f"{node.at}/performerType")
    for doer in node.each(shape.doer) if shape.doer else ():
        reference = doer.part("actor") or doer
        found = gathering.library.find(reference.said("reference"), one)
        if found is not None and found is gathering.member:
            reference.drop("reference", "display", "type")
            draft.data.setdefault("responsible", "member")
            gathering.leaf(f"{draft.pointer}/responsible", reference.at, "interventions")
        elif "party" not in draft.data:
            who, at = parties.party(gathering, reference, one)
            if who is not None:
                draft.data["party"] = who
                gathering.spread(f"{draft.pointer}/party", who, at)
        else:
            words, at = parties.named(gathering, reference, one)
            gathering.note(words, "Also does it", at, one)


def _kinded(draft: Draft, node: Node, shape: Shape) -> None:
    """Say what kind of thing is done: our own word, a category that tells, or by the resource."""
    categories = node.each("category")
    kind = house.coded(categories, "kind", InterventionKind)
    for category in categories if not kind else ():
        for coding in category.each("coding"):
            if coding.said("code") in _CATEGORIES:
                kind = _CATEGORIES[coding.said("code")]
                coding.claim()
    draft.data["kind"] = kind or shape.kind
    draft.gathering.leaf(f"{draft.pointer}/kind", node.at, "interventions")


def _goals(gathering: Gathering, draft: Draft, references: list[Node], one: Resource) -> None:
    for reference in references:
        goal = gathering.of(gathering.refers(reference, one), "goals")
        if goal is not None:
            draft.link("goals", goal, reference.at)


def links(gathering: Gathering, draft: Draft, node: Node, one: Resource) -> None:
    """Link an intervention to the goals it pertains to and the concerns that are its reason."""
    _goals(gathering, draft, pertaining(node), one)
    for name in ("reasonReference", "focus"):
        for reference in node.each(name):
            concern = gathering.of(gathering.refers(reference, one), "concerns")
            if concern is not None:
                draft.link("concerns", concern, reference.at)


def pertaining(node: Node) -> list[Node]:
    """Return the references of the `pertainsToGoal` extensions on an element."""
    found: list[Node] = []
    for extension in node.each("extension"):
        if extension.said("url") == PERTAINS:
            extension.drop("url")
            found += extension.each("valueReference")
    return found


def asked(gathering: Gathering, one: Resource) -> None:
    """Read a Task no activity lists as an ask: what is wanted of whom by when."""
    node = one.node
    draft = gathering.new("asks", node, one)
    words, at = concept(node.part("code"))
    said, where = node.take("description")
    draft.put("text", said or words, where or at)
    if words and said and words != said and not house.code(node.part("code"), "task"):
        gathering.note(words, "Kind of task", at, one)
    draft.take("due", node.down("restriction.period"), "end")
    own = house.code(node.part("performerType"), "responsible", Responsible)
    draft.put("of", own, f"{node.at}/performerType")
    who, where = parties.party(gathering, node.part("owner"), one)
    if who is not None:
        draft.data["party"] = who
        gathering.spread(f"{draft.pointer}/party", who, where)
    draft.overlay(node, Ask)
    gathering.annotations(node, "Note on an ask", one)
    _plain(node)


def _plain(node: Node) -> None:
    """Drop what says no more of a task than that it is asked for."""
    if node.said("status") in {"requested", "draft"}:
        node.drop("status")
    if node.said("intent") in {"order", "plan", "proposal"}:
        node.drop("intent")


def activities(gathering: Gathering, one: Resource) -> list[tuple[Draft, Node, Resource]]:
    """Read a CarePlan's activities in their order; return each with where it was read."""
    found: list[tuple[Draft, Node, Resource]] = []
    for activity in one.node.each("activity"):
        made: tuple[Draft, Node, Resource] | None = None
        inner = activity.part("detail")
        if inner is not None:
            made = detail(gathering, inner, one), inner, one
        reference = activity.part("reference")
        target = gathering.refers(reference, one)
        draft = request(gathering, target) if target is not None else None
        if draft is not None and target is not None:
            made = draft, target.node, target
        elif reference is not None and target is None:
            _named_only(gathering, reference, one)
        if made is not None:
            _outcomes(gathering, activity, made[0], one)
            found.append(made)
        for progress in activity.each("progress"):
            gathering.note(*progress.take("text")[:1], "Progress", progress.at, one)
    return found


def _named_only(gathering: Gathering, reference: Node, one: Resource) -> None:
    words, at = reference.take("display")
    if words:
        draft = gathering.new("interventions", reference, one)
        draft.put("text", words, at)


def _outcomes(gathering: Gathering, activity: Node, draft: Draft, one: Resource) -> None:
    for reference in activity.each("outcomeReference"):
        outcome = gathering.of(gathering.refers(reference, one), "outcomes")
        if outcome is not None:
            outcome.link("interventions", draft, reference.at)
    for found in activity.each("outcomeCodeableConcept"):
        words, at = concept(found)
        if words:
            outcome = gathering.new("outcomes", found, one)
            outcome.put("text", words, at)
            outcome.coded(found)
            outcome.link("interventions", draft, at)
