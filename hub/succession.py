"""Which documents a plan's document is, replaces, changes, cancels or adds to: by their numbers.

The line asks it of every plan, to find the chain of the document that one names (TXA-12, TXA-13;
C-CDA `relatedDocument`; FHIR `replaces`). Numbers become digests, since they may name a person: the
number and who gave it, both exact; a second digest serves where one side leaves out who gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from hub.canonical import each, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.canonical import Plan, SourceId

Role: TypeAlias = Literal["own", "any", "about", "maybe", "same", "set"]
"""What a name is to a plan: its document's own; its number whoever gave it; of the document it
replaces; of that, if nobody said who gave the number; of what its own document was; its set's."""

ASKED: Final = frozenset({"about", "maybe", "same"})
"""The roles under which a plan speaks of the document that it replaces."""

REASONS: dict[str, str] = {
    "parent_unknown": (
        "it replaces, changes or cancels a document we have not had; it is used by itself when"
        " that comes: ask the sender for it, or to correct the number"
    ),
    "parent_waiting": "the document it replaces, changes or cancels still waits; settle that first",
    "parent_of_another": (
        "the document it replaces, changes, cancels or adds to is another member's; ask the sender"
        " which number is wrong"
    ),
    "older_version": (
        "a higher version of the same set came before it; ask the sender which is true"
    ),
}
"""Why a plan waits for a person because of the document it speaks of."""

OVERTAKEN: Final = "already_replaced"
_CONTENT: Final = (
    *("concerns", "goals", "interventions", "outcomes", "medications", "allergies", "asks"),
    *("notes", "assessments", "attachments", "advance_directives", "strengths", "preferences"),
    *("barriers", "own_words"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a document as a plan uses it; `number` is a set's version."""

    name: str
    role: Role
    number: int | None = None


class Known(NamedTuple):
    """A plan on file that uses a document's name, the newest of its chain that does.

    `usable` is False while the plan itself waits for its member or for a person.
    """

    plan: str
    chain: str
    seq: int
    member: str
    usable: bool = True
    number: int | None = None


def names(plan: Plan) -> tuple[Name, ...]:
    """Return every name by which others may find the plan, or by which it speaks of others."""
    header = plan.header
    made = own_digests(plan)
    found = [Name(one, "own") for one in made]
    found += [Name(_digest(one, "*"), "any") for one in _own(plan)]
    for one in header.replaces.source_ids if header.replaces else ():
        exact, loose = _asked(one)
        found.append(Name(exact, "same" if exact in made else "about"))
        found.append(Name(loose, "maybe"))
    if header.set_id and header.version is not None:
        found.append(Name(_digest_of("set", header.set_id, header.kind), "set", header.version))
    return tuple(dict.fromkeys(found))


def sought(plan: Plan, how: str = "replaces") -> tuple[tuple[str, str], ...]:
    """Return (exact name, looser name) of each document the plan replaces, or is `related` to."""
    header = plan.header
    if how == "replaces":
        given: Iterable[SourceId] = header.replaces.source_ids if header.replaces else ()
    else:
        given = (one for of in header.related if of.how == how for one in of.source_ids)
    return tuple(_asked(one) for one in given if one.value)


def adds(plan: Plan) -> bool:
    """Say whether the plan only adds to another document, and so is one of its own."""
    header = plan.header
    return header.replaces is None and any(one.how == "appends" for one in header.related)


def set_of(plan: Plan) -> str | None:
    """Return the set id by which the plan's versions know each other, its own before another's."""
    header = plan.header
    return header.set_id or (header.replaces.set_id if header.replaces else None)


def in_place(plan: Plan) -> bool:
    """Say whether the plan changes or cancels its own document, rather than bring a new one."""
    mine = own_digests(plan)
    return any(exact in mine for exact, _ in sought(plan))


def withdraws(plan: Plan) -> bool:
    """Say whether the plan says nothing but that its document is withdrawn."""
    if plan.header.status != "revoked":
        return False
    empty = not any(each(getattr(plan, name)) for name in _CONTENT)
    return empty and not (said(plan.crisis_plan) or plan.risk or plan.review or plan.agreement)


def own_digests(plan: Plan) -> tuple[str, ...]:
    """Return the exact names of the plan's own document."""
    return tuple(dict.fromkeys(_digest(one) for one in _own(plan)))


def _own(plan: Plan) -> Iterator[SourceId]:
    """Yield the document's ids; what it was made from is the same plan under another number."""
    for one in plan.header.source_ids:
        if one.value and one.kind != "message":
            yield one
    for of in plan.header.related:
        if of.how == "transforms":
            yield from (one for one in of.source_ids if one.value)


def _asked(one: SourceId) -> tuple[str, str]:
    """Return a number as it is asked for, and as its document may have left out who gave it."""
    return _digest(one), _digest(one, "" if one.system else "*")


def _digest(one: SourceId, giver: str | None = None) -> str:
    return _digest_of("document", (one.system or "") if giver is None else giver, one.value or "")


def _digest_of(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()
