"""What `icp-hub adapters explain` prints at a narrow terminal, and a plan as a person reads it.

Called by `commands` only, for somebody at their own terminal beside the sample; it is never logged.
Nothing is left out but what the hub itself adds: ids, labels, places and what is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical.wire import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    _Words = Mapping[str, Mapping[str, str]]

    from hub.adapting.tracing import Origin
    from hub.canonical import Plan

WIDE: Final = 120
"""The terminal columns from which a table of origins can be read."""
_OURS: Final = {"id", "labels", "part2_origin", "places", "residue", "schema"}
_LINKS: Final = ("concerns", "goals", "interventions")
_NOTHING: Final = (None, "", "unknown", False)


def told(one: Origin, *, show: bool) -> Iterator[str]:
    """Yield an origin's lines: the field, then where it was read and by what, then its value."""
    yield f"{one.field}  {one.confidence:.2f}"
    yield "    " + "  ".join(part for part in (one.rule, one.transforms, one.place) if part)
    if show:
        yield f"    = {one.text}"


def outline(plan: Plan) -> Iterator[str]:
    """Yield a plan's lines: a heading for each part, its items numbered, links by their words."""
    data = plain(plan)
    words = {
        name: {
            item["id"]: item["text"]
            for item in _items(data.get(name))
            if isinstance(item.get("text"), str) and item.get("id")
        }
        for name in _LINKS
    }
    for name, part in data.items():
        if name in _OURS or part in _NOTHING or part in ([], {}):
            continue
        yield ""
        yield name.replace("_", " ").upper()
        if isinstance(part, list):
            for number, item in enumerate(part, 1):
                yield from _item(number, item, words)
        elif isinstance(part, dict):
            yield from (f"   {line}" for line in _fields(part, "", words))
        else:
            yield f"   {part}"


def _items(part: Any) -> list[Any]:  # noqa: ANN401  # a part of a plan's JSON
    return [one for one in part if isinstance(one, dict)] if isinstance(part, list) else []


def _item(number: int, item: Any, words: _Words) -> Iterator[str]:  # noqa: ANN401  # as above
    head = f"{number:>2}."
    if not isinstance(item, dict):
        yield f"{head} {item}"
        return
    text = item.get("text")
    first = text if isinstance(text, str) else ""
    lines = list(_fields({k: v for k, v in item.items() if k != "text" or not first}, "", words))
    if not first and lines:
        first = lines.pop(0)
    yield f"{head} {first}"
    yield from (f"      {line}" for line in lines)


def _fields(part: Mapping[str, Any], above: str, words: _Words) -> Iterator[str]:
    """Yield `name: value` of every leaf of a part, lists of words in one line."""
    for name, value in part.items():
        path = f"{above} {name}".strip().replace("_", " ")
        if name in _OURS or value in _NOTHING or value in ([], {}):
            continue
        if isinstance(value, dict):
            yield from _fields(value, path, words)
        elif isinstance(value, list) and _items(value):
            for one in _items(value):
                yield from _fields(one, path, words)
        elif isinstance(value, list):
            linked = words.get(name, {})
            yield f"{path}: {'; '.join(linked.get(str(one), str(one)) for one in value)}"
        else:
            yield f"{path}: {value}"
