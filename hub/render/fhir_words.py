"""Narrative of a FHIR document: XHTML written from the same elements as the resources beside it.

Every leaf of an element stands in it by name, parties and flexible services included, so that a
person who reads only the narrative reads all. Never narrative that a source brought along.
"""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, Code, Identifier
from hub.render.fhir_parts import Json, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ABSENT: Final = {
    "none": "None",
    "unknown": "Unknown",
    "asked": "Asked, not known",
    "masked": "Masked by the source",
}
_SILENT: Final = frozenset({"id", "labels", "part2_origin", "places", "schema"})
_PLAIN: Final = frozenset({"name", "text"})
NOTHING: Final = "No information in this document"


def narrative(paragraphs: Iterable[str], status: str = "generated") -> Json:
    """Return a Narrative of escaped paragraphs, at least one."""
    inside = "".join([f"<p>{one}</p>" for one in paragraphs if one])
    return {"status": status, "div": f'<div xmlns="{_XHTML}">{inside or f"<p>{NOTHING}</p>"}</div>'}


def escaped(text: str) -> str:
    """Return text safe inside XHTML."""
    return html.escape(clean(text), quote=False)


def absence(value: Absent) -> str:
    """Return how a value is absent, for people."""
    return _ABSENT[value.absent]


def told(element: object, linked: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Return an element in one paragraph: its words first, then every other leaf by its name.

    `linked` gives, for a field of ids, the words of the elements they stand for.
    """
    parts = [
        escaped(f"{label}: {text}" if label else text)
        for label, text in _leaves(element, "", linked or {})
    ]
    return "<br/>".join(parts)


def _leaves(
    value: object, label: str, linked: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _leaves(item, label, linked)
    elif dataclasses.is_dataclass(value) and not isinstance(value, _WHOLE):
        yield from _inside(value, label, linked)
    else:
        text = _shown(value)
        if text:
            yield label, text


_WHOLE: Final = (Absent, Code, Identifier)


def _shown(value: object) -> str:
    """Return what a person should read for a leaf; empty for nothing and for what stays unsaid."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Absent):
        return absence(value)
    parts: tuple[str | None, ...] = ()
    if isinstance(value, Code):
        parts = value.display, value.code, value.system
    elif isinstance(value, Identifier) and value.kind != "ssn":
        parts = value.assigner, value.kind, value.value
    elif isinstance(value, (str, int)):
        parts = (str(value),)
    return clean(" ".join(filter(None, parts)))


def _inside(
    value: object, label: str, linked: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(value):  # type: ignore[arg-type]  # asked by the caller
        if field.name in _SILENT:
            continue
        inner = getattr(value, field.name)
        if field.name in linked and isinstance(inner, tuple):
            inner = tuple(filter(None, (linked[field.name].get(one, "") for one in inner)))
        plain = field.name in _PLAIN
        name = label if plain else " ".join(filter(None, (label, field.name.replace("_", " "))))
        yield from _leaves(inner, name, linked)
