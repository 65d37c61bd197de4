"""One plan from two: a message, and the C-CDA it enclosed.

Called by the reader when a message carried a C-CDA. The C-CDA is the plan; the message adds its
recipients, ids, notes, attachments, asks and items, the last with ids of their own. Two people are
never merged: the reader quarantines.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from hub.canonical import Absent, Header, Member, Place, Plan, Replaced, each, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Text

_APPENDED: Final = (
    "team",
    "assessments",
    "notes",
    "attachments",
    "residue",
    "medications",
    "allergies",
    "asks",
    "strengths",
    "preferences",
    "barriers",
    "own_words",
    "concerns",
    "goals",
    "interventions",
    "outcomes",
)
_LINKED: Final = ("concerns", "goals", "interventions")
_ID: Final = re.compile(r"(?<!\w)([Aa]bout )([cgi]\d+)\Z", re.ASCII)
_SINGLE: Final = ("risk", "crisis_plan", "agreement", "review")
_LABELLED: Final = (
    "concerns",
    "goals",
    "interventions",
    "outcomes",
    "medications",
    "allergies",
    "advance_directives",
    "asks",
    "notes",
    "assessments",
    "attachments",
    "residue",
)
_ORDER: Final = "ULMNRV"


def same_person(message: Plan, inner: Plan) -> bool:
    """Say whether the two agree about the member: birth date, family name, payer's id."""
    born = said(message.member.birth_date), said(inner.member.birth_date)[:10]
    family = said(message.member.name.family), said(inner.member.name.family)
    if all(born) and not (born[0].startswith(born[1]) or born[1].startswith(born[0])):
        return False
    if all(family) and family[0].casefold() != family[1].casefold():
        return False
    return not _clash(message, inner)


def _clash(message: Plan, inner: Plan) -> bool:
    for kind in ("medicaid", "mbi", "ssn"):
        ours = {i.value for i in message.member.identifiers if i.kind == kind}
        theirs = {i.value for i in inner.member.identifiers if i.kind == kind}
        if ours and theirs and not ours & theirs:
            return True
    return False


def merged(message: Plan, inner: Plan, digest: str, origin: str) -> Plan:
    """Return the enclosed plan with what its message adds; `digest` is the enclosed file's."""
    message = _apart(message)
    places = {at: _inside(where, digest) for at, where in inner.places.items()}
    changed: dict[str, Any] = {"header": _header(message, inner)}
    changed["member"] = _member(message, inner)
    if not said(inner.coverage.member_id):
        changed["coverage"] = message.coverage
        places |= _under("/coverage", message)
    for name in _APPENDED:
        extra = each(getattr(message, name))
        if not extra:
            continue
        before = getattr(inner, name)
        kept = () if isinstance(before, Absent) else before
        changed[name] = (*kept, *extra)
        places |= _shifted(message, name, len(kept))
    for name in _SINGLE:
        if getattr(inner, name) is None and getattr(message, name) is not None:
            changed[name] = getattr(message, name)
            places |= _under(f"/{name}", message)
            places |= {at: p for at, p in message.places.items() if at == f"/{name}"}
    header, member = changed["header"], changed["member"]
    places |= _single_places(message, inner, header)
    places |= _moved("/header/recipients", message, message.header.recipients, header.recipients)
    places |= _moved("/header/source_ids", message, message.header.source_ids, header.source_ids)
    ours = message.member.identifiers
    places |= _moved("/member/identifiers", message, ours, member.identifiers)
    plan = replace(inner, places=places, **changed)
    return _protected(plan) if origin == "yes" else plan


def _apart(plan: Plan) -> Plan:
    """Return the message's plan with ids that no item of the enclosed document has."""
    changed: dict[str, Any] = {}
    for name in ("concerns", "goals", "interventions", "outcomes"):
        items = each(getattr(plan, name))
        if items:
            changed[name] = tuple(map(_renamed, items))
    if not changed:
        return plan
    changed["notes"] = tuple(replace(one, section=_about(one.section)) for one in plan.notes)
    changed["team"] = tuple(replace(one, involvement=_about(one.involvement)) for one in plan.team)
    return replace(plan, **changed)


