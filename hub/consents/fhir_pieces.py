"""The small parts of a FHIR resource read defensively: dates, codes, references, extensions.

Used by `fhir_reading` and `fhir_rules`. What isn't of the right shape reads as absent; nothing here
raises for what an outside party wrote, and nothing of it is ever put into an error.
"""

from __future__ import annotations

import base64
import binascii
import re
from calendar import monthrange
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.consents import codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST: Final = 200
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_PERSONS: Final = frozenset({"Practitioner", "PractitionerRole", "RelatedPerson", "Person"})
_REFERENCE: Final = re.compile(r"(?:.*/)?([A-Z]\w+)/([^/]+)(?:/_history/.*)?")


def text(value: object) -> str:
    """Return a string on one line, at most 200 characters; anything else as empty."""
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""


def flag(value: object) -> bool:
    """Return whether a value is JSON true."""
    return value is True


def entries(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list, whatever else is in it."""
    value = holder.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def codings(value: object) -> list[tuple[str, str]]:
    """Return (system, code) of a Coding, a CodeableConcept, or a list of either."""
    if isinstance(value, list):
        return [pair for one in value for pair in codings(one)]
    if not isinstance(value, dict):
        return []
    if "coding" in value:
        return codings(value["coding"])
    code = text(value.get("code"))
    return [(text(value.get("system")), code)] if code else []


def coded(value: object) -> list[str]:
    """Return the codes of a Coding or CodeableConcept, whatever their systems."""
    return [code for _, code in codings(value)]


def extras(resource: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what stands in our own extension, by name."""
    found: dict[str, list[str]] = defaultdict(list)
    for outer in entries(resource, "extension"):
        if outer.get("url") == codes.OURS:
            for one in entries(outer, "extension"):
                value = next((v for k, v in one.items() if k.startswith("value")), "")
                plain = str(value).lower() if isinstance(value, bool) else text(value)
                found[text(one.get("url"))].append(plain)
    return found


def day(value: object) -> date | None:
    """Return the day of a FHIR date or dateTime that names one."""
    found = _DATE.match(text(value))
    if found is None or found[3] is None:
        return None
    return _date(*map(int, found.groups()))


def instant(value: object) -> datetime | None:
    """Return an aware instant, or None."""
    given = text(value)
    if "T" not in given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment(value: object) -> date | None:
    """Return when a period begins: an instant, or the first day of what it names."""
    found = _DATE.match(text(value))
    exact = instant(value)
    if exact or found is None:
        return exact
    return _date(int(found[1]), int(found[2] or 1), int(found[3] or 1))


def span_end(value: object) -> tuple[date | None, datetime | None]:
    """Return when a period ends: (its last day, None) or (None, the instant)."""
    exact = instant(value)
    if exact:
        return None, exact
    found = _DATE.fullmatch(text(value))
    if found is None:
        return None, None
    year, month = int(found[1]), int(found[2] or 12)
    try:
        last = int(found[3] or monthrange(year, month)[1])
    except ValueError:
        return None, None
    return _date(year, month, last), None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


class Directory:
    """Who a reference means: by our directory, and by the resources that came along.

    `known` maps organisation ids and NPIs to organisation ids. `beside` are the resources of the
    same Bundle; those contained in a Consent are looked at by `within`.
    """

    def __init__(
        self, known: Mapping[str, str] | None = None, beside: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.known = known or {}
        self._beside = {
            f"{one.get('resourceType')}/{one.get('id')}": one for one in beside if one.get("id")
        }

    def within(self, resource: Mapping[str, Any]) -> Directory:
        """Return the directory with the resources contained in one."""
        made = Directory(self.known)
        inside = {f"#{one.get('id')}": one for one in entries(resource, "contained")}
        made._beside = self._beside | inside
        return made

    def named(self, reference: object) -> tuple[str, ...]:
        """Return every identifier of what a reference means, the surest first."""
        if not isinstance(reference, dict):
            return ()
        found = []
        direct = reference.get("identifier")
        if isinstance(direct, dict):
            found.append(text(direct.get("value")))
        told = text(reference.get("reference"))
        beside = self._beside.get(told, {})
        found += [text(one.get("value")) for one in entries(beside, "identifier")]
        match = _REFERENCE.fullmatch(told)
        if match:
            found.append(match[2])
        return tuple(dict.fromkeys(filter(None, found)))

    def party(self, reference: object) -> tuple[str, str] | None:
        """Return (`organisations`, `persons` or `classes`, id) of a party, or None: unknowable."""
        if not isinstance(reference, dict):
            return None
        identifier = reference.get("identifier")
        system = text(identifier.get("system")) if isinstance(identifier, dict) else ""
        names = self.named(reference)
        if not names:
            return None
        if system == codes.CLASS:
            return "classes", names[0]
        told = text(reference.get("reference"))
        match = _REFERENCE.fullmatch(told)
        kind = text(reference.get("type")) or (match[1] if match else "")
        kind = kind or str(self._beside.get(told, {}).get("resourceType", ""))
        if system == codes.PERSON or kind in _PERSONS:
            return "persons", names[0]
        if system in {codes.ORGANISATION, codes.NPI} or kind == "Organization":
            return "organisations", next(
                (self.known[n] for n in names if n in self.known), names[0]
            )
        return None

    def label(self, reference: object) -> str:
        """Return a word for who is meant that holds no name."""
        told = reference.get("reference") if isinstance(reference, dict) else ""
        match = _REFERENCE.fullmatch(text(told))
        return f"a {match[1]}" if match else "somebody else"

    def attached(self, resource: Mapping[str, Any]) -> tuple[bytes, str] | None:
        """Return the (bytes, media type) of an attached scan, or None."""
        source = resource.get("sourceAttachment")
        if not isinstance(source, dict) or not isinstance(source.get("data"), str):
            return None
        try:
            content = base64.b64decode(source["data"], validate=True)
        except (binascii.Error, ValueError):
            return None
        return (content, text(source.get("contentType"))) if content else None
