"""Who takes part: participations in the header and in entries, and the care team they make up.

Called by the header reader and by readers of entries. Somebody named twice joins the team once;
what a participation says beyond a `Party` is kept as residue. It decides nothing about consent:
a guardian or proxy is only what the document calls so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import parties
from adapters.formats.ccda.statements import keyed
from adapters.formats.ccda.tags import STEPS, V3, local, within
from adapters.formats.ccda.values import rendered, wording
from hub.canonical import Party, Text

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope

CLASSES = {
    "CAREGIVER": "caregiver",
    "ECON": "emergency contact",
    "NOK": "next of kin",
    "PRS": "personal relationship",
    "AGNT": "agent",
    "GUAR": "guarantor",
    "GUARD": "guardian",
}
"""How the class of an associated entity reads as a role on the team."""

_PROXIES = frozenset(
    {"GUARD", "POWATT", "HPOWATT", "DPOWATT", "SPOWATT", "GUADLTM", "RESPRSN", "DELEGATEE"}
)
_REVIEW = "425268008"
_SILENT = frozenset(
    V3 + name for name in ("templateId", "typeId", "realmCode", "signatureCode", "functionCode")
)
_TIMED = frozenset({"authenticator", "legalAuthenticator", "review"})
_ENTITIES = frozenset(
    V3 + name
    for name in (
        "assignedAuthor",
        "assignedEntity",
        "assignedCustodian",
        "associatedEntity",
        "intendedRecipient",
        "participantRole",
        "relatedEntity",
    )
)
_CODE = V3 + "code"
_FUNCTION = V3 + "functionCode"
_ID = V3 + "id"
_TIME = V3 + "time"
_CUSTODIAN = V3 + "representedCustodianOrganization"


def entity(element: etree._Element) -> etree._Element | None:
    """Return the entity inside a participation."""
    for child in within(element)[::-1]:
        if child.tag in _ENTITIES:
            return child
    return None


def taking_part(
    gathering: Gathering, element: etree._Element, at: str, label: str
) -> tuple[Party | None, str]:
    """Return the party of a header participation and where it stands; counts it as an item."""
    found, place = None, at
    spare: list[str] = []
    for position, child in enumerate(element, 1):
        if child.tag in _ENTITIES and found is None:
            place = at + STEPS[position]
            found = _party(gathering, child, place, spare)
        elif child.tag not in _SILENT and (text := _beside(gathering, child, label)):
            spare.append(text)
    gathering.spare("; ".join(filter(None, spare)), label, at, gathering.header)
    if found is None:
        gathering.item("residue" if any(spare) else "ignored")
    else:
        gathering.item("mapped")
    return found, place


def _party(
    gathering: Gathering, element: etree._Element, at: str, spare: list[str]
) -> Party | None:
    house = next(element.iterchildren(_CUSTODIAN), None)
    known = _known(gathering, element)
    if known is not None:
        return known
    found = parties.party(gathering, element if house is None else house, at, spare)
    if house is not None:
        found = Party(
            organization=found.name,
            identifiers=found.identifiers,
            phone=found.phone,
            email=found.email,
            address=found.address,
        )
    if found == Party():
        return None
    _remember(gathering, element, found)
    return found


def _beside(gathering: Gathering, child: etree._Element, label: str) -> str:
    """Return what a participation says beside its entity and nobody else reads."""
    if child.tag == _TIME and (label in _TIMED or child.get("value") == gathering.written):
        return ""
    return rendered(gathering, child)


def _remember(gathering: Gathering, element: etree._Element, found: Party) -> None:
    for child in element:
        if child.tag == _ID and (key := keyed(child)) is not None:
            gathering.authors.add(key)
            gathering.people.setdefault(key, found)


def _known(gathering: Gathering, element: etree._Element) -> Party | None:
    """Return whom the header already named, for an entity that is only an id."""
    keys = [keyed(child) for child in within(element) if child.tag == _ID]
    if len(element) > len(keys):
        return None
    return next((gathering.people[key] for key in keys if key in gathering.people), None)


def someone(gathering: Gathering, element: etree._Element, at: str) -> Party | None:
    """Return the party of an entity in an entry; one given by id alone is found in the header."""
    known = _known(gathering, element)
    if known is not None:
        return known
    found = parties.party(gathering, element, at)
    return found if found != Party() else None


def time_of(gathering: Gathering, element: etree._Element, at: str) -> Text:
    """Return when somebody took part."""
    for position, child in enumerate(within(element), 1):
        if child.tag == _TIME:
            value = gathering.time(child, at + STEPS[position])
            if value is not None:
                return value
            for end in child:
                if local(end.tag) == "low":
                    return gathering.time(end, at + STEPS[position])
    return None


def function(gathering: Gathering, element: etree._Element) -> str | None:
    """Return the words of a participation's functionCode, C-CDA's or SDTC's."""
    for child in element:
        if local(child.tag) == "functionCode":
            return wording(gathering, child) or child.get("code")
    return None


