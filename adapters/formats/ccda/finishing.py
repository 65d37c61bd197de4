"""Turns drafts into the plan's frozen elements, with notes for narrative and protection settled.

Called once, last, by the adapter. A section's narrative is kept as a note whenever it has a word
its entries don't say, under the protection of everything read from that section. An element is
protected by its own markings, its section's, the document's, and those of what it stood beside.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from adapters.formats.ccda import narrative
from adapters.formats.families import LETTERS, MAKERS
from hub.canonical import TeamMember

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from hub.canonical.values import Origin

_UNSAID = frozenset({"id", "label", "kind", "domain", "funding", "term"})
_GLANCE = 6
_WORDS = re.compile(r"[^\W_]+|[^\w\s:;,.]")
_SAYING_NONE = frozenset(LETTERS) | {"advance_directives"}


def notes(gathering: Gathering) -> None:
    """Keep every narrative, and every title no note carries; settle each section's fate."""
    for scope in gathering.scopes:
        if scope.text is not None and _note(gathering, scope):
            gathering.fates["mapped"] += 1
        elif scope.counted:
            kept = bool(scope.drafts or scope.text is not None)
            if scope.title:
                gathering.spare(scope.title, "section title", scope.at, scope)
            fate = "mapped" if kept else "residue" if scope.title else "ignored"
            gathering.fates[fate] += 1


def _note(gathering: Gathering, scope: Scope) -> bool:
    """Make a section's note; says whether one was needed."""
    if scope.text is None:
        return False
    text = narrative.whole(scope.text)
    if not text or _said(text, scope):
        return False
    before = list(scope.drafts)
    draft = gathering.new("notes", scope.at, scope)
    draft.put("section", scope.title, scope.at)
    draft.put("text", text, scope.at)
    draft.data["code"] = scope.code
    gathering.spread(f"{draft.pointer}code", scope.code, scope.at, "notes.code")
    draft.levelled = any(other.levelled for other in before)
    for other in before if gathering.guarded else ():
        draft.labels |= _labels(gathering, other)
        draft.origin = "yes" if _origin(gathering, other) == "yes" else draft.origin
    return True


def _said(text: str, scope: Scope) -> bool:
    """Say whether a section's elements hold every word of its narrative, as often."""
    if not scope.drafts:
        return False
    said: list[str] = []
    for draft in scope.drafts:
        for name, value in draft.data.items():
            if type(value) is str and name not in _UNSAID:
                said.append(value)
    whole = " ".join(said)
    if any(word.strip(":;,.") not in whole for word in text.split(None, _GLANCE)[:_GLANCE]):
        return False
    have = _WORDS.findall(whole)
    wanted = _WORDS.findall(text)
    if not set(have).issuperset(wanted):
        return False
    return not Counter(wanted) - Counter(have)


def _labels(gathering: Gathering, draft: Draft) -> frozenset[str]:
    labels = draft.marks | gathering.document_labels
    return labels | _labels(gathering, draft.near) if draft.near is not None else labels


def _origin(gathering: Gathering, draft: Draft) -> Origin:
    if draft.origin == "yes" or draft.scope.origin == "yes" or gathering.document_origin == "yes":
        return "yes"
    if draft.near is not None:
        return _origin(gathering, draft.near)
    return draft.scope.origin


def made(gathering: Gathering) -> dict[str, Any]:
    """Return the plan's lists by field, each element frozen, or the absence a source stated."""
    lists: dict[str, Any] = {}
    for family, maker in MAKERS.items():
        drafts = gathering.drafts.get(family, ())
        if not drafts and family in _SAYING_NONE and family in gathering.absent:
            lists[family] = gathering.absent[family]
        else:
            gathering.places.pop(f"/{family}", None)
            lists[family] = tuple(_made(gathering, draft, maker) for draft in drafts)
    return lists


def _made(gathering: Gathering, draft: Draft, maker: Any) -> object:  # noqa: ANN401  # any element's class
    data = draft.data
    held = data.get("codes")
    if held is not None:
        data["codes"] = tuple(held)
    if draft.linked is not None:
        data.update({name: tuple(targets) for name, targets in draft.linked.items()})
    if maker is TeamMember:
        return maker(**data)
    if not gathering.guarded:
        return maker(part2_origin=draft.scope.origin, **data)
    labels = _labels(gathering, draft)
    if labels:
        data["labels"] = tuple(sorted(labels))
        for number in range(len(labels)):
            gathering.leaf(f"{draft.pointer}labels/{number}", draft.at, "label")
    return maker(part2_origin=_origin(gathering, draft), **data)
