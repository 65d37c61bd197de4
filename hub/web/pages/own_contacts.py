"""A practice's own contacts: who the hub sends to and asks, and how the practice corrects it.

What a practice says is a proposal: nothing changes before somebody of the hub accepts it. Another
practice's contact is answered like one that isn't there.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.provider_directory.entries import ContactEntry, DirectoryFile
from hub.web.guards import allowed
from hub.web.pages import directory_fields as fields
from hub.web.pages import directory_words as words
from hub.web.pages.directory import orders
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.world import directory_of, world_of

ROUTER = APIRouter(prefix="/contacts", include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
NEW = "new"
MOST = 50


@ROUTER.get("")
async def contacts(request: Request, actor: Pcmh) -> Response:
    """Show a practice its own contacts, who steps in for whom, and what it proposed."""
    known = await _known(request, actor)
    today = world_of(request).clock.now().date()
    given: dict[str, Any] = {"whose": actor.organisation, "limit": MOST}
    rows = await world_of(request).desk.ask("directory_proposals", actor.organisation, **given)
    return page(
        request,
        "own_contacts.html",
        people=known.contacts,
        names={one.id: one.name for one in known.contacts},
        orders=orders(known, today),
        rows=rows,
        today=today,
        say=words.word,
    )


@ROUTER.get("/{contact}")
async def ask(request: Request, actor: Pcmh, contact: str) -> Response:
    """Show the form that proposes a correction, or a new contact."""
    known = await _known(request, actor)
    return await _form(request, known, contact, _one(known, contact))


@ROUTER.post("/{contact}")
async def propose(request: Request, actor: Pcmh, contact: str) -> Response:
    """Keep a proposal."""
    known = await _known(request, actor)
    entry = _one(known, contact)
    form = await form_of(request)
    base: dict[str, Any] = {"id": new_id("con"), "organisation": actor.organisation}
    if entry is not None:
        base = msgspec.to_builtins(entry)
    try:
        row = fields.row_of(form, "contact", _sheet(known, entry, None).fields(), base)
        reason = form.text("reason", "Why", longest=500, wanted=True)
        if not isinstance(row, ContactEntry):
            raise nothing()
        await directory_of(request).propose(actor, row, fields.seen_in(form), reason)
    except Refused as refusal:
        if refusal.status != 422:  # noqa: PLR2004  # what was typed is wrong
            raise
        return await _form(request, known, contact, entry, (refusal, form.typed()))
    return back("/contacts", "proposed")


async def _known(request: Request, actor: Actor) -> DirectoryFile:
    return await directory_of(request).standing(actor.organisation)


def _one(known: DirectoryFile, contact: str) -> ContactEntry | None:
    if contact == NEW:
        return None
    for one in known.contacts:
        if one.id == ours(contact):
            return one
    raise nothing()


def _sheet(
    known: DirectoryFile, entry: ContactEntry | None, typed: dict[str, list[str]] | None
) -> fields.Sheet:
    full = fields.sheet("contact", known, entry, typed)
    role = fields.roles_field()
    mine = tuple(pair for pair in role.options if pair[0] != "operations")
    when = (fields.Field(role.name, role.label, role.shape, mine, role.hint, wanted=True),)
    groups = (
        ("The person", fields.contact_person()),
        (
            "What they are for, and when",
            (*when, *fields.span_fields(), fields.backup_field(known, entry)),
        ),
    )
    return fields.Sheet(groups, full.values)


async def _form(
    request: Request,
    known: DirectoryFile,
    contact: str,
    entry: ContactEntry | None,
    wrong: tuple[Refused, dict[str, list[str]]] | None = None,
) -> Response:
    refusal, typed = wrong or (None, None)
    return page(
        request,
        "own_contact.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        sheet=_sheet(known, entry, typed),
        contact=contact,
        entry=entry,
        seen=await directory_of(request).seen("contact", contact),
        reason=(typed or {}).get("reason", [""])[0],
    )
