"""Recording what a member signed: the form, what it lacks before it is kept, and the record.

The privacy officer's. A record is never edited, so a form that lacks an element its law asks for is
shown once more before it is kept. Whether a consent suits a release is never decided here.
"""

from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.forms import deficiencies
from consent.records import Consent, Expiry, Parties
from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import one, ours
from hub.web.world import world_of

if TYPE_CHECKING:
    from datetime import date

    from consent.terms import Authority, Kind, Method

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]


@ROUTER.get("/{member}/record")
async def ask(request: Request, actor: Officer, member: str) -> Response:
    """Show an empty form for a member, their payer filled in as discloser."""
    _ = actor
    row = await _member(request, member)
    return await _form(request, row, {"disclosers": [row["mco"]]})


@ROUTER.post("/{member}/record")
async def record(request: Request, actor: Officer, member: str) -> Response:
    """Record a consent; one that lacks something is asked about first."""
    row = await _member(request, member)
    form = await form_of(request)
    try:
        made = _consent(form, row, actor, request)
    except Refused as refusal:
        return await _form(request, row, form.typed(), refusal=refusal)
    lacks = deficiencies(made)
    if lacks and not form.ticked("as_it_is"):
        return await _form(request, row, form.typed(), lacks=lacks)
    await world_of(request).registry.grant(actor, made)
    return back(f"/privacy/members/{row['id']}", "granted")


def _consent(form: Form, row: dict[str, Any], actor: Actor, request: Request) -> Consent:
    now = world_of(request).clock.now()
    signed = form.day("signed_on", "Signed on")
    if signed is not None and signed > now.date():
        raise Refused("in_the_future", "“Signed on” lies in the future", status=422)
    kind = cast("Kind", form.one("kind", "Kind of consent", wording.KINDS_OF_CONSENT))
    method = cast("Method", form.one("method", "Given how", wording.METHODS))
    witness = form.text("witness", "Witness")
    if method == "verbal" and not witness:
        raise Refused("witness", "a spoken consent needs its witness's name", status=422)
    return Consent(
        id=new_id("cns"),
        member=row["id"],
        kind=kind,
        disclosers=Parties(organisations=_ids(form, "disclosers", "Who may disclose")),
        recipients=Parties(
            organisations=_ids(form, "recipients", "Who may receive"),
            classes=form.many("classes", "Who may receive", wording.CLASSES),
        ),
        purposes=form.many("purposes", "For which purposes", wording.PURPOSES),
        categories=form.many("categories", "What may be disclosed", wording.CATEGORIES),
        signed_on=signed,
        signed_by=form.text("signed_by", "Signed by"),
        authority=cast("Authority", form.one("authority", "As", wording.AUTHORITIES)),
        proven=form.ticked("proven"),
        method=method,
        witness=witness,
        expires=_expiry(form),
        statements=form.many("statements", "What the form says", wording.STATEMENTS),
        recorded_at=now,
        recorded_by=actor.id,
    )


def _ids(form: Form, name: str, label: str) -> frozenset[str]:
    """Return ticked organisations; ones that don't exist name nobody."""
    known = form.typed().get(name, [])
    return frozenset(ours(found) for found in form.many(name, label, known))


def _expiry(form: Form) -> Expiry:
    ends = form.one("ends", "Until", ("on", "event", "never", "unstated"))
    on: date | None = form.day("ends_on", "Until the day")
    event = form.text("ends_event", "Until the event")
    if (ends == "on" and on is None) or (ends == "event" and not event):
        raise Refused("ends", "say until which day or event the consent holds", status=422)
    return Expiry(
        on=on if ends == "on" else None,
        event=event if ends == "event" else "",
        never=ends == "never",
    )


async def _member(request: Request, member: str) -> dict[str, Any]:
    rows = await world_of(request).desk.ask("console_member", None, member=ours(member))
    return one(rows)


async def _form(
    request: Request,
    row: dict[str, Any],
    typed: dict[str, list[str]],
    *,
    refusal: Refused | None = None,
    lacks: tuple[str, ...] = (),
) -> Response:
    parties = await world_of(request).desk.ask("console_parties", None)
    return page(
        request,
        "consent_form.html",
        422 if refusal or lacks else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        typed=typed,
        lacks=lacks,
        senders=[one for one in parties if one["kind"] != "pcmh"],
        practices=[one for one in parties if one["kind"] == "pcmh"],
        words=wording,
    )
