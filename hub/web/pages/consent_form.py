"""Recording what a member signed: five steps, what is still missing by clause, and what it changes.

The privacy officer's. What was typed goes from step to step inside the form, never in an address.
The last step shows the effect of the draft on every recipient before anything is recorded. A record
is never edited, so one that lacks an element its law asks for is recorded only when they say so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from consent.forms import deficiencies
from consent.records import Consent, Expiry, Parties
from hub.asked import Actor
from hub.errors import Refused
from hub.foreseeing import compare, readers
from hub.ids import new_id
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.filled import Form, form_of
from hub.web.pages.privacy_members import waits_for_second
from hub.web.pages.shell import back, page
from hub.web.replies import one, ours
from hub.web.world import officer_of, world_of

if TYPE_CHECKING:
    from datetime import date

    from consent.terms import Authority, Kind, Method

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Kind and parties", ("kind", "disclosers", "recipients", "classes")),
    ("What and for what", ("categories", "purposes")),
    ("Signature", ("signed_by", "authority", "proven", "signed_on", "method", "witness")),
    ("End and statements", ("ends", "ends_on", "ends_event", "statements")),
    ("Check and record", ()),
)
"""The steps of the form: a title, and the fields that each asks for."""

LAST = len(STEPS)
_FIELDS = frozenset(name for _, names in STEPS for name in names)
_WHERE = (
    (1, ("discloser", "recipient", "intermediary", "proceedings")),
    (2, ("description", "purpose", "how much")),
    (3, ("signature", "date", "written")),
)
"""At which step a missing element is filled in, by words of its name; else at the fourth."""


@ROUTER.get("/{member}/record")
async def ask(request: Request, actor: Officer, member: str) -> Response:
    """Show the first step for a member, their payer filled in as discloser."""
    row = await _member(request, member)
    return await _step(request, actor, row, {"disclosers": [row["mco"]]}, 1)


@ROUTER.post("/{member}/record")
async def record(request: Request, actor: Officer, member: str) -> Response:
    """Go to another step, or record the consent; one that lacks something is asked about first."""
    row = await _member(request, member)
    form = await form_of(request)
    typed = {name: given for name, given in form.typed().items() if name in _FIELDS}
    at, go = _at(form), form.text("go", "Step") or "record"
    if go != "record":
        return await _moved(request, actor, row, form, (at, go))
    try:
        made = _consent(form, row, actor, request)
    except Refused as refusal:
        wrong = at if at < LAST else _wrong_step(form, request)
        return await _step(request, actor, row, typed, wrong, refusal=refusal)
    if deficiencies(made) and not form.ticked("as_it_is"):
        return await _step(request, actor, row, typed, LAST, lacking=True)
    await world_of(request).registry.grant(actor, made)
    return back(f"/privacy/members/{row['id']}", "granted")


async def _moved(
    request: Request, actor: Actor, row: dict[str, Any], form: Form, where: tuple[int, str]
) -> Response:
    """Show the step asked for; going on from one whose fields are wrong shows it again."""
    at, go = where
    typed = {name: given for name, given in form.typed().items() if name in _FIELDS}
    if go == "next":
        try:
            _checked(form, at, request)
        except Refused as refusal:
            return await _step(request, actor, row, typed, at, refusal=refusal)
    to = {"next": at + 1, "back": at - 1}.get(go, int(go) if go.isdecimal() else at)
    return await _step(request, actor, row, typed, max(1, min(LAST, to)))


def _at(form: Form) -> int:
    given = form.text("step", "Step")
    return max(1, min(LAST, int(given))) if given.isdecimal() and len(given) == 1 else LAST


def _checked(form: Form, at: int, request: Request) -> None:
    """Refuse what is wrong at one step; what is only missing is no mistake yet."""
    if at == 3:  # noqa: PLR2004  # the step of the signature
        _signature(form, request)
    if at == 4:  # noqa: PLR2004  # the step of the end
        _expiry(form)


def _wrong_step(form: Form, request: Request) -> int:
    """Return the first step whose fields are wrong."""
    for at in range(1, LAST):
        try:
            _checked(form, at, request)
        except Refused:
            return at
    return 1


def _signature(form: Form, request: Request) -> tuple[date | None, Method, str]:
    """Return day, method and witness of the signature, as far as they fit together."""
    signed = form.day("signed_on", "Signed on")
    if signed is not None and signed > world_of(request).clock.now().date():
        raise Refused("in_the_future", "“Signed on” lies in the future", status=422)
    method = cast("Method", form.one("method", "Given how", wording.METHODS))
    witness = form.text("witness", "Witness")
    if method == "verbal" and not witness:
        raise Refused("witness", "a spoken consent needs its witness's name", status=422)
    return signed, method, witness


def _consent(form: Form, row: dict[str, Any], actor: Actor, request: Request) -> Consent:
    signed, method, witness = _signature(form, request)
    return Consent(
        id=new_id("cns"),
        member=row["id"],
        kind=cast("Kind", form.one("kind", "Kind of consent", wording.KINDS_OF_CONSENT)),
        disclosers=Parties(organisations=_ids(form, "disclosers", "Who may disclose")),
        recipients=Parties(
            organisations=_ids(form, "recipients", "Who may receive"),
            classes=form.many("classes", "Who may receive", wording.CLASSES),
        ),
        purposes=form.many("purposes", "For which purposes", wording.PURPOSES_OF_A_FORM),
        categories=form.many("categories", "What may be disclosed", wording.CATEGORIES),
        signed_on=signed,
        signed_by=form.text("signed_by", "Signed by"),
        authority=cast("Authority", form.one("authority", "As", wording.AUTHORITIES)),
        proven=form.ticked("proven"),
        method=method,
        witness=witness,
        expires=_expiry(form),
        statements=form.many("statements", "What the form says", wording.STATEMENTS),
        recorded_at=world_of(request).clock.now(),
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


async def _step(  # noqa: PLR0913  # a page and all it shows
    request: Request,
    actor: Actor,
    row: dict[str, Any],
    typed: dict[str, list[str]],
    at: int,
    *,
    refusal: Refused | None = None,
    lacking: bool = False,
) -> Response:
    """Show one step of the form, with what is still missing so far."""
    parties = await world_of(request).desk.ask("console_parties", None)
    draft = _draft(typed, row, actor, request)
    lacks = deficiencies(draft)
    changes = await _foreseen(request, actor, draft) if at == LAST else []
    return page(
        request,
        "consent_form.html",
        422 if refusal or lacking else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        typed=typed,
        at=at,
        steps=[title for title, _ in STEPS],
        carried=[
            (name, value)
            for number, (_, names) in enumerate(STEPS, 1)
            for name in names
            for value in typed.get(name, ())
            if number != at
        ],
        lacks=[(name, _step_of(name)) for name in lacks],
        draft=draft,
        second=waits_for_second(draft),
        changes=changes,
        senders=[one for one in parties if one["kind"] != "pcmh"],
        practices=[one for one in parties if one["kind"] == "pcmh"],
        names={one["id"]: one["name"] for one in parties},
        words=wording,
    )


async def _foreseen(request: Request, actor: Actor, draft: Consent) -> list[Any]:
    """Return what the draft would change for each recipient of the newest plan."""
    sight = await officer_of(request).sight(actor, draft.member)
    now = world_of(request).clock.now()
    if sight.plan is None:
        return []
    after = (*sight.consents, replace(draft, recorded_at=min(draft.recorded_at, now)))
    return [compare(sight, reader, after, now) for reader in readers(sight, now)]


def _step_of(element: str) -> int:
    for number, names in _WHERE:
        if any(word in element for word in names):
            return number
    return 4


def _draft(
    typed: dict[str, list[str]], row: dict[str, Any], actor: Actor, request: Request
) -> Consent:
    """Return what is typed so far as a consent; what isn't there or wrong yet is left out."""
    form = Form(FormData([(name, one) for name, given in typed.items() for one in given]))

    def first(name: str, known: Any, default: str) -> Any:  # noqa: ANN401  # one of the known words
        given = typed.get(name, [default])[0]
        return given if given in known else default

    def known(name: str, table: Any) -> frozenset[str]:  # noqa: ANN401  # the known words
        return frozenset(typed.get(name, ())) & frozenset(table)

    try:
        expires = _expiry(form)
    except Refused:
        expires = Expiry()
    try:
        signed = form.day("signed_on", "")
    except Refused:
        signed = None
    return Consent(
        id="draft",
        member=row["id"],
        kind=first("kind", wording.KINDS_OF_CONSENT, "tpo"),
        disclosers=Parties(organisations=frozenset(typed.get("disclosers", ()))),
        recipients=Parties(
            organisations=frozenset(typed.get("recipients", ())),
            classes=known("classes", wording.CLASSES),
        ),
        purposes=known("purposes", wording.PURPOSES_OF_A_FORM),
        categories=known("categories", wording.CATEGORIES),
        signed_on=signed,
        signed_by=typed.get("signed_by", [""])[0].strip(),
        authority=first("authority", wording.AUTHORITIES, "member"),
        proven=bool(typed.get("proven")),
        method=first("method", wording.METHODS, "paper"),
        witness=typed.get("witness", [""])[0].strip(),
        expires=expires,
        statements=known("statements", wording.STATEMENTS),
        recorded_at=world_of(request).clock.now(),
        recorded_by=actor.id,
    )
