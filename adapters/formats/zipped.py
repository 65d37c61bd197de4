"""The one hardened way for adapters to open a zip: deliveries of tables, workbooks, Word files.

Readers call `unzipped`, then `Archive.read` for each part. Everything is judged before anything is
unpacked: entries, sizes, ratios, overlaps, names, links, passwords, methods. Nothing is ever
written to a disk, and no entry's name is ever repeated in a finding. A fault is a finding
inside `NotUnzipped`; a part is unpacked only as far as its declared size.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from itertools import pairwise
from typing import Final

from hub.canonical import Finding, Sealed

ENTRIES: Final = 2_000
TOTAL: Final = 200_000_000
PART: Final = 50_000_000
RATIO: Final = 250
_SMALL: Final = 1_000_000
_HEADER: Final = 30
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TRAVERSAL: Final = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|[\x00-\x1f]")
_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)


class NotUnzipped(Exception):
    """A zip that is not opened, or a part that is not unpacked; `finding` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding("error", code, message)


class Archive(Sealed):
    """A zip that was found harmless: its parts' names in the order they were packed."""

    def __init__(self, file: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
        self._file = file
        self._infos = {info.filename.replace("\\", "/"): info for info in infos}
        self.names = tuple(name for name in self._infos if not name.endswith("/"))

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def size(self, name: str) -> int:
        """Return the declared size of a part."""
        return self._infos[name].file_size

    def read(self, name: str) -> bytes:
        """Return a part's bytes; raises `NotUnzipped` where they are not what was declared."""
        info = self._infos[name]
        try:
            with self._file.open(info) as part:
                content = part.read(info.file_size + 1)
        except _FAULTS:
            raise _damaged() from None
        if len(content) != info.file_size:
            raise _damaged()
        return content


def unzipped(content: bytes) -> Archive:
    """Return the zip in these bytes, judged; raises `NotUnzipped` with what is wrong."""
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
    except _FAULTS:
        raise _damaged() from None
    infos = file.infolist()
    for wrong, code, message in (
        (_too_much, "archive_too_large", "the zip unpacks to more than is read; split it"),
        (_odd_names, "archive_names", "the zip holds names that lead elsewhere; pack it again"),
        (_locked, "archive_encrypted", "the zip is under a password; send it without"),
        (_overlapping, "archive_damaged", "parts of the zip overlap; pack it again"),
    ):
        if wrong(infos):
            raise NotUnzipped(code, message)
    if any(info.compress_type not in _METHODS for info in infos):
        raise NotUnzipped("archive_method", "the zip is packed in a way that is not read; use zip")
    return Archive(file, infos)


def _damaged() -> NotUnzipped:
    return NotUnzipped("archive_damaged", "the zip is damaged or cut; send it again")


def _too_much(infos: list[zipfile.ZipInfo]) -> bool:
    sizes = [info.file_size for info in infos]
    if len(infos) > ENTRIES or sum(sizes) > TOTAL or max(sizes, default=0) > PART:
        return True
    return any(
        info.file_size > _SMALL and info.file_size > RATIO * max(1, info.compress_size)
        for info in infos
    )


def _odd_names(infos: list[zipfile.ZipInfo]) -> bool:
    names = [info.filename.replace("\\", "/") for info in infos]
    if len({name.casefold() for name in names}) != len(names):
        return True
    linked = any(stat.S_ISLNK(info.external_attr >> 16) for info in infos)
    return linked or any(_TRAVERSAL.search(name) for name in names)


def _locked(infos: list[zipfile.ZipInfo]) -> bool:
    return any(info.flag_bits & 1 for info in infos)


def _overlapping(infos: list[zipfile.ZipInfo]) -> bool:
    spans = sorted(
        (info.header_offset, info.header_offset + _HEADER + info.compress_size) for info in infos
    )
    return any(first[1] > second[0] for first, second in pairwise(spans))