def _about(text: Text) -> Text:
    """Return a remark's or role's name, with the id it ends in as it is now."""
    return _ID.sub(r"\1message-\2", text) if isinstance(text, str) else text


def _renamed(item: Any) -> Any:  # noqa: ANN401  # an item of any of four lists
    given = {
        name: tuple(f"message-{one}" for one in getattr(item, name))
        for name in _LINKED
        if hasattr(item, name)
    }
    return replace(item, id=f"message-{item.id}", **given)


def _inside(where: Place, digest: str) -> Place:
    return structs.replace(where, document=where.document or f"sha256:{digest}")


def _under(root: str, plan: Plan) -> dict[str, Place]:
    return {at: where for at, where in plan.places.items() if at.startswith(root + "/")}


def _shifted(plan: Plan, name: str, by: int) -> dict[str, Place]:
    moved = {}
    for at, where in _under(f"/{name}", plan).items():
        _, root, number, *rest = at.split("/")
        moved["/".join(["", root, str(int(number) + by), *rest])] = where
    return moved


def _single_places(message: Plan, inner: Plan, header: Header) -> dict[str, Place]:
    """Return the places of the header's single fields that came from the message."""
    taken: dict[str, Place] = {}
    for name in (
        "set_id",
        "replaces",
        "related",
        "status",
        "confidentiality",
        "custodian",
        "written_on",
    ):
        value = getattr(header, name)
        if value != getattr(inner.header, name):
            taken |= _under(f"/header/{name}", message)
            taken |= {at: p for at, p in message.places.items() if at == f"/header/{name}"}
    return taken


def _moved(
    root: str, message: Plan, ours: tuple[Any, ...], all_of_them: tuple[Any, ...]
) -> dict[str, Place]:
    """Return the places of the message's items, at where these items now stand."""
    first = len(all_of_them) - len([item for item in all_of_them if item in ours])
    moved = {}
    for number, item in enumerate(ours):
        where = message.places.get(f"{root}/{number}") or message.places.get(root)
        if where and item in all_of_them and all_of_them.index(item) >= first:
            moved[f"{root}/{all_of_them.index(item)}"] = where
    return moved


def _header(message: Plan, inner: Plan) -> Header:
    ours, theirs = message.header, inner.header
    graver = max(said(ours.confidentiality), said(theirs.confidentiality), key=_ORDER.find)
    return replace(
        theirs,
        set_id=theirs.set_id or ours.set_id,
        source_ids=_union(theirs.source_ids, ours.source_ids),
        recipients=_union(theirs.recipients, ours.recipients),
        replaces=_replaced(ours.replaces, theirs.replaces),
        related=_union(theirs.related, ours.related),
        status=ours.status if ours.status == "revoked" else theirs.status,
        confidentiality=graver or None,
        custodian=theirs.custodian or ours.custodian,
        written_on=theirs.written_on or ours.written_on,
    )


def _replaced(ours: Replaced | None, theirs: Replaced | None) -> Replaced | None:
    """Return what is replaced, by the names both the message and the document have for it."""
    if ours is None or theirs is None:
        return theirs or ours
    return replace(theirs, source_ids=_union(theirs.source_ids, ours.source_ids))


def _member(message: Plan, inner: Plan) -> Member:
    ours, theirs = message.member, inner.member
    ids = {i.value for i in theirs.identifiers}
    extra = tuple(i for i in ours.identifiers if i.value not in ids)
    return replace(theirs, identifiers=(*theirs.identifiers, *extra))


def _union(first: tuple[Any, ...], second: Iterable[Any]) -> tuple[Any, ...]:
    return (*first, *(item for item in second if item not in first))


def _protected(plan: Plan) -> Plan:
    """Return the plan with every element marked as of a Part 2 program (42 CFR 2.12)."""
    changed: dict[str, Any] = {}
    for name in _LABELLED:
        items = each(getattr(plan, name))
        if items:
            changed[name] = tuple(replace(item, part2_origin="yes") for item in items)
    return replace(plan, **changed)
