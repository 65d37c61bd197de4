"""A plan given by phone, by voice mail or in person, written down in a form and attested (001-27).

For an MCO's own staff, and for integration staff on an MCO's behalf. What is sent becomes a
document of its own and goes down the same line as any file: nothing is decided or sent from here. A
consent is never taken by this form.
"""

import re
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.intake import VaultUpload
from hub.ports import Accepted, Envelope
from hub.web.guards import allowed
from hub.web.pages import phone_form
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
PATH = "/phone"
Staff = Annotated[Actor, allowed(roles=("mco", "integration"))]
_KEY = re.compile(r"frm_[0-9a-z]{26}", re.ASCII)


@ROUTER.get(PATH)
async def ask(request: Request, actor: Staff) -> Response:
    """Show an empty form."""
    return await _form(request, actor, None, new_id("frm"), phone_form.shown_rows(None), [])


@ROUTER.post(PATH)
async def take(request: Request, actor: Staff) -> Response:
    """Add a row, or take the form in; what is missing is told with everything still typed."""
    form = await form_of(request)
    typed = form.secret("key")
    key = typed if _KEY.fullmatch(typed) else new_id("frm")
    what, _, part = form.secret("do").partition(":")
    if what != "send":
        rows = phone_form.shown_rows(form, part)
        return await _form(request, actor, form, key, rows, [], fresh=part)
    filled = phone_form.read(form, key, actor, world_of(request).clock.now())
    mco, wrong = await _whose(request, actor, form)
    missing = [*wrong, *filled.missing]
    rows = phone_form.shown_rows(form)
    if missing:
        return await _form(request, actor, form, key, rows, missing)
    try:
        accepted = await _take_in(request, actor, mco, key, filled.content())
    except Refused as refusal:
        if refusal.code != "idempotency_key_reused":
            raise
        sent = [("caller", "this form was sent before, as it was then; open a new one")]
        return await _form(request, actor, form, key, rows, sent)
    home = "/mco/submissions" if actor.organisation == mco else "/integration/submissions"
    return back(f"{home}/{accepted.submission}", "taken")


async def _whose(request: Request, actor: Actor, form: Form) -> tuple[str, list[tuple[str, str]]]:
    """Return the MCO whose plan it is: the person's own, or the one that staff chose."""
    if "integration" not in actor.roles:
        return actor.organisation, []
    chosen = form.text("mco", "On behalf of")
    known = {row["id"] for row in await _senders(request)}
    if chosen not in known:
        return "", [("mco", "choose on behalf of which health plan")]
    return ours(chosen), []


async def _senders(request: Request) -> list[dict[str, str]]:
    rows = await world_of(request).desk.ask("console_parties", None)
    return [row for row in rows if row["kind"] == "mco"]


async def _named(request: Request) -> list[tuple[str, str]]:
    return [(row["id"], row["name"]) for row in await _senders(request)]


async def _take_in(request: Request, actor: Actor, mco: str, key: str, content: bytes) -> Accepted:
    """Make the form document a submission, durable before anybody is told."""
    envelope = Envelope(
        organisation=mco,
        channel="phone",
        actor=actor.id,
        name="phone form",
        media_type=phone_form.MEDIA_TYPE,
        idempotency_key=key,
    )
    upload = VaultUpload(world_of(request).inbox, envelope)
    await upload.write(content)
    return await upload.commit()


async def _form(  # noqa: PLR0913  # what was asked and everything the page repeats
    request: Request,
    actor: Actor,
    form: Form | None,
    key: str,
    rows: dict[str, int],
    missing: list[tuple[str, str]],
    *,
    fresh: str = "",
) -> Response:
    staff = "integration" in actor.roles
    return page(
        request,
        "phone.html",
        422 if missing else 200,
        typed=form.typed() if form is not None else {},
        key=key,
        rows=rows,
        fresh=fresh,
        missing=missing,
        wrong=dict(missing),
        senders=[("", "choose a health plan"), *await _named(request)] if staff else [],
        staff=staff,
        form=phone_form,
    )
