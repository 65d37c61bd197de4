"""Goals and outcomes, how far they have come, how much they matter, and what they point at.

Called by the sorter. Words come before codes: an element's text is what its own statement says,
else its value, its code's words, or what it refers to (joined later by `linking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats import classing
from adapters.formats.ccda import people
from adapters.formats.ccda.kinds import PRIORITIES, PROGRESS
from adapters.formats.ccda.saying import close, coded, joined, negation, valued
from adapters.formats.ccda.spans import span
from adapters.formats.ccda.values import codes, statement_words, told

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.sorting import Sorter
    from adapters.formats.ccda.statements import Statement

GOAL_HEADS = ("goal", "description", "name")
OUTCOME_HEADS = ("outcome", "result", "name")


def goal(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a goal observation; its effectiveTime ends when it is due (C-CDA Goal Observation)."""
    gathering = sorter.gathering
    draft = gathering.new("goals", statement.at, scope)
    sorter.known(statement, draft)
    own, at = statement_words(gathering, statement, GOAL_HEADS)
    name = coded(gathering, statement, draft)
    value, place, kind = valued(gathering, statement, draft)
    named = bool(own) and close(own) == close(name) and close(value) != close(own)
    if kind in {"ST", "ED"} and not named:  # text and code that say one thing are the goal
        text, at = value, place
        if own and close(own) not in close(value) and close(value) not in close(own):
            gathering.spare(own, "goals.text", statement.at, scope, draft)
    else:
        text = own or name or value
        draft.put("measure", value if value != text else "", place)
    draft.put("text", f"{negation(statement)}{text}" if statement.negated and text else text, at)
    draft.put("status", "negated" if statement.negated else statement.status, statement.at)
    if "term" in f"{scope.title} {name}".lower():
        draft.put("term", classing.term(scope.title, name), statement.at)
    when = span(gathering, statement)
    day = when.point.replace("-", "")[:8] if isinstance(when.point, str) else ""
    begun = bool(day) and day <= gathering.written[:8]
    draft.put("start", when.point if begun else when.low, when.at if begun else when.low_at)
    due, due_at = (when.high, when.high_at) if when.high is not None else (when.point, when.at)
    if not begun or when.high is not None:  # vendors send the time of writing as a bare time
        draft.put("due", due, due_at)
    draft.put("whose", _whose(gathering, statement), statement.at)
    if parent is not None:
        connect(parent, draft, statement.at)
    sorter.rest(statement, draft, scope)


def _whose(gathering: Gathering, statement: Statement) -> str | None:
    """Say whose goal it is by its authors: the member, a provider, or negotiated between both."""
    authors = [element for element, _ in statement.parts.get("author", ())]
    mine = [people.is_member(gathering, author) for author in authors]
    if not mine:
        return None
    if all(mine):
        return "member"
    return "negotiated" if any(mine) else "provider"


def outcome(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read an outcome observation: what it measured and what was found, units as given."""
    gathering = sorter.gathering
    draft = gathering.new("outcomes", statement.at, scope)
    sorter.known(statement, draft)
    own, at = statement_words(gathering, statement, OUTCOME_HEADS)
    name = coded(gathering, statement, draft)
    value, place, _ = valued(gathering, statement, draft)
    text = joined(own or name, value)
    if own and name and close(name) not in close(text):
        gathering.spare(name, "outcomes.name", statement.at, scope, draft)
    if text:
        prefix = negation(statement) if statement.negated else ""
        draft.put("text", prefix + text, at if own else place)
    when = span(gathering, statement)
    draft.put("date", when.start[0], when.start[1])
    if isinstance(when.high, str):
        gathering.spare(when.high, "outcomes.end", when.high_at, scope, draft)
    if parent is not None:
        connect(parent, draft, statement.at)
    sorter.rest(statement, draft, scope)


def progress(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read progress toward a goal: on its goal, or on the goals the outcome around it evaluates."""
    gathering = sorter.gathering
    found = statement.parts.get("value")
    text = told(gathering, found[0][0]) if found else None
    if not isinstance(text, str) or parent is None or parent.family not in {"goals", "outcomes"}:
        sorter.residue(statement, scope, parent)
        return
    element, at = statement.parts.pop("value")[0]
    text = PROGRESS.get(text, text)
    statement.parts.pop("code", None)
    if parent.family == "goals":
        parent.put("progress", text, at)
    else:
        parent.coded(codes(element), at)
        parent.progress = (text, at)
    gathering.fated(statement, "mapped")
    sorter.rest(statement, parent, scope)


def priority(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a priority preference; the member's and a provider's that differ are both kept."""
    gathering = sorter.gathering
    found = statement.parts.get("value")
    text = told(gathering, found[0][0]) if found else None
    if not isinstance(text, str) or parent is None or parent.family not in {"goals", "concerns"}:
        sorter.residue(statement, scope, parent)
        return
    _, at = statement.parts.pop("value")[0]
    text = PRIORITIES.get(text, text)
    statement.parts.pop("code", None)
    before = parent.data.get("priority")
    if before is None:
        parent.put("priority", text, at)
    elif text not in before.split("; "):
        parent.put("priority", f"{before}; {text}", at)
    gathering.fated(statement, "mapped")
    sorter.rest(statement, parent, scope)


def is_reference(statement: Statement) -> bool:
    """Say whether a statement only points at another entry (Entry Reference, 22.4.122)."""
    if "22.4.122" in statement.roots:
        return True
    code = statement.parts.get("code")
    return code is not None and code[0][0].get("nullFlavor") == "NP" and not statement.subs


def refer(draft: Draft, statement: Statement) -> None:
    """Remember a reference for when every element is known."""
    for key in statement.ids:
        draft.refs += ((key, statement.at),)


def reference(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read an entry reference standing inside an element."""
    if parent is None or not statement.ids:
        sorter.residue(statement, scope, parent)
        return
    refer(parent, statement)
    sorter.gathering.fated(statement, "mapped")
    statement.parts.pop("code", None)
    sorter.rest(statement, parent, scope)


def connect(parent: Draft, child: Draft, at: str) -> None:
    """Link two elements of which one stands inside the other."""
    parent.inner += ((child, at),)
