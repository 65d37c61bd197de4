"""The key that signs the ledger's tree heads, and the heads kept outside the database.

`main.py` opens it once. The Ed25519 key is a 0600 file made at first start; each signed head is
also appended to a file beside it, so that a ledger cut or rewritten in the database shows.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path


class LedgerKey:
    """Signs and checks tree heads; keeps them in `heads.jsonl`."""

    def __init__(self, folder: Path) -> None:
        """Open or make the key in `folder`; `Misconfigured` when it can't be read."""
        folder.mkdir(parents=True, exist_ok=True)
        self._heads = folder / "heads.jsonl"
        self._key = _opened(folder / "ledger.key")
        public = self._key.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(public).hexdigest()[:16]
        self._public: dict[str, bytes] = {self.key_id: public}

    @property
    def public(self) -> bytes:
        """The 32 raw bytes of the public key, for those who verify."""
        return self._public[self.key_id]

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a head's message."""
        return self._key.sign(message)

    def check(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Say whether a signature under a known key fits."""
        public = self._public.get(key_id)
        if public is None:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def keep(self, size: int, root: bytes, signature: bytes) -> None:
        """Append a head to the file outside the database."""
        row = {"size": size, "root": root.hex(), "signature": signature.hex(), "key": self.key_id}
        with self._heads.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(row, separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def kept(self) -> list[tuple[int, bytes]]:
        """Return the heads kept outside, as (size, root)."""
        if not self._heads.exists():
            return []
        found = []
        for line in self._heads.read_text(encoding="utf-8").split():
            try:
                row = json.loads(line)
            except ValueError:  # a line that a crash tore
                continue
            found.append((row["size"], bytes.fromhex(row["root"])))
        return found


def _opened(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        raw = key.private_bytes(
            serialization.Encoding.Raw,
            serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # whole or not at all, and only one of two first starts
        except FileExistsError:
            return _opened(path)
        finally:
            draft.unlink()
        return key
    except (OSError, ValueError):
        raise Misconfigured("ICP_HUB_HOME", "holds a `ledger.key` that can't be read") from None
