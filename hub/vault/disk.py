"""What a failing disk means to the hub, and how folders become durable. The vaults call it."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from typing import TYPE_CHECKING

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ABANDONED_SECONDS = 86_400.0


@contextlib.contextmanager
def writable() -> Iterator[None]:
    """Turn an `OSError` inside into `Trouble` transient: full disks and quotas get mended."""
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "EIO")
        raise Trouble(
            "transient", f"vault_disk_{name}", "the vault's disk refused; free or mend it"
        ) from None


def sync(place: str | Path) -> None:
    """Make a file's bytes, or the names in a folder, durable."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(spool: Path) -> int:
    """Delete spooled files that no writer can still be writing; return how many."""
    limit, swept = time.time() - _ABANDONED_SECONDS, 0
    for file in spool.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()
                swept += 1
    return swept
