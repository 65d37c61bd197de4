"""What an MCO takes with it: its lists as CSV; and how its connections fare, in and out.

Row-level security shows them their own rows only. Cells that a spreadsheet would run as a formula
are quoted. Nothing of a plan's content is here: states, codes, names of the sender's own roster.
"""

import csv
from datetime import timedelta
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.spreadsheets import harmless
from hub.web.guards import allowed
from hub.web.pages.shell import page
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Mco = Annotated[Actor, allowed(roles=("mco",))]
MOST = 10_000
SINCE = timedelta(days=90)
DELIVERIES = (
    *("id", "plan", "kind", "version", "member_id", "family", "given", "practice", "contact"),
    *("channel", "state", "transport", "person", "agreement", "sent_at", "shown_at"),
    *("acknowledged_at", "acknowledged_by", "acknowledge_due", "answered_at", "code"),
)
SUBMISSIONS = ("id", "name", "channel", "received_at", "state", "plans", "reader")
FINDINGS = ("severity", "code", "message", "place")


@ROUTER.get("/mco/deliveries.csv")
async def deliveries(request: Request, actor: Mco) -> Response:
    """Give every delivery with its three ledgers, the newest first, 10,000 at most."""
    given = {"states": None, "plan": None, "submission": None, "cursor": None, "limit": MOST}
    rows = await world_of(request).desk.ask("console_deliveries", actor.organisation, **given)
    return _csv("deliveries", DELIVERIES, [[row[name] for name in DELIVERIES] for row in rows])


@ROUTER.get("/mco/findings.csv")
async def findings(request: Request, actor: Mco) -> Response:
    """Give submissions with a row for each finding, and one for a submission without any."""
    given = {"limit": MOST}
    rows = await world_of(request).desk.ask("sender_findings", actor.organisation, **given)
    table = []
    for row in rows:
        head = [row[name] for name in SUBMISSIONS]
        told: list[dict[str, Any]] = row["findings"] or [{}]
        table += [[*head, *(_words(one.get(name)) for name in FINDINGS)] for one in told]
    return _csv("findings", (*SUBMISSIONS, *FINDINGS), table)


@ROUTER.get("/mco/connections")
async def connections(request: Request, actor: Mco) -> Response:
    """Show per channel when something last came and went, and when it last failed."""
    world = world_of(request)
    given = {"since": world.clock.now() - SINCE, "mco": actor.organisation}
    ways_in, ways_out, notices = [
        await world.desk.ask(f"sender_{name}", actor.organisation, **given)
        for name in ("ways_in", "ways_out", "notices")
    ]
    probed = await world.desk.ask("connections", actor.organisation)
    told = {"probed": [{**row, "told": None} for row in probed]}
    told |= {"ways_in": ways_in, "ways_out": ways_out, "notices": notices}
    return page(request, "mco_connections.html", 200, **told)


def _words(value: object) -> object:
    """Return a finding's place as words; anything else as it is."""
    if isinstance(value, dict):
        return " ".join(f"{name} {told}" for name, told in value.items() if told is not None)
    return value


def _csv(name: str, columns: tuple[str, ...], rows: list[list[object]]) -> Response:
    out = StringIO()
    table = csv.writer(out)
    table.writerow(columns)
    table.writerows([_cell(one) for one in row] for row in rows)
    headers = {
        "content-disposition": f"attachment; filename={name}.csv",
        "cache-control": "no-store",
    }
    return Response(out.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula; an instant in ISO 8601."""
    moment = getattr(value, "isoformat", None)
    text = moment() if moment else "" if value is None else str(value)
    return harmless(text)
