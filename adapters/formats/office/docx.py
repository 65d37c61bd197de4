"""A Word document (.docx) to its flow: what a reader sees, with what was struck out left out.

Called by the reader of this package. Parts come through the hardened zip and XML openers. Inserted
text is taken and deleted text is not, as if all changes were accepted; both are counted. Content
controls, form fields, text boxes, notes and comments are read; nothing outside is ever fetched.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from adapters.formats.office.docxstyles import Styles
from adapters.formats.office.docxtables import grid_of
from adapters.formats.office.flow import Block, Cell, Control, Enclosed, Flow, Grid, Writing
from adapters.formats.office.runs import Runs
from adapters.formats.office.wordml import chosen, named
from adapters.formats.xml import opened
from adapters.formats.zipped import Archive, NotUnzipped
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

_PARTS: Final = ("header", "footer", "footnotes", "endnotes", "comments")
_THROUGH: Final = frozenset(
    {"ins", "moveTo", "customXml", "smartTag", "sdtContent", "hyperlink", "body", "hdr", "ftr"}
    | {"footnote", "endnote", "comment", "footnotes", "endnotes", "comments", "txbxContent"}
)
_GONE: Final = frozenset({"del", "moveFrom"})
_STYLES: Final = "word/styles.xml"
_LARGEST: Final = 25_000_000
_TYPES: Final = {
    "bmp": "image/bmp",
    "emf": "image/emf",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "wmf": "image/wmf",
}


def is_docx(archive: Archive) -> bool:
    """Say whether a zip is a Word document of any kind."""
    return any(name.startswith("word/document") for name in archive.names)


def flow_of(archive: Archive) -> Flow:
    """Return the flow of a Word document; raises `NotUnzipped` with the reason it is refused."""
    if any(name.casefold().endswith("vbaproject.bin") for name in archive.names):
        raise NotUnzipped("macro_document", "the document carries macros; save it as .docx")
    main = next(n for n in archive.names if n.startswith("word/document"))
    reader = _Reader(_styles(archive))
    reader.part(_root(archive, main), "body")
    for kind, name in _linked(archive, main, reader.flow):
        if kind == "comment":
            reader.flow.tell("comments")
        reader.part(_root(archive, name), kind)
    reader.flow.files = _enclosed(archive, reader.flow)
    return reader.flow


class _Reader(Sealed):
    """Walks the parts of one document in reading order."""

    def __init__(self, styles: Styles) -> None:
        self.flow = Flow()
        self._styles = styles
        self._runs = Runs(self.flow)
        self._controls: list[Control] = []
        self._numbers: dict[str, int] = {}
        self._tables = 0

    def part(self, root: _Element, part: str) -> None:
        """Read one part: the body, a header, the footnotes."""
        self._walk(root, part, self.flow.items, None)

    def _walk(
        self, parent: Iterable[_Element], part: str, into: list[Block | Grid], cell: Cell | None
    ) -> None:
        for one in parent:
            name = named(one)
            if name == "p":
                self._paragraph(one, part, into, cell)
            elif name == "tbl":
                self._table(one, part)
            elif name == "sdt":
                self._control(one, part, into, cell)
            elif name in _GONE:
                self.flow.tell("deletions")
            elif name in _THROUGH or name == "AlternateContent":
                self._walk(chosen(one), part, into, cell)
            elif name == "altChunk":
                self.flow.tell("parts_unread")

    def _control(
        self, one: _Element, part: str, into: list[Block | Grid], cell: Cell | None
    ) -> None:
        control = self._runs.control(one)
        content = [two for two in one if named(two) == "sdtContent"]
        if control is None:
            return
        self._controls.append(control)
        for two in content:
            self._walk(two, part, into, cell)
        self._controls.pop()

    def _table(self, one: _Element, part: str) -> None:
        self._tables += 1
        grid = Grid(self._tables)
        self.flow.items.append(grid)
        grid_of(one, grid, self.flow, lambda tc, cell: self._walk(tc, part, [], cell))

    def _paragraph(
        self, one: _Element, part: str, into: list[Block | Grid], cell: Cell | None
    ) -> None:
        writing = Writing()
        writing.controls = list(self._controls)
        boxes = self._runs.read(one, writing)
        block = Block(self._at(part, cell), writing.done(), self._styles.level(one), part)
        block.listed = self._styles.listed(one)
        if cell is not None:
            block.kind = "cell"
            cell.blocks.append(block)
        else:
            into.append(block)
        for control in writing.controls:
            control.at = control.at or block.at
        self._runs.placed(block)
        if writing.hidden:
            self.flow.tell("hidden_text")
            self.flow.items.append(Block(block.at, writing.hidden, 0, "hidden", block.kind))
        for box in boxes:
            self.flow.tell("text_boxes")
            self._walk(box, part, self.flow.items, None)

    def _at(self, part: str, cell: Cell | None) -> str:
        if cell is not None:
            return cell.at
        self._numbers[part] = self._numbers.get(part, 0) + 1
        word = "paragraph" if part == "body" else f"{part} paragraph"
        return f"{word} {self._numbers[part]}"


def _root(archive: Archive, name: str) -> _Element:
    document = opened(archive.read(name))
    if document.root is None:
        raise NotUnzipped("document_damaged", "a part of the document can't be read; save it again")
    return document.root


def _styles(archive: Archive) -> Styles:
    return Styles(_root(archive, _STYLES) if _STYLES in archive else ())


def _linked(archive: Archive, main: str, flow: Flow) -> list[tuple[str, str]]:
    """Return the parts beside the body, by kind and name; tell of links that lead outside."""
    folder, _, base = main.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels"
    found = []
    for one in _root(archive, rels) if rels in archive else ():
        kind = one.get("Type", "").rpartition("/")[2]
        if one.get("TargetMode") == "External":
            if kind != "hyperlink":
                flow.tell("external_links")
            continue
        target = posixpath.normpath(posixpath.join(folder, one.get("Target", "")))
        if kind in _PARTS and target in archive:
            found.append((kind.rstrip("s"), target))
    return found


def _enclosed(archive: Archive, flow: Flow) -> list[Enclosed]:
    files = []
    for name in archive.names:
        if not name.startswith(("word/embeddings/", "word/media/")):
            continue
        if archive.size(name) > _LARGEST:
            flow.tell("parts_unread")
            continue
        base = name.rpartition("/")[2]
        media_type = _TYPES.get(base.rpartition(".")[2].casefold(), "application/octet-stream")
        files.append(Enclosed(base, media_type, archive.read(name)))
    return files
