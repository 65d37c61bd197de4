"""Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, several during a rotation.

The posting of webhooks calls it. Source: standardwebhooks.com, specification 1.0 (symmetric `v1`).
It never sends anything and never keeps a secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS: Final = ("secret", "secret_previous")
"""The names an endpoint's secrets go by, the newest first; both sign while both are there."""

_PREFIX: Final = "whsec_"
_KEY_BYTES: Final = range(24, 65)


def keys(secrets: Mapping[str, str]) -> list[bytes]:
    """Return an endpoint's signing keys; `Trouble` permanent when none is there or one is bad."""
    found = [_key(secrets[name]) for name in SECRETS if secrets.get(name)]
    if not found:
        raise Trouble("permanent", "no_signing_secret", "give the endpoint a `whsec_` secret")
    return found


def headers(keys_: list[bytes], id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three signed headers; `timestamp` in Unix seconds."""
    signed = f"{id_}.{timestamp}.".encode() + body
    made = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys_]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in made),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise Trouble(
            "permanent", "bad_signing_secret", "use `whsec_` and base64 of 24 to 64 bytes"
        )
    return key
