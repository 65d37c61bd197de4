"""Remove withheld units from a plan, and what refers to them or repeats their words.

A unit goes when any of its matters is withheld, or when it has no label. With it go the ids that
point to it, its places, every attachment, and any surviving unit that repeats a distinctive phrase
of it. A list emptied this way says `masked`, so that nobody reads "none". Plain function of its
inputs; the plan given is not changed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from hub.canonical import Absent, Coverage, Sealed, each
from hub.errors import Refused
from hub.withholding.anatomy import (
    FRAME,
    HEADER,
    LINKS,
    LISTS,
    MEMBER,
    SINGLES,
    content_left,
    list_of,
    own_parts,
    parent,
    top_lists,
    unit_pointers,
)
from hub.withholding.folding import holding
from hub.withholding.moving import places_left, without
from hub.withholding.phrasing import every_text
from hub.withholding.secrecy import secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from consent import Matter
    from hub.canonical import Plan


class Labelled(Protocol):
    """What withholding needs of a labelling: the matters of every unit, by pointer."""

    @property
    def matters_at(self) -> Mapping[str, frozenset[Matter]]:
        """The matters of each unit."""


@dataclass(frozen=True, slots=True, repr=False)
class Withheld(Sealed):
    """What is left, and an account of what isn't.

    `pointers` are those of the plan as it was. `counts` are removed units by list. `phrases` are
    what no rendering may hold. `left` counts the units of content that remain; at 0 nothing should
    be sent.
    """

    plan: Plan
    pointers: tuple[str, ...]
    counts: Mapping[str, int]
    phrases: tuple[str, ...]
    left: int


def withhold(
    plan: Plan,
    labelling: Labelled,
    withheld: AbstractSet[Matter],
    *,
    strip_confidential: bool = False,
) -> Withheld:
    """Return the plan without what is withheld; `Refused` when its very frame is.

    `strip_confidential` takes out addresses marked confidential too (HR-19).
    """
    present = unit_pointers(plan)
    gone = _asked(present, labelling.matters_at, withheld)
    if strip_confidential:
        gone |= _confidential(plan)
    if not gone:
        return Withheld(plan, (), {}, (), content_left(plan, gone))
    if gone & set(FRAME):
        raise Refused("frame_withheld", "nothing of this plan may go: hold the release", status=409)
    gone |= {pointer for pointer in present if pointer.startswith("/attachments/")}
    parts = own_parts(plan)
    hidden = secret(parts, gone)
    gone |= _repeating({at: part for at, part in parts.items() if at not in gone}, hidden)
    pointers = tuple(at for at in present if at in gone or f"/{at.split('/')[1]}" in gone)
    gone = set(pointers)
    return Withheld(
        _without(plan, gone, hidden),
        pointers,
        Counter(list_of(pointer) for pointer in pointers),
        hidden,
        content_left(plan, gone),
    )


def _repeating(parts: Mapping[str, Any], hidden: tuple[str, ...]) -> set[str]:
    """Return the units, given in plain form, that repeat a hidden phrase."""
    texts = {at: every_text(part) for at, part in parts.items()}
    telling = holding(chain.from_iterable(texts.values()), hidden)
    return {at for at, said in texts.items() if not telling.isdisjoint(said)}


def _asked(
    present: tuple[str, ...],
    matters_at: Mapping[str, frozenset[Matter]],
    withheld: AbstractSet[Matter],
) -> set[str]:
    """Return the units with any withheld matter, and those that nobody labelled."""
    return {
        pointer
        for pointer in present
        if not matters_at.get(pointer) or not withheld.isdisjoint(matters_at[pointer])
    }


def _confidential(plan: Plan) -> set[str]:
    return {
        f"/member/addresses/{index}"
        for index, address in enumerate(plan.member.addresses)
        if address.confidential
    }


def _without(plan: Plan, gone: set[str], hidden: tuple[str, ...]) -> Plan:
    """Return the plan with the units at these pointers gone, links and places mended."""
    lists = {parent(pointer) for pointer in gone}

    def left(at: str) -> Any:  # noqa: ANN401  # a list of any units
        return without(plan, at, gone, lists)

    changed: dict[str, Any] = {name: left(f"/{name}") for name in top_lists()}
    told = holding(_links(changed), hidden)  # a link may lead nowhere and yet repeat a phrase
    for name, fields in LINKS.items():
        lost = {field: _lost(plan, field, gone) | told for field in fields}
        if not isinstance(changed[name], Absent):
            changed[name] = tuple(_unlinked(one, lost) for one in changed[name])
    for name in SINGLES:
        if f"/{name}" in gone:
            changed[name] = Coverage() if name == "coverage" else None
    if "/agreement" not in gone and plan.agreement is not None:
        changed["agreement"] = replace(
            plan.agreement,
            outreach=left("/agreement/outreach"),
            meeting=None if "/agreement/meeting" in gone else plan.agreement.meeting,
        )
    header: dict[str, Any] = {name: None for name in HEADER if f"/header/{name}" in gone}
    header |= {name: left(f"/header/{name}") for name in ("criteria", "recipients")}
    member: dict[str, Any] = {name: None for name in MEMBER if f"/member/{name}" in gone}
    member |= {name: left(f"/member/{name}") for name in ("addresses", "telecoms")}
    changed["header"] = replace(plan.header, **header)
    changed["member"] = replace(plan.member, **member)
    return replace(plan, **changed, places=places_left(plan, gone, LISTS, hidden))


def _links(lists: Mapping[str, Any]) -> Iterator[str]:
    """Yield every id that a unit of these lists points to."""
    for name, fields in LINKS.items():
        for one in each(lists[name]):
            for field in fields:
                yield from getattr(one, field)


def _lost(plan: Plan, name: str, gone: set[str]) -> frozenset[str]:
    """Return the ids of the units of a list that are gone."""
    return frozenset(
        one.id for index, one in enumerate(each(getattr(plan, name))) if f"/{name}/{index}" in gone
    )


def _unlinked(one: Any, lost: Mapping[str, frozenset[str]]) -> Any:  # noqa: ANN401  # a linked unit
    """Return a unit without the ids of what is gone."""
    changed = {
        field: tuple([name for name in names if name not in ids])
        for field, ids in lost.items()
        if not ids.isdisjoint(names := getattr(one, field))
    }
    return replace(one, **changed) if changed else one
