"""What anyone may ask: is the hub alive, what its API is, and the canonical template's schema.

`hub.web.application` includes `ROUTER`. Nothing here says anything about anybody.
"""

import asyncio
import functools

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.canonical import Plan
from hub.web.guards import anyone
from hub.web.openapi import described, shown
from hub.web.replies import reply
from hub.web.world import world_of

ROUTER = APIRouter(dependencies=[anyone()], tags=["hub"])
PATIENCE_SECONDS = 0.8
LATE_SECONDS = 300.0


@ROUTER.get("/health", responses=shown("health"))
async def health(request: Request) -> Response:
    """Say whether the hub and its database answer, and how long the oldest due work has waited."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            rows = await world_of(request).desk.ask("oldest_due", None)
    except Exception:  # noqa: BLE001  # whatever it is, the answer is that it is down
        return reply({"status": "down", "database": "unreachable"}, 503)
    waited = round(rows[0]["seconds"], 1)
    status = "late" if waited > LATE_SECONDS else "ok"
    return reply({"status": status, "database": "ok", "oldest_due_seconds": waited})


@ROUTER.get("/v1/schemas/icp-1", responses=shown("schema"))
async def read_schema() -> Response:
    """Return the JSON Schema of a plan, schema icp/1."""
    return Response(_schema(), media_type="application/schema+json")


@ROUTER.get("/v1/openapi.json", include_in_schema=False)
async def read_openapi(request: Request) -> Response:
    """Return this API's OpenAPI description."""
    return reply(described(request.app))


@functools.cache
def _schema() -> bytes:
    schema = msgspec.json.schema(Plan)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:icp-hub:schema:icp-1",
        "title": "Integrated Care Plan, schema icp/1",
    }
    return msgspec.json.encode({**head, **schema})
