"""The text of one Word paragraph: its runs, content controls, form fields and inserted pieces.

Called by the reader of Word documents for each paragraph. The instructions of a field are left out
and its result is taken; a legacy form field's state is read from its data, the only place it is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Block, Control, Flow, Writing
from adapters.formats.office.wordml import chosen, named, on, option, value
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

_ASIDE: Final = frozenset(
    {"pPr", "rPr", "sdtPr", "sdtEndPr", "ctrlPr", "instrText", "delText", "delInstrText", "fldData"}
)
_GONE: Final = frozenset({"del", "moveFrom", "rt"})
_DIVIDING: Final = frozenset({"tab", "ptab", "br", "cr"})
_LINES: Final = frozenset({"br", "cr"})
_DASHES: Final = {"noBreakHyphen": "-", "softHyphen": ""}


class Runs(Sealed):
    """Reads the runs of paragraphs; a field may begin in one paragraph and end in the next."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._fields: list[Control | None] = []
        self._boxes: list[_Element] = []
        self._fresh: list[Control] = []

    def read(self, paragraph: _Element, writing: Writing) -> list[_Element]:
        """Write the words of a paragraph and return the text boxes anchored in it."""
        self._boxes = []
        writing.controls += [field for field in self._fields if field is not None]
        self._walk(paragraph, writing, hidden=False)
        return self._boxes

    def placed(self, block: Block) -> None:
        """Give the controls that began in a paragraph their place."""
        for control in self._fresh:
            control.at = block.at
        self._fresh = []

    def control(self, sdt: _Element) -> Control | None:
        """Return a content control, noted; None where it is one that shows its placeholder."""
        properties = option(sdt, "sdtPr")
        if properties is None:
            return Control(())
        names = tuple(
            filter(None, (value(option(properties, "tag")), value(option(properties, "alias"))))
        )
        made = Control(names)
        box = option(properties, "checkbox")
        if box is not None:
            made.state = "marked" if on(option(box, "checked")) else "empty"
        self._flow.controls.append(made)
        self._fresh.append(made)
        return None if option(properties, "showingPlcHdr") is not None and box is None else made

    def _walk(self, parent: Iterable[_Element], writing: Writing, hidden: bool) -> None:
        for one in parent:
            name = named(one)
            if name in _GONE:
                self._flow.tell("deletions")
            elif name == "sdt":
                self._sdt(one, writing, hidden)
            elif name == "txbxContent":
                self._boxes.append(one)
            elif name == "r":
                writing.bold = on(option(one, "rPr", "b"))
                self._walk(one, writing, on(option(one, "rPr", "vanish")))
            elif name not in _ASIDE and not self._leaf(one, name, writing, hidden):
                if name in {"ins", "moveTo"}:
                    self._flow.tell("insertions")
                self._walk(chosen(one), writing, hidden)

    def _sdt(self, sdt: _Element, writing: Writing, hidden: bool) -> None:
        control = self.control(sdt)
        if control is None:
            return
        if control.state:
            writing.controls.append(control)
            writing.box(control.state == "marked")
            writing.controls.remove(control)
            return
        writing.controls.append(control)
        for one in sdt:
            if named(one) == "sdtContent":
                self._walk(one, writing, hidden)
        writing.controls.remove(control)

    def _leaf(self, one: _Element, name: str, writing: Writing, hidden: bool) -> bool:
        """Write what an element stands for; say whether it stands for anything by itself."""
        if name == "fldChar":
            self._field(one, writing)
        elif name == "t":
            writing.text(one.text or "", hidden)
        elif name in _DIVIDING:
            writing.divide(line=name in _LINES)
        elif name in _DASHES:
            writing.text(_DASHES[name], hidden)
        elif name == "sym":
            code = value(one, "char")
            if len(code) == 4 and all(c in "0123456789abcdefABCDEF" for c in code):  # noqa: PLR2004  # four hex digits
                writing.text(chr(int(code, 16)), hidden)
        else:
            return False
        return True

    def _field(self, one: _Element, writing: Writing) -> None:
        """Follow a field: its instructions have an element of their own, its result is text."""
        kind = value(one, "fldCharType")
        if kind == "begin":
            control = self._form_field(one, writing)
            self._fields.append(control)
            if control is not None:
                writing.controls.append(control)
        elif kind == "end" and self._fields:
            control = self._fields.pop()
            if control is not None and control in writing.controls:
                writing.controls.remove(control)

    def _form_field(self, one: _Element, writing: Writing) -> Control | None:
        data = option(one, "ffData")
        if data is None:
            return None
        made = Control(tuple(filter(None, (value(option(data, "name")),))))
        self._flow.controls.append(made)
        self._fresh.append(made)
        box = option(data, "checkBox")
        chosen = option(data, "ddList")
        if box is not None:
            checked = option(box, "checked")
            marked = on(checked if checked is not None else option(box, "default"))
            made.state = "marked" if marked else "empty"
        writing.controls.append(made)
        if box is not None:
            writing.box(made.state == "marked")
        elif chosen is not None:
            entries = [value(entry) for entry in chosen if named(entry) == "listEntry"]
            given = value(option(chosen, "result")) or value(option(chosen, "default")) or "0"
            if given.isdecimal() and len(given) < 5 and int(given) < len(entries):  # noqa: PLR2004  # as many as fit a list
                writing.text(f" {entries[int(given)]} ")
        writing.controls.remove(made)
        return made if box is None and chosen is None else None
