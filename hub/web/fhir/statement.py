"""The CapabilityStatement of `/fhir`, made from the routes there are.

`hub.web.api_fhir` answers `/fhir/metadata` with it. Interactions come from the application's own
routes and search parameters from the table that searches are held to, so neither can promise what
there isn't.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from hub.web.fhir.asking import PARAMETERS
from hub.web.fhir_answers import FHIR_JSON
from hub.web.guards import walked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import BaseRoute

    Json = dict[str, Any]

_DATE: Final = "2026-11-22"
_SERVICES: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_VERSIONED: Final = frozenset({"Consent", "Task", "DocumentReference", "CarePlan", "Provenance"})
_ORDER: Final = (
    *("read", "vread", "update", "delete", "history-instance", "create", "search-type"),
)
_DOES: Final = {
    ("GET", 0): "search-type",
    ("POST", 0): "create",
    ("GET", 1): "read",
    ("PUT", 1): "update",
    ("DELETE", 1): "delete",
    ("GET", 2): "history-instance",
    ("GET", 3): "vread",
}
"""What a method does on a path with so many parts behind the type."""


def capabilities(routes: Iterable[BaseRoute], address: str) -> Json:
    """Return the CapabilityStatement of an application's routes at the hub's address."""
    does: defaultdict[str, set[str]] = defaultdict(set)
    for path, route in walked(routes):
        parts = path.removeprefix("/fhir/").split("/")
        if path.startswith("/fhir/") and parts[0] != "metadata":
            for method in getattr(route, "methods", None) or ():
                does[parts[0]].add(_interaction(method, parts))
    root = address.rstrip("/")
    oauth = {"url": "token", "valueUri": f"{root}/oauth/token"}
    security = {
        "extension": [{"url": _URIS, "extension": [oauth]}],
        "service": [{"coding": [{"system": _SERVICES, "code": "SMART-on-FHIR"}]}],
        "description": "SMART Backend Services, or an API key as bearer token",
    }
    rest: Json = {
        "mode": "server",
        "security": security,
        "resource": [_resource(kind, does[kind]) for kind in sorted(does)],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "software": {"name": "ICP hub"},
        "implementation": {"description": "ICP hub", "url": f"{root}/fhir"},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "rest": [rest],
    }


def _interaction(method: str, parts: list[str]) -> str:
    if parts[-1] == "_search":
        return "search-type"
    return _DOES[("GET" if method == "HEAD" else method), len(parts) - 1]


def _resource(kind: str, does: set[str]) -> Json:
    named = PARAMETERS.get(kind, {})
    found: Json = {
        "type": kind,
        "interaction": [{"code": code} for code in _ORDER if code in does],
        "versioning": "versioned" if kind in _VERSIONED else "no-version",
        "readHistory": "vread" in does,
        "updateCreate": False,
    }
    if "search-type" in does:
        usual = {"_id": "token", **({"_lastUpdated": "date"} if kind in _VERSIONED else {})}
        if kind == "Consent":
            del usual["_lastUpdated"]
        if kind == "AuditEvent":
            usual["_lastUpdated"] = "date"
        plain = {**usual, **{n: t for n, t in named.items() if ":" not in n}}
        found["searchParam"] = [{"name": n, "type": plain[n]} for n in sorted(plain)]
    return found
