"""The units of a plan as withholding sees them: where they are, and what each one says.

`hub.withholding.removal` and `hub.withholding.secrecy` share it. A test holds the same patterns in
`hub.labels`, so that nothing labelled can be forgotten here; what has no label is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.canonical import each, wire
from hub.withholding.phrasing import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Plan

FRAME = ("/header", "/member")
HEADER = ("title", "program", "purpose", "author", "custodian", "owner", "steward")
MEMBER = ("representative", "cultural_preferences", "communication_needs")
SINGLES = ("coverage", "risk", "crisis_plan", "agreement", "review")
LISTS = (
    "/header/criteria", "/header/recipients", "/member/addresses", "/member/telecoms",
    "/agreement/outreach", "/team", "/assessments", "/strengths", "/preferences", "/barriers",
    "/own_words", "/concerns", "/goals", "/interventions", "/outcomes", "/medications",
    "/allergies", "/advance_directives", "/asks", "/notes", "/attachments", "/residue",
)  # fmt: skip
SINGLE_UNITS = (
    *(f"/header/{name}" for name in HEADER),
    *(f"/member/{name}" for name in MEMBER),
    *(f"/{name}" for name in SINGLES),
    "/agreement/meeting",
)
IDENTITY = (
    "/header/author", "/header/custodian", "/header/owner", "/header/steward", "/coverage",
    "/header/recipients", "/member/addresses", "/member/telecoms",
)  # fmt: skip
"""Units that say who the plan is about and who wrote it; with the frame they are no secret."""

LINKS = {
    "goals": ("concerns",),
    "interventions": ("goals", "concerns"),
    "outcomes": ("goals", "interventions"),
}
"""Which fields of which lists hold ids; a field is named like the list it points into."""

INNER = {
    "/header": frozenset({*HEADER, "criteria", "recipients"}),
    "/member": frozenset({*MEMBER, "addresses", "telecoms"}),
    "/agreement": frozenset({"outreach", "meeting"}),
    **{f"/{name}": frozenset(fields) for name, fields in LINKS.items()},
}
"""Fields that are units of their own, or ids of others, by unit or by list."""

CONTENT = LISTS[6:]


def unit_pointers(plan: Plan) -> Iterator[str]:
    """Yield the pointer of every unit that a plan fills."""
    yield from FRAME
    for at in LISTS:
        items = at_pointer(plan, at)
        yield from (f"{at}/{index}" for index in range(len(each(items or ()))))
    for pointer in SINGLE_UNITS:
        if at_pointer(plan, pointer) is not None:
            yield pointer


def at_pointer(plan: Plan, pointer: str) -> Any:  # noqa: ANN401  # any part of a plan
    """Return a part of a plan, or None when one of its parents is absent."""
    value: Any = plan
    for step in pointer.split("/")[1:]:
        value = getattr(value, step, None)
    return value


def top_lists() -> Iterator[str]:
    """Yield the names of the lists that stand directly in a plan."""
    return (at[1:] for at in LISTS if at.count("/") == 1)


def own_part(plan: Plan, pointer: str) -> Any:  # noqa: ANN401  # plain JSON
    """Return a unit in plain form, without the units inside it and the ids of others."""
    part = wire.plain(resolve(plan, pointer))
    inner = INNER.get(list_of(pointer))
    return {name: item for name, item in part.items() if name not in inner} if inner else part


def is_identity(pointer: str) -> bool:
    """Say whether a unit tells who the plan is about or who wrote it."""
    return pointer in FRAME or pointer in IDENTITY or parent(pointer) in IDENTITY


def list_of(pointer: str) -> str:
    """Return the list that a unit stands in, or the unit itself."""
    return parent(pointer) if parent(pointer) in LISTS else pointer


def parent(pointer: str) -> str:
    """Return the pointer one step up."""
    return pointer.rsplit("/", 1)[0]


def content_left(present: tuple[str, ...], gone: set[str]) -> int:
    """Return how many units of content are left."""
    return sum(
        pointer not in gone and (parent(pointer) in CONTENT or pointer == "/crisis_plan")
        for pointer in present
    )
