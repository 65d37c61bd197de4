"""Small pieces of a proposal's YAML: a text quoted where it must be, a list, a guess's comment.

`drafting`, `placing` and `sheets` write with them. Nothing here knows what is written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SURE: Final = 0.85
"""Guesses below it are marked `CHECK`."""
_PLAIN: Final = re.compile(r"[A-Za-z_][\w ./()'-]*[\w.)]|[A-Za-z]")
_YAML_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def q(text: str) -> str:
    """Return a text as YAML, quoted where it would be read as something else."""
    return text if _PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS else quoted(text)


def quoted(text: str) -> str:
    """Return a text as YAML in quotes."""
    return json.dumps(text, ensure_ascii=False)


def said(sure: float, known: str = "") -> str:
    """Return a guess's comment."""
    check = "" if sure >= SURE else "CHECK "
    return f"  # {check}{sure:.2f}" + (f", like `{known}`" if known else "")


def flow(words: Sequence[str]) -> str:
    """Return texts as a list in one line."""
    return f"[{', '.join(map(q, words))}]"
