"""The generic FHIR adapter: an R4 Bundle or CarePlan in JSON to one plan, or to why there is none.

The hub binds `adapters.formats.fhir:ADAPTER`. Resources are screened, mapped by kind, linked, swept
for what nobody claimed, and finished. The tally counts leaf values. It does no I/O, follows no
reference out of the document, and never raises over one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import (
    files,
    finishing,
    goals,
    heading,
    interventions,
    leftover,
    narrative,
    results,
    screening,
    substances,
)
from adapters.formats.fhir.entries import Library
from adapters.formats.fhir.gathering import Gathering
from adapters.formats.fhir.identifiers import identifier
from adapters.formats.fhir.member import member as member_of
from adapters.formats.fhir.nodes import Node
from adapters.formats.fhir.opening import is_xml, opened
from adapters.formats.sensitivity import PART2, names_part2
from hub.canonical import (
    Coverage,
    Document,
    Header,
    Identifier,
    Member,
    Place,
    Plan,
    Reading,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft

_HEAD: Final = 65_536
_MARK: Final = 256
_KINDS: Final = re.compile(rb'"resourceType"\s*:\s*"(?:Bundle|CarePlan)"')
_XML: Final = re.compile(rb"<(?:\w+:)?(?:Bundle|CarePlan)\b")
_CONTENTLESS: Final = frozenset({"team", "residue"})
_PLANLIKE: Final = frozenset({"Goal", "Condition", "ServiceRequest", "Task", "CareTeam"})

_SIMPLE: Final[dict[str, Callable[[Gathering, Resource], Any]]] = {
    "Condition": goals.condition,
    "Goal": goals.goal,
    "DiagnosticReport": results.report,
    "QuestionnaireResponse": results.questionnaire,
    "RiskAssessment": results.risk,
    "Coverage": results.coverage,
    "AllergyIntolerance": substances.allergy,
    "Consent": substances.consent,
    "CareTeam": heading.care_team,
    "DocumentReference": files.reference,
    **dict.fromkeys(substances.MEDICATIONS, substances.medication),
}
"""What reads each kind of resource whose reading needs nothing else."""


@dataclass(frozen=True, slots=True)
class FhirAdapter:
    """Reads FHIR R4 documents of any sender."""

    name: str = "fhir"
    version: str = "1"

    def identify(self, document: Document) -> bool:
        """Say whether this is a Bundle or a CarePlan, in JSON or in XML."""
        content = document.content
        if is_xml(content):
            return _XML.search(content[: _HEAD * 2].replace(b"\0", b"")) is not None
        start = content[:_MARK].translate(None, b"\0\xef\xbb\xbf\xff\xfe \t\r\n")
        if not start.startswith(b"{"):
            return False
        plain = content.replace(b"\0", b"") if b"\0" in content[:_MARK] else content
        return _KINDS.search(plain) is not None

    def read(self, document: Document) -> Reading:
        """Read the document into one plan with its findings, tally and enclosed files."""
        if is_xml(document.content):
            return unreadable("fhir_xml", "is FHIR in XML; ask the sender for FHIR JSON")
        found = opened(document.content)
        if found.root is None:
            return Reading(findings=found.findings)
        root = Node(found.root, "", {})
        refusal = _unfit(root)
        if refusal is not None:
            return refusal
        gathering = Gathering(Library(root))
        gathering.findings += found.findings
        refusal = screening.fit(gathering)
        if refusal is not None:
            return Reading(findings=(*refusal.findings, *gathering.findings))
        if gathering.plan is None and not any(gathering.library.of(*_PLANLIKE)):
            return unreadable(
                "no_care_plan", "holds no CarePlan and nothing of one; send it with one"
            )
        return _read(gathering, document.content)


def _unfit(root: Node) -> Reading | None:
    kind = root.said("resourceType")
    if kind not in {"Bundle", "CarePlan"}:
        message = "is neither a FHIR Bundle nor a CarePlan; send a Bundle with a CarePlan"
        return unreadable(
            "not_fhir_plan", message, Place("/resourceType", "pointer", "not_fhir_plan")
        )
    if root.said("type") == "history" and kind == "Bundle":
        message = "is a history of versions; send the current version"
        return unreadable("bundle_history", message, Place("/type", "pointer", "bundle_history"))
    return None


def _uncoded(text: str) -> str:
    """Return a document's text without the codes for Part 2: they speak for what they stand on."""
    for code in PART2:
        text = text.replace(f'"{code}"', '""')
    return text


