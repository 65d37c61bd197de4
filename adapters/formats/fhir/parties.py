"""References to people and organisations, to parties: practitioner, role, organisation, relative.

A party is read once per resource; who names it again gets the same. A reference that says only a
display or an identifier is a party by that name. Called by every mapping that names somebody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import datatypes, house
from adapters.formats.fhir.identifiers import identifier
from hub.canonical import Party

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Gathering
    from adapters.formats.fhir.nodes import Node

PEOPLE: Final = frozenset({"Practitioner", "Patient", "RelatedPerson"})
_REACH: Final = {"phone": "phone", "sms": "phone", "email": "email"}


def party(gathering: Gathering, reference: Node | None, frm: Resource) -> tuple[Party | None, str]:
    """Return the party a Reference names and where it was read; nothing when it names nobody."""
    if reference is None:
        return None, ""
    found = gathering.refers(reference, frm)
    if found is not None:
        one = of(gathering, found)
        return (one, found.node.at) if one != Party() else (None, "")
    display, _ = reference.take("display")
    known = reference.part("identifier")
    who = identifier(known) if known is not None else None
    if not (display or who):
        return None, ""
    organised = reference.said("type") == "Organization" or "Organization/" in reference.said(
        "reference"
    )
    named = {"organization": display} if organised else {"name": display}
    return Party(
        identifiers=(who,) if who else (), **{k: v or None for k, v in named.items()}
    ), reference.at


def named(gathering: Gathering, reference: Node | None, frm: Resource) -> tuple[str, str]:
    """Return only the name of who a Reference names, and where; whatever else it says is left."""
    if reference is None:
        return "", ""
    found = gathering.refers(reference, frm)
    if found is None:
        return reference.take("display")
    node = found.node
    if not found.taken:
        return "", ""
    node.drop("active")
    if found.kind == "PractitionerRole" and frm.kind != "PractitionerRole":
        one = named(gathering, node.part("practitioner"), found)
        return one if one[0] else named(gathering, node.part("organization"), found)
    name = node.part("name")
    if name is not None and isinstance(name.value, dict):
        return datatypes.person_name(name), name.at
    return node.take("name")


def of(gathering: Gathering, one: Resource) -> Party:
    """Return the party a resource describes."""
    node = one.node
    if not one.taken:
        return Party()
    node.drop("active")
    data: dict[str, Any] = {}
    if one.kind == "PractitionerRole":
        _role(gathering, one, data)
    elif one.kind in PEOPLE:
        _person(node, data)
    elif one.kind in {"Organization", "HealthcareService", "Location", "Device"}:
        data["organization"] = _first(node, ("name",)) or None
    elif one.kind == "CareTeam":
        data["organization"] = node.said("name") or None
        return Party(**data)
    else:
        return Party()
    _reached(node, data)
    data.update({name: value for name, value, _ in house.fields(node, Party)})
    return Party(**data)


def _person(node: Node, data: dict[str, Any]) -> None:
    name = node.part("name")
    if name is not None:
        data["name"] = datatypes.person_name(name) or None
    roles = [datatypes.concept(one)[0] for one in node.each("relationship") if not _ours(one)]
    data["role"] = "; ".join(filter(None, roles)) or None


def _ours(node: Node) -> bool:
    return bool(house.code(node, "relationship"))


def _role(gathering: Gathering, one: Resource, data: dict[str, Any]) -> None:
    node = one.node
    practitioner = gathering.refers(node.part("practitioner"), one)
    if practitioner is not None and practitioner.kind in PEOPLE:
        who = of(gathering, practitioner)
        data.update({name: getattr(who, name) for name in Party.__dataclass_fields__})
    elif node.part("practitioner") is not None:
        data["name"] = node.part("practitioner").take("display")[0] or None  # type: ignore[union-attr]  # asked for the line above
    organisation, _ = named(gathering, node.part("organization"), one)
    if organisation:
        data["organization"] = organisation
    words, _ = datatypes.concept(node.part("code") or node.part("specialty"))
    data["role"] = words or data.get("role")


def _reached(node: Node, data: dict[str, Any]) -> None:
    known = [one for one in (identifier(each) for each in node.each("identifier")) if one]
    data["identifiers"] = tuple(dict.fromkeys((*data.get("identifiers", ()), *known)))
    for telecom in node.each("telecom"):
        field = _REACH.get(telecom.said("system"))
        if field is not None and not data.get(field):
            data[field] = telecom.take("value")[0] or None
            telecom.drop("system", "use", "rank")
    address = node.part("address")
    if address is not None and not data.get("address"):
        data["address"] = datatypes.lines(address) or None
        address.drop("use", "type")


def _first(node: Node, names: tuple[str, ...]) -> str:
    for name in names:
        words, _ = node.take(name)
        if words:
            return words
    return ""
