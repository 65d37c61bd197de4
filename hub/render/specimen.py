"""A plan with one of everything, each leaf different and plausible, and the same with one changed.

Called by `hub.render.carrying` to find out what a format carries. Made from the canonical types, so
a new field is in it by itself. The person in it is nobody.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from hub.canonical import Absent, Plan

_DATES: Final = frozenset(
    """
    assessed_on copy_given_on date due end enrolled_on last next_due offered_on on onset
    reoutreach_due signed_on start written_on
    """.split()  # noqa: SIM905  # a list of words reads better as one
)
_MONEY: Final = frozenset({"amount", "conventional_cost", "estimated_cost", "savings"})
_IDS: Final = {
    "concerns": "c1",
    "goals": "g1",
    "interventions": "i1",
    "outcomes": "o1",
    "medications": "m1",
    "allergies": "a1",
}
_SYSTEMS: Final = (
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
)
_FIXED: Final = {
    "/header/kind": "pcsp",
    "/header/language": "en-US",
    "/header/confidentiality": "R",
    "/member/birth_date": "1961-07-19",
    "/member/sex": "female",
    "/member/language": "es",
    "/member/identifiers/0/kind": "medicaid",
    "/member/addresses/0/use": "home",
    "/member/addresses/0/state": "PA",
    "/member/addresses/0/postal_code": "15203",
    "/member/telecoms/0/use": "home",
    "/allergies/0/severity": "moderate",
}
_NAMED: Final = {"status": "active", "priority": "high", "part2_origin": "yes", "kind": "npi"}
_CHANGED: Final = {
    "active": "completed",
    "npi": "other",
    "medicaid": "mrn",
    "female": "male",
    "home": "work",
    "high": "low",
    "es": "vi",
    "R": "V",
    "moderate": "severe",
    "sud": "hiv",
}


@functools.cache
def specimen(changed: str = "") -> Plan:
    """Return the plan; the leaf at the JSON pointer `changed` says something else than before."""
    return _Maker(changed).plan


def leaves() -> dict[str, Any]:
    """Return every leaf of the plan by its JSON pointer."""
    return _Maker("").leaves


class _Maker:
    """Makes a plan from the types; `leaves` are its values by pointer."""

    def __init__(self, changed: str) -> None:
        self._changed = changed
        self._numbers: Iterator[int] = itertools.count(1)
        self.leaves: dict[str, Any] = {}
        self.plan: Plan = self._node(Plan, "")

    def _node(self, hint: Any, at: str) -> Any:  # noqa: ANN401  # a value of any canonical type
        if dataclasses.is_dataclass(hint):
            kind: Any = hint
            made = {name: self._node(below, f"{at}/{name}") for name, below in _fields(kind)}
            return kind(**made)
        origin, args = get_origin(hint), get_args(hint)
        if origin in {Union, types.UnionType}:
            kinds = [arg for arg in args if arg not in {Absent, types.NoneType}]
            return self._node(kinds[0], at)
        if origin is tuple:
            return (self._node(args[0], f"{at}/0"),)
        if origin is Mapping:
            return {}
        return self._leaf(hint, origin, args, at)

    def _leaf(self, hint: Any, origin: Any, args: tuple[Any, ...], at: str) -> Any:  # noqa: ANN401  # as above
        number = next(self._numbers)
        if hint is bool:
            value: Any = True
        elif hint is int:
            value = number
        elif origin is Literal:
            value = _NAMED.get(at.rpartition("/")[2], args[0])
            value = _FIXED.get(at, value if value in args else args[0])
        else:
            value = _words(at, number)
        if at == self._changed:
            value = _other(value, args)
        self.leaves[at] = value
        return value


@functools.cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:  # noqa: ANN401  # any canonical type
    """Return (name, type) of each field: finding the types out takes longer than all the rest."""
    hints = get_type_hints(kind)
    return tuple((one.name, hints[one.name]) for one in dataclasses.fields(kind))


def _words(at: str, number: int) -> str:
    *above, name = at.split("/")
    parent = above[-1]
    if at in _FIXED:
        return _FIXED[at]
    if name.isdigit() and parent in {"goals", "concerns", "interventions"}:
        return _IDS[parent]
    if parent == "labels":
        return "sud"
    if name == "id":
        return _IDS[above[1]]
    if name in _NAMED:
        return _NAMED[name]
    return _shaped(name, at, number)


def _shaped(name: str, at: str, number: int) -> str:
    """Return a word in the shape its field needs."""
    if name in _DATES:
        return f"{2020 + number % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    if name in _MONEY:
        return f"{number}.00"
    shapes = {
        "system": f"urn:oid:2.999.{number}" if "source_ids" in at else _SYSTEMS[number % 4],
        "code": f"{100000 + number}",
        "phone": f"+1-555-{number:04}",
        "email": f"w{number}@example.org",
        "sha256": f"{number:064x}",
        "value": f"{1000000000 + number}",
        "version": f"{number}",
    }
    return shapes.get(name, f"Word{number} said")


def _other(value: Any, args: tuple[Any, ...]) -> Any:  # noqa: ANN401  # a leaf of any kind
    """Return another value that the same leaf could have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if args:
        return next(one for one in (*args[1:], args[0]) if one != value or len(args) == 1)
    if value in _CHANGED:
        return _CHANGED[value]
    last = value[-1]
    return value[:-1] + ("8" if last == "7" else "7") if last.isdigit() else f"{value} otherwise"
