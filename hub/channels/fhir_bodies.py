"""What is posted to a practice's FHIR server: the released resources as one transaction.

`fhir_send` calls `transaction` or `document`. Each entry is written so that the same delivery again
changes nothing: updated or created on condition of an identifier that stays the same. Only what is
in the released bytes goes in, and every resource carries the release's own security labels. A
practice's own Patient is never written over.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.ports import Parcel

    Json = dict[str, Any]

ELEMENT: Final = "urn:icp:element"
DELIVERY: Final = "urn:icp:delivery"
_KIND: Final = "urn:icp:1:identifier-kind"
_NONE: Final = frozenset({"Provenance"})
"""Resource types of a release for which R4 has no `identifier`; they are found by their tag."""


def transaction(parcel: Parcel, options: Mapping[str, str]) -> Json:
    """Return the released document Bundle as a transaction; `Trouble` permanent for another."""
    released = _document(parcel.content)
    labels = released.get("meta", {}).get("security", [])
    update = options.get("write", "update") == "update"
    entries = [
        _entry(one["fullUrl"], dict(one["resource"]), parcel, options, update=update)
        for one in released["entry"]
    ]
    for entry in entries:
        _label(entry["resource"], labels)
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def document(parcel: Parcel, *, inline: bool) -> Json:
    """Return the released bytes as a DocumentReference with its Binary, or with the data in it."""
    url = f"urn:uuid:{uuid5(NAMESPACE_URL, f'{DELIVERY}|{parcel.delivery}')}"
    identifier = {"system": DELIVERY, "value": parcel.delivery}
    data = base64.b64encode(parcel.content).decode()
    attachment: Json = {"contentType": parcel.media_type, "title": parcel.file_name}
    attachment |= {"size": len(parcel.content)}
    binary = f"Binary/{_plain_id(parcel.delivery)}"
    attachment |= {"data": data} if inline else {"url": binary}
    reference = {
        "resourceType": "DocumentReference",
        "masterIdentifier": identifier,
        "identifier": [identifier],
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18776-5"}]},
        "description": "Integrated Care Plan",
        "content": [{"attachment": attachment}],
    }
    found = _token(DELIVERY, parcel.delivery)
    request = {"method": "PUT", "url": f"DocumentReference?identifier={found}"}
    entries: list[Json] = [{"fullUrl": url, "resource": reference, "request": request}]
    if not inline:
        held = {"resourceType": "Binary", "id": _plain_id(parcel.delivery)}
        held |= {"contentType": parcel.media_type, "data": data}
        entries.insert(0, {"resource": held, "request": {"method": "PUT", "url": binary}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _document(content: bytes) -> Json:
    try:
        found = json.loads(content)
        fits = found["resourceType"] == "Bundle" and found["type"] == "document"
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise Trouble(
            "permanent", "not_fhir", "give the endpoint the format `fhir`, or `body: document`"
        )
    return dict(found)


def _entry(
    url: str, resource: Json, parcel: Parcel, options: Mapping[str, str], *, update: bool
) -> Json:
    """Return one entry with the request that makes a repeat harmless."""
    kind = resource["resourceType"]
    resource.pop("id", None)
    if kind in _NONE:
        tags = [*resource.get("meta", {}).get("tag", [])]
        tags.append({"system": DELIVERY, "code": parcel.delivery})
        resource["meta"] = {**resource.get("meta", {}), "tag": tags}
        asked = {"ifNoneExist": f"_tag={_token(DELIVERY, parcel.delivery)}"}
        return _posted(url, resource, kind, asked)
    if kind == "Patient":
        return _patient(url, resource, options)
    system, value = _identified(url, resource, "" if update else parcel.delivery)
    found = f"identifier={_token(system, value)}"
    if not update:
        return _posted(url, resource, kind, {"ifNoneExist": found})
    request = {"method": "PUT", "url": f"{kind}?{found}"}
    return {"fullUrl": url, "resource": resource, "request": request}


def _patient(url: str, resource: Json, options: Mapping[str, str]) -> Json:
    """Return the member's entry: created only where the practice's server has none of theirs.

    `patient_system` is the system under which the server knows the identifier of `patient_kind`
    (`plan`, the payer's member id, or `medicaid`); without it nobody of theirs is ever matched.
    """
    system = options.get("patient_system", "")
    wanted = options.get("patient_kind", "plan")
    given = resource.get("identifier", ())
    value = next((one["value"] for one in given if _kind_of(one) == wanted), "")
    if system and value:
        resource["identifier"] = [{"system": system, "value": value}, *given]
        token = _token(system, value)
    else:
        token = _token(*_identified(url, resource, ""))
    return _posted(url, resource, "Patient", {"ifNoneExist": f"identifier={token}"})


def _posted(url: str, resource: Json, kind: str, asked: Mapping[str, str]) -> Json:
    request = {"method": "POST", "url": kind, **asked}
    return {"fullUrl": url, "resource": resource, "request": request}


def _kind_of(identifier: Json) -> str:
    coded = identifier.get("type", {}).get("coding", ())
    return next((one["code"] for one in coded if one.get("system") == _KIND), "")


def _identified(url: str, resource: Json, delivery: str) -> tuple[str, str]:
    """Return the identifier to find a resource by, adding it where it isn't there yet.

    Its value is the entry's UUID without `urn:uuid:`: some servers put their own reference in place
    of a full URL wherever they see it.
    """
    own = resource.get("identifier")
    if isinstance(own, dict) and not delivery:  # a Composition's: its set, for all versions
        return own["system"], own["value"]
    value = url.rpartition(":")[2]
    mine = {"system": ELEMENT, "value": f"{delivery}.{value}" if delivery else value}
    resource["identifier"] = mine if isinstance(own, dict) else [*(own or ()), mine]
    return mine["system"], mine["value"]


def _label(resource: Json, labels: list[Json]) -> None:
    """Put the release's security labels on a resource: a server keeps none of the Bundle's."""
    meta = resource.get("meta", {})
    before = meta.get("security", [])
    more = [one for one in labels if one not in before]
    if before or more:
        resource["meta"] = {**meta, "security": [*before, *more]}


def _token(system: str, value: str) -> str:
    """Return a token for a search, its parts escaped (R4 search, 3.1.1.5.1) and percent-encoded."""
    return quote(f"{_escaped(system)}|{_escaped(value)}", safe="")


def _escaped(text: str) -> str:
    for one in "\\|,$":
        text = text.replace(one, f"\\{one}")
    return text


def _plain_id(identifier: str) -> str:
    """Return one of our ids as FHIR allows ids: letters, digits, `-` and `.`."""
    return identifier.replace("_", "-")
