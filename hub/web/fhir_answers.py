"""What the FHIR routes answer besides resources: bundles, outcomes, the capability statement.

`api_fhir` uses it, and `application` for refusals under `/fhir/`. An OperationOutcome says what is
wrong, where and what to do next, in our words alone: nothing an outside party wrote comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from hub.errors import Refused
from hub.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FHIR_JSON: Final = "application/fhir+json"
SEARCH: Final = frozenset(
    {"patient", "patient:identifier", "_id", "status", "_count", "_after", "_format"}
)
MOST: Final = 200

_ISSUES: Final = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    429: "throttled",
}
_WEIGHTS: Final = {"impossible": "error", "deficient": "warning", "waits": "information"}


def refused(told: Refused, request_id: str) -> Response:
    """Return a refusal as an OperationOutcome, with the same status and headers as a problem."""
    plain = problem(told, request_id)
    body = msgspec.json.decode(plain.body)
    first = _issue("error", _ISSUES.get(told.status, "exception"), body["detail"])
    first["details"] = {"coding": [{"system": "urn:icp:problem", "code": body["code"]}]}
    issues = [first]
    issues += [_issue("error", "business-rule", w, at) for _, at, w in body.get("notes", ())]
    issues += [_fault(o["weight"], o["clause"], o["todo"]) for o in body.get("faults", ())]
    headers = {k: v for k, v in plain.headers.items() if not k.startswith("content-")}
    outcome = {"resourceType": "OperationOutcome", "id": request_id.replace("_", "-")}
    content = msgspec.json.encode(outcome | {"issue": issues})
    return Response(content, told.status, headers, FHIR_JSON)


def outcome(
    notes: Iterable[tuple[str, str, str]], lacking: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    """Return an OperationOutcome of what was recorded yet isn't as it should be."""
    issues = [_issue("warning", "business-rule", words, at) for _, at, words in notes]
    issues += [_fault(*one) for one in lacking]
    told = issues or [_issue("information", "informational", "recorded as it is")]
    return {"resourceType": "OperationOutcome", "issue": told}


def _fault(weight: str, clause: str, todo: str) -> dict[str, Any]:
    severity = _WEIGHTS.get(weight, "information")
    return _issue(severity, "business-rule", f"{clause}: {todo}")


def _issue(severity: str, code: str, words: str, at: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": words}
    return found | ({"expression": [at]} if at else {})


def bundle(
    address: str,
    kind: str,
    resources: Sequence[dict[str, Any]],
    total: int | None,
    following: str = "",
) -> dict[str, Any]:
    """Return a searchset or history Bundle; `address` is the hub's own."""
    entries = [_entry(f"{address.rstrip('/')}/fhir/", kind, one) for one in resources]
    found: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if total is not None:
        found["total"] = total
    if following:
        found["link"] = [{"relation": "next", "url": following}]
    return found | ({"entry": entries} if entries else {})


def _entry(root: str, kind: str, resource: dict[str, Any]) -> dict[str, Any]:
    url = f"Consent/{resource['id']}"
    entry: dict[str, Any] = {"fullUrl": f"{root}{url}", "resource": resource}
    if kind == "searchset":
        return entry | {"search": {"mode": "match"}}
    meta = resource["meta"]
    first = meta["versionId"] == "1"
    entry["request"] = {"method": "POST" if first else "PUT", "url": "Consent" if first else url}
    entry["response"] = {
        "status": "201" if first else "200",
        "lastModified": meta["lastUpdated"],
        "etag": f'W/"{meta["versionId"]}"',
    }
    return entry


def searched(given: Iterable[tuple[str, str]], known: frozenset[str]) -> dict[str, str]:
    """Return the parameters of a search; `Refused` 400 for one that isn't known or is repeated."""
    found: dict[str, str] = {}
    for name, value in given:
        if name not in known or name in found:
            words = ", ".join(sorted(known - {"_after", "_format"}))
            raise Refused("search", f"search by {words}, each once")
        found[name] = value
    count = found.setdefault("_count", "50")
    if not count.isdigit() or not 1 <= int(count) <= MOST:
        raise Refused("search", f"`_count` is 1 to {MOST}")
    if found.get("status") not in {None, "active", "inactive"}:
        raise Refused("search", "`status` is active or inactive")
    return found