def relation(gathering: Gathering, element: etree._Element) -> str | None:
    """Return what somebody is to the member, by the code of their entity."""
    inner = entity(element)
    code = next(inner.iterchildren(_CODE), None) if inner is not None else None
    return (wording(gathering, code) or code.get("code")) if code is not None else None


def is_member(gathering: Gathering, element: etree._Element) -> bool:
    """Say whether a participation is the member's own: coded ONESELF, or by the member's id."""
    inner = entity(element)
    if inner is None:
        return False
    children = within(inner)
    code = next((child for child in children if child.tag == _CODE), None)
    if code is not None and code.get("code") == "ONESELF":
        return True
    ids = (keyed(child) for child in children if child.tag == _ID)
    return any(key in gathering.member_ids for key in ids)


def is_review(element: etree._Element) -> bool:
    """Say whether a participation is a care plan review (SNOMED 425268008)."""
    code = next(element.iterchildren(_FUNCTION), None)
    return code is not None and code.get("code") == _REVIEW


def represents(element: etree._Element, kind: str) -> bool:
    """Say whether the document calls somebody the member's guardian or proxy."""
    if kind in {"GUARD", "AGNT"}:
        return True
    return any(each.get("code") in _PROXIES for each in element.iter(V3 + "code"))


def join(  # noqa: PLR0913  # a team member has that many sides
    gathering: Gathering,
    found: Party,
    at: str,
    *,
    scope: Scope | None = None,
    role: Text = None,
    lead: bool | None = None,
    relationship: Text = None,
    involvement: Text = None,
) -> Draft | None:
    """Add somebody to the care team, unless they are on it in the same role; says which draft."""
    for held in gathering.drafts.get("team", ()):
        if held.data["party"] == found and held.data.get("role") == role:
            return None
    draft = gathering.new("team", at, scope or gathering.header)
    draft.data["party"] = found
    gathering.spread(f"{draft.pointer}party", found, at, "team.party")
    draft.put("role", role, at)
    draft.put("lead", lead, at)
    draft.put("relationship", relationship, at)
    draft.put("involvement", involvement, at)
    return draft


def entry_author(
    gathering: Gathering, element: etree._Element, at: str, scope: Scope, near: Draft | None
) -> None:
    """Keep who wrote an entry: on the team when the document hasn't named them, else only when."""
    inner = entity(element)
    if inner is None:
        return
    keys = [
        key for child in within(inner) if child.tag == _ID and (key := keyed(child)) is not None
    ]
    time = time_of(gathering, element, at)
    mark = f"{keys} {time}"
    if mark in gathering.authored:
        return
    gathering.authored.add(mark)
    known = [key for key in keys if key in gathering.authors or key in gathering.member_ids]
    if not known and len(inner) > len(keys):
        found = parties.party(gathering, inner, at)
        if found.name or found.organization:
            join(gathering, found, at, scope=scope, role=found.role or "author")
            _remember(gathering, inner, found)
    if isinstance(time, str):
        who = ", ".join(key.strip("|") for key in keys)
        gathering.spare(f"{time} by {who}" if who else time, "authored", at, scope, near)
