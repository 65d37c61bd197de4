"""Which sensitive categories a code stands for, by the lists in `tables/`.

A code whose system a list knows is looked up in that list alone; a code of any other system, or of
none, is tried against every list, since an unmapped table must not hide a diagnosis.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("icd10cm", "icd9cm", "snomed", "loinc", "rxnorm", "hcpcs")
PREFIXES = range(3, 8)
SHORTEST = 3
"""Lengths of ICD prefixes that the lists use, dots left out."""

Sign: TypeAlias = tuple[str, str]
"""A category and the machine word of the entry that showed it."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list: `categories` by code; `prefix` lists match any code that begins with an entry."""

    name: str
    prefix: bool
    only: bool
    categories: Mapping[str, tuple[str, ...]]


def read_table(name: str) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return one of the tables beside this module."""
    path = resources.files("hub.labels").joinpath("tables", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


@functools.cache
def code_lists() -> tuple[tuple[CodeList, ...], Mapping[str, CodeList]]:
    """Return every list, and the list of each system that one of them knows."""
    lists, systems = [], {}
    for name in NAMES:
        table = read_table(name)
        found: dict[str, tuple[str, ...]] = {}
        for category, codes in table["codes"].items():
            for code in codes:
                found[code] = (*found.get(code, ()), category)
        one = CodeList(name, table["match"] == "prefix", table.get("only", False), found)
        lists.append(one)
        systems.update(dict.fromkeys(table["systems"], one))
    return tuple(lists), systems


@functools.lru_cache(maxsize=4096)
def code_signs(system: str | None, code: str) -> frozenset[Sign]:
    """Return the categories a code shows, each with the word of its entry."""
    lists, systems = code_lists()
    known = systems.get((system or "").rstrip("/"))
    if known:
        return frozenset(_signs(known, code))
    return frozenset(sign for one in lists if not one.only for sign in _signs(one, code))


def _signs(one: CodeList, code: str) -> list[Sign]:
    plain = code.strip().upper()
    entries = [plain]
    if one.prefix:
        plain = plain.replace(".", "")
        entries = [plain[:length] for length in PREFIXES if length <= len(plain)]
    return [
        (category, f"{one.name}:{entry}")
        for entry in entries
        for category in one.categories.get(entry, ())
    ]
