"""The vault in S3, or in any server that speaks like it: one sealed object per digest.

`opening.py` makes it. A write is `PutObject` with `If-None-Match: *` and a SHA-256 the server
checks, and is then read back and compared, since servers exist that check neither. An answer of 412
means that the bytes were there: they are opened to be sure. Nothing is overwritten, except an
object found damaged when the same bytes came again. Every call is safe to repeat.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from hub.errors import Misconfigured, Trouble
from hub.ports import Stored
from hub.vault.aws import code_of, status_of, trouble
from hub.vault.sealing import seal, unseal
from hub.vault.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.vault.keys import KeyProvider

_AT_ONCE = 16
_EXISTS = 412
_ABSENT = 404
_BLOCK = 1024 * 1024
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=_AT_ONCE,
    retries={"mode": "standard", "max_attempts": 3},
)


class S3Vault:
    """A `hub.ports.Vault` in a bucket, under a prefix. Credentials are the AWS standard ones."""

    def __init__(
        self, bucket: str, prefix: str, keys: KeyProvider, endpoint: str | None = None
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._keys = keys
        self._client: Any = boto3.session.Session().client(
            "s3", endpoint_url=endpoint, config=_CONFIG
        )
        self._callers = ThreadPoolExecutor(_AT_ONCE, "vault-s3")
        self._spool = tempfile.TemporaryDirectory(prefix="icp-hub-vault-")  # sealed bytes only
        self._check()

    async def put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        """Keep several objects at once; the same bytes twice are kept once."""
        return await asyncio.to_thread(self._put_many, contents)

    async def get(self, digest: str) -> bytes:
        """Return the bytes whose SHA-256 is `digest`, verified; `Trouble` if missing or damaged."""
        return await asyncio.to_thread(self._get, digest)

    def writer(self) -> Writer:
        """Open a streaming write."""
        return Writer(self, self._keys, Path(self._spool.name))

    def keep(self, spooled: Path, digest: str) -> None:
        """Upload a spooled sealed file under a digest and read it back. Blocks."""
        with spooled.open("rb") as sealed:
            expected = hashlib.file_digest(sealed, "sha256").hexdigest()
            self._upload(digest, sealed, expected)

    def _check(self) -> None:
        try:
            with trouble("s3"):
                self._client.head_bucket(Bucket=self._bucket)
        except Trouble as found:
            if found.kind == "transient":
                raise
            raise Misconfigured(
                "ICP_HUB_VAULT_URL", f"bucket `{self._bucket}` can't be used: {found.code}"
            ) from None

    def _put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        stored = [Stored(hashlib.sha256(each).hexdigest(), len(each)) for each in contents]
        unique = {each.digest: content for each, content in zip(stored, contents, strict=True)}
        list(self._callers.map(self._put, unique.items()))
        return stored

    def _put(self, item: tuple[str, bytes]) -> None:
        digest, content = item
        sealed = seal(content, digest, self._keys)
        self._upload(digest, sealed, hashlib.sha256(sealed).hexdigest())

    def _upload(self, digest: str, sealed: bytes | BinaryIO, expected: str) -> None:
        """Put the object if it is not there, and make sure that what is there can be read."""
        if self._put_new(digest, sealed):
            if self._sum(digest) != expected:
                raise Trouble(
                    "transient", "s3_read_back", "the object store gave other bytes back; try again"
                )
        elif not self._whole(digest):
            with trouble("s3"):
                self._client.put_object(**self._request(digest, sealed))

    def _put_new(self, digest: str, sealed: bytes | BinaryIO) -> bool:
        with trouble("s3"):
            try:
                self._client.put_object(**self._request(digest, sealed), IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) != _EXISTS:
                    raise
                return False
        return True

    def _request(self, digest: str, sealed: bytes | BinaryIO) -> dict[str, Any]:
        if not isinstance(sealed, bytes):
            sealed.seek(0)
        return {
            "Bucket": self._bucket,
            "Key": self._key(digest),
            "Body": sealed,
            "ChecksumAlgorithm": "SHA256",
            "ContentType": "application/octet-stream",
        }

    def _whole(self, digest: str) -> bool:
        try:
            self._get(digest)
        except Trouble as found:
            if found.kind == "transient":
                raise
            return False
        return True

    def _get(self, digest: str) -> bytes:
        with trouble("s3"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(digest))
            except ClientError as error:
                if status_of(error) == _ABSENT and code_of(error) == "NoSuchKey":
                    raise Trouble(
                        "permanent",
                        "vault_object_missing",
                        "an object is not in the vault; restore it",
                    ) from None
                raise
            sealed = answer["Body"].read()
        return unseal(sealed, digest, self._keys)

    def _sum(self, digest: str) -> str:
        """Return the SHA-256 of the sealed bytes as the server gives them back."""
        found = hashlib.sha256()
        with trouble("s3"):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(digest))
            for block in answer["Body"].iter_chunks(_BLOCK):
                found.update(block)
        return found.hexdigest()

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest[:2]}/{digest[2:]}"
