"""What every type of the template is made as: a frozen struct that answers as a dataclass does.

A plan has hundreds of elements; a frozen dataclass of twenty fields costs some 3 µs to make, a
struct 0.1. `dataclasses.replace`, `fields` and `is_dataclass` work on both, so that readers and
renderers need not know. On a hot path use `msgspec.structs.replace`. It never prints a value.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

if TYPE_CHECKING:
    Fields = dict[str, dataclasses.Field[Any]]


class Sealed:
    """A type that may hold member data and therefore refuses to be printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} sealed>"

    __str__ = __repr__


class _Fields:
    """A struct's fields as those of a dataclass, made when first asked for."""

    def __init__(self) -> None:
        self._known: dict[type, Fields] = {}

    def __get__(self, one: object, kind: type[msgspec.Struct]) -> Fields:
        if kind not in self._known:
            self._known[kind] = _fields(kind)
        return self._known[kind]


def _fields(kind: type[msgspec.Struct]) -> Fields:
    """Return fields with their names, types and defaults; `dataclasses` makes them."""
    told: list[tuple[str, Any, Any]] = []
    for one in msgspec.structs.fields(kind):
        given: dict[str, Any] = {}
        if one.default is not msgspec.NODEFAULT:
            given["default"] = one.default
        elif one.default_factory is not msgspec.NODEFAULT:
            given["default_factory"] = one.default_factory
        told.append((one.name, one.type, dataclasses.field(**given, kw_only=True)))
    made: Any = dataclasses.make_dataclass(kind.__name__, told)
    return {name: made.__dataclass_fields__[name] for name, _, _ in told}


class Piece(Sealed, msgspec.Struct, frozen=True, gc=False):
    """A frozen piece of a plan. `gc=False`: nothing in a plan can refer back to what holds it."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[Fields]
    else:
        __dataclass_fields__ = _Fields()
