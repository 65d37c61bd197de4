"""A Rich Text document to its flow: the same paragraphs, tables and boxes as of a Word document.

Called by the reader of this package. Our own reader, since those that strip marks lose which text
was hidden, struck out or in a cell. A destination that is not known and may be skipped (`*`) is
skipped, as the standard asks; objects and pictures become files, links are never followed.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Block, Cell, Flow, Grid, Writing
from adapters.formats.office.rtfasides import Asides
from adapters.formats.office.rtftokens import Mark, marks
from adapters.formats.office.rtfwords import (
    CHARSETS,
    DIVIDING,
    KNOWN,
    PARTS,
    SKIPPED,
    SYMBOLS,
    TEXTS,
)
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable

_HIGH: Final = range(0xD800, 0xDC00)
_LOW: Final = range(0xDC00, 0xE000)


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group: where its text goes, how it is coded, whether it is seen."""

    where: str = "text"
    part: str = "body"
    codec: str = ""
    skip: int = 1
    hidden: bool = False
    struck: bool = False


def flow_of(content: bytes) -> Flow:
    """Return the flow of an RTF document; raises `NotUnzipped` with the reason it is refused."""
    reader = _Reader()
    for mark in marks(content):
        reader.take(mark)
    reader.finish()
    return reader.flow


