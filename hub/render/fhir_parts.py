"""The smallest parts of a FHIR resource: words, dates, codings, references, and our own extension.

Every other `fhir_*` module builds JSON from these. A value that R4 has no element for, or whose
words its types don't allow, goes into one extension per element, `urn:icp:1`, under the template's
own field name (`extras`), so that a reader who knows the template loses nothing.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hub.canonical import Absent, Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.canonical import Code, Text

Json: TypeAlias = dict[str, Any]

URL: Final = "urn:icp:1"
"""Our extension, and what the systems of our own codes begin with."""

TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOMENT: Final = re.compile(
    r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?)?)?",
    re.ASCII,
)
_CODE: Final = re.compile(r"[^\s]+(?: [^\s]+)*")
_URI: Final = re.compile(r"[^\s]+")
_DAY: Final = len("2026-03-04")
_EARLIEST: Final = "0001"


def clean(text: str) -> str:
    """Return text as FHIR's `string` allows it: no controls, white space folded."""
    return " ".join(_ILLEGAL.sub("", text).split())


def words(value: Text) -> str:
    """Return what a leaf says; empty for both kinds of absence."""
    return clean(value) if isinstance(value, str) else ""


def moment(value: Text) -> str:
    """Return a `dateTime`, or empty when the words aren't one: FHIR wants seconds and a zone."""
    text = words(value)
    if not _MOMENT.fullmatch(text) or text[:4] < _EARLIEST:
        return ""
    try:
        if len(text) >= _DAY:
            date.fromisoformat(text[:_DAY])
    except ValueError:
        return ""
    return text


def day(value: Text) -> str:
    """Return a `date`, or empty when the words aren't one."""
    text = moment(value)
    return text if len(text) <= _DAY else ""


def is_uri(system: str | None) -> bool:
    """Say whether FHIR's `uri` can say a system as it is, or there is none."""
    return system is None or (_URI.fullmatch(system) is not None and system == clean(system))


def fits(codes: tuple[Code, ...]) -> bool:
    """Say whether FHIR's types can say these codes as they are."""
    return all(
        is_uri(one.system)
        and (one.code is None or (_CODE.fullmatch(one.code) and one.code == clean(one.code)))
        and (one.display is None or one.display == clean(one.display) != "")
        and (one.system or one.code or one.display)
        and not (one.system or "").startswith(URL)
        for one in codes
    )


def coding(system: str, code: str, display: str = "") -> Json:
    """Return a Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def house(system: str, code: str) -> Json:
    """Return a Coding of our own."""
    return coding(f"{URL}:{system}", code)


def codings(codes: tuple[Code, ...]) -> list[Json]:
    """Return the codes that FHIR's types can say."""
    return [
        filled({"system": one.system, "code": one.code, "display": one.display})
        for one in codes
        if fits((one,))
    ]


def concept(text: Text, codes: Iterable[Json] = ()) -> Json | None:
    """Return a CodeableConcept, or nothing when it would say nothing."""
    made = filled({"coding": list(codes), "text": words(text)})
    return made or None


def period(start: str, end: str) -> Json | None:
    """Return a Period of two `dateTime`s, or nothing."""
    return filled({"start": start, "end": end}) or None


def filled(parts: Mapping[str, Any]) -> Json:
    """Return the parts that say something: FHIR allows no empty value."""
    return {name: value for name, value in parts.items() if value not in ("", None, [], {}, ())}


def to(url: str) -> Json:
    """Return a Reference to another entry."""
    return {"reference": url}


def extension(url: str, kind: str, value: object) -> Json:
    """Return a simple extension."""
    return {"url": url, f"value{kind}": value}


def extras(values: Mapping[str, object]) -> list[Json]:
    """Return our extension over the values that say something, or nothing."""
    inner = [part for name, value in values.items() for part in _parts(name, value)]
    return [{"url": URL, "extension": inner}] if inner else []


def _parts(name: str, value: object) -> list[Json]:
    if isinstance(value, (tuple, list)):
        return [part for item in value for part in _parts(name, item)]
    if isinstance(value, Absent):
        return [{"url": name, "extension": [extension("absent", "String", value.absent)]}]
    for kind, typed in ((bool, "Boolean"), (int, "Integer")):
        if isinstance(value, kind):
            return [extension(name, typed, value)]
    if value is None or isinstance(value, str):
        text = clean(value or "")
        return [extension(name, "String", text)] if text else []
    if isinstance(value, Identifier) and (value.kind == "ssn" or not clean(value.value)):
        return []
    if isinstance(value, Identifier) and not clean(value.kind):
        value = dataclasses.replace(value, kind="other")
    inner = _inside(value)
    return [{"url": name, "extension": inner}] if inner else []


def _inside(value: object) -> list[Json]:
    """Return the parts of a dataclass; an origin that would lower protection is no part."""
    return [
        part
        for field in dataclasses.fields(value)  # type: ignore[arg-type]  # every other value is a dataclass
        if field.name != "part2_origin" or getattr(value, field.name) == "yes"
        for part in _parts(field.name, getattr(value, field.name))
    ]


UNSAID: Final = f"{URL}:unsaid"
"""Marks a value that FHIR requires and the plan does not say."""


def status(value: Text, known: frozenset[str]) -> Json:
    """Return `status`, which FHIR requires: `unknown`, marked, unless the plan says a known one."""
    if value in known:
        return {"status": value}
    mark = {"url": UNSAID, "valueBoolean": True}
    return {"status": "unknown", "_status": {"extension": [mark]}}


def unsaid(element: object, said: Mapping[str, bool], names: Iterable[str]) -> Json:
    """Return the fields that were not said in FHIR: those not in `said`, or said to be false."""
    return {name: getattr(element, name) for name in names if not said.get(name)}
