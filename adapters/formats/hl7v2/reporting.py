"""How a sender lays out a report in plain text: the `report` key of an HL7 v2 profile, as values.

Made by `habits` once per profile, read by `reports`. Its words are those of the other formats:
`tables` and `furniture` as of a PDF, `blocks` as of Word; `lines` are entries of a line each.
A key that is shaped otherwise is a `ProfileError` that names it. It reads no document.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import jsonschema

from adapters.formats.pdf.layout import Layout, layout_of
from adapters.profiles import ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final = {"type": ["string", "array"], "items": {"type": "string"}, "minLength": 1}
_COLUMNS: Final = {"type": "object", "minProperties": 1, "additionalProperties": _WORDS}
_NAMES: Final = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}


def _shaped(needed: list[str], **keys: object) -> dict[str, object]:
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": needed,
        "properties": keys,
    }
    return {"type": "object", "additionalProperties": one}


_SCHEMA: Final = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "furniture": _NAMES,
        "tables": _shaped(
            ["key", "columns"], key={"type": "string"}, columns=_COLUMNS, heading=_WORDS
        ),
        "blocks": _shaped(["heading"], heading=_WORDS, columns=_COLUMNS),
        "lines": _shaped(
            ["heading", "columns"],
            heading=_WORDS,
            columns=_NAMES,
            between={"type": "string", "minLength": 1},
            each={"type": "string", "minLength": 1},
        ),
    },
}


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Blocks under headings of one shape, and the labels in them: column → as printed."""

    heading: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LineRule:
    """Entries under a heading: the columns they are cut into, at `between` or wide blanks.

    `each` is the sign that divides several entries of one line.
    """

    heading: tuple[str, ...]
    columns: tuple[str, ...]
    between: str = ""
    each: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A sender's report in text, ready for `reports`."""

    layout: Layout
    blocks: Mapping[str, BlockRule] = field(default_factory=dict)
    lines: Mapping[str, LineRule] = field(default_factory=dict)

    def columns(self, name: str) -> frozenset[str]:
        """Return the columns that rows of a table, a block or lines have; none for no such name."""
        above = {*self.blocks, "number"}
        if name in self.layout.tables:
            return frozenset(self.layout.tables[name].columns)
        if name in self.lines:
            return frozenset({*self.lines[name].columns, *above})
        if name in self.blocks:
            return frozenset({*self.blocks[name].columns, "heading", "number"})
        return frozenset()

    def titled(self, text: str) -> bool:
        """Say whether a text is a declared heading of a table or of lines."""
        told = [one.heading for one in self.layout.tables.values()]
        told += [one.heading for one in self.lines.values()]
        return any(heading and headed(heading, text) for heading in told)


@functools.cache
def _shapes(heading: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, heading)), re.IGNORECASE)


def headed(heading: tuple[str, ...], text: str) -> bool:
    """Say whether a text is a heading; `*` and `?` are wildcards, case does not matter."""
    return _shapes(heading).match(text.rstrip(": ")) is not None


def report_of(section: Mapping[str, Any]) -> Report | None:
    """Return the report of a profile, None without one; `ProfileError` names what is wrong."""
    if not section:
        return None
    for error in jsonschema.Draft202012Validator(_SCHEMA).iter_errors(section):
        key = ".".join(("report", *map(str, error.absolute_path)))
        raise ProfileError(key, f"is not shaped as the README says: {error.validator}")
    tables = section.get("tables", {})
    for name, one in tables.items():
        if one["key"] not in one["columns"]:
            raise ProfileError(f"report.tables.{name}.key", "is none of its `columns`")
    return Report(
        layout_of({"furniture": section.get("furniture", ()), "tables": tables}),
        {name: _block(one) for name, one in section.get("blocks", {}).items()},
        {
            name: LineRule(
                _listed(one["heading"]),
                tuple(one["columns"]),
                one.get("between", ""),
                one.get("each", ""),
            )
            for name, one in section.get("lines", {}).items()
        },
    )


def _block(one: Mapping[str, Any]) -> BlockRule:
    columns = {name: _listed(words) for name, words in one.get("columns", {}).items()}
    return BlockRule(_listed(one["heading"]), columns)


def _listed(given: Any) -> tuple[str, ...]:  # noqa: ANN401  # YAML of two shapes
    return (given,) if isinstance(given, str) else tuple(given)
