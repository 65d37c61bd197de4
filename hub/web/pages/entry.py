"""Signing in and out, the landing page, and a person's own password and sign-in codes.

`hub.web.identity` decides who somebody is; these pages only ask it. Every wrong part of a sign-in
is answered alike.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Annotated, Any, get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Account, Actor, Lock, Role
from hub.errors import Refused
from hub.web import passwords
from hub.web.guards import allowed, anyone, same_site
from hub.web.identity import (
    clear_cookie,
    cookie_name,
    hashed,
    set_cookie,
    sign_in,
    sign_out,
    who,
)
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import SIGN_IN, back, home_of, page
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Person = Annotated[Actor, allowed(roles=get_args(Role))]
_OURS = re.compile(r"/(?!/)[A-Za-z0-9/_.-]{0,200}")


@ROUTER.get("/")
async def land(actor: Person) -> Response:
    """Send a person to the home of their role."""
    return back(home_of(actor))


@ROUTER.get(SIGN_IN, dependencies=[anyone()])
async def ask_who(request: Request) -> Response:
    """Show the sign-in form, or the home page to whoever is signed in."""
    try:
        actor = await who(request)
    except Refused:
        return _asked(request, _wanted(request.query_params.get("next", "")))
    return back(home_of(actor))


@ROUTER.post(SIGN_IN, dependencies=[anyone()])
async def let_in(request: Request) -> Response:
    """Sign a person in; whatever was wrong is told in one sentence."""
    if same_site(request) is False:
        raise Refused("other_site", "this request came from another site", status=403)
    form = await form_of(request)
    wanted = _wanted(form.secret("next"))
    login, code = form.secret("login"), form.secret("code")
    try:
        made = await sign_in(request, login, form.secret("password"), code)
    except Refused as refusal:
        alert = {
            HTTPStatus.UNAUTHORIZED: "The name, password or code is wrong, or it is too soon. "
            "After five wrong tries an account rests for a minute, then longer.",
        }.get(HTTPStatus(refusal.status), "Too many tries from here. Wait a moment.")
        return _asked(request, wanted, alert, refusal.status)
    response = back(wanted if wanted != "/" else home_of(made.actor))
    set_cookie(response, world_of(request).settings, made.token)
    return response


@ROUTER.post("/sign-out")
async def let_out(request: Request, actor: Person) -> Response:
    """End the session."""
    _ = actor
    await sign_out(request)
    response = back(SIGN_IN, "signed_out")
    clear_cookie(response, world_of(request).settings)
    return response


@ROUTER.get("/account")
async def own_account(request: Request, actor: Person) -> Response:
    """Show a person their account."""
    return await _account(request, actor)


@ROUTER.post("/account/password")
async def change_password(request: Request, actor: Person) -> Response:
    """Change a password, given the old one; every other session of the person ends."""
    world, form = world_of(request), await form_of(request)
    fresh = form.secret("fresh")
    try:
        _checked(fresh == form.secret("again"), "the two new passwords differ")
        account = await _proven(request, actor, form)
        async with world.limits.hashing:
            kept = await asyncio.to_thread(passwords.hashed, fresh)
    except Refused as refusal:
        return await _account(request, actor, refusal)
    token = hashed(request.cookies.get(cookie_name(world.settings), ""))
    await world.people.set_password(actor, account.id, kept, world.clock.now(), token)
    return back("/account", "password")


@ROUTER.post("/account/codes")
async def set_codes(request: Request, actor: Person) -> Response:
    """Turn sign-in codes on, once a code of the new seed was typed; or off, given the password."""
    world, form = world_of(request), await form_of(request)
    seed, off = form.secret("seed"), form.ticked("off")
    try:
        _checked(off or _is_seed(seed), "the key is damaged; open the page again")
        account = await _proven(request, actor, form)
        at = world.clock.now()
        fits = off or passwords.totp_counter(seed, form.secret("code"), at) is not None
        _checked(fits, "the code does not belong to this key")
    except Refused as refusal:
        return await _account(request, actor, refusal, seed)
    await world.people.set_totp(actor, account.id, "" if off else seed, at)
    return back("/account", "totp_off" if off else "totp")


async def _proven(request: Request, actor: Actor, form: Form) -> Account:
    """Return the person's account after their password was right; wrong ones are counted."""
    world = world_of(request)
    world.limits.sign_ins.take(actor.id)
    login = str((await _own(request, actor))["login"])
    account = await world.people.attempt(login, world.clock.now(), Lock())
    kept = account.password if account else passwords.NOBODYS
    async with world.limits.hashing:
        right = await asyncio.to_thread(passwords.right, kept, form.secret("password"))
    if account is None or not right:
        raise Refused("password", "the present password is wrong, or it is too soon", status=422)
    await world.people.passed(account.id, None)
    return account


async def _own(request: Request, actor: Actor) -> dict[str, Any]:
    rows = await world_of(request).people.accounts(actor.organisation)
    return next(row for row in rows if row["id"] == actor.id)


async def _account(
    request: Request, actor: Actor, refusal: Refused | None = None, seed: str = ""
) -> Response:
    row = await _own(request, actor)
    seed = seed if _is_seed(seed) else passwords.new_seed()
    return page(
        request,
        "account.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        seed=seed,
        uri=passwords.totp_uri(seed, row["login"]),
        shortest=passwords.SHORTEST,
    )


def _checked(right: bool, otherwise: str) -> None:
    """Go on when something is right; `Refused` 422 with what to do otherwise."""
    if not right:
        raise Refused("incomplete", otherwise, status=422)


def _is_seed(text: str) -> bool:
    return re.fullmatch(r"[A-Z2-7]{32}", text) is not None


def _asked(
    request: Request, wanted: str, alert: str | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Return the sign-in page; it never repeats what was typed."""
    request.scope["state"].pop("actor", None)
    return page(request, "sign_in.html", status, alert=alert, wanted=wanted)


def _wanted(path: str) -> str:
    """Return a path of ours to go on to, or the landing page for anything else."""
    return path if _OURS.fullmatch(path) else "/"
