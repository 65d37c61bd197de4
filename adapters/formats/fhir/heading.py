"""The CarePlan, its Composition, Bundle and Provenance, to the plan's header, team and parts.

Only what a CarePlan says of itself is read here; what it lists is read by the others. Where several
say the same, the CarePlan counts first. Called once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import datatypes, house, parties
from adapters.formats.fhir.datatypes import concept, text
from adapters.formats.fhir.privacy import LEVELS
from adapters.formats.fhir.screening import confidential
from hub.canonical import Header, Period, Plan, Related, Replaced, SourceId, TeamMember
from hub.canonical.plan import PlanKind

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Gathering
    from adapters.formats.fhir.nodes import Node

_STATUS: Final = {
    "draft": "draft",
    "active": "active",
    "completed": "completed",
    "revoked": "revoked",
    "unknown": "unknown",
    "entered-in-error": "revoked",
}
_ASSESS_PLAN: Final = "assess-plan"
PLAN_PARTS: Final = frozenset({"agreement", "review", "crisis_plan"})
_VERSION: Final = (
    "http://hl7.org/fhir/StructureDefinition/composition-clinicaldocument-versionNumber"
)
_HEADER: Final = frozenset(Header.__dataclass_fields__) - {"confidentiality", "kind", "status"}
_AUTHORING: Final = frozenset({"author", "enterer", "composer"})


def header(gathering: Gathering, one: Resource | None) -> None:
    """Read the header from the CarePlan, and from the document around it what it leaves open."""
    composition = next((c for c in gathering.library.of("Composition") if c.taken), None)
    released = composition is not None and composition.released
    if one is not None:
        _care_plan(gathering, one)
    if composition is not None:
        level, at = composition.node.take("confidentiality")
        confidential(gathering, level if level in LEVELS else "", at)
    if released and composition is not None:
        _of_release(gathering, composition.node)
        message = "was rendered by a hub like this; what it says of that release is left out"
        gathering.find("own_release", message, composition.node.at, "note")
        _written(gathering, one, None, released=True)
        _authored(gathering, one, None)
    else:
        if composition is not None:
            _composition(gathering, composition)
        _written(gathering, one, composition, released=False)
        _authored(gathering, one, composition)
        _bundled(gathering, one)
    if one is not None:
        for name, value, at in house.fields(one.node, Header, _HEADER):
            gathering.forget(f"/header/{name}", gathering.header.get(name, ""))
            _put(gathering, name, value, at)


def _bundled(gathering: Gathering, one: Resource | None) -> None:
    """Take a Bundle's own identifier as one of the document's."""
    root = gathering.library.root
    known = root.part("identifier")
    if known is not None and one is not None and root.value is not one.node.value:
        _source_id(gathering, known)


def _put(gathering: Gathering, name: str, value: Any, at: str) -> None:  # noqa: ANN401  # any field's value
    if value is None or value in {"", ()}:
        return
    gathering.header[name] = value
    gathering.spread(f"/header/{name}", value, at)


def _first(gathering: Gathering, name: str, value: Any, at: str) -> None:  # noqa: ANN401  # any field's value
    if name not in gathering.header:
        _put(gathering, name, value, at)


def _care_plan(gathering: Gathering, one: Resource) -> None:
    node = one.node
    status, at = node.take("status")
    _put(gathering, "status", _STATUS.get(status, "unknown"), at)
    if status and status not in _STATUS:
        gathering.find(
            "status_unlike", "has a status the template has no word for; ask", at, "note"
        )
        node.fates.pop(at, None)
    _put(gathering, "title", *text(node, "title"))
    words, at = node.take("description")
    _put(gathering, "purpose", words, at)
    _period(gathering, node.part("period"))
    for known in node.each("identifier"):
        _source_id(gathering, known)
    own = house.coded(node.each("category"), "kind", PlanKind)
    if own:
        _put(gathering, "kind", own, f"{node.at}/category")
    _put(gathering, "language", *node.take("language"))
    _replaced(gathering, one)
    gathering.annotations(node, "Note on the plan", one)
    node.drop("intent")
    for category in node.each("category"):
        if _ASSESS_PLAN in {c.said("code") for c in category.each("coding")}:
            category.claim("ignored")


def _period(gathering: Gathering, period: Node | None) -> None:
    if period is not None:
        ends = {name: text(period, name) for name in ("start", "end")}
        for name, (words_, where) in ends.items():
            if words_:
                gathering.leaf(f"/header/period/{name}", where, "header")
        made = Period(**{name: words_ for name, (words_, _) in ends.items()})
        if made != Period():
            gathering.header["period"] = made


def _source_id(gathering: Gathering, known: Node) -> None:
    value, at = known.take("value")
    system, _ = known.take("system")
    known.drop("use", "type")
    held = gathering.header.get("source_ids", ())
    one = SourceId(system or None, value)
    if value and one not in held and not system.startswith(house.CODES):
        gathering.spread(f"/header/source_ids/{len(held)}", one, at)
        gathering.header["source_ids"] = (*held, one)
        if "set_id" not in gathering.header:
            _put(gathering, "set_id", value, at)


def _replaced(gathering: Gathering, one: Resource) -> None:
    for reference in one.node.each("replaces"):
        known = reference.part("identifier")
        if known is not None and "replaces" not in gathering.header:
            value, at = known.take("value")
            system, _ = known.take("system")
            known.drop("use", "type")
            named = (SourceId(system or None, value),) if value else ()
            _put(gathering, "replaces", Replaced(set_id=value or None, source_ids=named), at)


def _composition(gathering: Gathering, one: Resource) -> None:
    node = one.node
    known = node.part("identifier")
    if known is not None:
        value, at = known.take("value")
        known.drop("system", "use", "type")
        _put(gathering, "set_id", value, at)
    for extension in node.each("extension"):
        if extension.said("url") == _VERSION:
            extension.drop("url")
            value, at = extension.take("valueString")
            if value.isascii() and value.isdigit() and len(value) <= _DIGITS:
                _put(gathering, "version", int(value), at)
    _first(gathering, "title", *text(node, "title"))
    _first(gathering, "language", *node.take("language"))
    custodian, at = parties.party(gathering, node.part("custodian"), one)
    _put(gathering, "custodian", custodian, at)
    _relations(gathering, node)
    node.drop("title", "status", "type", "category", "date", "attester", "event")


def _relations(gathering: Gathering, node: Node) -> None:
    """Read which documents a Composition replaces, adds to or was made from."""
    for relates in node.each("relatesTo"):
        target = relates.part("targetIdentifier")
        code = relates.said("code")
        if target is None or code not in {"replaces", *_RELATED}:
            continue
        relates.drop("code")
        value, at = target.take("value")
        system, _ = target.take("system")
        named = (SourceId(system or None, value),) if value else ()
        if code == "replaces":
            _first(gathering, "replaces", Replaced(set_id=value or None, source_ids=named), at)
        elif named:
            one_more = (*gathering.header.get("related", ()), Related(how=code, source_ids=named))  # type: ignore[arg-type]  # one of its literals
            _put(gathering, "related", one_more, at)


_DIGITS: Final = 9
_RELATED: Final = frozenset({"appends", "transforms"})


def _of_release(gathering: Gathering, node: Node) -> None:
    """Leave out what our own renderer says of a release: the sections stay."""
    gathering.library.root.drop("timestamp", "identifier")
    gathering.forget("/header/set_id")
    gathering.header.pop("set_id", None)
    names = set(node.value) - {"section", "confidentiality", "meta", "text"}
    node.drop(*names)


def _written(
    gathering: Gathering, one: Resource | None, composition: Resource | None, *, released: bool
) -> None:
    places = (
        (one.node if one is not None else None, "created"),
        (composition.node if composition is not None else None, "date"),
        (gathering.library.root if not released else None, "timestamp"),
        (one.node.part("meta") if one is not None and not released else None, "lastUpdated"),
    )
    for node, name in places:
        if node is not None:
            words, at = text(node, name)
            if isinstance(words, str) and not datatypes.iso(words):
                gathering.find("odd_time", "is not a legal time; kept word for word", at)
            _first(gathering, "written_on", words, at)
            if gathering.header.get("written_on") != words:
                node.drop(name)


def _authored(gathering: Gathering, one: Resource | None, composition: Resource | None) -> None:
    """Find the author: the CarePlan's, a contributor, the Provenance's, the Composition's."""
    if one is not None:
        for name in ("author", "contributor"):
            for reference in one.node.each(name):
                _author(gathering, reference, one)
        for provenance in gathering.library.of("Provenance"):
            targets = [
                gathering.library.find(t.said("reference"), provenance)
                for t in provenance.node.each("target")
            ]
            if provenance.taken and one in targets:
                _provenance(gathering, provenance)
    if composition is not None:
        for reference in composition.node.each("author"):
            _author(gathering, reference, composition)


