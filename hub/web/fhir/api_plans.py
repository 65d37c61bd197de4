"""FHIR CarePlan: a released plan's content, for the practice it was released to.

`hub.web.application` includes `ROUTER`. Consent is asked again for every plan of every answer, and
each access is recorded. A plan that may not be opened any more isn't among a search's results, and
is 410 by itself.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.web.fhir.api_deliveries import row_of, rows_of
from hub.web.fhir.asking import answer, asked, page, plain_id
from hub.web.fhir.care_plans import care_plan
from hub.web.fhir.deliveries import CLOSED, STATUS
from hub.web.guards import allowed
from hub.web.openapi import shown
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/fhir", tags=["fhir"])
Reads = Annotated[Actor, allowed(scopes=("system/CarePlan.rs", "system/*.rs", "deliveries.read"))]
AT_ONCE = 20
"""How many plans one answer holds: each is decrypted and rendered."""

_OPEN = [name for name in STATUS if name not in CLOSED]


@ROUTER.get("/CarePlan", responses=shown("fhir_care_plans"))
@ROUTER.post("/CarePlan/_search", responses=shown("fhir_care_plans"))
async def search_plans(request: Request, actor: Reads) -> Response:
    """Search by `patient`, `_id`, `_lastUpdated`; by form by `patient:identifier` too."""
    given = await asked(request, "CarePlan", AT_ONCE)
    rows, after = await rows_of(request, actor, given, standings=_OPEN, addressed=True)
    found, left = [], []
    for row in rows:
        try:
            plan = await world_of(request).reception.plan(actor, row["id"], listed=True)
            found.append(care_plan(plan, row))
        except Refused as refused:
            if refused.status != HTTPStatus.GONE:
                left.append(("fetch", f"DocumentReference/{plain_id(row['id'])}", refused.detail))
    return page(request, given, found, after, left)


@ROUTER.get("/CarePlan/{plan}", responses=shown("fhir_care_plan"))
async def read_plan(request: Request, actor: Reads, plan: str) -> Response:
    """Return a released plan as one CarePlan that holds all it refers to."""
    row = await row_of(request, actor, plan, addressed=True)
    released = await world_of(request).reception.plan(actor, row["id"])
    return answer(request, care_plan(released, row), row["changed"])
