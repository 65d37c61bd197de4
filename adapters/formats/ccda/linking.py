"""Joins what was read apart: references between entries, words they lend, progress of goals.

Called once, when every section has been read. A reference that leads nowhere is a finding and
residue; one between kinds the template has no link for is residue. It invents no relation: the
kinds of the two elements say which field holds their link, whatever the relationship's code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import narrative
from adapters.formats.ccda.carework import GOAL_HEADS, OUTCOME_HEADS
from adapters.formats.ccda.concerns import HEADS as CONCERN_HEADS
from adapters.formats.ccda.interventions import HEADS as ACTIVITY_HEADS
from adapters.formats.ccda.saying import close
from adapters.formats.ccda.statements import stepped
from adapters.formats.ccda.tags import V3
from adapters.formats.ccda.values import codes, told, wording
from adapters.formats.families import LETTERS
from hub.canonical import said

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Draft, Gathering, Scope


_LINKS = {
    ("goals", "concerns"),
    ("interventions", "goals"),
    ("interventions", "concerns"),
    ("outcomes", "goals"),
    ("outcomes", "interventions"),
}
_HEADS = {
    "concerns": CONCERN_HEADS,
    "goals": GOAL_HEADS,
    "interventions": ACTIVITY_HEADS,
    "outcomes": OUTCOME_HEADS,
}
_ROW_CONFIDENCE = 0.8


def link(gathering: Gathering) -> None:
    """Give every element its id, resolve every reference and lend words where they lack."""
    drafts = _numbered(gathering)
    for draft in drafts:
        if draft.joined and "text" not in draft.data:
            draft.put("text", "; ".join(dict.fromkeys(draft.joined)), draft.at)
        for child, at in draft.inner:
            _tied(draft, child, at)
    for draft in drafts:
        _resolve(gathering, draft)
    for draft in gathering.drafts.get("outcomes", ()):
        _advance(gathering, draft)
    for scope in gathering.scopes:
        _borrow_rows(gathering, scope)


def _numbered(gathering: Gathering) -> list[Draft]:
    """Give every element that has one its id, and return them all."""
    found: list[Draft] = []
    for family, letter in LETTERS.items():
        for number, draft in enumerate(gathering.drafts.get(family, ()), 1):
            draft.data["id"] = f"{letter}{number}"
            found.append(draft)
    return found


def _tied(one: Draft, other: Draft, at: str) -> bool:
    """Link two elements in whichever direction the template has a field for."""
    if one is other:
        return True
    if (one.family, other.family) in _LINKS:
        one.link(other.family, other.data["id"], at)
        return True
    if (other.family, one.family) in _LINKS:
        other.link(one.family, one.data["id"], at)
        return True
    return False


def _resolve(gathering: Gathering, draft: Draft) -> None:
    if not draft.refs:
        return
    loose: list[tuple[Draft, str]] = []
    for key, at in dict.fromkeys(draft.refs):
        targets = gathering.known.get(key)
        if targets is None:
            _unknown(gathering, draft, key, at)
            continue
        loose += [(target, at) for target in targets if not _tied(draft, target, at)]
    if not loose:
        return
    if "text" not in draft.data and draft.family in _HEADS:
        words = dict.fromkeys(str(found) for target, _ in loose if (found := _words(target)))
        draft.put("text", "; ".join(words), loose[0][1])
        for target, _ in loose:
            draft.labels |= target.marks
            draft.origin = "yes" if target.origin == "yes" else draft.origin
        return
    for target, at in loose:
        text = target.data.get("id") or _words(target) or ""
        gathering.spare(str(text), f"{draft.family}.refers_to", at, draft.scope, target)


def _unknown(gathering: Gathering, draft: Draft, key: str, at: str) -> None:
    """Deal with a reference to no element: to an entry of another kind, or to none at all."""
    if not _lent(gathering, draft, key, at):
        gathering.find("dangling_reference", "refers to an entry that is not here", at)
        gathering.spare(key.strip("|"), "reference", at, draft.scope, draft)


def _lent(gathering: Gathering, draft: Draft, key: str, at: str) -> bool:
    """Take words and codes of an entry that is no element: a diagnosis of a past visit, say.

    The element is protected as that entry's residue is. Says whether there was such an entry.
    """
    element = gathering.entries.get(key)
    if element is None:
        return False
    value = element.find(V3 + "value")
    named = value if value is not None else element.find(V3 + "code")
    text = said(told(gathering, value)) if value is not None else ""
    if not text and named is not None:
        text = wording(gathering, named)
    if not text:
        return False
    path = stepped(element)
    for other in gathering.drafts.get("residue", ()):
        if other.at == path or other.at.startswith(f"{path}/"):
            draft.labels |= other.marks
            draft.origin = "yes" if "yes" in {other.origin, other.scope.origin} else draft.origin
    if named is not None:
        draft.coded(codes(named), at)
    if "text" not in draft.data:
        draft.put("text", text, at)
    else:
        gathering.spare(text, f"{draft.family}.refers_to", at, draft.scope, draft)
    return True


def _words(draft: Draft) -> object:
    return draft.data.get("text") or draft.data.get("name")


def _advance(gathering: Gathering, outcome: Draft) -> None:
    """Carry progress stated in an outcome to the goals it evaluates, and lend it as words."""
    if outcome.progress is None:
        return
    text, at = outcome.progress
    goals = [
        draft
        for draft in gathering.drafts.get("goals", ())
        if draft.data["id"] in (outcome.linked or {}).get("goals", ())
    ]
    for draft in goals:
        if "progress" not in draft.data:
            draft.put("progress", text, at)
    if "text" not in outcome.data:
        outcome.put("text", text, at)
    elif not goals:
        gathering.spare(text, "outcomes.progress", at, outcome.scope, outcome)


def _borrow_rows(gathering: Gathering, scope: Scope) -> None:
    """Let the rows of a table speak for entries without words, when there are as many of both."""
    heads = _HEADS.get(scope.kind)
    if heads is None or scope.text is None:
        return
    own = [draft for draft in scope.drafts if draft.family == scope.kind]
    said = [draft.data.get("text") for draft in own]
    doubled = len(set(said)) < len(said) and any(count > 1 for count in gathering.lent.values())
    if all(said) and not doubled:
        return
    tables = narrative.rows(scope.text)
    table = next(
        (rows for rows in tables if len(rows) == len(own) and narrative.headed(rows[0], heads)),
        None,
    )
    cells = [narrative.cell(row, heads) for row in table] if table is not None else []
    if all(said):
        _part(gathering, own, cells)
        return
    for position, draft in enumerate(own):
        if "text" in draft.data:
            continue
        if cells:
            draft.put("text", cells[position], draft.at, _ROW_CONFIDENCE)
        else:
            gathering.find(
                "no_words", "has no words of its own; see the narrative", draft.at, "note"
            )


def _part(gathering: Gathering, own: list[Draft], cells: list[str]) -> None:
    """Tell entries apart that all point at one cell: each speaks by its own row of the table.

    Only where every other entry agrees with its row; a vendor's slip, told by a finding.
    """
    lent = {narrative.words(gathering.marks[mark]) for mark, n in gathering.lent.items() if n > 1}
    seen: set[str] = set()
    strays: list[tuple[Draft, str]] = []
    for draft, cell in zip(own, cells, strict=False):
        text = str(draft.data["text"])
        if text in seen and text in lent and cell != text:
            strays.append((draft, cell))
        elif close(cell) not in close(text) and close(text) not in close(cell):
            return
        seen.add(text)
    for draft, cell in strays:
        message = "points at the words of another entry; its own row of the table is taken"
        gathering.find("shared_reference", message, draft.at)
        draft.put("text", cell, draft.at, _ROW_CONFIDENCE)
