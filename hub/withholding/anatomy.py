"""The units of a plan as withholding sees them: where they are, and what each one says.

`hub.withholding.removal` and `hub.withholding.secrecy` share it. A test holds the same patterns in
`hub.labels`, so that nothing labelled can be forgotten here; what has no label is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hub.canonical import each, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

_IDENTITY = frozenset(IDENTITY)

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


def unit_pointers(plan: Plan) -> tuple[str, ...]:
    """Return the pointer of every unit that a plan fills."""
    found = [*FRAME]
    for at, steps in _LIST_STEPS:
        items = _at(plan, steps)
        if isinstance(items, tuple):
            found += [f"{at}/{index}" for index in range(len(items))]
    found += [pointer for pointer, steps in _SINGLE_STEPS if _at(plan, steps) is not None]
    return tuple(found)


_LIST_STEPS = tuple((at, at.split("/")[1:]) for at in LISTS)
_SINGLE_STEPS = tuple((pointer, pointer.split("/")[1:]) for pointer in SINGLE_UNITS)


def _at(plan: Plan, steps: list[str]) -> Any:  # noqa: ANN401  # any part of a plan
    """Return a part of a plan, or None when one of its parents is absent."""
    value: Any = plan
    for step in steps:
        value = getattr(value, step, None)
    return value


def top_lists() -> Iterator[str]:
    """Yield the names of the lists that stand directly in a plan."""
    return (at[1:] for at in LISTS if at.count("/") == 1)


def own_parts(plan: Plan) -> dict[str, Any]:
    """Return every unit in plain form, without the units inside it and the ids of others."""
    whole = wire.builtins(replace(plan, places={}))
    parts = {at: _own(at, whole[at[1:]]) for at in FRAME}
    for at, steps in _LIST_STEPS:
        items = _plain_at(whole, steps)
        if isinstance(items, tuple):
            parts |= {f"{at}/{index}": _own(at, item) for index, item in enumerate(items)}
    for pointer, steps in _SINGLE_STEPS:
        part = _plain_at(whole, steps)
        if part is not None:
            parts[pointer] = _own(pointer, part)
    return parts


def _plain_at(whole: Any, steps: list[str]) -> Any:  # noqa: ANN401  # plain JSON
    for step in steps:
        whole = whole.get(step) if isinstance(whole, dict) else None
    return whole


def _own(at: str, part: Any) -> Any:  # noqa: ANN401  # plain JSON
    inner = INNER.get(at)
    return {name: item for name, item in part.items() if name not in inner} if inner else part


def is_identity(pointer: str) -> bool:
    """Say whether a unit tells who the plan is about or who wrote it."""
    return pointer in FRAME or pointer in _IDENTITY or parent(pointer) in _IDENTITY


def list_of(pointer: str) -> str:
    """Return the list that a unit stands in, or the unit itself."""
    above = parent(pointer)
    return above if above in LISTS else pointer


def parent(pointer: str) -> str:
    """Return the pointer one step up."""
    return pointer.rsplit("/", 1)[0]


def content_left(plan: Plan, gone: Iterable[str]) -> int:
    """Return how many units of content are left."""
    filled = sum(len(each(getattr(plan, at[1:]))) for at in CONTENT)
    filled += plan.crisis_plan is not None
    return filled - sum(parent(at) in CONTENT or at == "/crisis_plan" for at in gone)
