"""Object keys wrapped by AWS KMS, without a network call per object.

KMS makes a working key (`GenerateDataKey`), which wraps object keys here for some minutes or
thousands of objects; the header of each object carries the working key as KMS encrypted it, so
reading asks KMS once per working key. `main.py` makes it; working keys live in memory only.
"""

from __future__ import annotations

import functools
import struct
import threading
import time
from typing import Any

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from hub.errors import Trouble
from hub.vault.aws import trouble

_CONTEXT = {"purpose": "icp-hub vault"}
_SECONDS = 300.0
_OBJECTS = 10_000
_KNOWN = 1_000


class AwsKms:
    """A `KeyProvider` over one KMS key. `client` is boto3's, or one that behaves like it."""

    def __init__(self, key_id: str, client: Any = None) -> None:  # noqa: ANN401  # boto3 is untyped
        if client is None:
            import boto3  # noqa: PLC0415  # heavy, and only for those who use KMS

            client = boto3.session.Session().client("kms")
        self._key_id = key_id
        self._client = client
        self._lock = threading.Lock()
        self._plain, self._blob, self._left, self._until = b"", b"", 0, 0.0
        self._opened = functools.lru_cache(_KNOWN)(self._decrypt)

    def wrap(self, key: bytes) -> tuple[str, bytes]:
        """Return (the KMS key's id, the working key's blob and the wrapped key)."""
        with self._lock:
            if self._left <= 0 or time.monotonic() > self._until:
                self._renew()
            self._left -= 1
            plain, blob = self._plain, self._blob
        return self._key_id, struct.pack(">H", len(blob)) + blob + aes_key_wrap(plain, key)

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the object key; `Trouble` as KMS answers, permanent for a damaged wrapping."""
        try:
            (size,) = struct.unpack_from(">H", wrapped)
            plain = self._opened(key_id, wrapped[2 : 2 + size])
            return aes_key_unwrap(plain, wrapped[2 + size :])
        except (InvalidUnwrap, ValueError, struct.error):
            raise Trouble(
                "permanent", "vault_object_damaged", "an object's key can't be unwrapped"
            ) from None

    def _renew(self) -> None:
        with trouble("kms"):
            made = self._client.generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=_CONTEXT
            )
        self._plain, self._blob = made["Plaintext"], made["CiphertextBlob"]
        self._left, self._until = _OBJECTS, time.monotonic() + _SECONDS

    def _decrypt(self, key_id: str, blob: bytes) -> bytes:
        with trouble("kms"):
            answer = self._client.decrypt(
                KeyId=key_id, CiphertextBlob=blob, EncryptionContext=_CONTEXT
            )
        return bytes(answer["Plaintext"])
