"""A member's accounting of disclosures: on the page, and as PDF, CSV or JSON in one click.

All are made of one value. Making a file is recorded with its digest and its counts.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.accounting import LEFT_OUT, LISTED, Accounting, account, as_csv, as_json
from hub.asked import Actor
from hub.officer import Made
from hub.render.pdf import typeset
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.filled import form_of
from hub.web.pages.filters import person
from hub.web.pages.shell import page
from hub.web.replies import one, ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
TABLES = {"csv": as_csv, "json": as_json}


@ROUTER.get("/{member}/accounting")
async def accounting(request: Request, actor: Officer, member: str) -> Response:
    """Show what a member is owed a list of, what is left out and why."""
    _ = actor
    row = one(await world_of(request).desk.ask("console_member", None, member=ours(member)))
    made = await _made(request, row["id"])
    before = await world_of(request).desk.ask("officer_accountings", None, member=row["id"])
    return page(
        request,
        "privacy_accounting.html",
        row=row,
        made=made,
        before=before,
        listed_because=LISTED,
        left_out_because=LEFT_OUT,
    )


@ROUTER.post("/{member}/accounting")
async def download(request: Request, actor: Officer, member: str) -> Response:
    """Hand out the accounting as a file; recorded in the ledger."""
    row = one(await world_of(request).desk.ask("console_member", None, member=ours(member)))
    form = (await form_of(request)).one("form", "PDF, CSV or JSON", TYPES)
    made = await _made(request, row["id"])
    if form in TABLES:
        content = TABLES[form](made, wording.PURPOSES)
    else:
        content = as_pdf(made, row, world_of(request).clock.now())
    digest = hashlib.sha256(content).hexdigest()
    left_out = sum(made.left_out.values())
    told = Made(row["id"], form, len(made.listed), left_out, digest)
    name = await officer_of(request).accounted(actor, told)
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, 200, headers, TYPES[form])


async def _made(request: Request, member: str) -> Accounting:
    rows = await officer_of(request).disclosures(member)
    known = await world_of(request).registry.of_member(member)
    day = world_of(request).clock.now().date()
    return account(rows, known, day, wording.DISCLOSED)


def as_pdf(made: Accounting, row: dict[str, Any], now: datetime) -> bytes:
    """Return the accounting as it goes to the member: what is listed, then counts by reason."""
    data = {
        "member": person(row),
        "born": row["birth_date"],
        "sender": row["sender"],
        "date": [now.year, now.month, now.day],
        "since": made.since.isoformat(),
        "since_part2": made.since_part2.isoformat(),
        "until": made.until.isoformat(),
        "total": len(made.rows),
        "listed": [_cells(one, *LISTED[one.listed]) for one in made.listed],
        "part2": [_cells(one, "42 CFR 2.25", _tpo(one.tpo)) for one in made.part2],
        "general": [_cells(one, "42 CFR 2.24", "") for one in made.general],
        "left_out": [[*LEFT_OUT[why], str(count)] for why, count in made.left_out.items()],
    }
    return typeset("pdf/accounting.typ", data, now)


def _cells(one: Any, clause: str, why: str) -> list[str]:  # noqa: ANN401  # a row
    to = ", ".join(part for part in (one.to, one.person, one.address, f"from {one.by}") if part)
    purpose = wording.PURPOSES.get(one.purpose, one.purpose)
    at = one.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [at, to, one.what, purpose, f"{clause}. {why}".strip(". ")]


def _tpo(tpo: bool) -> str:
    return "Owed only where it was made through an electronic health record" if tpo else ""
