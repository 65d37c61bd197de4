"""Which rows of a narrative the entries speak for, so that no item is told twice.

Called by `uncoded`. An entry speaks for a row that it refers to, or whose words or code it has; an
entry that fits no row makes it impossible to say which rows have none, and then nothing is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.ccda.columns import MAIN
from adapters.formats.ccda.saying import close
from adapters.formats.ccda.tags import STEPS, V3

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.tabled import Row

_ENTRY: Final = V3 + "entry"
_REFERENCE: Final = V3 + "reference"
_WHOLE: Final = (V3 + "tbody", V3 + "table")
_SHORT: Final = 5
_TOKENS: Final = re.compile(r"[^\W_]+")
_MANNER: Final = re.compile(
    r"\((?:disorder|finding|situation)\)|\b(?:problem|concern)\b", re.IGNORECASE
)
"""What is added to the words of a problem and does not tell it from another."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Rows with what speaks for each (none: no item), rows that stand alone, entries alone."""

    spoken: list[tuple[Row, Draft | None]]
    alone: list[Row]
    free: list[Draft]


def paired(gathering: Gathering, scope: Scope, kind: str, rows: list[Row]) -> Paired:
    """Return which rows of a section's narrative its entries, or like items elsewhere, say."""
    own = [one for one in scope.drafts if one.family == kind]
    by_mark = _marks(gathering, scope, own)
    spoken: list[tuple[Row, Draft | None]] = []
    rest: list[Row] = []
    for row in rows:
        marks = [mark for mark in _ids(row.element) if mark in by_mark]
        drafts = [draft for mark in marks if (draft := by_mark[mark]) is not None]
        if marks:
            spoken.append((row, drafts[0] if drafts else None))
        else:
            rest.append(row)
    for same in (alike, _within, _tokens):
        rest = _matched(rest, spoken, own, kind, same)
    others = [one for one in gathering.drafts.get(kind, ()) if one.scope is not scope]
    others += [one for one in scope.drafts if one.family not in {kind, "notes"}]
    alone = []
    for row in rest:
        seen = {id(draft) for _, draft in spoken}
        twin = next((one for one in own if id(one) in seen and alike(row, one, kind)), None)
        twin = twin or next((one for one in others if alike(row, one, kind)), None)
        if twin is None:
            alone.append(row)
        else:
            spoken.append((row, twin if twin.family == kind else None))
    held = {id(draft) for _, draft in spoken}
    return Paired(spoken, alone, [one for one in own if id(one) not in held])


def _marks(gathering: Gathering, scope: Scope, own: list[Draft]) -> dict[str, Draft | None]:
    """Return what each reference of the document comes from: an item of the section, or not."""
    found = dict.fromkeys(gathering.referring)
    section = scope.text.getparent() if scope.text is not None else None
    for position, entry in enumerate(section if section is not None else (), 1):
        if entry.tag != _ENTRY:
            continue
        start = scope.at + STEPS[position] + "/"
        inside = [one for one in own if one.at.startswith(start)]
        for each in entry.iter(_REFERENCE):
            mark = (each.get("value") or "").removeprefix("#")
            if inside and found.get(mark) is None:
                found[mark] = inside[0]
    found.pop("", None)
    return found


def _ids(element: etree._Element) -> list[str]:
    """Return the ids of a row and of what is in it, and of a body or table that is its alone."""
    found = [mark for one in element.iter() if (mark := one.get("ID"))]
    for above in element.iterancestors(*_WHOLE):
        parent = above.getparent()
        mark = above.get("ID")
        if mark and parent is not None and len(parent.findall(above.tag)) > 1:
            found.append(mark)
    return found


def _matched(
    rows: list[Row],
    spoken: list[tuple[Row, Draft | None]],
    own: list[Draft],
    kind: str,
    same: object,
) -> list[Row]:
    """Pair rows with entries that no row has yet; returns the rows that are left."""
    rest = []
    for row in rows:
        held = {id(draft) for _, draft in spoken}
        fits = (one for one in own if id(one) not in held)
        twin = next((one for one in fits if same(row, one, kind)), None)  # type: ignore[operator]  # one of three functions below
        if twin is None:
            rest.append(row)
        else:
            spoken.append((row, twin))
    return rest


def _said(draft: Draft) -> list[str]:
    data = draft.data
    party = data.get("party")
    told = [data.get("text"), data.get("name"), party.name if party is not None else None]
    told += [code.display for code in data.get("codes", ())]
    return [one for one in told if isinstance(one, str) and one]


def alike(row: Row, draft: Draft, kind: str) -> bool:
    """Say whether an item has the words of a row, or its code."""
    words, code = _same(row.says(MAIN[kind])), row.says("code")
    if code and any(one.code == code for one in draft.data.get("codes", ())):
        return True
    return any(words == _same(one) for one in _said(draft))


def _same(words: str) -> str:
    return close(_MANNER.sub("", words)) or close(words)


def _within(row: Row, draft: Draft, kind: str) -> bool:
    """Say whether the words of one hold those of the other."""
    words = close(row.says(MAIN[kind]))
    for one in map(close, _said(draft)):
        less, more = sorted((words, one), key=len)
        if len(less) >= _SHORT and less in more:
            return True
    return False


def _tokens(row: Row, draft: Draft, kind: str) -> bool:
    """Say whether every word of one stands in the other, in whatever order."""
    words = set(_TOKENS.findall(row.says(MAIN[kind]).lower()))
    told = [set(_TOKENS.findall(one.lower())) for one in _said(draft)]
    return any(one and words and (one <= words or words <= one) for one in told)
