"""Who is asking: a person's session, an API key, or an access token.

Guards and pages call `who`; the console's sign-in page calls `sign_in` and `sign_out` and puts the
cookie on its response. Secrets are compared as SHA-256 and never kept, logged or shown. Every way
to fail a sign-in looks the same and takes as long.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.asked import Actor, Lock, Session
from hub.canonical import Sealed
from hub.errors import Refused
from hub.web import passwords
from hub.web.world import world_of

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from hub.asked import Account
    from hub.settings import Settings
    from hub.web.world import World

HUB = "hub"
ANONYMOUS = Actor(id="anonymous", organisation=HUB, name="")
IDLE_SECONDS = 1800.0
LONGEST = timedelta(hours=12)
_LONGEST_SECRET = 512


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn(Sealed):
    """A fresh session: the cookie's token, the CSRF token for forms, and whose it is."""

    token: str
    csrf: str
    actor: Actor


def organisation_of(actor: Actor) -> str | None:
    """Return the organisation whose rows an actor may see; None for the hub's own staff: all."""
    return None if actor.organisation == HUB else actor.organisation


async def who(request: HTTPConnection) -> Actor:
    """Return who asks; `Refused` 401 when nobody known does. Asked once per request."""
    state = request.scope.setdefault("state", {})
    if "actor" not in state:
        given = request.headers.get("authorization")
        state["actor"] = await (_by_session(request) if given is None else _bearer(request, given))
    found: Actor = state["actor"]
    return found


def csrf_of(request: HTTPConnection) -> str:
    """Return the token that forms of this session must send back; empty without a session."""
    session: Session | None = request.scope.get("state", {}).get("session")
    return session.csrf if session else ""


async def _bearer(request: HTTPConnection, header: str) -> Actor:
    world = world_of(request)
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _LONGEST_SECRET:
        raise _unknown()
    found = await world.credentials.credential(hashed(secret))
    if found is None or (found.ends_at is not None and found.ends_at <= world.clock.now()):
        raise _unknown()
    return Actor(id=found.id, organisation=found.organisation, name=found.name, scopes=found.scopes)


async def _by_session(request: HTTPConnection) -> Actor:
    world = world_of(request)
    token = request.cookies.get(cookie_name(world.settings), "")
    if not token or len(token) > _LONGEST_SECRET:
        raise _unknown()
    session = await world.people.session(hashed(token), world.clock.now(), IDLE_SECONDS)
    if session is None:
        raise _unknown()
    request.scope["state"]["session"] = session
    return Actor(
        id=session.account,
        organisation=session.organisation,
        name=session.name,
        roles=session.roles,
    )


def _unknown() -> Refused:
    return Refused("unauthenticated", "sign in, or send a valid credential", status=401)


def hashed(secret: str) -> bytes:
    """Return the SHA-256 under which a random secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


async def sign_in(request: HTTPConnection, login: str, password: str, code: str) -> SignedIn:
    """Sign a person in by password and, where they have one, TOTP code; always a new session.

    `Refused` 401 `sign_in_failed` for every wrong part alike, 429 when one address tries too often.
    """
    world = world_of(request)
    world.limits.sign_ins.take(address(request))
    at = world.clock.now()
    name = login.strip().lower()
    account = await world.people.attempt(name, at, Lock()) if passwords.sayable(name) else None
    kept = account.password if account else passwords.NOBODYS
    async with world.limits.hashing:
        right = await asyncio.to_thread(passwords.right, kept, password)
    counter = passwords.totp_counter(account.totp, code, at) if account and account.totp else None
    if account is None or not right or (account.totp and counter is None):
        raise await _failed(world, account)
    if not await world.people.passed(account.id, counter):
        raise await _failed(world, account)
    if passwords.outdated(kept):
        async with world.limits.hashing:
            fresh = await asyncio.to_thread(passwords.hashed, password)
        await world.people.rehash(account.id, fresh)
    return await _session(request, account)


async def _failed(world: World, account: Account | None) -> Refused:
    noun = account.id if account else "account"
    count = world.limits.refusals.worth_telling(noun, "sign_in_failed")
    if count:
        whose = account.organisation if account else HUB
        actor = Actor(id=noun if account else ANONYMOUS.id, organisation=whose, name="")
        await world.desk.note(actor, "access.refused", noun, code="sign_in_failed", count=count)
    return Refused(
        "sign_in_failed", "the name, password or code is wrong, or it is too soon", status=401
    )


async def _session(request: HTTPConnection, account: Account) -> SignedIn:
    world = world_of(request)
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session = Session(
        account=account.id,
        organisation=account.organisation,
        name=account.name,
        roles=account.roles,
        csrf=csrf,
    )
    at = world.clock.now()
    before = request.cookies.get(cookie_name(world.settings))
    replaces = hashed(before) if before else None
    await world.people.open_session(hashed(token), session, at, at + LONGEST, replaces)
    actor = Actor(
        id=account.id, organisation=account.organisation, name=account.name, roles=account.roles
    )
    return SignedIn(token, csrf, actor)


async def sign_out(request: HTTPConnection) -> None:
    """End the session of a request's cookie, if it has one."""
    world = world_of(request)
    token = request.cookies.get(cookie_name(world.settings))
    if token:
        await world.people.close_session(hashed(token))


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; the prefix makes browsers insist on HTTPS and our host."""
    return "__Host-icp_session" if settings.secure_cookies else "icp_session"


def set_cookie(response: Response, settings: Settings, token: str) -> None:
    """Put the session's cookie on a response."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the session's cookie away."""
    response.delete_cookie(
        cookie_name(settings), secure=settings.secure_cookies, httponly=True, samesite="lax"
    )


def address(request: HTTPConnection) -> str:
    """Return the caller's address as the server saw it; only a key for limits, never kept."""
    return request.client.host if request.client else "?"
