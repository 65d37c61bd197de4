"""A source document laid out for people: rows of spots, each a place that a field can point to.

`adapters.workbench` makes it inside the sandboxed child, the console shows it beside the plan. It
is type-checked on the way, like a reading. It holds member data and is kept only while somebody
looks at it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

State: TypeAlias = Literal["field", "residue", "known", "repeated", "open", "quiet"]
"""What became of a spot: a field points to it · kept as residue · a label that the profile knows ·
the words of a field stand here too · nothing points to it · markup without content."""

Shape: TypeAlias = Literal["xml", "segments", "table", "pages", "paragraphs", "lines"]


class _Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a laid-out source; it refuses to be printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} sealed>"


class Spot(_Sealed, frozen=True, omit_defaults=True):
    """One place: `id` is unique in the source, `box` (x0, y0, x1, y1) in points from the top left.

    `label` names it as its format does: `PID-5`, a tag, a column's letters. `hint` is what stands
    in the markup beside the words.
    """

    id: str
    text: str = ""
    label: str = ""
    hint: str = ""
    state: State = "open"
    box: tuple[float, float, float, float] | None = None


class Row(_Sealed, frozen=True, omit_defaults=True):
    """A line of the source: its number as its format counts, its depth, its spots from the left."""

    number: str
    spots: tuple[Spot, ...] = ()
    depth: int = 0
    id: str = ""


class Part(_Sealed, frozen=True, omit_defaults=True):
    """A page, sheet, message or table; `size` in points and `image` (PNG) are a page's own."""

    title: str = ""
    shape: Shape = "lines"
    rows: tuple[Row, ...] = ()
    size: tuple[float, float] = (0.0, 0.0)
    image: bytes = b""
    frame: tuple[float, float, float, float] | None = None


class Source(_Sealed, frozen=True, omit_defaults=True):
    """A whole document laid out; `cut` says that it goes on beyond what is shown."""

    kind: str = "lines"
    parts: tuple[Part, ...] = ()
    cut: bool = False


class Slip(_Sealed, frozen=True, omit_defaults=True):
    """What is wrong with a profile: its line (0: the whole file), the key, what to do."""

    line: int
    key: str
    detail: str


class Bench(_Sealed, frozen=True, omit_defaults=True):
    """All the workbench shows beside the reading itself.

    `links` gives for each plan the spot of each pointer in its places; `findings` the spot of each
    finding, or nothing. `adapters` are the bound adapters' names with whether each knew the
    document; `adapter` is the one that read. `profile` is the YAML it reads by, "" where it has
    none; `profiles` are (path, name, YAML) of all that have one.
    """

    source: Source
    links: tuple[dict[str, str], ...] = ()
    findings: tuple[str, ...] = ()
    adapters: tuple[tuple[str, bool], ...] = ()
    adapter: str = ""
    bound: str = ""
    profile: str = ""
    profiles: tuple[tuple[str, str, str], ...] = ()
    slips: tuple[Slip, ...] = ()


class Card(_Sealed, frozen=True, omit_defaults=True):
    """What an adapter is: `broken` names the exception of one that can't be loaded."""

    path: str
    name: str = ""
    version: str = ""
    format: str = ""
    profile: str = ""
    broken: str = ""


class Cards(_Sealed, frozen=True, omit_defaults=True):
    """The cards of several adapters, in the order asked."""

    cards: tuple[Card, ...] = ()


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the workbench asks: the sender's (adapter path, profile or none), a profile to try.

    `tried` replaces the profile of the adapter at `on`; without `on` it reads alone.
    """

    bindings: tuple[tuple[str, str | None], ...]
    on: str = ""
    tried: str = ""


ENCLOSED = "workbench"
"""The name under which a reading of the workbench encloses the frame of its `Bench`."""
