"""The directory to look at: organisations, one with all that hangs on it, what changed, by whom.

Operations, integration and privacy staff may read it; only operations change it
(`directory_form`). No member and no plan stands here; addresses are shown without secrets.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.hours import USUAL
from hub.provider_directory import npi
from hub.provider_directory.comparing import safe
from hub.provider_directory.designating import chain, designated
from hub.provider_directory.entries import DirectoryFile, OrganisationEntry
from hub.provider_directory.stranding import PURPOSES, contact_of, rule_of
from hub.web.guards import allowed
from hub.web.pages import directory_words as words
from hub.web.pages.comparison import shown_changes
from hub.web.pages.directory_plans import coming
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.world import directory_of, world_of

ROUTER = APIRouter(prefix="/directory", include_in_schema=False)
STAFF = ("operations", "integration", "privacy")
Reader = Annotated[Actor, allowed(roles=("operations", "integration", "privacy"))]
Keeper = Annotated[Actor, allowed(roles=("operations",))]
PAGE = 100
_ONLY = {"mco", "pcmh", "other", "unready"}


@ROUTER.get("")
async def directory(
    request: Request,
    actor: Reader,
    only: str = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """List organisations, and above them what is wrong and who waits."""
    return await _listed(request, actor, only if only in _ONLY else "", after)


@ROUTER.post("")
async def search(request: Request, actor: Reader) -> Response:
    """Search by part of a name, an id or an NPI; the words stand in no address."""
    form = await form_of(request)
    return await _listed(request, actor, "", "", form.text("words", "Name, id or NPI"))


async def _listed(
    request: Request, actor: Actor, only: str, after: str, asked: str = ""
) -> Response:
    given: dict[str, Any] = {
        "kind": only if only in words.KINDS else None,
        "unready": only == "unready",
        "words": asked or None,
        "after": ours(after) if after else None,
        "on": world_of(request).clock.now().date(),
        "limit": PAGE + 1,
    }
    rows = await _ask(request, "directory_organisations", **given)
    numbers = await _ask(request, "directory_numbers")
    proposals = await _ask(request, "directory_proposals", whose=None, limit=PAGE)
    unready = {**given, "unready": True, "kind": None, "words": None, "after": None}
    return page(
        request,
        "directory.html",
        rows=rows[:PAGE],
        more=rows[PAGE - 1]["id"] if len(rows) > PAGE else "",
        only=only,
        words=asked,
        bounced=await _ask(request, "directory_bounced", whose=None),
        unready=await _ask(request, "directory_organisations", **unready),
        numbers=_wrong_numbers(numbers),
        planned=await coming(request, None),
        proposals=sum(row["verdict"] is None for row in proposals),
        keeper="operations" in actor.roles,
        say=words.word,
    )


def _wrong_numbers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return organisations whose NPI is no NPI, or another's too."""
    return [
        {**row, "wrong": not npi.valid(row["npi"])}
        for row in rows
        if row["times"] > 1 or not npi.valid(row["npi"])
    ]


@ROUTER.get("/organisations/{organisation}")
async def organisation(request: Request, actor: Reader, organisation: str) -> Response:
    """Show an organisation: who it is part of, its people by purpose, its endpoints and rules."""
    known, entry = await found(request, organisation)
    today = world_of(request).clock.now().date()
    of = {"whose": entry.id}
    fares = await _ask(request, "directory_endpoints", **of)
    bounced = await _ask(request, "directory_bounced", **of)
    names = {one.id: one.name for one in known.organisations}
    return page(
        request,
        "directory_organisation.html",
        one=entry,
        hours=entry.hours or USUAL,
        right=npi.valid(entry.npi),
        twins=[o for o in known.organisations if entry.npi and o.npi == entry.npi and o != entry],
        names=names,
        above=_above(known, entry),
        below=await _ask(request, "directory_below", **of),
        people=known.contacts,
        orders=orders(known, today),
        endpoints=[(end, safe(end.address)) for end in known.endpoints],
        fares={row["id"]: row for row in fares},
        bounced={row["id"]: row for row in bounced},
        rules=known.rules,
        planned=await coming(request, entry.id),
        bindings=known.bindings,
        today=today,
        keeper="operations" in actor.roles,
        say=words.word,
    )


async def found(request: Request, organisation: str) -> tuple[DirectoryFile, OrganisationEntry]:
    """Return the rows of an organisation, every organisation's own among them; 404: none."""
    known = await directory_of(request).standing(ours(organisation))
    for one in known.organisations:
        if one.id == organisation:
            return known, one
    raise nothing()


def _above(known: DirectoryFile, entry: OrganisationEntry) -> list[OrganisationEntry]:
    """Return what an organisation is part of, the highest first."""
    rows = {one.id: one for one in known.organisations}
    line: list[OrganisationEntry] = []
    here = rows.get(entry.part_of or "")
    while here is not None and here not in line:
        line.insert(0, here)
        here = rows.get(here.part_of or "")
    return line


def orders(known: DirectoryFile, today: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a date
    """Return by purpose who is designated today, and each line of contacts in its order."""
    people = [contact_of(one) for one in known.contacts]
    by_id = {one.id: one for one in people}
    rules = [rule_of(one) for one in known.rules]
    told = []
    for purpose in PURPOSES:
        for_it = [one for one in people if purpose in one.roles]
        behind = {one.backup for one in for_it}
        first = [one for one in for_it if one.id not in behind] or for_it[:1]
        lines = [[c for c in chain(by_id, one.id) if purpose in c.roles] for one in first]
        choice = designated(people, rules, None, purpose, today)
        told.append({"purpose": purpose, "lines": lines, "choice": choice})
    return told


@ROUTER.post("/contacts/{contact}/cleared")
async def cleared(request: Request, actor: Keeper, contact: str) -> Response:
    """Take the flag from a contact whose deliveries had failed for good."""
    await directory_of(request).clear(actor, ours(contact))
    form = await form_of(request)
    whose = form.text("organisation", "Organisation")
    return back(f"/directory/organisations/{ours(whose)}" if whose else "/directory", "cleared")


@ROUTER.get("/history")
async def history(
    request: Request,
    actor: Reader,
    organisation: str = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Show what changed in the directory, newest first: who, when, why, before and after."""
    _ = actor
    whose = ours(organisation) if organisation else None
    rows = await _ask(request, "directory_changes", whose=whose, before=before, limit=PAGE + 1)
    return page(
        request,
        "directory_history.html",
        rows=shown_changes(rows[:PAGE]),
        whose=whose,
        more=rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        newest=before is None,
        say=words.word,
    )


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
