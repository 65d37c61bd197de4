"""The boxes of the risk level in a proposal, form fields or printed squares.

Called by `proposing`. It knows levels by their words only, and sees no value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.workshop import wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.workshop.bound import Proposal

_GLYPHS: Final = re.compile("[\u2610\u2611\u2612\u25a1\u25a0\uf06f\uf0fe]|\\[[ xX]?\\]")


def bind_boxes(
    found: Proposal, outline: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]
) -> None:
    """Bind the boxes of the risk level, whether form fields or printed ones."""
    levels: dict[str, str] = wording.words()["values"]["risk"]

    def level(text: str) -> str:
        return levels.get(wording.bare(text).replace("risk", "").strip(), "")

    held = {
        level(one["text"] or one["name"]): one["name"] for one in fields if one["kind"] == "check"
    }
    held.pop("", None)
    if len(held) > 1:
        found.extra["boxes"] = held
        found.unbound = [one for one in found.unbound if not any(n in one for n in held.values())]
    said = [part.strip() for line in outline["lines"] for part in _GLYPHS.split(line)]
    printed = {level(one): one for one in said if one.isalpha() or "risk" in one.casefold()}
    printed.pop("", None)
    if len(held) < 2 < len(printed) + 1:  # noqa: PLR2004  # a choice has two options
        found.extra["choices"] = printed
    if len(held) > 1 or found.extra.get("choices"):
        found.extra["drop"] = [
            one["text"] for one in outline["labels"] if "risk" in one["text"].casefold()
        ]
