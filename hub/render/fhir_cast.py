"""Who is who inside one FHIR document: every element's URL, every party's resource, all entries.

Built before any resource is written, so that a link is made only to what is certain to be there.
URLs are UUIDs derived from the set's id: the same element of the same set has the same in every
version, and the same plan gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid5

from hub.canonical import Party, Sealed, each, wire
from hub.render.ccda_codes import HOUSE
from hub.render.fhir_parts import Json, clean, concept, extras, filled, house, to, unsaid, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Identifier, Plan

_US: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
FAMILIES: Final = (
    "concerns",
    "goals",
    "interventions",
    "outcomes",
    "medications",
    "allergies",
    "advance_directives",
    "asks",
)
_TYPES: Final = {"mrn": "MR", "medicaid": "MA", "plan": "MB", "npi": "NPI"}
_SYSTEMS: Final = {
    "npi": "http://hl7.org/fhir/sid/us-npi",
    "mbi": "http://hl7.org/fhir/sid/us-mbi",
}
_PARTY: Final = ("name", "role", "organization", "identifiers", "phone", "email", "address")
RELEASE: Final = house("release", "release")
"""The tag of what is the release's and not the plan's."""


class Cast(Sealed):
    """The entries of one document, and where its elements and parties stand."""

    __slots__ = ("_base", "_parties", "by_id", "entries", "member", "urls")

    def __init__(self, plan: Plan, set_id: str) -> None:
        self._base = uuid5(HOUSE, f"fhir|{set_id}")
        self._parties: dict[tuple[Party, bool], Json] = {}
        self.entries: list[Json] = []
        self.member = self.url("member")
        self.urls: dict[str, list[str]] = {}
        self.by_id: dict[str, dict[str, str]] = {}
        for family in FAMILIES:
            self._stand(family, each(getattr(plan, family)))

    def url(self, name: str) -> str:
        """Return the URL that a name has in this set."""
        return f"urn:uuid:{uuid5(self._base, name)}"

    def _stand(self, family: str, items: Iterable[Any]) -> None:
        urls: list[str] = []
        by_id: dict[str, str] = {}
        taken: set[str] = set()
        for number, item in enumerate(items):
            own = clean(getattr(item, "id", None) or "")
            name = f"{family}|{own or number}"
            if name in taken:
                name = f"{family}|{number}|again"
            taken.add(name)
            urls.append(self.url(name))
            if own:
                by_id.setdefault(own, urls[-1])
        self.urls[family], self.by_id[family] = urls, by_id

    def add(self, url: str, resource: Json) -> str:
        """Add an entry; its id is the UUID of its URL."""
        kind = resource.pop("resourceType")
        resource = {"resourceType": kind, "id": url.rpartition(":")[2], **filled(resource)}
        self.entries.append({"fullUrl": url, "resource": resource})
        return url

    def among(self, family: str, ids: tuple[str, ...]) -> list[Json]:
        """Return references to the elements of these ids that exist, each once."""
        known = self.by_id[family]
        return [to(known[one]) for one in dict.fromkeys(map(clean, ids)) if one in known]

    def party(self, party: Party | None, *, release: bool = False) -> Json | None:
        """Return a reference to a party's resource, written when it is first asked for."""
        if party is None or party == Party():
            return None
        key = party, release
        if key not in self._parties:
            self._parties[key] = to(self._written(party, release=release))
        return self._parties[key]

    def _written(self, party: Party, *, release: bool) -> str:
        name = f"party|{release}|{wire.encode(party).decode()}"
        meta = {"meta": {"tag": [RELEASE]}} if release else {}
        if words(party.organization) and party.name is None:
            said = {"organization": True, **_reach_said(party)}
            more = extras(unsaid(party, said, _PARTY))
            organisation = {
                "resourceType": "Organization",
                **meta,
                "extension": more,
                "active": True,
                "name": words(party.organization),
                **_reach(party),
            }
            return self.add(self.url(name), organisation)
        return self._person(party, name, meta)

    def _person(self, party: Party, name: str, meta: Json) -> str:
        organised = words(party.organization)
        roled = organised or words(party.role)
        said = {
            "name": bool(words(party.name)),
            "role": bool(words(party.role)),
            "organization": bool(organised),
            **_reach_said(party),
        }
        more = extras(unsaid(party, said, _PARTY))
        practitioner = {
            "resourceType": "Practitioner",
            **meta,
            "extension": [] if roled else more,
            "name": [{"text": words(party.name)}] if words(party.name) else [],
            **_reach(party),
        }
        url = self.add(self.url(f"{name}|person" if roled else name), practitioner)
        if not roled:
            return url
        whole = {
            "resourceType": "PractitionerRole",
            **meta,
            "extension": more,
            "practitioner": to(url),
            "organization": self._organisation(organised, meta) if organised else None,
            "code": [concept(party.role)] if words(party.role) else [],
        }
        return self.add(self.url(name), whole)

    def _organisation(self, organised: str, meta: Json) -> Json:
        key = Party(organization=organised), bool(meta)
        if key not in self._parties:
            url = self.url(f"organisation|{bool(meta)}|{organised}")
            resource = {
                "resourceType": "Organization", **meta, "active": True, "name": organised
            }  # fmt: skip
            self._parties[key] = to(self.add(url, resource))
        return self._parties[key]


def _reach(party: Party) -> Json:
    """Return identifiers, numbers and the address of a party."""
    telecom = [
        {"system": kind, "value": value, "use": "work"}
        for kind, value in (("phone", words(party.phone)), ("email", words(party.email)))
        if value
    ]
    address = words(party.address)
    return {
        "identifier": identifiers(party.identifiers),
        "telecom": telecom,
        "address": [{"text": address}] if address else [],
    }


def _reach_said(party: Party) -> dict[str, bool]:
    return {
        "identifiers": True,
        "phone": bool(words(party.phone)),
        "email": bool(words(party.email)),
        "address": bool(words(party.address)),
    }


def identifiers(many: Iterable[Identifier]) -> list[Json]:
    """Return identifiers with their kind; a Social Security number is never written."""
    found = []
    for one in many:
        value, kind = clean(one.value), clean(one.kind)
        if not value or kind == "ssn":
            continue
        typed = [house("identifier-kind", kind)] if kind else []
        if kind in _TYPES:
            typed.append(
                {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": _TYPES[kind]}
            )
        by = clean(one.assigner or "")
        found.append(
            filled(
                {
                    "type": {"coding": typed} if typed else None,
                    "system": _SYSTEMS.get(kind, ""),
                    "value": value,
                    "assigner": {"display": by} if by else None,
                }
            )
        )
    return found
