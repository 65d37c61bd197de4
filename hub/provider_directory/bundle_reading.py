"""A FHIR R4 bundle of a directory read over what stands: rows to add or replace, and what to know.

Our own bundle comes back as it was. Of another's, Organization, Location, Endpoint, Practitioner
and PractitionerRole are matched by our identifier, then by NPI, else taken as new. What a bundle
does not say stays as it is. A note names the entry by its number; it never holds what stood there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from hub.canonical import Sealed
from hub.errors import Refused
from hub.hours import USUAL
from hub.provider_directory import bundle_writing as written
from hub.provider_directory.entries import ROLES, DirectoryFile, file_of, made
from hub.provider_directory.resources import entries, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.provider_directory.entries import Entry, Kind, Role

    Json = dict[str, Any]

_KINDS = {"pay": "mco", "ins": "mco", "prov": "pcmh"}
_FIRST: dict[str, str] = {"Organization": "org", "Endpoint": "end", "Practitioner": "con"}
_CHANNELS = {code: kind for kind, code in written.CONNECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Note:
    """What could not be taken of one entry of a bundle, counted from 1."""

    entry: int
    resource: str
    code: str
    says: str


@dataclass(slots=True)
class _Reading(Sealed):
    """One bundle on its way: resources by kind, ids given to them, rows made so far."""

    standing: DirectoryFile
    resources: dict[tuple[str, str], tuple[int, Json]] = field(default_factory=dict)
    urls: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[tuple[int, str, Json]]:
        """Yield (entry, id in the bundle, resource) of a kind."""
        for (name, id_), (number, one) in self.resources.items():
            if name == kind:
                yield number, id_, one

    def named(self, reference: object, kind: str) -> str | None:
        """Return the row's id that a reference points to; None when it points nowhere."""
        text = reference["reference"] if isinstance(reference, dict) else ""
        if not text:
            return None
        key = self.urls.get(text) or (kind, str(text).rpartition("/")[2])
        return self.ids.get(key)

    def note(self, number: int, resource: str, code: str, says: str) -> None:
        """Remember what could not be taken."""
        self.notes.append(Note(number, resource, code, says))


def read(content: bytes, standing: DirectoryFile) -> tuple[DirectoryFile, tuple[Note, ...]]:
    """Return the rows a bundle asks for and what of it could not be taken.

    `Refused` 422 when it is no bundle, or holds nothing of a directory.
    """
    at = _Reading(standing)
    _gather(at, content)
    for kind, noun in _FIRST.items():
        for _, id_, one in at.of(kind):
            at.ids[kind, id_] = _known(at, noun, one) or _fresh(noun, id_, one)
    for id_, one in [(i, o) for _, i, o in at.of("PractitionerRole")]:
        person = at.named(one.get("practitioner"), "Practitioner")
        at.ids["PractitionerRole", id_] = person or ""
    for step in (_organisations, _endpoints, _contacts):
        step(at)
    if not at.rows:
        what = "the bundle holds no Organization, Endpoint or PractitionerRole to take"
        raise Refused("empty", what, status=422)
    return file_of(*at.rows), tuple(at.notes)


def _gather(at: _Reading, content: bytes) -> None:
    found = entries(content.removeprefix(b"\xef\xbb\xbf"))
    if found is None:
        raise Refused("not_a_bundle", "the file is no FHIR bundle with entries", status=422)
    for number, (url, given) in enumerate(found, 1):
        kind = given.get("resourceType") if isinstance(given, dict) else None
        if kind not in {*_FIRST, "PractitionerRole", "Location"}:
            says = "only Organization, Location, Endpoint, Practitioner, PractitionerRole are taken"
            at.note(number, str(kind)[:40] if kind else "nothing", "not_taken", says)
            continue
        one = shaped(given)
        if one is None:
            at.note(number, str(kind), "shape", "an element has not the shape FHIR R4 gives it")
            continue
        key = (str(kind), one["id"] or f"entry-{number}")
        at.resources[key] = (number, one)
        at.urls[url] = key


def _identifiers(one: Json, system: str) -> Iterator[str]:
    for each in one.get("identifier") or ():
        if each["system"] == system and each["value"]:
            yield str(each["value"])


def _known(at: _Reading, noun: str, one: Json) -> str | None:
    """Return the id of the row that a resource is about, by our identifier or its NPI."""
    ours = {"org": "organisation", "end": "endpoint", "con": "contact"}[noun]
    for value in _identifiers(one, f"{written.OURS}{ours}"):
        return value
    if noun == "org":
        for value in _identifiers(one, written.NPI):
            for row in at.standing.organisations:
                if row.npi == value:
                    return row.id
    return None


def _fresh(noun: str, id_: str, one: Json) -> str:
    first = {"mco": "mco", "pcmh": "pcmh"}.get(_kind(one), noun) if noun == "org" else noun
    plain = re.sub(r"[^a-z0-9.-]+", "-", id_.lower()).strip("-.") or "new"
    return plain if plain.startswith(f"{first}-") else f"{first}-{plain}"[:80]


def _kind(one: Json) -> str:
    for coded in one.get("type") or ():
        for coding in coded.get("coding") or ():
            if coding.get("code") in _KINDS:
                return _KINDS[coding["code"]]
    return "other"


def _extension(one: Json, name: str) -> Any:  # noqa: ANN401  # whatever value it has
    url = name if ":" in name else f"{written.OURS}{name}"
    for each in one.get("extension") or ():
        if each["url"] == url:
            given = [v for k, v in each.items() if k.startswith("value") and v is not None]
            return given[0] if given else None
    return None


