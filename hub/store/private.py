"""Folders and files of one owner, made so that nobody else may look or take their place.

The embedded database's lifecycle calls these; they never change what they did not make.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from typing import TYPE_CHECKING

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path


def has_name(uid: int) -> bool:
    """Say whether the uid has an entry in the user database, which `initdb` insists on."""
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwuid(uid).pw_name)
    return False


def own_folder(folder: Path, mode: int, user: int, group: int) -> None:
    """Make a folder of one owner (-1: ours); `Misconfigured` when it is there and not so."""
    owner = os.geteuid() if user == -1 else user
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=mode)
        os.chown(folder, user, group)
        folder.chmod(mode)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o7777 != mode:
        raise Misconfigured(
            "ICP_HUB_HOME", f"`{folder}` must be a folder of uid {owner}, mode {mode:o}"
        )


def write_private(file: Path, content: bytes, user: int, group: int) -> None:
    """Write a new file of mode 0600, durably; user and group -1 mean ours."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as sink:
        os.fchown(handle, user, group)
        sink.write(content)
        sink.flush()
        os.fsync(handle)


def open_for_reading(folder: Path) -> None:
    """Let everybody read a tree of programs that we copied ourselves."""
    for place in (folder, *folder.rglob("*")):
        if not place.is_symlink():
            mode = place.stat().st_mode
            place.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
