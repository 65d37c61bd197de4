"""Binds the words of a flow to the names of a profile: labels, tables, boxes, controls, sections.

Called by the reader of this package, with the same layout that binds the sender's PDF, so that one
form reads alike from both. What stands twice with two values, or has no single clear mark, is left
out with a finding, never guessed. A label without a value of its own has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from adapters.formats.office.boxes import answered, behind, unwritten
from adapters.formats.office.flow import EMPTY, MARKED, Block, Cell, Control, Flow, Grid, Word
from adapters.formats.office.labels import Labels, matched, question
from adapters.formats.office.paragraphs import parted
from adapters.formats.office.repeated import blocks_of, columns_in
from adapters.formats.office.tables import begins, headed
from adapters.formats.office.taken import Row, Taken, always, crowded, give, placed, text_of, valued
from adapters.formats.pdf.layout import tokens
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.pdf.layout import Layout

_BLANK: Final = re.compile(r"[_\u2026.\u2002\u2003]{2,}|_")


class Binder(Sealed):
    """The values and rows of one document; every word taken is given its fate."""

    def __init__(self, layout: Layout, flow: Flow) -> None:
        self.layout = layout
        self.flow = flow
        self.values: dict[str, Taken] = {}
        self.rows: dict[str, list[Row]] = {}
        self.findings: list[Finding] = []
        self._within: dict[int, Row] = {}
        self.labels = Labels(layout)

    def bind(self) -> None:
        """Bind everything there is, the surest first."""
        self._controls()
        self._blocks()
        heading = said = ""
        for item in self.flow.items:
            if isinstance(item, Grid):
                self._table(item, (heading, said))
            elif item.level:
                heading, said = item.text, ""
            elif item.words:
                said = item.text
        for block in self.flow.blocks():
            if self.layout.prints(block.text):
                give((word for word in block.words if word.fate == "free"), "ignored")
        for block in self.flow.blocks():
            self._choices(block)
        self._labels()

    def doubt(self, name: str, place: Place, why: str) -> None:
        """Say that a value was left out rather than guessed."""
        message = f"`{name}` {why}: left out, read it in the document"
        self.findings.append(Finding("warning", "doubtful_field", message, place))

    def settle(self, name: str, words: list[Word], place: Place) -> None:
        """Keep the first value of a name; a second that says otherwise is left for a person."""
        chosen = self.ticked(name, words, place)
        if chosen is None:
            return
        text = " ".join(word.text for word in chosen).lstrip(": ")
        rule = self.layout.labels.get(name)
        if rule and rule.matches and not re.fullmatch(rule.matches, text):
            self.doubt(name, place, "does not look as it should")
            return
        if text:
            self._keep(Taken(name, text, place, marks=tuple(chosen)))

    def _keep(self, value: Taken) -> None:
        first = self.values.setdefault(value.name, value)
        if first.text == value.text:
            give(value.marks, "mapped")
        else:
            self.doubt(value.name, value.place, "stands twice with two values, the first was taken")

    def ticked(self, name: str, words: list[Word], place: Place) -> list[Word] | None:
        """Return the words of the one marked option; the same words where there are no boxes."""
        give((word for word in words if _BLANK.fullmatch(word.text)), "ignored")
        words = [word for word in words if not _BLANK.fullmatch(word.text)]
        if not any(word.text in {EMPTY, MARKED} for word in words):
            return words
        if behind(words):
            self.doubt(name, place, "has boxes that may stand behind their words")
            return None
        options: list[tuple[Word, list[Word]]] = []
        for word in words:
            if word.text in {EMPTY, MARKED}:
                options.append((word, []))
            elif options:
                options[-1][1].append(word)
        marked = [(box, said) for box, said in options if box.text == MARKED]
        if len(marked) > 1:
            self.doubt(name, place, crowded([box.text == MARKED for box, _ in options]))
            return None
        give((word for box, said in options for word in (box, *unwritten(said))), "ignored")
        if marked and not marked[0][1]:
            give([marked[0][0]], "mapped")
            self._keep(Taken(name, "yes", place, marks=(marked[0][0],)))
        return marked[0][1] if marked and marked[0][1] else None

    def _controls(self) -> None:
        """Bind content controls and form fields by their names."""
        held = {name: one for one in reversed(self.flow.controls) for name in one.names}
        for name, given in self.layout.fields.items():
            for control in (held[one] for one in given if one in held):
                self.settle(name, control.words, placed(control, f"field {name}"))
        for name, options in self.layout.boxes.items():
            self._boxed(name, {o: held[box] for o, box in options.items() if box in held})
        for name, rule in self.layout.rows.items():
            for number in range(1, rule.most + 1):
                shapes = {c: shape.replace("{n}", str(number)) for c, shape in rule.columns.items()}
                row = {
                    column: valued(column, held[one].words, placed(held[one], "field"))
                    for column, one in shapes.items()
                    if one in held and held[one].words
                }
                if row:
                    self.rows.setdefault(name, []).append(always(rule.always, row))

    def _blocks(self) -> None:
        """Make a row of each repeated block, and remember the tables that stand in it."""
        for begun, inside in blocks_of(self.layout, self.flow):
            name, place = begun.name, begun.place
            row = {"number": Taken("number", begun.number, place)}
            if begun.said:
                row["heading"] = valued("heading", begun.said, Place(place.at, place.kind, name))
            for item in inside:
                if isinstance(item, Grid):
                    self._within[id(item)] = {name: Taken(name, begun.number, place)}
                elif item.words and (hit := columns_in(self.layout.blocks[name], item)):
                    where = item.place(f"block {name}")
                    if hit[0] in row:
                        self.doubt(hit[0], where, "stands twice in its block, the first was taken")
                    else:
                        row[hit[0]] = valued(hit[0], hit[1], where)
            self.rows.setdefault(name, []).append(row)

    def _boxed(self, name: str, boxes: dict[str, Control]) -> None:
        """Bind the one ticked box of a group."""
        marked = [option for option, one in boxes.items() if one.state == "marked"]
        if len(marked) > 1:
            at = placed(boxes[marked[0]], "")
            self.doubt(name, at, crowded([one.state == "marked" for one in boxes.values()]))
            return
        for option, one in boxes.items():
            give(one.words, "mapped" if option in marked else "ignored")
        if marked:
            one = boxes[marked[0]]
            words = tuple(one.words)
            self._keep(Taken(name, marked[0], placed(one, "boxes"), marks=words))

    def _table(self, grid: Grid, above: tuple[str, str]) -> None:
        found = headed(self.layout, grid, above)
        if found is None:
            return
        name, rule, at, columns = found
        heads = {tokens(text_of(cell.words)) for cell in grid.rows[at]}
        for cell in grid.rows[at]:
            if cell.column in columns:
                give(cell.words, "ignored")
        for cells in grid.rows[at + 1 :]:
            other = begins(self.layout, cells, above)
            if other and other[0] != name:
                name, rule, columns = other
                heads = {tokens(text_of(cell.words)) for cell in cells}
            if all(tokens(text_of(cell.words)) in heads for cell in cells):
                give((word for cell in cells for word in cell.words), "ignored")
                continue
            row = self._row(cells, columns)
            if row:
                row |= self._within.get(id(grid), {})
                self.rows.setdefault(name, []).append(always(rule.always, row))

    def _row(self, cells: list[Cell], columns: Mapping[int, str]) -> Row:
        row = {}
        for cell in cells:
            column = columns.get(cell.column)
            source = cell if cell.words or cell.above is None else cell.above
            if column is None or not source.words:
                continue
            place = Place(source.blocks[0].at, "cell", f"column {column}")
            words = [word for word in source.words if word.fate in {"free", "mapped"}]
            chosen = self.ticked(column, words, place)
            if chosen:
                parts = tuple(parted(column, source.blocks, chosen, place))
                row[column] = structs.replace(
                    valued(column, chosen, place), parts=parts, merged=source is not cell
                )
        return row

    def _choices(self, block: Block) -> None:
        """Bind the options that stand after boxes; one marked option is the choice's value."""
        if not any(word.text in {EMPTY, MARKED} for word in block.words):
            return
        for name, options in self.layout.choices.items():
            first = self._asked(name, block)
            if answered(block.words[first - 1 :], options.values()):
                place = block.place(f"choice {name}")
                self.doubt(name, place, "has boxes that may stand behind their words")
                continue
            seen = [
                (option, block.words[at - 1 : stop])
                for option, printed in options.items()
                for at in range(first, len(block.words))
                if block.words[at - 1].text in {EMPTY, MARKED}
                and (stop := max(matched(block.words, at, one) for one in printed))
            ]
            seen = [(option, words) for option, words in seen if words[0].fate == "free"]
            marked = [(option, words) for option, words in seen if words[0].text == MARKED]
            place = block.place(f"choice {name}")
            if len(marked) > 1:
                self.doubt(name, place, crowded([words[0].text == MARKED for _, words in seen]))
                continue
            for _, words in seen:
                give(words, "ignored")
            if seen:
                give(question(self.layout, block, seen[0][1][0]), "ignored")
            for option, words in marked:
                self._keep(Taken(name, option, place, marks=tuple(words)))

    def _asked(self, name: str, block: Block) -> int:
        """Return where in a block a choice's options may begin: after its question, if it has one.

        The question's own words hold no value.
        """
        asked = self.layout.asked.get(name, ())
        for at in range(len(block.words)) if asked else ():
            stop = max(matched(block.words, at, one) for one in asked)
            if stop:
                give(block.words[at:stop], "ignored")
                return stop + 1
        return len(block.words) if asked else 1

    def _labels(self) -> None:
        for number, item in enumerate(self.flow.items):
            if isinstance(item, Block):
                self._in_block(item, number)
            else:
                for cells in item.rows:
                    for at, cell in enumerate(cells):
                        self._in_cell(cell, cells[at + 1] if at + 1 < len(cells) else None)

    def _below(self, number: int) -> list[Block]:
        """Return the paragraphs right below one, up to a heading, a label or a table."""
        found: list[Block] = []
        for item in self.flow.items[number + 1 :]:
            if not isinstance(item, Block) or item.part != "body" or item.level:
                break
            if item.words and (self.labels.hits(item) or item.words[0].fate != "free"):
                break
            found += [item] if item.words else []
        return found

    def _in_block(self, block: Block, number: int) -> None:
        for hit, words in self.labels.cut(block):
            rule = self.layout.labels[hit.name]
            more: list[Block] = []
            if hit.stop + len(words) == len(block.words) and (rule.lines or block.level):
                below = self._below(number)
                most = rule.lines or len(below)
                more = below[: most - bool(words)] if rule.lines or not words else []
            said = words + [word for one in more for word in one.words]
            if said:
                self.settle(hit.name, said, block.place(f"label {hit.name}"))

    def _in_cell(self, cell: Cell, right: Cell | None) -> None:
        """Bind labels in a cell: to what follows, to the paragraphs below, or the next cell."""
        for at, block in enumerate(cell.blocks):
            for hit, words in self.labels.cut(block):
                place = block.place(f"label {hit.name}")
                last = hit.stop + len(words) == len(block.words)
                said = words + (self._under(cell.blocks[at + 1 :]) if last else [])
                if not said and right and not any(self.labels.hits(one) for one in right.blocks):
                    said = [word for word in right.words if word.fate == "free"]
                    place = Place(right.blocks[0].at, "cell", place.rule) if said else place
                if said:
                    self.settle(hit.name, said, place)

    def _under(self, blocks: list[Block]) -> list[Word]:
        """Return the free words of a cell's further paragraphs, up to the next label."""
        words: list[Word] = []
        for block in blocks:
            if self.labels.hits(block):
                break
            words += [word for word in block.words if word.fate == "free"]
        return words
