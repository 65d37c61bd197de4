"""A zip or a MIME message to its parts, those of a zip inside it too; judged before it is unpacked.

Called by the reader for `identify` and `read` alike. A zip inside a zip inside a zip is not opened.
Sizes and entries are counted over all of them. What a system put there by itself is left out.
Parts go by their number: a file's name may be a person's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from adapters.formats.mime import PARTS, is_message, parted
from adapters.formats.zipped import ENTRIES, TOTAL, Archive, NotUnzipped, unzipped
from hub.canonical import Finding, Sealed

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_SIDE: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_OFFICE: Final = frozenset({"[Content_Types].xml", "mimetype"})
_OFFICE_SIGNS: Final = (b"[Content_Types].xml", b"word/document", b"xl/workbook")


@dataclass(frozen=True, slots=True, repr=False)
class Part(Sealed):
    """One file of a zip: its number from 1, its path, and the zip inside the zip it came from."""

    number: int
    path: str
    content: bytes
    within: str = ""

    @property
    def name(self) -> str:
        """Return the file's name without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """Return where the file lies, in lower case: file systems of media know no other."""
        return f"{self.within}!{self.path.rpartition('/')[0]}".casefold()

    @property
    def stem(self) -> str:
        """Return the file's name without its ending, in lower case."""
        return self.name.rpartition(".")[0].casefold() or self.name.casefold()


@dataclass(slots=True, repr=False)
class Unpacked(Sealed):
    """The files of a zip in their order; `left` counts those that were not taken."""

    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left: int = 0
    entries: int = 0
    total: int = 0

    def refuse(self, code: str, message: str) -> None:
        """Tell of a file that is not taken."""
        self.left += 1
        self.findings.append(Finding("error", code, f"file {self.entries} of the zip: {message}"))


def is_zip(content: bytes) -> bool:
    """Say whether bytes are a zip that is no office file, whole or damaged, or a MIME message."""
    if is_message(content):
        return True
    if not content.startswith(ZIP):
        return False
    try:
        return not _is_office(unzipped(content))
    except NotUnzipped:
        return not any(sign in content for sign in _OFFICE_SIGNS)


def unpacked(content: bytes) -> Unpacked:
    """Return the files of a zip or message; raises `NotUnzipped` where it is refused whole."""
    found = Unpacked()
    if is_message(content):
        _part(content, found)
        return found
    _take(unzipped(content), found, "")
    return found


def _part(content: bytes, found: Unpacked) -> None:
    """Take the parts of a message that was saved as a file; empty ones are left out."""
    parts = parted(content)
    if len(parts) > PARTS:
        raise NotUnzipped("archive_too_large", "the message has more parts than are read; split it")
    for name, inner in parts:
        found.entries += 1
        if inner.strip():
            _sort(Part(found.entries, name, inner), found)
        else:
            found.left += 1


def _is_office(archive: Archive) -> bool:
    return any(name in archive for name in _OFFICE)


def _take(archive: Archive, found: Unpacked, within: str) -> None:
    for name in archive.names:
        if _SIDE.search(name):
            continue
        found.entries += 1
        found.total += archive.size(name)
        if found.entries > ENTRIES or found.total > TOTAL:
            message = "the zips in the zip unpack to more than is read; split it"
            raise NotUnzipped("archive_too_large", message)
        try:
            content = archive.read(name)
        except NotUnzipped as refusal:
            found.refuse(refusal.finding.code, "is damaged; send it again")
            continue
        _sort(Part(found.entries, name, content, within), found)


def _sort(part: Part, found: Unpacked) -> None:
    """Keep a file, or take what is in it when it is a zip of documents itself."""
    if not part.content.startswith(ZIP):
        found.parts.append(part)
        return
    try:
        inner = unzipped(part.content)
    except NotUnzipped as refusal:
        found.refuse(refusal.finding.code, f"is a zip that is not opened; {refusal}")
        return
    if _is_office(inner):
        found.parts.append(part)
    elif part.within:
        found.refuse("nested_archive", "is a zip in a zip in a zip; send what is in it")
    else:
        _take(inner, found, f"{part.number}:{part.path}")