class _Reader(Sealed):
    """Takes the marks of one document in their order."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._state = _State()
        self._stack: list[_State] = []
        self._writings: dict[str, Writing] = {}
        self._blocks: list[Block] = []
        self._row: list[Cell] = []
        self._grid: Grid | None = None
        self._merged: list[bool] = []
        self._numbers: dict[str, int] = {}
        self._tables = self._level = 0
        self._in_table = self._starred = False
        self._pending = bytearray()
        self._to_skip = 0
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._styles: dict[int, int] = {}
        self._font = self._style = 0
        self._asides = Asides()
        self._next_merged = False
        self._high = 0xD800

    def take(self, mark: Mark) -> None:
        """Take one mark."""
        if mark.kind == "bytes":
            self._bytes(mark)
            return
        self._flush()
        if mark.kind == "{":
            self._stack.append(self._state)
            self._starred = False
        elif mark.kind == "}":
            self._close()
        elif mark.kind == "symbol":
            self._symbol(mark.word)
        else:
            self._word(mark.word, mark.number)

    def finish(self) -> None:
        """End the last paragraph and the last table."""
        self._flush()
        for part in list(self._writings):
            self._paragraph(part)
        self._end_table()

    def _close(self) -> None:
        before = self._state
        self._state = self._stack.pop() if self._stack else _State()
        if before.where in {"pict", "objdata"} and self._state.where != before.where:
            file = self._asides.enclosed(len(self.flow.files) + 1)
            if file is None:
                self.flow.tell("parts_unread")
            else:
                self.flow.files.append(file)
        if before.where == "formfield" and self._state.where != "formfield":
            self._form_field()
        if before.part != self._state.part:
            self._paragraph(before.part)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._paragraph(self._state.part)
        elif symbol in SYMBOLS:
            self._text(SYMBOLS[symbol])

    def _bytes(self, mark: Mark) -> None:
        where = self._state.where
        if where in {"pict", "objdata"}:
            self._asides.data(mark)
        elif where in {"ffname", "ffl"}:
            self._asides.say(where, mark.raw)
        elif where == "stylesheet":
            title = mark.raw.decode("latin-1").strip(" ;").casefold()
            if title.startswith("heading ") and title[8:].isdecimal():
                self._styles[self._style] = int(title[8:])
        elif where == "text" and mark.word != "bin":
            raw = mark.raw
            if self._to_skip:
                skipped = min(self._to_skip, len(raw))
                self._to_skip -= skipped
                raw = raw[skipped:]
            self._pending += raw

    def _flush(self) -> None:
        """Decode the bytes that came together, so that a letter of two bytes is one letter."""
        if self._pending:
            codec = self._state.codec or self._codec
            if codec == "symbol":
                text = "".join(chr(0xF000 + byte) if byte > 32 else " " for byte in self._pending)  # noqa: PLR2004  # a blank stays one
            else:
                text = self._pending.decode(codec, "replace")
            self._pending.clear()
            self._text(text)

    def _text(self, text: str) -> None:
        state = self._state
        if state.where != "text":
            return
        if state.struck:
            self.flow.tell("deletions")
            return
        self._writing(state.part).text(text, state.hidden)

    def _writing(self, part: str) -> Writing:
        return self._writings.setdefault(part, Writing())

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        handler = _HANDLERS.get(word)
        if self._state.where == "skip":
            return
        if word in SKIPPED or (starred and word not in KNOWN and handler is None):
            self.aside("fldinst" if word == "fldinst" else "skip")
        elif word in PARTS:
            self._state = replace(self._state, part=PARTS[word], where="text")
            self.flow.tell("comments", int(word == "annotation"))
        elif word in TEXTS:
            self._text(TEXTS[word])
        elif word in DIVIDING:
            self._writing(self._state.part).divide(line=word == "line")
        elif handler is not None:
            handler(self, number)
        else:
            self._detail(word, number)

    def _detail(self, word: str, number: int | None) -> None:
        """Take a word about the picture or form field being read."""
        if word in {"ffname", "ffl"}:
            self.aside(word)
        else:
            self._asides.note(word, number)

    def _form_field(self) -> None:
        """End a form field's data: a check box has its state nowhere else."""
        control = self._asides.form_field()
        self.flow.controls.append(control)
        if control.state:
            writing = self._writing(self._state.part)
            writing.controls.append(control)
            writing.box(control.state == "marked")
            writing.controls.remove(control)

    def _paragraph(self, part: str) -> None:
        """End a paragraph: into the cell being read, or the flow."""
        writing = self._writings.pop(part, None)
        level, cell = self._level, self._in_table and part == "body"
        if writing is None:
            return
        if not cell and part == "body":
            self._end_table()
        block = Block(self._at(part, cell), writing.done(), level, part)
        block.kind = "cell" if cell else "segment"
        (self._blocks if cell else self.flow.items).append(block)
        if writing.hidden:
            self.flow.tell("hidden_text")
            self.flow.items.append(Block(block.at, writing.hidden, 0, "hidden", block.kind))

    def _at(self, part: str, cell: bool) -> str:
        if cell:
            return self._cell().at
        self._numbers[part] = self._numbers.get(part, 0) + 1
        return f"{'paragraph' if part == 'body' else part + ' paragraph'} {self._numbers[part]}"

    def _cell(self) -> Cell:
        """Return the cell being read, still empty."""
        row = len(self._grid.rows) + 1 if self._grid else 1
        return Cell(row, len(self._row), self._grid.number if self._grid else self._tables + 1)

    def _end_cell(self) -> None:
        self._in_table = True
        self._paragraph("body")
        cell = self._cell()
        cell.blocks, self._blocks = self._blocks, []
        above = self._grid.rows[-1] if self._grid and self._grid.rows else []
        if cell.column < len(self._merged) and self._merged[cell.column] and not cell.words:
            over = next((c for c in above if c.column == cell.column), None)
            cell.above = (over.above or over) if over else None
        self._row.append(cell)

    def _end_row(self) -> None:
        if self._grid is None:
            self._tables += 1
            self._grid = Grid(self._tables)
            self.flow.items.append(self._grid)
        if self._row:
            self._grid.rows.append(self._row)
        self._row = []

    def _end_table(self) -> None:
        if self._row or self._blocks:
            if self._blocks:
                self._end_cell()
            self._end_row()
        self._grid = None
        self._in_table = False

    def begin_row(self, _: int | None) -> None:
        """Take `trowd`: a table row's cells are declared anew."""
        self._merged = []
        self._next_merged = False

    def merge_down(self, _: int | None) -> None:
        """Take `clvmrg`: the next cell declared is merged with the one above."""
        self._next_merged = True

    def declare_cell(self, _: int | None) -> None:
        """Take `cellx`: one more cell of the row is declared."""
        self._merged.append(self._next_merged)
        self._next_merged = False

    def reset_paragraph(self, _: int | None) -> None:
        """Take `pard`: no table, no heading, unless what follows says so."""
        self._in_table, self._level = False, 0

    def in_table(self, _: int | None) -> None:
        """Take `intbl`: the paragraph stands in a table."""
        self._in_table = True

    def outline(self, number: int | None) -> None:
        """Take `outlinelevel`: the paragraph is a heading."""
        self._level = min((number or 0) + 1, 9)

    def style(self, number: int | None) -> None:
        """Take `s`: the number of a style, in its table or of a paragraph."""
        self._style = number or 0
        if self._state.where == "text":
            self._level = self._styles.get(self._style, self._level)

    def end_paragraph(self, _: int | None) -> None:
        """Take `par`."""
        self._paragraph(self._state.part)

    def end_cell(self, _: int | None) -> None:
        """Take `cell` or `nestcell`."""
        self._writing("body")
        self._end_cell()

    def end_row(self, _: int | None) -> None:
        """Take `row` or `nestrow`."""
        self._end_row()

    def unicode(self, number: int | None) -> None:
        """Take `u`: one letter, and so many bytes after it that stand for it elsewhere."""
        code = (number or 0) % 65_536
        if code in _HIGH:
            self._high = code
            text = ""
        elif code in _LOW:
            text = chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00)
        else:
            text = chr(code)
        self._text(text)
        self._to_skip = self._state.skip

    def skip_after(self, number: int | None) -> None:
        """Take `uc`: how many bytes stand for a letter given by its number."""
        self._state = replace(self._state, skip=min(max(number or 0, 0), 8))

    def code_page(self, number: int | None) -> None:
        """Take `ansicpg`."""
        try:
            codecs.lookup(f"cp{number}")
        except LookupError:
            return
        self._codec = f"cp{number}"

    def font(self, number: int | None) -> None:
        """Take `f`: a font, whose character set its bytes are in."""
        self._font = number or 0
        if self._state.where == "text":
            self._state = replace(self._state, codec=self._fonts.get(self._font, ""))

    def character_set(self, number: int | None) -> None:
        """Take `fcharset`."""
        if number in CHARSETS and number:
            self._fonts[self._font] = CHARSETS[number]

    def hide(self, number: int | None) -> None:
        """Take `v`."""
        self._state = replace(self._state, hidden=number != 0)

    def strike_out(self, number: int | None) -> None:
        """Take `deleted`: a tracked change takes the text away."""
        self._state = replace(self._state, struck=number != 0)

    def insert(self, number: int | None) -> None:
        """Take `revised`: a tracked change adds the text."""
        self.flow.tell("insertions", int(number != 0))

    def plain(self, _: int | None) -> None:
        """Take `plain`: no mark of characters holds any more."""
        self._state = replace(self._state, hidden=False, struck=False, codec="")

    def aside(self, where: str) -> None:
        """Let the text of this group go somewhere else."""
        self._state = replace(self._state, where=where)
        if where == "objdata":
            self.flow.tell("objects")


