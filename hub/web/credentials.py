"""Issuing what people and systems sign in with; secrets are shown once and kept only as hashes.

The console's pages and the command line call these with the stores' protocols. What a credential
may be allowed depends on the kind of its organisation.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from hub.asked import Account, Issued
from hub.canonical import Sealed
from hub.errors import Refused
from hub.ids import new_id
from hub.web import passwords
from hub.web.identity import HUB, hashed
from hub.web.scopes import FOR_KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.asked import Actor, Credentials, Desk, People, Role
    from hub.ports import Clock

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Office:
    """What issuing needs of the world."""

    desk: Desk
    people: People
    credentials: Credentials
    clock: Clock


@dataclass(frozen=True, slots=True, repr=False)
class NewKey(Sealed):
    """An API key just made: its id, and the secret that is never shown again."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount(Sealed):
    """Whom to let sign in; `organisation` is `hub` for the hub's own staff."""

    organisation: str
    login: str
    name: str
    roles: tuple[Role, ...]
    password: str
    totp: str = ""


async def issue_key(
    office: Office, actor: Actor, organisation: str, name: str, scopes: Sequence[str]
) -> NewKey:
    """Make an API key `icp_<prefix>_<secret>`; `Refused` 422 for scopes its kind can't have."""
    wanted = await _permitted(office, organisation, scopes)
    prefix = secrets.token_hex(4)
    secret = f"icp_{prefix}_{secrets.token_hex(32)}"
    issued = Issued(new_id("key"), organisation, _label(name), wanted)
    await office.credentials.add_key(actor, issued, prefix, hashed(secret), office.clock.now())
    return NewKey(issued.id, secret)


async def register_client(
    office: Office, actor: Actor, client: Issued, jwks: str
) -> tuple[str, ...]:
    """Register an OAuth client with its public keys, or renew them; return the key ids.

    `jwks` is a JWK Set as JSON. `Refused` 422: private or weak keys, or scopes it can't have.
    """
    if not _NAME.fullmatch(client.id):
        raise Refused("client_id", "a client id has 2 to 63 letters, digits, . _ -", status=422)
    keys = _keys(jwks)
    wanted = await _permitted(office, client.organisation, client.scopes)
    issued = Issued(client.id, client.organisation, _label(client.name), wanted)
    await office.credentials.add_client(actor, issued, {"keys": keys}, office.clock.now())
    return tuple(key["kid"] for key in keys)


async def admit_sftp_key(
    office: Office, actor: Actor, organisation: str, user: str, fingerprint: str
) -> None:
    """Let the holder of a key in by SFTP as `user`; the fingerprint is OpenSSH's SHA256:… form."""
    if not _NAME.fullmatch(user):
        raise Refused("sftp_user", "a user name has 2 to 63 letters, digits, . _ -", status=422)
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise Refused("fingerprint", "send the form `ssh-keygen -lf` prints: SHA256:…", status=422)
    at = office.clock.now()
    await office.credentials.add_sftp_key(actor, organisation, user, fingerprint, at)


async def open_account(office: Office, actor: Actor, new: NewAccount) -> str:
    """Add a person's account and return its id; roles must fit the organisation."""
    login = new.login.strip().lower()
    if not passwords.sayable(login) or not passwords.sayable(new.name):
        raise Refused("login", "a login and a name have 1 to 200 printable characters", status=422)
    kind = await _kind(office, new.organisation)
    fitting = {
        "mco": {"mco"},
        "pcmh": {"pcmh"},
        "other": {"provider"},
        "hub": {"privacy", "integration", "operations"},
    }
    if not new.roles or not set(new.roles) <= fitting.get(kind, set()):
        raise Refused("roles", "these roles don't fit the organisation", status=422)
    account = Account(
        id=new_id("acc"),
        organisation=new.organisation,
        login=login,
        name=new.name,
        roles=new.roles,
        password=passwords.hashed(new.password),
        totp=new.totp,
    )
    await office.people.add_account(actor, account, office.clock.now())
    return account.id


async def _permitted(office: Office, organisation: str, scopes: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(scopes))
    may = FOR_KIND[await _kind(office, organisation)]
    if not wanted or not set(wanted) <= may:
        named = ", ".join(sorted(may))
        raise Refused("scopes", f"this organisation may have: {named}", status=422)
    return wanted


async def _kind(office: Office, organisation: str) -> str:
    if organisation == HUB:
        return HUB
    rows = await office.desk.ask("organisation_kind", None, whose=organisation)
    if not rows:
        raise Refused(
            "organisation_unknown", "no such organisation; load it into the directory", status=422
        )
    return str(rows[0]["kind"])


def _label(name: str) -> str:
    if not passwords.sayable(name):
        raise Refused("name", "a name has 1 to 200 printable characters", status=422)
    return name


def _keys(text: str) -> list[dict[str, Any]]:
    """Return the public keys of a JWK Set; `Refused` 422 names what is wrong with the first bad."""
    try:
        given = json.loads(text)
        found = KeySet.import_key_set({"keys": list(given["keys"])}).keys
    except (JoseError, ValueError, KeyError, TypeError):
        raise Refused("jwks", "not a JWK Set of public keys", status=422) from None
    keys = []
    for key in found:
        strong = (isinstance(key, RSAKey) and key.public_key.key_size >= _RSA_BITS) or (
            isinstance(key, ECKey) and key.curve_name == "P-384"
        )
        if key.is_private or not strong:
            raise Refused(
                "jwks", "public keys only: RSA of 2048 bits or more, or EC on P-384", status=422
            )
        key.ensure_kid()
        keys.append(dict(key.as_dict(private=False)))
    if not keys:
        raise Refused("jwks", "the JWK Set holds no key", status=422)
    return keys
