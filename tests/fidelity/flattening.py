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
Flat = dict[str, list[str]]


def flatten(plan: Plan) -> dict[str, list[Flat]]:
    """Return the plan's elements by group; an explicitly absent list is one element saying so."""
    told: dict[str, Any] = msgspec.to_builtins(plan)
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
        yield path, spelt(held)


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
        return spelt(f"{SYSTEMS.get(system, system)} {held['code'] or 'none'}")
    if held.keys() == {"kind", "value", "assigner"}:
        return spelt(f"{held['kind']} {held['value']}")
    return ""
