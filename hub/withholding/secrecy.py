"""What must not be found in what is left: the phrases of removed units, less what is no secret.

`hub.withholding.removal` calls `secret`. What the plan's identity says anyway (its member, its
authors) is no secret, and a party's name is none while a surviving ask or intervention names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.withholding.anatomy import is_identity
from hub.withholding.folding import folded_together
from hub.withholding.phrasing import every_text, own_phrases, party_phrases

if TYPE_CHECKING:
    from collections.abc import Mapping


def secret(parts: Mapping[str, Any], gone: set[str]) -> tuple[str, ...]:
    """Return the phrases that no rendering may hold, given every unit in plain form by pointer."""
    lost = [_telling(pointer, parts[pointer]) for pointer in gone]
    told = {phrase for part in lost for phrase in own_phrases(part)}
    people = {phrase for part in lost for phrase in party_phrases(part)}
    if people:
        told |= people - _named(parts, gone)
    kept = (part for at, part in parts.items() if at not in gone and is_identity(at))
    open_text = f" {folded_together([text for part in kept for text in every_text(part)])} "
    return tuple(sorted(one for one in told if f" {one} " not in open_text))


def _named(parts: Mapping[str, Any], gone: set[str]) -> set[str]:
    """Return the parties that a surviving ask or intervention names."""
    return {
        phrase
        for at, part in parts.items()
        if at not in gone and at.startswith(("/interventions/", "/asks/"))
        for phrase in party_phrases(part)
    }


def _telling(pointer: str, part: Any) -> Any:  # noqa: ANN401  # plain JSON
    """Return the part whose words matter: a file's name tells nothing, nor does a town."""
    if pointer.startswith("/attachments/"):
        return None
    return part.get("lines") if pointer.startswith("/member/addresses/") else part