def _author(gathering: Gathering, reference: Node, frm: Resource) -> None:
    if "author" in gathering.header:
        return
    who, at = parties.party(gathering, reference, frm)
    _first(gathering, "author", who, at)


def _provenance(gathering: Gathering, one: Resource) -> None:
    for agent in one.node.each("agent"):
        kinds = {c.said("code") for c in (agent.part("type") or agent).each("coding")}
        if kinds & _AUTHORING or not kinds:
            _author(gathering, agent.part("who") or agent, one)


def care_team(gathering: Gathering, one: Resource) -> None:
    """Read a CareTeam's participants as members of the team."""
    node = one.node
    node.drop("status", "name")
    for participant in node.each("participant"):
        draft = gathering.new("team", participant, one)
        who, at = parties.party(gathering, participant.part("member"), one)
        if who is not None:
            if not who.organization:
                behalf, _ = parties.named(gathering, participant.part("onBehalfOf"), one)
                who = replace(who, organization=behalf or None)
            draft.data["party"] = who
            gathering.spread(f"{draft.pointer}/party", who, at)
        role = participant.part("role")
        draft.put("role", *concept(role))
        for coding in role.each("coding") if role is not None else ():
            if coding.said("display") in {"", draft.data.get("role")}:
                coding.claim()
        draft.overlay(participant, TeamMember)
    gathering.annotations(node, "Note on the team", one)


def parts(gathering: Gathering, one: Resource) -> None:
    """Take the plan's parts R4 has no element for, from our own extension on the CarePlan."""
    for name, value, at in house.fields(one.node, Plan, PLAN_PARTS):
        gathering.parts[name] = value
        gathering.spread(f"/{name}", value, at)
