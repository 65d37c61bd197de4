"""JSON laid out by its pointers, and any other text by its lines: what no reader knows, too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.workbench.laying import MOST, Layout, escaped, short
from hub.canonical.source import Part, Row, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Place

_PRINTABLE: Final = 0.9
_DEEPEST: Final = 24


@dataclass(slots=True, repr=False)
class Lines(Layout):
    """Lines; a pointer into what a line stands for leads to that line."""

    def spot_of(self, place: Place) -> str:
        """Return the spot of a line, or of the nearest thing around a pointer."""
        at = place.at
        while at not in self.at and "/" in at:
            at = at.rpartition("/")[0]
        return self.at.get(at, "")


def json_of(content: bytes) -> Lines | None:
    """Return a JSON document laid out, one row for each value; None where it is none."""
    if content.lstrip()[:1] not in {b"{", b"["}:
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    laid = Lines(kind="lines")
    rows: list[Row] = []
    for pointer, key, text, depth in _walked(value):
        if len(rows) >= MOST:
            laid.cut = True
            break
        spot = f"j{len(rows) + 1}"
        laid.at[pointer] = spot
        state = Spot(spot, short(text), key, state="open" if text else "quiet")
        rows.append(Row(str(len(rows) + 1), (state,), min(depth, _DEEPEST)))
    laid.parts = [Part("", "lines", tuple(rows))]
    return laid


def _walked(value: Any) -> Iterator[tuple[str, str, str, int]]:  # noqa: ANN401  # JSON of any shape
    """Yield (pointer, key, words of a leaf, depth) of every value, in the document's order."""
    waiting: list[tuple[Any, str, str, int]] = [(value, "", "", 0)]
    while waiting:
        item, pointer, key, depth = waiting.pop()
        if isinstance(item, dict):
            pairs = [(str(name), each) for name, each in item.items()]
        elif isinstance(item, list):
            pairs = [(str(number), each) for number, each in enumerate(item)]
        else:
            text = item if isinstance(item, str) else json.dumps(item)
            yield pointer, key, text, depth
            continue
        yield pointer, key, "", depth
        waiting += [
            (each, f"{pointer}/{escaped(name)}", name, depth + 1) for name, each in reversed(pairs)
        ]


def text_of(content: bytes) -> Lines:
    """Return any text by its lines; what is no text has none."""
    laid = Lines(kind="lines")
    text = _decoded(content)
    lines = text.splitlines()
    laid.cut = len(lines) > MOST
    rows = []
    for number, line in enumerate(lines[:MOST], start=1):
        laid.at[f"line {number}"] = f"l{number}"
        state = Spot(f"l{number}", short(line), "", state="open" if line.strip() else "quiet")
        rows.append(Row(str(number), (state,)))
    laid.parts = [Part("", "lines", tuple(rows))] if rows else []
    return laid


def _decoded(content: bytes) -> str:
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = content.decode("utf-16" if wide else "utf-8", "replace")
    if not text:
        return ""
    good = sum(c.isprintable() or c in "\r\n\t" for c in text if c != "\ufffd")
    return text if good >= _PRINTABLE * len(text) else ""
