"""Health concerns, risks and problems, from a concern act or a problem observation by itself.

Called by the sorter. One act is one concern: words of its own, else those of the observations it
holds; all their codes. A risk says that it is one. What an act holds beside its concern (severity,
age, prognosis) is residue next to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats import classing
from adapters.formats.ccda.carework import connect
from adapters.formats.ccda.kinds import STATUSES
from adapters.formats.ccda.saying import close, coded, joined, negation, valued
from adapters.formats.ccda.spans import span
from adapters.formats.ccda.tags import FAMILIES
from adapters.formats.ccda.values import statement_words, told
from hub.canonical import Absent, said

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.sorting import Sorter
    from adapters.formats.ccda.statements import Statement

HEADS = ("concern", "problem", "diagnosis", "condition", "name")
_STATUS_CODE = "33999-4"
_STATUS_TEMPLATES = frozenset({"22.4.6", "22.4.28", "22.4.47"})
_RISK = "22.4.136"
_ANY_PROBLEM = frozenset({"55607006", "64572001", "404684003"})
_NO_PROBLEM = frozenset({"160245001"})


def concern(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a health, risk or problem concern act, or a problem observation by itself."""
    gathering = sorter.gathering
    if scope.kind == "concerns" and _none_known(statement):
        gathering.absent["concerns"] = Absent("none")
        gathering.leaf("/concerns", statement.at, "concerns.none")
        sorter.residue(statement, scope, parent)
        return
    draft = gathering.new("concerns", statement.at, scope)
    sorter.known(statement, draft)
    if statement.kind == "observation":
        _problem(sorter, draft, statement, scope)
    else:
        text, at = statement_words(gathering, statement, HEADS)
        draft.put("status", statement.status, statement.at)
        _onset(gathering, draft, statement)
        words = coded(gathering, statement, draft)
        draft.put("text", text, at)
        for sub in statement.subs:
            if not sub.fate and sub.kind == "observation" and _own_problem(sub):
                sorter.known(sub, draft)
                _problem(sorter, draft, sub, scope)
        _settle(draft, words, statement)
    if parent is not None and draft.joined:
        _borrowed(draft, parent, statement)
    held = draft.data.get("codes")
    if held is not None or draft.types:
        draft.put("domain", classing.domain(held or (), draft.types), draft.at or statement.at)
    if parent is not None:
        connect(parent, draft, statement.at)
    sorter.rest(statement, draft, scope)


def _borrowed(draft: Draft, parent: Draft, statement: Statement) -> None:
    """Let a reason that points at the words of what it is a reason for speak by its code."""
    around = close(said(parent.data.get("text")))
    if not around or close(draft.joined[-1]) != around:
        return
    shown = [code.display for code in draft.data.get("codes", ()) if code.display]
    own = next((each for each in shown if close(each) != around), None)
    if own is not None:
        message = "points at the words of the entry around it; the words of its code are taken"
        draft.gathering.find("shared_reference", message, statement.at)
        draft.joined = (*draft.joined[:-1], own)


def _none_known(statement: Statement) -> bool:
    """Say whether a statement denies every problem rather than one (C-CDA, Problem Observation)."""
    if statement.kind == "observation":
        value = statement.parts.get("value")
        code = value[0][0].get("code") if value else None
        return code in (_ANY_PROBLEM if statement.negated else _NO_PROBLEM)
    if statement.negated and not statement.subs and "text" not in statement.parts:
        return True  # an act that says only that there is no concern
    problems = [sub for sub in statement.subs if sub.kind == "observation" and _own_problem(sub)]
    return len(problems) == 1 and not statement.negated and _none_known(problems[0])


def _own_problem(sub: Statement) -> bool:
    """Say whether an observation is what the concern is, not what supports or qualifies it."""
    families = {FAMILIES[root] for root in sub.roots if root in FAMILIES}
    if "problem" in families:
        return sub.link not in {"SPRT", "MFST", "CAUS"}
    return not families and sub.mood == "EVN" and _plain(sub)


def _plain(sub: Statement) -> bool:
    code = sub.parts.get("code")
    return (
        sub.link in {"REFR", "SUBJ", "COMP", ""}
        and not any(root.startswith("2.16.840.1.113883.3.") for root in sub.roots)
        and not (code and str(code[0][0].get("code")).startswith("SEC"))
    )


def _problem(sorter: Sorter, draft: Draft, statement: Statement, scope: Scope) -> None:
    """Fold an observation of what the concern is into its concern."""
    gathering = sorter.gathering
    own, own_at = statement_words(gathering, statement, HEADS)
    typed = statement.parts.get("code")
    draft.types = typed[0][0].get("code") if typed else None
    name = coded(gathering, statement, draft)
    value, at, kind = valued(gathering, statement, draft)
    text = value if value and kind in {"CD", "CE"} and not name else joined(name, value)
    if not text:
        text, at = own, own_at
    elif own and close(own) not in close(text):
        gathering.spare(own, "concerns.text", own_at, scope, draft)
    if text:
        draft.joined += (f"{negation(statement)}{text}" if statement.negated else text,)
        draft.at = at
    if statement.negated:
        draft.put("status", "negated", statement.at)
    _onset(gathering, draft, statement, over=True)
    draft.data.setdefault("status", statement.status)
    for sub in statement.subs:
        if not sub.fate and _is_status(sub):
            _status(sorter, draft, sub)
    sorter.rest(statement, draft, scope)


def _is_status(sub: Statement) -> bool:
    code = sub.parts.get("code")
    return bool(_STATUS_TEMPLATES & set(sub.roots)) or bool(
        code and code[0][0].get("code") == _STATUS_CODE
    )


def _status(sorter: Sorter, draft: Draft, sub: Statement) -> None:
    found = sub.parts.get("value")
    text = told(sorter.gathering, found[0][0]) if found else None
    if not isinstance(text, str):
        return
    del sub.parts["value"]
    for name in ("code", "text", "effectiveTime"):
        sub.parts.pop(name, None)
    if draft.data.get("status") != "negated":
        draft.put("status", STATUSES.get(text, text), sub.at)
    sorter.gathering.fated(sub, "mapped")
    sorter.rest(sub, draft, draft.scope)


def _onset(gathering: Gathering, draft: Draft, statement: Statement, *, over: bool = False) -> None:
    """Set when a concern began; the problem's own time goes before the act's."""
    when = span(gathering, statement)
    start, at = when.start
    before = said(draft.data.get("onset"))
    if over and before and len(draft.joined) > 1:
        gathering.spare(said(start), "concerns.onset", at, draft.scope, draft)
    elif start is not None and (over or not before) and not (before and isinstance(start, Absent)):
        if before and before != start:
            gathering.spare(before, "concerns.followed_since", at, draft.scope, draft)
        draft.put("onset", start, at)
    if isinstance(when.high, str):
        gathering.spare(when.high, "concerns.end", when.high_at, draft.scope, draft)


def _settle(draft: Draft, words: str, statement: Statement) -> None:
    """Give a concern act without words of its own those of what it holds; a risk says it is one."""
    pieces = list(dict.fromkeys(draft.joined))
    if "text" in draft.data:
        own = close(draft.data["text"])
        extra = [piece for piece in pieces if close(piece) not in own]
        draft.gathering.spare("; ".join(extra), "concerns.holds", draft.at, draft.scope, draft)
        draft.joined = ()
    elif words:
        held = "; ".join(pieces)
        draft.joined = (joined(words, held) if _RISK in statement.roots else held or words,)
    if statement.negated:
        draft.put("status", "negated", statement.at)
