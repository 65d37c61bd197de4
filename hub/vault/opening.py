"""Opens the vault that a URL names. `main.py` calls it once at start; nothing is kept here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from hub.errors import Misconfigured
from hub.vault.folder import FolderVault
from hub.vault.keys import LocalKeyFile

if TYPE_CHECKING:
    from hub.ports import Vault
    from hub.vault.keys import KeyProvider


def open_vault(url: str, keys: KeyProvider) -> Vault:
    """Return the vault at `file:///folder` or `s3://bucket/prefix?endpoint=https://host`.

    `endpoint_url` is another word for `endpoint`. `Misconfigured` for anything else, and for a
    bucket that can't be used; `Trouble` transient when the object store does not answer.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderVault(Path(unquote(parts.path)), keys)
    if parts.scheme == "s3" and parts.netloc:
        from hub.vault.s3 import S3Vault  # noqa: PLC0415  # boto3 is slow to import

        options = parse_qs(parts.query)
        known = {"endpoint", "endpoint_url"}
        if set(options) - known:
            raise Misconfigured("ICP_HUB_VAULT_URL", "takes no option but `endpoint`")
        endpoint = next((options[name][0] for name in sorted(known) if name in options), None)
        return S3Vault(parts.netloc, unquote(parts.path), keys, endpoint)
    raise Misconfigured(
        "ICP_HUB_VAULT_URL", "must be like `file:///folder` or `s3://bucket/prefix?endpoint=…`"
    )


def open_keys(provider: str, folder: Path) -> KeyProvider:
    """Return the keys of `local` (a file `vault.keys` in `folder`) or of `aws-kms:KEY-ID`."""
    if provider == "local":
        return LocalKeyFile(folder / "vault.keys")
    scheme, _, key_id = provider.partition(":")
    if scheme == "aws-kms" and key_id:
        from hub.vault.kms import AwsKms  # noqa: PLC0415  # boto3 is slow to import

        return AwsKms(key_id)
    raise Misconfigured("ICP_HUB_KEY_PROVIDER", "must be `local` or `aws-kms:KEY-ID`")
