"""Who wraps the key of each sealed object: the protocol, and a key file for one machine.

The vault asks for a wrapping per object and puts the answer in the object's header, so that a
rotated key needs no rewriting: old objects name the old key. AWS KMS is in `kms.py`. Keys are never
logged, and never leave the file's owner.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from hub.errors import Misconfigured, Trouble
from hub.vault.disk import sync

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SETTING = "ICP_HUB_KEY_PROVIDER"


class KeyProvider(Protocol):
    """Wraps and unwraps 32-byte object keys. Thread-safe; `Trouble` when it can't."""

    def wrap(self, key: bytes) -> tuple[str, bytes]:
        """Return (the id of the key that wrapped it, the wrapped key)."""

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the key that was wrapped under `key_id`."""


class LocalKeyFile:
    """Keys in a 0600 file: AES key wrap (RFC 3394) under the current one, any of them unwraps."""

    def __init__(self, path: Path) -> None:
        """Read the keys, having made the file with a fresh key if there is none."""
        self._path = path
        if not path.exists():
            _create(path, *_fresh())
        self._current, self._keys = _read(path)

    def wrap(self, key: bytes) -> tuple[str, bytes]:
        """Return (the id of the current key, the wrapped key)."""
        return self._current, aes_key_wrap(self._keys[self._current], key)

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the key wrapped under any key of the file; `Trouble` when it has none such."""
        if key_id not in self._keys:
            raise Trouble(
                "permanent", "vault_key_missing", f"the key `{key_id}` is not in the key file"
            )
        try:
            return aes_key_unwrap(self._keys[key_id], wrapped)
        except (InvalidUnwrap, ValueError):
            raise Trouble(
                "permanent", "vault_object_damaged", "an object's key can't be unwrapped"
            ) from None

    def rotate(self) -> str:
        """Add a fresh key, make it the current one, keep the old ones; return its id."""
        key_id, keys = _fresh()
        self._keys = {**self._keys, **keys}
        self._current = key_id
        draft = _draft(self._path, key_id, self._keys)
        draft.replace(self._path)
        sync(self._path.parent)
        return key_id


def _fresh() -> tuple[str, dict[str, bytes]]:
    key_id = f"local-{secrets.token_hex(4)}"
    return key_id, {key_id: os.urandom(32)}


def _create(path: Path, current: str, keys: Mapping[str, bytes]) -> None:
    """Write the file whole or not at all; of several processes, the first one's file stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(path, current, keys)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync(path.parent)


def _draft(path: Path, current: str, keys: Mapping[str, bytes]) -> Path:
    draft = path.with_name(f"{path.name}.new-{secrets.token_hex(4)}")
    told = {name: base64.b64encode(key).decode("ascii") for name, key in keys.items()}
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as sink:
        json.dump({"current": current, "keys": told}, sink)
        sink.flush()
        os.fsync(handle)
    return draft


def _read(path: Path) -> tuple[str, dict[str, bytes]]:
    if path.stat().st_mode & 0o077:
        raise Misconfigured(_SETTING, f"`{path}` must be its owner's alone; set its mode to 0600")
    try:
        told = json.loads(path.read_text("ascii"))
        keys = {str(name): base64.b64decode(key) for name, key in told["keys"].items()}
        current = str(told["current"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Misconfigured(_SETTING, f"`{path}` is no key file; restore it") from None
    if current not in keys or any(len(key) != 32 for key in keys.values()):  # noqa: PLR2004  # AES-256
        raise Misconfigured(_SETTING, f"`{path}` is no key file; restore it")
    return current, keys
