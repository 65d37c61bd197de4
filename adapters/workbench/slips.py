"""What is wrong with a profile being written, by line: YAML, schema, and what only loading finds.

`reading` calls `slips` for the text in the workbench. It names keys and lines of the profile, which
holds no member data; it never raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml

from adapters.profiles import ProfileError, load
from adapters.profiles.loading import explained, parsed, schema
from hub.canonical.source import Slip

if TYPE_CHECKING:
    from adapters.profiles import Profile

_LINE: Final = re.compile(r"\bline (\d+)\b")
_MOST: Final = 50


def checked(text: str) -> tuple[Profile | None, tuple[Slip, ...]]:
    """Return the profile in a text, or None and everything that is wrong with it."""
    try:
        return load(text), ()
    except ProfileError as error:
        first = Slip(_line_of(text, error), error.key, error.detail)
    except Exception as error:  # noqa: BLE001  # a text under somebody's hands may be anything
        return None, (Slip(0, "*", f"can't be loaded ({type(error).__name__})"),)
    every = _of_schema(text) or (first,)
    return None, every[:_MOST]


def strings(text: str) -> list[str]:
    """Return every word that a profile knows a document by: its keys' values, none of its keys."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return []
    return [value for value in _scalars(node) if any(c.isalpha() for c in value)]


def _scalars(node: yaml.Node | None) -> list[str]:
    found: list[str] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, yaml.ScalarNode):
            found.append(str(here.value))
        elif isinstance(here, yaml.MappingNode):
            for key, value in here.value:
                waiting += [key, value]
        elif isinstance(here, yaml.SequenceNode):
            waiting += here.value
    return found


def _of_schema(text: str) -> tuple[Slip, ...]:
    """Return every error of the schema, in the order of its lines."""
    try:
        errors = list(schema().iter_errors(parsed(text)))
    except ProfileError:
        return ()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = []
    for error in errors:
        key, detail = explained(error)
        found.append(Slip(_line_at(root, key), key, detail))
    return tuple(sorted(found, key=lambda one: one.line))


def _line_of(text: str, error: ProfileError) -> int:
    """Return the line that an error names itself, or that of its key."""
    named = _LINE.search(error.detail)
    if named:
        return int(named[1])
    try:
        return _line_at(yaml.compose(text, Loader=yaml.SafeLoader), error.key)
    except yaml.YAMLError:
        return 0


def _line_at(node: yaml.Node | None, key: str) -> int:
    """Return the line of a dotted key, or of the nearest thing around it; keys may hold dots."""
    line, rest = 0, key
    while rest and node is not None:
        step = _step(node, rest)
        if step is None:
            break
        line, node, rest = step
    return line


def _step(node: yaml.Node, key: str) -> tuple[int, yaml.Node, str] | None:
    if isinstance(node, yaml.SequenceNode):
        number, _, rest = key.partition(".")
        if not number.isdecimal() or int(number) >= len(node.value):
            return None
        item = node.value[int(number)]
        return item.start_mark.line + 1, item, rest
    if isinstance(node, yaml.MappingNode):
        pairs = sorted(node.value, key=lambda pair: -len(str(pair[0].value)))
        for name, value in pairs:
            held = str(name.value)
            if key == held or key.startswith(f"{held}."):
                return name.start_mark.line + 1, value, key[len(held) + 1 :]
    return None
