"""Organisations, people, endpoints and events as FHIR resources.

`hub.web.fhir.api_directory` calls it with rows of the queries `fhir_organisations`,
`fhir_contacts`, `fhir_endpoints` and `fhir_events`. No secret and no option of an endpoint is in
them; an event holds ids and codes only. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.audit import KINDS
from hub.receipts import instant
from hub.web.fhir.asking import coded, plain_id, reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, Any]
    Row = Mapping[str, Any]

NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_TYPES: Final = {"mco": ("pay", "Payer"), "pcmh": ("prov", "Healthcare Provider")}
_TYPE: Final = "http://terminology.hl7.org/CodeSystem/organization-type"
_CONNECTION: Final = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
_CONNECTIONS: Final = {"fhir": "hl7-fhir-rest", "mllp": "hl7v2-mllp"}
_FORMATS: Final = {
    "fhir": "application/fhir+json",
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "pdf": "application/pdf",
    "pdf-member": "application/pdf",
    "hl7v2": "x-application/hl7-v2+er7",
    "ppr": "x-application/hl7-v2+er7",
}
_READS: Final = frozenset({"viewed", "shown", "downloaded", "listed", "compared", "copied"})
_DEED: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"


def organization(row: Row) -> Json:
    """Return an organisation."""
    found: Json = {
        "resourceType": "Organization",
        "id": plain_id(row["id"]),
        "identifier": [{"system": "urn:icp:organisation", "value": row["id"]}],
        "active": row["active"],
        "name": row["name"],
    }
    if row["npi"]:
        found["identifier"].append({"system": NPI, "value": row["npi"]})
    if row["kind"] in _TYPES:
        code, words = _TYPES[row["kind"]]
        found["type"] = [coded(_TYPE, code, words)]
    return found


def practitioner(row: Row) -> Json:
    """Return a designated contact, with their roles as qualifications of ours."""
    reach = [
        {"system": kind, "value": value, "use": "work"}
        for kind, value in (("phone", row["phone"]), ("email", row["email"]))
        if value
    ]
    found: Json = {
        "resourceType": "Practitioner",
        "id": plain_id(row["id"]),
        "identifier": [
            {
                "system": "urn:icp:contact",
                "value": row["id"],
                "assigner": reference("Organization", row["organisation"]),
            }
        ],
        "active": row["active"],
        "name": [{"text": row["name"]}],
        "telecom": reach,
        "qualification": [{"code": coded("urn:icp:contact-role", role)} for role in row["roles"]],
    }
    return {name: value for name, value in found.items() if value != []}


def endpoint(row: Row) -> Json:
    """Return how one's own organisation takes deliveries."""
    kind = row["kind"]
    connection = (
        {"system": _CONNECTION, "code": _CONNECTIONS[kind]}
        if kind in _CONNECTIONS
        else {"system": "urn:icp:channel", "code": kind}
    )
    return {
        "resourceType": "Endpoint",
        "id": plain_id(row["id"]),
        "identifier": [{"system": "urn:icp:endpoint", "value": row["id"]}],
        "status": "suspended" if row["paused"] else "active",
        "connectionType": connection,
        "managingOrganization": reference("Organization", row["organisation"]),
        "payloadType": [coded("urn:icp:format", row["format"])],
        "payloadMimeType": [_FORMATS.get(row["format"], "application/xml")],
        "address": row["address"] or f"urn:icp:{kind}",
    }


def audit_event(row: Row) -> Json:
    """Return one event of the ledger: what was done, to what, by whom, when."""
    kind: str = row["kind"]
    deed = kind.rpartition(".")[2]
    refused = kind == "access.refused"
    details = [
        {"type": str(name)[:100], "valueString": str(value)[:1000]}
        for name, value in sorted(row["detail"].items())
        if value not in (None, "", [], {})
    ]
    entity: Json = {"what": {"identifier": {"system": "urn:icp:noun", "value": row["noun"]}}}
    return {
        "resourceType": "AuditEvent",
        "id": str(row["id"]),
        "type": {"system": _DEED, "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": "urn:icp:event", "code": kind, "display": KINDS.get(kind, kind)}],
        "action": "R" if deed in _READS else "E",
        "recorded": instant(row["at"]),
        "outcome": "4" if refused else "0",
        "agent": [
            {
                "who": {"identifier": {"system": "urn:icp:actor", "value": row["actor"]}},
                "requestor": row["actor"] != "hub",
            }
        ],
        "source": {"observer": {"display": "ICP hub"}},
        "entity": [entity | ({"detail": details} if details else {})],
    }
