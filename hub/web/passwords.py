"""Passwords by argon2id and one-time codes by TOTP (RFC 6238). Pure; hashing takes about 0.1 s.

`hub.web.identity` calls it in a thread. A code is accepted one step (30 s) early or late; which
step it was goes back to the caller, who lets no step be used twice.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

SHORTEST = 12
LONGEST = 1024
_HASHER = PasswordHasher()
_LONGEST_NAME = 200

NOBODYS = _HASHER.hash("nobody has this password")
"""A hash to spend the same time on when there is no account."""


def hashed(password: str) -> str:
    """Return the argon2id hash of a password; `Refused` 422 for a short or endless one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(
            "password_length", f"a password has {SHORTEST} to {LONGEST} characters", status=422
        )
    return _HASHER.hash(password)


def right(kept: str, password: str) -> bool:
    """Say whether a password is the one that was hashed."""
    try:
        return _HASHER.verify(kept, password[:LONGEST])
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def outdated(kept: str) -> bool:
    """Say whether a hash was made under older parameters."""
    return _HASHER.check_needs_rehash(kept)


def new_seed() -> str:
    """Return a fresh TOTP seed in base 32."""
    return pyotp.random_base32()


def totp_uri(seed: str, login: str) -> str:
    """Return the `otpauth:` address an authenticator application reads."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name="ICP hub")


def totp_counter(seed: str, code: str, at: datetime) -> int | None:
    """Return the step a code belongs to, now or one beside it, or None."""
    totp = pyotp.TOTP(seed)
    now = totp.timecode(at)
    given = "".join(code.split()).encode()
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found


def sayable(name: str) -> bool:
    """Say whether a login could exist: short, printable, nothing the database can't hold."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()