def _read(gathering: Gathering, content: bytes) -> Reading:
    if names_part2(_uncoded(content.decode("utf-8", "replace"))):
        gathering.origin = True
        message = "a notice of 42 CFR Part 2 stands in it, all of it is held to be protected"
        gathering.find("part2_notice", message, "", "note")
    plan = gathering.plan
    if plan is None:
        message = "holds no CarePlan; what else it holds is read as a plan"
        gathering.find("no_care_plan", message, "")
    member = _member(gathering)
    _map(gathering, plan)
    heading.header(gathering, plan)
    if plan is not None and plan.node.said("status") == "entered-in-error":
        gathering.find("entered_in_error", "was entered in error; read as revoked", plan.node.at)
    _narratives(gathering)
    said = gathering.drafts.keys() - _CONTENTLESS or gathering.parts.keys()
    if not said and gathering.header.get("status") != "revoked":
        return unreadable("nothing_read", "has a patient and no content; ask for the whole plan")
    leftover.sweep(gathering)
    parts = finishing.made(gathering)
    made = Plan(
        header=Header(**gathering.header),
        member=member,
        coverage=Coverage(**gathering.coverage),
        places=gathering.places,
        **parts,
    )
    tally = leftover.tally(gathering.library.root.value, gathering.library.fates)
    return Reading((made,), tuple(gathering.findings), tally, gathering.enclosures)


def _member(gathering: Gathering) -> Member:
    if gathering.member is not None:
        return member_of(gathering, gathering.member)
    known: list[Identifier] = []
    for node in screening.stranger(gathering):
        one = identifier(node)
        if one is not None:
            gathering.spread(f"/member/identifiers/{len(known)}", one, node.at)
            known.append(one)
    return Member(identifiers=tuple(known))


def _map(gathering: Gathering, plan: Resource | None) -> None:
    """Read every resource: what the CarePlan names first, in its order, then the rest."""
    live = _plans(gathering, plan)
    ordered = [one for one in _ordered(gathering, live) if one.taken]
    outcomes = {id(one) for one in _outcomes(gathering, live)}
    for one in ordered:
        if one.kind in _SIMPLE:
            _SIMPLE[one.kind](gathering, one)
        elif one.kind == "Observation":
            results.observation(gathering, one, outcomes)
    done = [found for one in live for found in interventions.activities(gathering, one)]
    done += _requested(gathering, ordered, {id(draft) for draft, _, _ in done})
    for draft, node, one in done:
        interventions.links(gathering, draft, node, one)
    for one in ordered:
        goals.links(gathering, one)
        results.links(gathering, one)
    if plan is not None:
        heading.parts(gathering, plan)


def _requested(
    gathering: Gathering, ordered: list[Resource], known: set[int]
) -> Iterator[tuple[Draft, Node, Resource]]:
    """Read the requests no CarePlan lists, tasks nobody does yet as asks, and loose files."""
    for one in ordered:
        if one.kind in interventions.REQUESTS:
            draft = interventions.request(gathering, one)
            if draft is not None and id(draft) not in known:
                yield draft, one.node, one
        elif one.kind == "Task" and not gathering.of(one, "interventions"):
            interventions.asked(gathering, one)
        elif one.kind in {"Binary", "Media"}:
            files.binary(gathering, one)


def _plans(gathering: Gathering, plan: Resource | None) -> list[Resource]:
    """Return the CarePlans whose activities count: the plan's own, and others that are live."""
    if plan is None:
        return []
    if plan.node.said("status") == "entered-in-error":
        return []
    others = [
        one
        for one in gathering.library.of("CarePlan")
        if one is not plan
        and one.taken
        and one.node.said("status") in {"active", "on-hold", "draft"}
    ]
    if others:
        message = "holds several CarePlans of one person; their activities are read as one plan"
        gathering.find("several_care_plans", message, others[0].node.at, "note")
    return [plan, *others]


def _ordered(gathering: Gathering, plans: list[Resource]) -> list[Resource]:
    named: list[Resource] = []
    for plan in plans:
        for name in ("careTeam", "addresses", "goal", "supportingInfo"):
            for reference in plan.node.each(name):
                found = gathering.refers(reference, plan)
                if found is not None:
                    named.append(found)
    seen = {id(one): one for one in (*named, *gathering.library.resources)}
    return list(seen.values())


def _outcomes(gathering: Gathering, plans: list[Resource]) -> Iterator[Resource]:
    """Yield the Observations that are outcomes: named by goals or activities, or of a request."""
    library = gathering.library
    named = [(goal, r) for goal in library.of("Goal") for r in goal.node.each("outcomeReference")]
    for plan in plans:
        for activity in plan.node.each("activity"):
            named += [(plan, reference) for reference in activity.each("outcomeReference")]
    for frm, reference in named:
        found = library.find(reference.said("reference"), frm)
        if found is not None:
            yield found
    for one in library.of("Observation"):
        based = [library.find(r.said("reference"), one) for r in one.node.each("basedOn")]
        if any(found is not None for found in based) or interventions.pertaining(one.node):
            yield one


def _narratives(gathering: Gathering) -> None:
    for one in gathering.library.resources:
        if one.taken:
            if one.kind == "Composition":
                narrative.composition(gathering, one)
            narrative.narrative(gathering, one)
