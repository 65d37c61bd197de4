"""Drafts to the plan's frozen elements: ids given, links said by id, protection settled.

Called once, last, by the adapter. An element is protected by its own resource's labels and by the
document's; nothing here lowers either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.families import LETTERS, MAKERS
from hub.canonical import TeamMember

if TYPE_CHECKING:
    from adapters.formats.fhir.gathering import Draft, Gathering

_WORDS: Final = ("strengths", "preferences", "barriers", "own_words")


def made(gathering: Gathering) -> dict[str, Any]:
    """Return the plan's parts by field, each element frozen, or the absence the source stated."""
    for family, letter in LETTERS.items():
        _identified(gathering.drafts.get(family, ()), letter)
    parts: dict[str, Any] = dict(gathering.parts)
    for name in _WORDS:
        if name in parts:
            parts[name] = tuple(parts[name])
    for family, maker in MAKERS.items():
        drafts = gathering.drafts.get(family, ())
        if not drafts and family in gathering.absent:
            parts[family] = gathering.absent[family]
        else:
            gathering.places.pop(f"/{family}", None)
            parts[family] = tuple(_made(gathering, draft, maker) for draft in drafts)
    return parts


def _identified(drafts: Any, letter: str) -> None:  # noqa: ANN401  # a list of drafts, or none
    """Give every draft an id of its own: the one it came with, else a letter and its number."""
    taken: set[str] = set()
    for draft in drafts:
        if draft.id in taken:
            draft.id = ""
        taken.add(draft.id)
    for number, draft in enumerate(drafts, 1):
        name = f"{letter}{number}"
        while not draft.id:
            draft.id = name if name not in taken else ""
            name += "~"
        taken.add(draft.id)


def _made(gathering: Gathering, draft: Draft, maker: Any) -> object:  # noqa: ANN401  # any element's class
    data = draft.data
    if "codes" in data:
        data["codes"] = tuple(data["codes"])
    for name, held in draft.linked.items():
        data[name] = tuple(to.id for to, _ in held.values())
        for number, (_, at) in enumerate(held.values()):
            gathering.leaf(f"{draft.pointer}/{name}/{number}", at, "link")
    if draft.family in LETTERS:
        data["id"] = draft.id
    if maker is TeamMember:
        return maker(**data)
    labels = tuple(sorted(draft.labels | gathering.labels))
    for number in range(len(labels)):
        gathering.leaf(f"{draft.pointer}/labels/{number}", draft.at, "label")
    origin = "yes" if draft.origin or gathering.origin else "unknown"
    return maker(labels=labels, part2_origin=origin, **data)
