"""Recording what a member signed: five steps, what is wrong by clause, and what it changes.

The privacy officer's. What was typed goes from step to step inside the form, never in an address.
The last step shows the effect of the draft on every recipient before anything is recorded. A record
is never edited, so one that lacks an element its law asks for is recorded only when they say so. A
newer form that replaces one on file takes the same steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from hub.asked import Actor
from hub.errors import Refused
from hub.foreseeing import compare, readers
from hub.ids import new_id
from hub.web.consent_bodies import faults_of
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.consent_typed import FIELDS, STEPS, About, checked, typed_consent, typed_of
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import officer_of, world_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consent.checking import Fault
    from consent.records import Consent

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
LAST = len(STEPS)
_WHERE = (
    (1, ("discloser", "recipient", "intermediary", "proceedings")),
    (2, ("description", "purpose", "how much", "categories")),
    (3, ("signature", "date", "written", "authority", "witness", "approval")),
    (LAST, ("scan",)),
)
"""At which step a fault is mended, by words of its element; else at the fourth."""


@ROUTER.get("/{member}/record")
async def ask(request: Request, actor: Officer, member: str, instead: str = "") -> Response:
    """Show the first step for a member, or with what a consent on file says, to replace it."""
    row = await _member(request, member)
    typed = {"disclosers": [row["mco"]]}
    if instead:
        typed = typed_of(await _replaced(request, row, instead))
    return await _step(request, actor, row, typed, 1)


@ROUTER.post("/{member}/record")
async def record(request: Request, actor: Officer, member: str) -> Response:
    """Go to another step, or record the consent; one that lacks something is asked about first."""
    row = await _member(request, member)
    form = await form_of(request)
    typed = _typed(form)
    at, go = _at(form), form.text("go", "Step") or "record"
    if go != "record":
        return await _moved(request, actor, row, form, (at, go))
    world = world_of(request)
    now = world.clock.now()
    try:
        checked(form, 3, now)
        about = About(id=new_id("cns"), member=row["id"], actor=actor.id, now=now)
        made = typed_consent(form, about, strict=True)
    except Refused as refusal:
        wrong = at if at < LAST else _wrong_step(form, request)
        return await _step(request, actor, row, typed, wrong, refusal=refusal)
    weights = {one.weight for one in faults_of(made, now, world.policy)}
    if "impossible" in weights or ("deficient" in weights and not form.ticked("as_it_is")):
        return await _step(request, actor, row, typed, LAST, lacking=True)
    try:
        await _kept(request, actor, row, form, made)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _step(request, actor, row, typed, LAST, refusal=refusal)
    return back(f"/privacy/consents/{made.id}", "granted")


async def _kept(
    request: Request, actor: Actor, row: dict[str, Any], form: Form, made: Consent
) -> None:
    """Record the consent, in place of another where the form says so."""
    registry = world_of(request).registry
    instead = form.text("instead", "Replaces")
    if instead:
        old = await _replaced(request, row, instead)
        await registry.supersede(actor, old.id, made)
    else:
        await registry.grant(actor, made)


async def _replaced(request: Request, row: dict[str, Any], consent: str) -> Consent:
    """Return a consent of the member; `Refused` 404 when it isn't theirs."""
    found = await world_of(request).registry.consent(ours(consent))
    if found.member != row["id"]:
        raise nothing()
    return found


async def _moved(
    request: Request, actor: Actor, row: dict[str, Any], form: Form, where: tuple[int, str]
) -> Response:
    """Show the step asked for; going on from one whose fields are wrong shows it again."""
    at, go = where
    typed = _typed(form)
    if go == "next":
        try:
            checked(form, at, world_of(request).clock.now())
        except Refused as refusal:
            return await _step(request, actor, row, typed, at, refusal=refusal)
    to = {"next": at + 1, "back": at - 1}.get(go, int(go) if go.isdecimal() else at)
    return await _step(request, actor, row, typed, max(1, min(LAST, to)))


def _typed(form: Form) -> dict[str, list[str]]:
    return {name: given for name, given in form.typed().items() if name in FIELDS}


def _at(form: Form) -> int:
    given = form.text("step", "Step")
    return max(1, min(LAST, int(given))) if given.isdecimal() and len(given) == 1 else LAST


def _wrong_step(form: Form, request: Request) -> int:
    """Return the first step whose fields are wrong."""
    for at in range(1, LAST):
        try:
            checked(form, at, world_of(request).clock.now())
        except Refused:
            return at
    return 1


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
    """Show one step of the form, with every fault the form has so far."""
    world = world_of(request)
    now = world.clock.now()
    parties = await world.desk.ask("console_parties", None)
    people = await world.desk.ask("console_contacts", None)
    form = Form(FormData([(name, one) for name, given in typed.items() for one in given]))
    about = About(id="draft", member=row["id"], actor=actor.id, now=now)
    draft = typed_consent(form, about, strict=False)
    return page(
        request,
        "consent_form.html",
        422 if refusal or lacking else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        typed=typed,
        at=at,
        steps=[title for title, _ in STEPS],
        carried=_carried(typed, at),
        faults=_sorted(faults_of(draft, now, world.policy)),
        draft=draft,
        changes=await _foreseen(request, actor, draft) if at == LAST else [],
        senders=[one for one in parties if one["kind"] != "pcmh"],
        practices=[one for one in parties if one["kind"] == "pcmh"],
        people=people,
        names={one["id"]: one["name"] for one in (*parties, *people)} | {"hub": "This hub"},
        days=world.policy.approval_after_days,
        words=wording,
    )


def _carried(typed: dict[str, list[str]], at: int) -> list[tuple[str, str]]:
    """Return the fields of the other steps, which go along hidden."""
    here = STEPS[at - 1][1]
    return [(name, value) for name, given in typed.items() if name not in here for value in given]


def _sorted(faults: Sequence[Fault]) -> dict[str, list[tuple[Fault, int]]]:
    """Return faults by weight, each with the step that mends it."""
    found: dict[str, list[tuple[Fault, int]]] = {}
    for fault in faults:
        found.setdefault(fault.weight, []).append((fault, _step_of(fault.element)))
    return found


async def _foreseen(request: Request, actor: Actor, draft: Consent) -> list[Any]:
    """Return what the draft would change for each recipient of the newest plan."""
    sight = await officer_of(request).sight(actor, draft.member)
    now = world_of(request).clock.now()
    if sight.plan is None:
        return []
    after = (*sight.consents, replace(draft, recorded_at=min(draft.recorded_at, now)))
    policy = world_of(request).policy
    return [compare(sight, reader, after, now, policy) for reader in readers(sight, now)]


def _step_of(element: str) -> int:
    for number, names in _WHERE:
        if any(word in element for word in names):
            return number
    return 4