def _aside(where: str) -> Callable[[_Reader, int | None], None]:
    return lambda reader, _: reader.aside(where)


_HANDLERS: Final[dict[str, Callable[[_Reader, int | None], None]]] = {
    "ansicpg": _Reader.code_page,
    "cell": _Reader.end_cell,
    "cellx": _Reader.declare_cell,
    "clvmrg": _Reader.merge_down,
    "deleted": _Reader.strike_out,
    "f": _Reader.font,
    "fcharset": _Reader.character_set,
    "fldrslt": _aside("text"),
    "fonttbl": _aside("fonttbl"),
    "formfield": _aside("formfield"),
    "intbl": _Reader.in_table,
    "nestcell": _Reader.end_cell,
    "nestrow": _Reader.end_row,
    "objdata": _aside("objdata"),
    "outlinelevel": _Reader.outline,
    "par": _Reader.end_paragraph,
    "pard": _Reader.reset_paragraph,
    "pict": _aside("pict"),
    "plain": _Reader.plain,
    "revised": _Reader.insert,
    "row": _Reader.end_row,
    "s": _Reader.style,
    "sect": _Reader.end_paragraph,
    "shpinst": _aside("shape"),
    "shptxt": _aside("text"),
    "stylesheet": _aside("stylesheet"),
    "trowd": _Reader.begin_row,
    "u": _Reader.unicode,
    "uc": _Reader.skip_after,
    "v": _Reader.hide,
}
