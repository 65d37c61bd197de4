"""The directory as a FHIR R4 bundle of Organizations, Locations, Endpoints and Practitioners.

Console, API and command line give it out. A contact is a Practitioner with one PractitionerRole;
an organisation's own hours are a Location. Secrets, endpoints' options, clocks, routing rules and
bindings have no place in it and stay where they are. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.provider_directory.comparing import safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hub.hours import Hours
    from hub.provider_directory.entries import (
        ContactEntry,
        DirectoryFile,
        EndpointEntry,
        OrganisationEntry,
    )

    Json = dict[str, Any]

NPI: Final = "http://hl7.org/fhir/sid/us-npi"
OURS: Final = "urn:icp:"
TYPE: Final = "http://terminology.hl7.org/CodeSystem/organization-type"
TYPES: Final = {"mco": ("pay", "Payer"), "pcmh": ("prov", "Healthcare Provider")}
CONNECTION: Final = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
CONNECTIONS: Final = {"fhir": "hl7-fhir-rest", "mllp": "hl7v2-mllp", "direct": "direct-project"}
ZONE: Final = "http://hl7.org/fhir/StructureDefinition/timezone"
ROLE: Final = "urn:icp:contact-role"
FORMAT: Final = "urn:icp:format"
CHANNEL: Final = "urn:icp:channel"
_HUB: Final = "hub"


def bundle(known: DirectoryFile, at: datetime) -> Json:
    """Return the directory as a `collection` bundle, every resource with a full URL of ours."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [
            {"fullUrl": f"urn:icp:{one['resourceType'].lower()}:{one['id']}", "resource": one}
            for one in _resources(known)
        ],
    }


def _resources(known: DirectoryFile) -> Iterator[Json]:
    for organisation in known.organisations:
        if organisation.id == _HUB:
            continue
        yield _organization(organisation)
        if organisation.hours is not None:
            yield _location(organisation, organisation.hours)
    for end in known.endpoints:
        yield _endpoint(end)
    for contact in known.contacts:
        yield _practitioner(contact)
        yield _practitioner_role(contact)


def plain_id(text: str) -> str:
    """Return an identifier of ours as a FHIR id: letters, digits, `-` and `.` only."""
    return text.replace("_", "-")


def ours(noun: str, value: str) -> Json:
    """Return an identifier of the hub's own."""
    return {"system": f"{OURS}{noun}", "value": value}


def reference(kind: str, identifier: str) -> Json:
    """Return a reference within the bundle."""
    return {"reference": f"{kind}/{plain_id(identifier)}"}


def _coded(system: str, code: str, words: str = "") -> Json:
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": words} if words else coding]}


def _organization(one: OrganisationEntry) -> Json:
    found: Json = {
        "resourceType": "Organization",
        "id": plain_id(one.id),
        "identifier": [ours("organisation", one.id)],
        "active": one.active,
        "name": one.name,
        "extension": [
            {"url": f"{OURS}part2-source", "valueCode": one.part2_source},
            {"url": f"{OURS}behavioral", "valueBoolean": one.behavioral},
        ],
    }
    if one.tier:
        found["extension"].append({"url": f"{OURS}tier", "valueCode": one.tier})
    if one.npi:
        found["identifier"].append({"system": NPI, "value": one.npi})
    if one.kind in TYPES:
        found["type"] = [_coded(TYPE, *TYPES[one.kind])]
    if one.part_of:
        found["partOf"] = reference("Organization", one.part_of)
    return found


def _location(one: OrganisationEntry, hours: Hours) -> Json:
    return {
        "resourceType": "Location",
        "id": plain_id(one.id),
        "status": "active" if one.active else "inactive",
        "name": one.name,
        "mode": "instance",
        "managingOrganization": reference("Organization", one.id),
        "hoursOfOperation": [
            {
                "daysOfWeek": list(hours.days),
                "openingTime": hours.opens.isoformat(),
                "closingTime": hours.closes.isoformat(),
            }
        ],
        "extension": [
            {"url": ZONE, "valueCode": hours.zone},
            {"url": f"{OURS}holidays", "valueString": hours.holidays or "none"},
            *({"url": f"{OURS}closed", "valueDate": day.isoformat()} for day in hours.closed),
        ],
    }


def _endpoint(one: EndpointEntry) -> Json:
    known = one.kind in CONNECTIONS
    system, code = (CONNECTION, CONNECTIONS[one.kind]) if known else (CHANNEL, one.kind)
    return {
        "resourceType": "Endpoint",
        "id": plain_id(one.id),
        "identifier": [ours("endpoint", one.id)],
        "status": "suspended" if one.paused else "active",
        "connectionType": {"system": system, "code": code},
        "managingOrganization": reference("Organization", one.organisation),
        "payloadType": [_coded(FORMAT, one.format)],
        "address": shown(one.address) or f"{OURS}{one.kind}",
    }


def shown(address: str) -> str:
    """Return an address that bears no secret, else nothing: one with a password or a query.

    >>> shown("sftp://hub@host/in"), shown("https://host/in?key=1")
    ('sftp://hub@host/in', '')
    """
    return address if safe(address) == address else ""


def _practitioner(one: ContactEntry) -> Json:
    reach = [
        {"system": kind, "value": value, "use": "work"}
        for kind, value in (("phone", one.phone), ("email", one.email))
        if value
    ]
    found: Json = {
        "resourceType": "Practitioner",
        "id": plain_id(one.id),
        "identifier": [ours("contact", one.id)],
        "name": [{"text": one.name}],
    }
    return {**found, "telecom": reach} if reach else found


def _practitioner_role(one: ContactEntry) -> Json:
    span = {
        name: day.isoformat() for name, day in (("start", one.starts), ("end", one.ends)) if day
    }
    found: Json = {
        "resourceType": "PractitionerRole",
        "id": plain_id(one.id),
        "identifier": [ours("contact", one.id)],
        "practitioner": reference("Practitioner", one.id),
        "organization": reference("Organization", one.organisation),
        "code": [_coded(ROLE, role) for role in one.roles],
    }
    more = [
        {"url": f"{OURS}{name}", **value}
        for name, value, there in (
            ("backup", {"valueReference": reference("PractitionerRole", one.backup or "")},
             one.backup),
            ("verified", {"valueDate": str(one.verified_on)}, one.verified_on),
        )
        if there
    ]  # fmt: skip
    if span:
        found["period"] = span
    if one.endpoint:
        found["endpoint"] = [reference("Endpoint", one.endpoint)]
    return {**found, "extension": more} if more else found
