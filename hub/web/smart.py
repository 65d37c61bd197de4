"""SMART Backend Services: a system proves itself by a signed assertion and gets a short token.

`POST /oauth/token` takes client credentials with `private_key_jwt` (RFC 7523) under RS384 or ES384;
`/.well-known/smart-configuration` says so. Keys are those registered with the client: no address is
ever fetched. An assertion works once. Every refusal of a client looks the same.
"""

import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor, Client, Grant
from hub.web.guards import anyone
from hub.web.identity import HUB, address, hashed
from hub.web.openapi import shown
from hub.web.replies import reply
from hub.web.scopes import SCOPES
from hub.web.world import World, world_of

ROUTER = APIRouter(dependencies=[anyone()], tags=["identity"])
ALGORITHMS = ["RS384", "ES384"]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 300
LONGEST = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
_LONGEST_ASSERTION = 16_384
_LONGEST_JTI = 255


class Turned(Exception):
    """Why no token is given: an OAuth error word, and what to say to a known client's staff."""

    def __init__(self, error: str, words: str, client: Client | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.words = words
        self.client = client


@dataclass(frozen=True, slots=True)
class _Asked:
    """A checked assertion: whose, its id, and until when that must be remembered."""

    client: Client
    jti: str
    until: datetime


def token_url(world: World) -> str:
    """Return the address of the token endpoint, the `aud` every assertion must name."""
    return world.settings.public_url.rstrip("/") + "/oauth/token"


@ROUTER.get("/.well-known/smart-configuration", responses=shown("smart"))
async def read_configuration(request: Request) -> Response:
    """Return the SMART App Launch discovery document."""
    return reply(
        {
            "token_endpoint": token_url(world_of(request)),
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": list(SCOPES),
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-asymmetric"],
        }
    )


@ROUTER.post("/oauth/token", responses=shown("token"))
async def give_token(request: Request) -> Response:
    """Give an access token for at most 300 s to a client that proves itself (RFC 6749, 7523)."""
    world = world_of(request)
    try:
        form = _form(request, await request.body())
        asked = await _proven(world, form)
        scopes = _scopes(form.get("scope", ""), asked.client)
        token = "icpat_" + secrets.token_urlsafe(32)
        now = world.clock.now()
        grant = Grant(
            secret=hashed(token),
            client=asked.client,
            scopes=scopes,
            ends=now + timedelta(seconds=TOKEN_SECONDS),
            at=now,
        )
        if not await world.credentials.spend(grant, asked.jti, asked.until):
            raise Turned("invalid_client", "jti_used", asked.client)  # noqa: TRY301  # answered below like the others
    except Turned as turned:
        return await _turned(request, turned)
    answer = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS}
    answer["scope"] = " ".join(scopes)
    return reply(answer, headers={"cache-control": "no-store", "pragma": "no-cache"})


def _form(request: Request, body: bytes) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Turned("invalid_request", "form_expected")
    try:
        pairs = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise Turned("invalid_request", "form_unreadable") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Turned("invalid_request", "parameter_repeated")
    if form.get("grant_type") != "client_credentials":
        raise Turned("unsupported_grant_type", "grant_type")
    if form.get("client_assertion_type") != ASSERTION:
        raise Turned("invalid_client", "assertion_type")
    return form


async def _proven(world: World, form: dict[str, str]) -> _Asked:
    """Return the client that signed the assertion, every claim of it checked."""
    assertion = form.get("client_assertion", "")
    name = _issuer(assertion)
    client = await world.credentials.client(name)
    if client is None or form.get("client_id", name) != name:
        raise Turned("invalid_client", "client_unknown")
    claims = _verified(assertion, client)
    return _current(claims, client, token_url(world), world.clock.now())


def _issuer(assertion: str) -> str:
    """Return who an assertion says it is from, before anything of it is believed."""
    parts = assertion.split(".")
    if len(assertion) > _LONGEST_ASSERTION or len(parts) != 3:  # noqa: PLR2004  # a JWS has three parts
        raise Turned("invalid_client", "assertion_unreadable")
    try:
        claims = json.loads(_decoded(parts[1]))
        name = claims["iss"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Turned("invalid_client", "assertion_unreadable") from None
    if not isinstance(name, str) or not name.isprintable():
        raise Turned("invalid_client", "assertion_unreadable")
    return name


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _verified(assertion: str, client: Client) -> dict[str, Any]:
    try:
        keys = KeySet.import_key_set({"keys": list(client.jwks["keys"])})
        return jwt.decode(assertion, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError):
        raise Turned("invalid_client", "signature", client) from None


def _current(claims: dict[str, Any], client: Client, audience: str, now: datetime) -> _Asked:
    """Check the claims: iss = sub = client, aud = our address, exp at most 5 min ahead, a jti."""
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise Turned("invalid_client", "issuer", client)
    if claims.get("aud") not in (audience, [audience]):
        raise Turned("invalid_client", "audience", client)
    ends = _instant(claims.get("exp"), client)
    if not now - SKEW < ends <= now + LONGEST + SKEW:
        raise Turned("invalid_client", "expiry", client)
    for name in ("nbf", "iat"):
        if name in claims and _instant(claims[name], client) > now + SKEW:
            raise Turned("invalid_client", "not_yet", client)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI or not jti.isprintable():
        raise Turned("invalid_client", "jti", client)
    return _Asked(client, jti, ends + SKEW)


def _instant(value: object, client: Client) -> datetime:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            pass
    raise Turned("invalid_client", "expiry", client)


def _scopes(asked: str, client: Client) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(asked.split()))
    if not wanted or not set(wanted) <= set(client.scopes):
        raise Turned("invalid_scope", "scope", client)
    return wanted


async def _turned(request: Request, turned: Turned) -> Response:
    """Answer an OAuth error (RFC 6749, 5.2) and record it; the words stay with us."""
    world = world_of(request)
    noun = turned.client.id if turned.client else "client"
    count = world.limits.refusals.worth_telling(noun, turned.words)
    if count:
        whose = turned.client.organisation if turned.client else HUB
        actor = Actor(id=noun, organisation=whose, name="")
        await world.desk.note(actor, "access.refused", noun, code=turned.words, count=count)
    if turned.client is None:
        _slowed(request)
    status = 401 if turned.error == "invalid_client" else 400
    headers = {"cache-control": "no-store"}
    return Response(
        msgspec.json.encode({"error": turned.error}), status, headers, "application/json"
    )


def _slowed(request: Request) -> None:
    """Slow an address down that keeps guessing; `Refused` 429."""
    world_of(request).limits.strangers.take(address(request))