def _add(at: _Reading, number: int, kind: Kind, row: Json) -> None:
    """Make a row over the one that stands; a note where it can't be one."""
    standing = at.standing.rows().get((kind, row["id"]))
    base = msgspec.to_builtins(standing) if standing else {}
    said = {name: value for name, value in row.items() if value is not None}
    whole = {**{name: value for name, value in base.items() if value is not None}, **said}
    try:
        at.rows.append(made(kind, whole))
    except Refused as refused:
        at.note(number, kind, refused.code, refused.detail)


def _organisations(at: _Reading) -> None:
    hours = {
        at.named(one.get("managingOrganization"), "Organization"): _hours(one)
        for _, _, one in at.of("Location")
    }
    for number, id_, one in at.of("Organization"):
        name = at.ids["Organization", id_]
        above = one.get("partOf")
        if above and at.named(above, "Organization") is None:
            at.note(number, "Organization", "reference", "`partOf` points outside the bundle")
        row = {
            "id": name,
            "name": one["name"] if isinstance(one["name"], str) else None,
            "kind": _kind(one),
            "npi": next(_identifiers(one, written.NPI), None),
            "active": one.get("active"),
            "part_of": at.named(above, "Organization"),
            "part2_source": _extension(one, "part2-source"),
            "behavioral": _extension(one, "behavioral"),
            "tier": _extension(one, "tier"),
            "hours": hours.get(name),
        }
        _add(at, number, "organisation", row)


def _hours(one: Json) -> Json | None:
    """Return an organisation's hours of a Location, the first that are whole; else None."""
    for each in one.get("hoursOfOperation") or ():
        if each.get("daysOfWeek") and each.get("openingTime") and each.get("closingTime"):
            closed = [
                x.get("valueDate")
                for x in one.get("extension") or ()
                if x.get("url") == f"{written.OURS}closed"
            ]
            kept = _extension(one, "holidays") or USUAL.holidays
            return {
                "zone": _extension(one, written.ZONE) or USUAL.zone,
                "opens": each["openingTime"],
                "closes": each["closingTime"],
                "days": each["daysOfWeek"],
                "closed": closed,
                "holidays": "" if kept == "none" else kept,
            }
    return None


def _endpoints(at: _Reading) -> None:
    for number, id_, one in at.of("Endpoint"):
        owner = at.named(one.get("managingOrganization"), "Organization")
        if owner is None:
            says = "`managingOrganization` points to no organisation of the bundle"
            at.note(number, "Endpoint", "reference", says)
            continue
        code = str((one.get("connectionType") or {}).get("code"))
        address = one["address"] if isinstance(one["address"], str) else ""
        row = {
            "id": at.ids["Endpoint", id_],
            "organisation": owner,
            "kind": _CHANNELS.get(code, code),
            "address": None if address.startswith(written.OURS) else address,
            "format": _code(one.get("payloadType"), written.FORMAT),
            "paused": one.get("status") in {"suspended", "off", "error", "entered-in-error"},
        }
        _add(at, number, "endpoint", row)


def _code(concepts: object, system: str) -> str | None:
    return next(iter(_codes(concepts, system)), None)


def _codes(concepts: object, system: str) -> list[str]:
    listed = concepts if isinstance(concepts, list) else []
    return [
        str(coding.get("code"))
        for one in listed
        for coding in one.get("coding") or ()
        if coding.get("system") == system
    ]


def _contacts(at: _Reading) -> None:
    people = {at.ids["Practitioner", id_]: one for _, id_, one in at.of("Practitioner")}
    for number, id_, one in at.of("PractitionerRole"):
        person = at.ids["PractitionerRole", id_]
        owner = at.named(one.get("organization"), "Organization")
        if person not in people or owner is None:
            says = "`practitioner` or `organization` points to nothing in the bundle"
            at.note(number, "PractitionerRole", "reference", says)
            continue
        roles = [code for code in _codes(one.get("code"), written.ROLE) if code in ROLES]
        if not roles and ("contact", person) not in at.standing.rows():
            says = f"no `code` of system {written.ROLE}: what the contact is for is not known"
            at.note(number, "PractitionerRole", "no_role", says)
            continue
        _add(at, number, "contact", _contact(at, person, owner, people[person], one, roles))


def _contact(
    at: _Reading, person: str, owner: str, human: Json, role: Json, roles: list[Role]
) -> Json:
    period = role.get("period") or {}
    ends = [at.named(one, "Endpoint") for one in role.get("endpoint") or ()]
    reach = {one["system"]: one["value"] for one in human["telecom"]}
    backup = _extension(role, "backup")
    return {
        "id": person,
        "organisation": owner,
        "name": _name(human),
        "roles": roles or None,
        "endpoint": next((one for one in ends if one), None),
        "backup": at.named(backup, "PractitionerRole") or None,
        "from": (period.get("start") or "")[:10] or None,
        "to": (period.get("end") or "")[:10] or None,
        "verified_on": _extension(role, "verified"),
        "email": reach.get("email"),
        "phone": reach.get("phone"),
    }


def _name(human: Json) -> str | None:
    names = human["name"]
    for one in names if isinstance(names, list) else ():
        if one["text"]:
            return str(one["text"])
        parts = [*one["given"], one["family"], *one["suffix"]]
        if any(parts):
            return " ".join(str(part) for part in parts if part)
    return None
