"""The API's OpenAPI description: examples, who may call what, and the one bare endpoint.

Routes name their example with `shown`; `api_open` serves `described`. Every operation gets its
security from the very guard that enforces it, so the two can't differ.
"""

import functools
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hub.web import scopes
from hub.web.examples import EXAMPLES, PROBLEM
from hub.web.guards import Allowed, guard_of, walked

_TITLE = "ICP hub"
_ABOUT = (
    "Hand in Integrated Care Plans in any format, see what became of them, and as a medical home "
    "fetch, acknowledge and answer them. Errors are RFC 9457 problems with a stable `code`."
)
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OUTCOME = {"application/fhir+json": {"example": {"resourceType": "OperationOutcome"}}}
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def shown(name: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return a route's `responses`: the named example; refusals are added to all alike."""
    media_type, example = EXAMPLES[name]
    content = {media_type: {"example": example}}
    return {status: {"description": "as in the example", "content": content}}


def file_body(media_type: str) -> dict[str, Any]:
    """Return the OpenAPI part of a route that takes a whole file as its body."""
    return {"requestBody": {"required": True, "content": {media_type: _BYTES}}}


def described(app: FastAPI) -> dict[str, Any]:
    """Return the description of an application, made once."""
    return _described(app)


@functools.lru_cache(maxsize=4)
def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=_TITLE,
        version="1",
        summary="Closes the loop on Integrated Care Plans",
        description=_ABOUT,
        routes=app.routes,
    )
    document["paths"]["/v1/submissions"]["post"] = _submit()
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = _problem()
    parts["securitySchemes"] = _schemes()
    for path, route in walked(app.routes):
        guard = guard_of(route)
        for method in getattr(route, "methods", None) or ():
            operation = document["paths"].get(path, {}).get(method.lower())
            if operation is None:
                continue
            operation["responses"]["default"] = _refusal(path)
            if isinstance(guard, Allowed):
                operation["security"] = _security(guard)
                operation["x-roles"] = list(guard.roles)
    return document


def _refusal(path: str) -> dict[str, Any]:
    """Return the description of what a route answers when it refuses."""
    if path.startswith("/fhir/"):
        return {"description": "an OperationOutcome", "content": _OUTCOME}
    return {"description": "a problem", "content": _PROBLEM}


def _security(guard: Allowed) -> list[dict[str, list[str]]]:
    if not guard.scopes:
        return [{"session": []}]
    names = list(guard.scopes)
    systems: list[dict[str, list[str]]] = [{"apiKey": []}, {"backendServices": names}]
    return [*systems, {"session": []}] if guard.roles else systems


def _schemes() -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token", "scopes": scopes.SCOPES}
    return {
        "apiKey": {"type": "http", "scheme": "bearer", "bearerFormat": "icp_<prefix>_<secret>"},
        "backendServices": {
            "type": "oauth2",
            "description": "SMART Backend Services: client credentials with private_key_jwt",
            "flows": {"clientCredentials": flow},
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "icp_session",
            "description": "a signed-in person; changing requests also send `X-CSRF-Token`",
        },
    }


def _problem() -> dict[str, Any]:
    properties = {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request": {"type": "string"},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "example": PROBLEM,
    }


def _submit() -> dict[str, Any]:
    """Return the description of the bare endpoint, which FastAPI can't see into."""
    flag = {"in": "query", "required": False, "schema": {"type": "boolean", "default": False}}
    file = {"type": "object", "properties": {"file": _BYTES["schema"]}, "required": ["file"]}
    examples = shown("accepted", 202)
    examples[200] = {
        "description": "what a dry run read; nothing was kept",
        "content": {"application/json": {"example": EXAMPLES["reading"][1]}},
    }
    return {
        "tags": ["submissions"],
        "summary": "Submit",
        "operationId": "submit",
        "description": (
            "Hand in one document of any media type; 202 means it is durable. The same bytes "
            "again are a duplicate, the same `Idempotency-Key` again gets the first answer."
        ),
        "parameters": [
            {**flag, "name": "dry_run", "description": "read it, keep nothing"},
            {**flag, "name": "plans", "description": "in a dry run, return the plans"},
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": False,
                "schema": {"type": "string", "maxLength": 255},
                "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"*/*": _BYTES, "multipart/form-data": {"schema": file}},
        },
        "responses": {str(status): each for status, each in examples.items()},
    }
