"""What a path of an SFTP client means: three folders, plain names in them, and nothing else.

The virtual files ask it for every path. A name is a key, never a place on a disk; control and
invisible characters, slashes, backslashes and dots-only names are refused, whatever their encoding.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Final

from asyncssh import SFTPNoSuchFile, SFTPPermissionDenied

INBOX: Final = "inbox"
FOLDERS: Final = (INBOX, "receipts", "outbox")
SIDECAR: Final = ".sha256"
"""A small text file whose first word is the SHA-256 the file of the same name must have."""

_MAX_NAME: Final = 200
_MAX_PATH: Final = 1024
_STAGED: Final = (".part", ".tmp", ".filepart", ".partial", ".uploading")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the virtual tree: the root, a folder (no name), or a name in a folder."""

    folder: str = ""
    name: str = ""


def spot(path: bytes) -> Spot:
    """Return where a path points; refused when it could mean anything but a plain name."""
    parts = [part for part in _text(path).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise SFTPPermissionDenied("paths with .. are refused; write /inbox/NAME")
    if not parts:
        return Spot()
    if parts[0] not in FOLDERS:
        raise SFTPNoSuchFile("there are only /inbox, /receipts and /outbox")
    if len(parts) > 2:  # noqa: PLR2004  # folder and name
        raise SFTPPermissionDenied("folders in folders are refused; write /inbox/NAME")
    return Spot(parts[0], _plain(parts[1]) if len(parts) > 1 else "")


def inbox_name(path: bytes) -> str:
    """Return the name of a path in the inbox; refused elsewhere, with where to upload instead."""
    try:
        place = spot(path)
    except SFTPNoSuchFile:
        place = Spot()
    if place.folder != INBOX or not place.name:
        raise SFTPPermissionDenied("upload into inbox/, for instance inbox/NAME")
    return place.name


def absolute(path: bytes) -> bytes:
    """Return the path a client should use from now on; `..` is taken out, here only."""
    return posixpath.normpath(b"/" + _text(path).encode()).replace(b"//", b"/")


def is_final(name: str) -> bool:
    """Say whether a closed file of this name is complete, or waits for its rename."""
    return not (name.startswith("~") or name.lower().endswith(_STAGED))


def _text(path: bytes) -> str:
    if len(path) > _MAX_PATH:
        raise SFTPPermissionDenied("the path is too long")
    try:
        return path.decode()
    except UnicodeDecodeError:
        raise SFTPPermissionDenied("names must be UTF-8") from None


def _plain(name: str) -> str:
    if len(name) > _MAX_NAME or "\\" in name or not name.isprintable():
        raise SFTPPermissionDenied("names are at most 200 printable characters without \\")
    return name
