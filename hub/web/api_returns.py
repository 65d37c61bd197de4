"""A practice's return file by API: what it says of many plans at once, answered line by line.

`hub.web.application` includes `ROUTER`. The page of return files and the SFTP inbox take the same
file with the same code; sending it twice says everything once.
"""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.recording import Desk, Told, take
from hub.web.api_deliveries import Answers
from hub.web.openapi import file_body, shown
from hub.web.replies import reply
from hub.web.world import returning_of, world_of

ROUTER = APIRouter(prefix="/v1/returns", tags=["deliveries"])


@ROUTER.post("", responses=shown("returns"), openapi_extra=file_body("text/csv"))
async def load(
    request: Request,
    actor: Answers,
    name: Annotated[
        str,
        Query(max_length=200, description="who answers; or the file's first line: `name,Ada Holt`"),
    ] = "",
) -> Response:
    """Record a return file: CSV of delivery or return code, status, date, reason."""
    world = world_of(request)
    desk = Desk(world.reception, returning_of(request), world.clock)
    told = await take(desk, actor, await request.body(), name)
    return reply(report(told))


def report(told: list[Told]) -> dict[str, object]:
    """Return what became of a file: how many lines of each outcome, and each line."""
    counts = Counter(one.outcome for one in told)
    return {
        "counts": {name: counts[name] for name in ("taken", "already", "refused")},
        "lines": [
            {
                "line": one.number,
                "of": one.key,
                "status": one.status,
                "outcome": one.outcome,
                "says": one.says,
            }
            for one in told
        ],
    }
