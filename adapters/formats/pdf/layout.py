"""The `pdf:` section of a profile: where a sender's form prints or keeps each named value.

Called once per profile by the reader in this package. Keys: `labels` (name → printed labels, or a
map of them with `lines`, `matches`, `over`, `above`, `first`), `choices` (name → option → printed
labels, or `{asked, options}` where the same options stand after several questions), `tables`
(name → `{key, columns, always, heading, bands}`), `fields` (name → form field names or tooltips),
`boxes` (name → option → check field), `rows` (table → `{most, columns, always}` with `{n}` in the
field names), `furniture` (printed words, `*` and `?` as wildcards, that hold no value), `notes`
(printed headings whose text below becomes a note), `lists` (table → printed heading whose marked
lines below are rows with the column `text`), `blocks` (name → `{heading, columns}`: labels that
repeat under like headings), and of PDF alone `cards` (name → `{heading, lines, columns}`). `always`
gives rows what a table's heading says; `heading` tells apart tables with the same heads.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.canonical.redisclosure import cites_part2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_KEYS = {"labels", "choices", "tables", "fields", "boxes", "rows", "furniture", "notes", "lists"}
_KEYS |= {"blocks", "cards"}
_NOT_LETTER = re.compile(r"[^\w#%]+")
_SLASH = re.compile(r"\s*/\s*")
Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A value beside or below one of the printed labels; with `above`, right over its label.

    `lines` bounds a value that no ruled cell bounds; `matches` is a pattern the value must fit;
    `over` lets empty cells stand between the label's and the value's; without `first` two
    values under one label give none; forms print a member's labels again for others below.
    """

    printed: tuple[Tokens, ...]
    lines: int | None = None
    matches: str = ""
    over: bool = False
    above: bool = False
    first: bool = True


@dataclass(frozen=True, slots=True)
class TableRule:
    """A table by its printed column heads; a row begins where column `key` has words.

    `heading` tells apart tables with the same heads: what is printed above, `*` and `?` allowed.
    `bands` are rows over several columns that head those below: name → printed words, the outer
    ones first.
    """

    key: str
    columns: Mapping[str, tuple[Tokens, ...]]
    always: Mapping[str, str] = field(default_factory=dict)
    heading: tuple[str, ...] = ()
    bands: Mapping[str, BlockRule] = field(default_factory=dict)

    def headed(self, text: str) -> bool:
        """Say whether this text is the table's printed heading."""
        return bool(_printing(self.heading)(text.rstrip(": ")))


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Labels that repeat under headings of one shape: column → printed labels."""

    heading: tuple[str, ...]
    columns: Mapping[str, tuple[Tokens, ...]]

    def headed(self, text: str) -> bool:
        """Say whether this text is a heading that begins such a block."""
        return bool(_printing(self.heading)(text.rstrip(": ")))


@dataclass(frozen=True, slots=True)
class CardRule:
    """Cards side by side under one printed heading: what their lines are, from the top.

    `lines` are the columns of the lines without a label; `columns` those that a label names.
    """

    heading: Tokens
    lines: tuple[str, ...]
    columns: Mapping[str, tuple[Tokens, ...]]


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows of form fields: column → field name with `{n}`, for n from 1 to `most`."""

    most: int
    columns: Mapping[str, str]
    always: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """A sender's form, ready for the binding functions."""

    labels: Mapping[str, LabelRule] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, tuple[Tokens, ...]]] = field(default_factory=dict)
    asked: Mapping[str, tuple[Tokens, ...]] = field(default_factory=dict)
    tables: Mapping[str, TableRule] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boxes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows: Mapping[str, RowRule] = field(default_factory=dict)
    furniture: tuple[str, ...] = ()
    notes: frozenset[Tokens] = frozenset()
    lists: Mapping[str, tuple[Tokens, ...]] = field(default_factory=dict)
    blocks: Mapping[str, BlockRule] = field(default_factory=dict)
    cards: Mapping[str, CardRule] = field(default_factory=dict)

    def prints(self, text: str) -> bool:
        """Say whether the sender's empty form prints this text; a Part 2 notice is never passed."""
        return bool(_printing(self.furniture)(text)) and not cites_part2(text)

    def heads(self, text: str) -> bool:
        """Say whether a text is the declared heading of a table, list, block or of cards."""
        ruled = any(one.headed(text) for one in self.tables.values() if one.heading != ("*",))
        if ruled or any(one.headed(text) for one in self.blocks.values()):
            return True
        said = tokens(text)
        if any(said == one.heading for one in self.cards.values()):
            return True
        return any(said in printed for printed in self.lists.values())

    def asks(self, text: str) -> bool:
        """Say whether a text is a declared question, or one that the empty form prints."""
        said = tokens(text)
        declared = any(said in printed for printed in self.asked.values())
        return declared or (text.endswith((":", "?")) and self.prints(text))


