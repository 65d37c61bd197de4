"""The few words of a source around given places, for the person who compares a value with them.

The console asks for it through the same confined child that reads documents. `excerpt('[["xpath",
"/*/*[3]"], …]')` is an adapter for those places: its reading holds one JSON list of texts among its
enclosures, empty where a place can't be shown, and no plan. Pictures of pages are `pdf.clip`'s.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

import msgspec
from lxml import etree

from adapters.formats import xml
from adapters.formats.tabular.tables import decoded, rows
from hub.canonical import Finding, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.canonical import Document

_LONGEST: Final = 600
_MOST: Final = 500
_STEPS: Final = re.compile(r"(?:/\*(?:\[\d{1,6}\])?){1,60}(?:/@[\w:.-]{1,60}|/text\(\))?", re.ASCII)
_SEGMENT: Final = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d{1,5})\])?(?:-[\d.]{1,12})?", re.ASCII)
_ROW: Final = re.compile(r"row (\d{1,7})(?:, column (.{1,200}))?")


class Excerpt:
    """Shows places of one document."""

    name = "excerpt"
    version = "1"

    def __init__(self, places: str) -> None:
        self._places = msgspec.json.decode(places, type=list[tuple[str, str]])[:_MOST]

    def identify(self, document: Document) -> bool:
        """Say that any document may be shown."""
        return bool(document.content)

    def read(self, document: Document) -> Reading:
        """Return the texts among the reading's enclosures; no plan is read."""
        told = json.dumps(
            [_shown(document.content, kind, at) for kind, at in self._places]
        ).encode()
        note = Finding("error", "only_an_excerpt", "nothing was read, places were shown")
        return Reading(findings=(note,), enclosures={hashlib.sha256(told).hexdigest(): told})


excerpt = Excerpt


def _shown(content: bytes, kind: str, at: str) -> str:
    shows = _SHOWS.get(kind)
    return shows(content, at)[:_LONGEST] if shows and at else ""


def _element(content: bytes, at: str) -> str:
    root = xml.opened(content).root
    if root is None or not _STEPS.fullmatch(at):
        return ""
    found = root.getroottree().xpath(at.partition("/@")[0].removesuffix("/text()"))
    if not isinstance(found, list) or not found or not isinstance(found[0], etree._Element):  # noqa: SLF001  # lxml's only name for an element
        return ""
    return " ".join(etree.tostring(found[0], encoding="unicode", with_tail=False).split())


def _segment(content: bytes, at: str) -> str:
    wanted = _SEGMENT.fullmatch(at)
    if wanted is None:
        return ""
    text, _ = decoded(content, "")
    lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    alike = [line for line in lines if line.startswith(wanted[1])]
    number = int(wanted[2] or 1)
    return alike[number - 1] if 0 < number <= len(alike) else ""


def _record(content: bytes, at: str) -> str:
    wanted = _ROW.fullmatch(at)
    if wanted is None or content.startswith(b"PK"):
        return ""
    text, _ = decoded(content, "")
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    found = {row.number: row.cells for row in rows(text, delimiter) if row.number <= int(wanted[1])}
    cells = found.get(int(wanted[1]), ())
    if wanted[2] and wanted[2] in found.get(1, ()):
        position = found[1].index(wanted[2])
        return cells[position] if position < len(cells) else ""
    return f" {delimiter} ".join(cells)


def _pointed(content: bytes, at: str) -> str:
    try:
        here = msgspec.json.decode(content)
        for step in at.split("/")[1:]:
            here = here[int(step)] if isinstance(here, list) else here[step]
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        return ""
    return here if isinstance(here, str) else json.dumps(here, ensure_ascii=False)


_SHOWS: Final[dict[str, Callable[[bytes, str], str]]] = {
    "xpath": _element,
    "segment": _segment,
    "cell": _record,
    "pointer": _pointed,
}
