"""Access tokens of practices' FHIR servers: SMART Backend Services, the hub being the client.

`fhir_send` asks for a token before it sends. The hub proves itself by an assertion signed with the
endpoint's own key (RFC 7523, RS384 or ES384); a token is kept in memory until shortly before its
end. Nothing of a plan has left while a token is asked for, so its failures are never in doubt.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from hub.channels.fhir_outcomes import parsed
from hub.channels.posting import wait_of
from hub.channels.requesting import Request
from hub.errors import Trouble

if TYPE_CHECKING:
    from hub.channels.requesting import Answer, Requester
    from hub.ports import Clock, Endpoint

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE: Final = "system/*.cruds"
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_GOOD: Final = range(200, 300)
_TRANSIENT: Final = frozenset({408, 425, 429})
_LIFE: Final = 240
_EARLY: Final = 30.0
_LONGEST: Final = 3600.0


class Tokens:
    """Tokens by endpoint, asked for once at a time."""

    def __init__(self, requester: Requester, clock: Clock) -> None:
        self._requester = requester
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def header(self, endpoint: Endpoint) -> dict[str, str]:
        """Return the `Authorization` header of an endpoint, or none where it needs none."""
        auth = endpoint.options.get("auth", "none")
        if auth == "none":
            return {}
        if auth == "bearer":
            return {"authorization": f"Bearer {_secret(endpoint, 'token')}"}
        if auth == "smart":
            return {"authorization": f"Bearer {await self._token(endpoint)}"}
        raise Trouble(
            "permanent", "bad_option", "the endpoint's `auth` must be none, bearer or smart"
        )

    def renewable(self, endpoint: Endpoint, refused: str) -> bool:
        """Drop a token in a header that a server refused; say whether another can be had."""
        key = _key(endpoint)
        if refused == f"Bearer {self._kept.get(key, ('', 0.0))[0]}":
            del self._kept[key]
        return endpoint.options.get("auth") == "smart"

    async def _token(self, endpoint: Endpoint) -> str:
        key = _key(endpoint)
        async with self._asking.setdefault(key, asyncio.Lock()):
            token, ends = self._kept.get(key, ("", 0.0))
            if self._clock.now().timestamp() >= ends:
                token, life = await self._given(endpoint)
                self._kept[key] = token, self._clock.now().timestamp() + life
        return token

    async def _given(self, endpoint: Endpoint) -> tuple[str, float]:
        """Ask for a token; return it and for how many seconds to use it."""
        url = endpoint.options.get("token_url") or await self._discovered(endpoint)
        form = {
            "grant_type": "client_credentials",
            "scope": endpoint.options.get("scope", SCOPE),
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(endpoint, url),
        }
        asked = Request(endpoint.id, "POST", url, _FORM, urlencode(form).encode())
        answer = await self._asked(asked)
        told = parsed(answer.body)
        token, life = told.get("access_token"), told.get("expires_in", 0)
        if answer.status not in _GOOD or not isinstance(token, str) or not token:
            raise self._refused(answer)
        given = float(life) if isinstance(life, (int, float)) else 0.0
        return token, min(max(given - _EARLY, 0.0), _LONGEST)

    async def _discovered(self, endpoint: Endpoint) -> str:
        """Return the token endpoint the server names in its SMART configuration."""
        url = endpoint.address.rstrip("/") + "/.well-known/smart-configuration"
        asked = Request(endpoint.id, "GET", url, {"accept": "application/json"})
        answer = await self._asked(asked)
        found = parsed(answer.body).get("token_endpoint")
        if answer.status not in _GOOD or not isinstance(found, str):
            raise self._refused(answer)
        return found

    async def _asked(self, request: Request) -> Answer:
        try:
            return await self._requester.ask(request)
        except Trouble as trouble:
            if trouble.kind != "ambiguous":
                raise
            what = "the token server gave no answer"
            raise Trouble("transient", "token_no_answer", what) from None

    def _refused(self, answer: Answer) -> Trouble:
        status = answer.status
        if status in _TRANSIENT or status >= 500:  # noqa: PLR2004  # HTTP's server error class
            after = wait_of(answer.retry_after, self._clock.now())
            what = "the token server asks to try later"
            return Trouble("transient", f"token_{status}", what, retry_after=after)
        what = "the practice's token server refuses the hub; check client id, key and scope"
        return Trouble("permanent", f"token_{status}", what)

    def _assertion(self, endpoint: Endpoint, audience: str) -> str:
        """Return a signed assertion for the token endpoint, good for four minutes."""
        name = endpoint.options.get("client_id", "")
        now = int(self._clock.now().timestamp())
        claims = {"iss": name, "sub": name, "aud": audience, "jti": secrets.token_urlsafe(24)}
        given = {**claims, "iat": now, "exp": now + _LIFE}
        try:
            key = _opened(_secret(endpoint, "private_key"))
            head = {"alg": "ES384" if isinstance(key, ECKey) else "RS384", "typ": "JWT"}
            if kid := endpoint.options.get("kid") or key.kid:
                head["kid"] = kid
            return jwt.encode(head, given, key, algorithms=[head["alg"]])
        except (JoseError, ValueError, KeyError, TypeError):
            what = "the endpoint's `private_key` must be an RSA or P-384 key, as PEM or JWK"
            raise Trouble("permanent", "bad_private_key", what) from None


def _opened(text: str) -> RSAKey | ECKey:
    held = json.loads(text) if text.lstrip().startswith("{") else text
    if isinstance(held, dict):
        return ECKey.import_key(held) if held.get("kty") == "EC" else RSAKey.import_key(held)
    try:
        return RSAKey.import_key(held)
    except (JoseError, ValueError, TypeError):
        return ECKey.import_key(held)


def _secret(endpoint: Endpoint, name: str) -> str:
    found = endpoint.secrets.get(name, "").strip()
    if not found:
        raise Trouble("permanent", "secret_missing", f"give the endpoint the secret `{name}`")
    return found


def _key(endpoint: Endpoint) -> str:
    """Return what a token belongs to: the endpoint, its address and who asks for what."""
    options = endpoint.options
    parts = (options.get(name, "") for name in ("client_id", "scope", "token_url"))
    return "\n".join((endpoint.id, endpoint.address, *parts))
