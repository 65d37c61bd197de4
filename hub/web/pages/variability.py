"""Coverage and variability per sender, and the status of adapters: counts, codes, names of fields.

For integration staff. Nothing here shows a plan or a member: filled fields are counted in the
background over stored plans, and only their names and counts come out.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.ports import Binding
from hub.web.guards import allowed
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.workbench.counting import EACH_READER, Count
from hub.web.workbench.looking import GENERIC, cards
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("integration",))]
_MOST_CODES = 500


@ROUTER.get("/variability")
async def variability(request: Request, actor: Staff) -> Response:
    """Show per sender and reader how documents fared and what was read of them."""
    _ = actor
    return page(
        request,
        "variability.html",
        rows=await _ask(request, "bench_variability"),
        codes=await _ask(request, "bench_findings", limit=_MOST_CODES),
        senders=[row for row in await _ask(request, "console_senders") if row["submissions"]],
    )


@ROUTER.get("/variability/{mco}")
async def of_sender(request: Request, actor: Staff, mco: str) -> Response:
    """Show one sender's fill rate of every field, or how far the count is."""
    _ = actor
    sender = await _sender(request, mco)
    count = world_of(request).counts.of(mco)
    return page(
        request,
        "variability_sender.html",
        sender=sender,
        count=count,
        table=_table(count) if count and not count.running else [],
        most=EACH_READER,
    )


@ROUTER.post("/variability/{mco}")
async def count_anew(request: Request, actor: Staff, mco: str) -> Response:
    """Begin to count a sender's filled fields; recorded."""
    await _sender(request, mco)
    world = world_of(request)
    if world.filling is None:
        raise nothing()
    if world.counts.start(world.filling, mco, world.clock.now()):
        await world.desk.note(actor, "fields.counted", mco)
    return back(f"/variability/{mco}")


@ROUTER.get("/adapters")
async def adapters(request: Request, actor: Staff) -> Response:
    """Show every bound adapter as it tells of itself, when it was last used and last failed."""
    _ = actor
    world = world_of(request)
    bound: dict[tuple[str, str | None], list[str]] = {}
    for row in await _ask(request, "console_senders"):
        for one in await world.bindings(row["id"]):
            bound.setdefault((one.adapter, one.profile), []).append(row["name"])
    for generic in GENERIC:
        bound.setdefault((generic.adapter, None), [])
    used = {row["reader"]: row for row in await _ask(request, "bench_adapters")}
    told = await cards(world.reader, [Binding(path, profile) for path, profile in bound])
    rows = [
        {"card": card, "senders": senders, "used": used.pop(f"{card.name}@{card.version}", None)}
        for card, senders in zip(told, bound.values(), strict=True)
    ]
    return page(request, "adapters.html", rows=rows, former=list(used.values()))


async def _sender(request: Request, mco: str) -> dict[str, Any]:
    wanted = ours(mco)
    rows = await _ask(request, "console_senders")
    found = next((row for row in rows if row["id"] == wanted), None)
    if found is None:
        raise nothing()
    return found


def _table(count: Count) -> list[dict[str, Any]]:
    """Return a row for each field: its section, its name, and the share of each reader's plans."""
    readers = sorted(count.plans)
    rows = []
    for name in sorted(count.fields):
        section, _, rest = name.partition("/")
        by = count.fields[name]
        shares = [(by.get(reader, 0), count.plans[reader]) for reader in readers]
        rows.append({"section": section, "field": rest.replace("/", " · "), "shares": shares})
    return rows


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
