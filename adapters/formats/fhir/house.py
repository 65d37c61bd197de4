"""The one extension our own FHIR renderer adds, read back: what R4 has no element for.

`urn:icp:1` holds a part for every such field, by the template's own field names, nested where the
value is. Values are checked against the template's types: whoever writes such an extension can
say nothing here that a plan could not say, and never that something is less protected.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from hub.canonical import Absent, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.fhir.nodes import Node

URL: Final = "urn:icp:1"
CODES: Final = "urn:icp:1:"
"""What the systems of our own codes and identifiers begin with."""

_GUARDED: Final = frozenset({"labels", "part2_origin", "places", "schema", "id"})


def unsaid(node: Node, name: str) -> bool:
    """Say whether a value stands only because FHIR requires one (our own renderer marks it)."""
    beside = node.part("_" + name)
    for one in beside.each("extension") if beside is not None else ():
        if one.said("url") == CODES + "unsaid":
            one.claim("ignored")
            node.drop(name)
            return True
    return False


def extension(node: Node) -> Node | None:
    """Return our extension on an element, if it has it."""
    for one in node.each("extension"):
        if one.said("url") == URL:
            return one
    return None


def fields(
    node: Node, kind: type, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Any, str]]:
    """Yield (field, value, pointer) of every field of `kind` our extension gives, claimed.

    `only` narrows the fields to some.
    """
    own = extension(node)
    if own is None:
        return
    own.drop("url")
    hints = _hints(kind)
    parts: dict[str, list[Node]] = {}
    for part in own.each("extension"):
        parts.setdefault(part.said("url"), []).append(part)
    for name, found in parts.items():
        if name in hints and name not in _GUARDED and (not only or name in only):
            try:
                value = msgspec.convert(_shaped(found, hints[name]), hints[name])
            except (msgspec.ValidationError, TypeError, ValueError):
                continue
            if value not in ("", None, ()) and (type(value) is tuple or any(leaves(value, "/"))):
                for part in found:
                    part.claim()
                yield name, value, found[0].at


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _shaped(found: list[Node], hint: Any) -> Any:  # noqa: ANN401  # a type
    """Return extensions as the plain values a type is made of."""
    kinds = _members(hint)
    listed = next((kind for kind in kinds if get_origin(kind) is tuple), None)
    if listed is not None and not _is_absence(found[0]):
        return [_one(part, get_args(listed)[0]) for part in found]
    return _one(found[0], hint)


def _members(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a type
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _is_absence(part: Node) -> bool:
    return any(inner.said("url") == "absent" for inner in part.each("extension"))


def _one(part: Node, hint: Any) -> Any:  # noqa: ANN401  # a type
    inner = part.each("extension")
    if not inner:
        for name, value in part.value.items():
            if name.startswith("value"):
                if name == "valueInteger":
                    return int(value)
                return value if isinstance(value, bool) else folded(value)
        return None
    if _is_absence(part):
        return {"absent": inner[0].said("valueString")}
    kind = next(
        (one for one in _members(hint) if dataclasses.is_dataclass(one) and one is not Absent), None
    )
    hints = _hints(kind) if isinstance(kind, type) else {}
    named: dict[str, list[Node]] = {}
    for one in inner:
        named.setdefault(one.said("url"), []).append(one)
    shaped = {name: _shaped(found, hints[name]) for name, found in named.items() if name in hints}
    if shaped.get("part2_origin", "yes") != "yes":
        del shaped["part2_origin"]
    return shaped


def leaves(value: object, below: str = "") -> Iterator[str]:
    """Yield the pointers of a value's leaves, relative to it."""
    if isinstance(value, (tuple, list)):
        for number, item in enumerate(value):
            yield from leaves(item, f"{below}/{number}")
    elif dataclasses.is_dataclass(value) and not isinstance(value, Absent):
        for one in dataclasses.fields(value):
            inner = getattr(value, one.name)
            if inner is not None and inner != () and one.name not in {"labels", "part2_origin"}:
                yield from leaves(inner, f"{below}/{one.name}")
    else:
        yield below


def code(node: Node | None, system: str, of: object = None) -> str:
    """Return our own code of a system among a concept's codings, claimed.

    `of` is the literal type whose words alone count.
    """
    for coding in node.each("coding") if node is not None else ():
        if coding.said("system") == CODES + system:
            found = coding.said("code")
            if of is None or found in get_args(of):
                return coding.claim().said("code")
    return ""


def coded(nodes: list[Node], system: str, of: object = None) -> str:
    """Return our own code of a system among several concepts."""
    return next(filter(None, (code(node, system, of) for node in nodes)), "")


def tagged(node: Node) -> bool:
    """Say whether our own renderer wrote a resource about the release and not about the plan."""
    meta = node.part("meta")
    return meta is not None and any(
        tag.said("system") == CODES + "release" for tag in meta.each("tag")
    )


def identifier(node: Node) -> str:
    """Return the id our own renderer kept for an element."""
    for one in node.each("identifier"):
        if one.said("system") == CODES + "id":
            return one.claim().said("value")
    return ""