@functools.cache
def _printing(shapes: tuple[str, ...]) -> Callable[[str], object]:
    """Return the test whether a text has one of the shapes."""
    whole = "|".join(map(fnmatch.translate, shapes))
    return re.compile(whole).match if shapes else _nothing


def _nothing(_text: str) -> None:
    """Say of every text that an empty form without furniture doesn't print it."""


def token(text: str) -> str:
    """Return a word without case, punctuation and accents of type setting; may be empty."""
    text = text.lower()
    return text if text.isalnum() else _NOT_LETTER.sub("", text)


def tokens(text: str) -> Tokens:
    """Return the words of a label as they are compared."""
    return tuple(one for one in map(token, text.split()) if one)


def layout_of(section: Mapping[str, Any]) -> Layout:
    """Return the layout in a profile's `pdf:` section; `ValueError` names a key that is wrong."""
    strange = sorted(set(section) - _KEYS)
    if strange:
        raise ValueError(f"`pdf.{strange[0]}`: is not a key of the pdf section")
    return Layout(
        labels={name: _label(given) for name, given in section.get("labels", {}).items()},
        choices={
            name: {option: _printed(words) for option, words in _options(given).items()}
            for name, given in section.get("choices", {}).items()
        },
        asked={
            name: _printed(given["asked"])
            for name, given in section.get("choices", {}).items()
            if _options(given) is not given
        },
        tables={
            name: TableRule(
                given["key"],
                {one: _printed(words) for one, words in given["columns"].items()},
                given.get("always", {}),
                tuple(_listed(given.get("heading", ()))),
                {one: _band(band) for one, band in given.get("bands", {}).items()},
            )
            for name, given in section.get("tables", {}).items()
        },
        fields={name: tuple(_listed(given)) for name, given in section.get("fields", {}).items()},
        boxes=section.get("boxes", {}),
        rows={
            name: RowRule(int(given["most"]), given["columns"], given.get("always", {}))
            for name, given in section.get("rows", {}).items()
        },
        furniture=tuple(section.get("furniture", ())),
        notes=frozenset(_printed(section.get("notes", ()))),
        lists={name: _printed(given) for name, given in section.get("lists", {}).items()},
        blocks={
            name: BlockRule(
                tuple(_listed(given["heading"])),
                {one: _printed(words) for one, words in given["columns"].items()},
            )
            for name, given in section.get("blocks", {}).items()
        },
        cards={
            name: CardRule(
                tokens(given["heading"]),
                tuple(_listed(given["lines"])),
                {one: _printed(words) for one, words in given.get("columns", {}).items()},
            )
            for name, given in section.get("cards", {}).items()
        },
    )


def _band(given: Any) -> BlockRule:  # noqa: ANN401  # YAML of two shapes
    if not isinstance(given, dict):
        return BlockRule(tuple(_listed(given)), {})
    columns = {name: _printed(words) for name, words in given.get("columns", {}).items()}
    return BlockRule(tuple(_listed(given["heading"])), columns)


def _label(given: Any) -> LabelRule:  # noqa: ANN401  # YAML of two shapes
    if isinstance(given, dict):
        matches, lines = given.get("matches", ""), given.get("lines")
        over, above = bool(given.get("over", False)), bool(given.get("above", False))
        first = bool(given.get("first", True))
        return LabelRule(_printed(given["labels"]), lines, matches, over, above, first)
    return LabelRule(_printed(given))


def _options(given: Any) -> Any:  # noqa: ANN401  # YAML of two shapes
    """Return the options of a choice, whether its question is said or not."""
    return given["options"] if isinstance(given.get("options"), dict) else given


def _printed(given: Any) -> tuple[Tokens, ...]:  # noqa: ANN401  # YAML of two shapes
    return tuple(dict.fromkeys(one for words in _listed(given) for one in _said(words)))


def _said(words: str) -> Iterable[Tokens]:
    """Return the words of a label; with a slash, as it may stand between blanks or without."""
    if "/" not in words:
        return (tokens(words),)
    return tokens(words), tokens(words.replace("/", " / ")), tokens(_SLASH.sub("/", words))


def _listed(given: Any) -> Iterable[str]:  # noqa: ANN401  # YAML of two shapes
    return (given,) if isinstance(given, str) else given
