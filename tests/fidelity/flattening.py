"""A plan as the scoring sees it: per group the elements, per element its fields and their values.

Fields are dotted paths without indices; several values of one path stand in one list. Codes are
said in short (`icd10 E11.65`), identifiers as `kind value`. Called by `scoring`; knows no gold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.fidelity.gold import LISTS, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Plan

SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd9",
    "http://snomed.info/sct": "snomed",
    "http://loinc.org": "loinc",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://www.ama-assn.org/go/cpt": "cpt",
}
WORDS = ("strengths", "preferences", "barriers", "own_words", "crisis_plan")
_SILENT = frozenset({"labels", "part2_origin", "schema"})
_APART = frozenset({"places", "schema"})
CONFIRM_BELOW = 0.9
"""The hub's own bound, `ICP_HUB_CONFIRM_BELOW`: what was read less surely is for a person."""


class Unsure(str):
    """A value that the reading itself doubts: the hub puts it before a person."""

    __slots__ = ()


Flat = dict[str, list[str]]


def flatten(plan: Plan) -> dict[str, list[Flat]]:
    """Return the plan's elements by group; an explicitly absent list is one element saying so.

    A value whose place is below `CONFIRM_BELOW` is `Unsure`.
    """
    told: dict[str, Any] = _doubted(msgspec.json.decode(msgspec.json.encode(plan)), plan)
    told["words"] = {name: told[name] for name in WORDS}
    flat: dict[str, list[Flat]] = {}
    for group in ("header", "member", "coverage", "risk", "review", "agreement", "words"):
        flat[group] = [_element(told[group] or {})]
    texts = [_element({name: held}) for name, held in told.items() if name not in _APART]
    flat["anywhere"] = [
        {"text": [value for one in texts for held in one.values() for value in held]}
    ]
    for group in LISTS:
        held = told[group]
        flat[group] = [_element(one if isinstance(one, dict) else {}) for one in _each(held)]
    return flat


def _doubted(told: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Return the plan with the strings it doubts as `Unsure`."""
    for pointer, place in plan.places.items():
        if place.confidence >= CONFIRM_BELOW:
            continue
        *path, last = pointer.split("/")[1:]
        here: Any = told
        for name in path:
            here = here[int(name)] if isinstance(here, list) else here[name]
        at: Any = int(last) if isinstance(here, list) else last
        if isinstance(here[at], str | int | float | bool):
            here[at] = Unsure(spelt(here[at]))
    return told


def _each(held: Any) -> list[Any]:
    return [held] if isinstance(held, dict) else list(held)


def _element(one: dict[str, Any]) -> Flat:
    flat: Flat = {}
    for field, value in _leaves(one, ""):
        flat.setdefault(field or "stated", []).append(value)
    return flat


def _leaves(held: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(held, dict):
        yield from _inside(held, path)
    elif isinstance(held, list | tuple):
        for one in held:
            yield from _leaves(one, path)
    elif held is not None and spelt(held):
        yield path, held if isinstance(held, Unsure) else spelt(held)


def _inside(held: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if short := _short(held):
        yield path, short
        return
    for name, value in held.items():
        if name not in _SILENT:
            yield from _leaves(value, f"{path}.{name}" if path else name)


def _short(held: dict[str, Any]) -> str:
    """Return a code, an identifier or an explicit absence in one word, or nothing."""
    if held.keys() == {"absent"}:
        return f"absent:{held['absent']}"
    if held.keys() == {"system", "code", "display"}:
        system = held["system"] or ""
        said = spelt(f"{SYSTEMS.get(system, system)} {held['code'] or 'none'}")
        return Unsure(said) if isinstance(held["code"], Unsure) else said
    if held.keys() == {"kind", "value", "assigner"}:
        said = spelt(f"{held['kind']} {held['value']}")
        return Unsure(said) if isinstance(held["value"], Unsure) else said
    return ""
