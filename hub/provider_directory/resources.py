"""The shapes of FHIR R4 resources that a directory is read from: what we use of each, no more.

`bundle_reading` holds every resource of a bundle against `shaped`; what has another shape is told
and left out, so that no odd value gets further. Elements we don't use are not looked at.
"""

from __future__ import annotations

from typing import Any

import msgspec


class _Coding(msgspec.Struct):
    system: str = ""
    code: str = ""


class _Concept(msgspec.Struct):
    coding: list[_Coding] = []


class _Reference(msgspec.Struct):
    reference: str = ""


class _Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Extension(msgspec.Struct):
    url: str = ""
    valueCode: str | None = None  # noqa: N815  # FHIR's own name
    valueString: str | None = None  # noqa: N815  # as above
    valueDate: str | None = None  # noqa: N815  # as above
    valueBoolean: bool | None = None  # noqa: N815  # as above
    valueReference: _Reference | None = None  # noqa: N815  # as above


class _Name(msgspec.Struct):
    text: str = ""
    family: str = ""
    given: list[str] = []
    suffix: list[str] = []


class _Telecom(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Period(msgspec.Struct):
    start: str = ""
    end: str = ""


class _Hours(msgspec.Struct):
    daysOfWeek: list[str] = []  # noqa: N815  # FHIR's own name
    openingTime: str = ""  # noqa: N815  # as above
    closingTime: str = ""  # noqa: N815  # as above


class _Resource(msgspec.Struct):
    resourceType: str  # noqa: N815  # FHIR's own name
    id: str = ""
    identifier: list[_Identifier] = []
    extension: list[_Extension] = []
    active: bool | None = None
    name: str | list[_Name] | None = None
    type: list[_Concept] = []
    partOf: _Reference | None = None  # noqa: N815  # FHIR's own name
    managingOrganization: _Reference | None = None  # noqa: N815  # as above
    hoursOfOperation: list[_Hours] = []  # noqa: N815  # as above
    status: str = ""
    connectionType: _Coding | None = None  # noqa: N815  # as above
    payloadType: list[_Concept] = []  # noqa: N815  # as above
    address: Any = None
    practitioner: _Reference | None = None
    organization: _Reference | None = None
    code: list[_Concept] = []
    period: _Period | None = None
    endpoint: list[_Reference] = []
    telecom: list[_Telecom] = []


class _Entry(msgspec.Struct):
    fullUrl: str = ""  # noqa: N815  # FHIR's own name
    resource: Any = None


class _Bundle(msgspec.Struct):
    resourceType: str  # noqa: N815  # FHIR's own name
    entry: list[_Entry] = []


def entries(content: bytes) -> list[tuple[str, Any]] | None:
    """Return (full URL, resource) of a bundle's entries, or None when it is none."""
    try:
        found = msgspec.json.decode(content, type=_Bundle)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
    if found.resourceType != "Bundle":
        return None
    return [(one.fullUrl, one.resource) for one in found.entry]


def shaped(resource: object) -> dict[str, Any] | None:
    """Return a resource as plain data of the shapes above, or None when it has another shape."""
    try:
        found: dict[str, Any] = msgspec.to_builtins(msgspec.convert(resource, _Resource))
    except msgspec.ValidationError:
        return None
    return found
