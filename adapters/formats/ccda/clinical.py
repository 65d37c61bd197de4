"""Medications, allergies, assessments, advance directives and embedded files of entries.

Called by the sorter. "No known allergies" and its like are an absence that is said, not a
substance. Results keep value and unit as written. It reads nothing the section walk has not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import enclosing, narrative
from adapters.formats.ccda.interventions import dosed, substance
from adapters.formats.ccda.kinds import STATUSES
from adapters.formats.ccda.saying import close, coded, joined, negation, valued
from adapters.formats.ccda.spans import span
from adapters.formats.ccda.tags import V3
from adapters.formats.ccda.values import codes, statement_words, told, wording
from hub.canonical import Absent

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.sorting import Sorter
    from adapters.formats.ccda.statements import Statement

MEDICATION_HEADS = ("medication", "drug", "name")
RESULT_HEADS = ("name", "test", "assessment", "description")
_ANY_SUBSTANCE = "410942007"
"""SNOMED CT: drug or medicament. Negated, it is how C-CDA says that there is no medication."""
_NO_ALLERGY = frozenset({"716186003"})
_NONE_OF = {
    "416098002": "No known drug allergies",
    "419511003": "No known drug allergies",
    "59037007": "No known drug intolerances",
    "414285001": "No known food allergies",
    "418471000": "No known food allergies",
    "235719002": "No known food intolerances",
    "426232007": "No known environmental allergies",
}
"""What it says to deny a kind of allergy (C-CDA Allergy and Intolerance Type), naming no agent."""
_ANY_ALLERGEN = frozenset({"419199007", "420134006", "106190000"})


def medication(sorter: Sorter, statement: Statement, scope: Scope, _: Draft | None) -> None:
    """Read a medication as the source lists it: dose, repetition and route as written."""
    gathering = sorter.gathering
    if statement.negated and _no_substance(statement):
        gathering.absent["medications"] = Absent("none")
        gathering.leaf("/medications", statement.at, "medications.none")
        sorter.residue(statement, scope, None)
        return
    draft = gathering.new("medications", statement.at, scope)
    sorter.known(statement, draft)
    name = substance(gathering, statement, draft)
    own, at = statement_words(gathering, statement, MEDICATION_HEADS)
    words = coded(gathering, statement, draft)
    text = name or own or words
    if own and name and close(own) not in close(name):
        gathering.spare(own, "medications.text", at, scope, draft)
    if text:
        prefix = negation(statement) if statement.negated else ""
        draft.put("text", prefix + text, statement.at)
    when = span(gathering, statement)
    draft.put("start", when.start[0], when.start[1])
    draft.put("end", when.high, when.high_at)
    draft.put("dose", _dose(gathering, statement, when.every), statement.at)
    draft.repeated = bool(when.every)
    draft.put("status", "negated" if statement.negated else statement.status, statement.at)
    sorter.rest(statement, draft, scope)


def _no_substance(statement: Statement) -> bool:
    """Say whether a statement names no substance at all: negated, it denies every medication."""
    named = [
        each
        for element, _ in statement.parts.get("consumable", ())
        for each in element.iter(V3 + "code", V3 + "name", V3 + "originalText", V3 + "translation")
    ]
    if any(each.get("code") == _ANY_SUBSTANCE for each in named):
        return not any(each.get("code") not in {None, _ANY_SUBSTANCE} for each in named)
    if statement.parts.get("text") or statement.parts.get("code"):
        return False
    return not any(
        each.get("code") or each.get("displayName") or narrative.words(each) for each in named
    )


def _dose(gathering: Gathering, statement: Statement, every: str | None) -> str:
    pieces = [dosed(statement)]
    pieces.append(every or "")
    for element, _ in statement.parts.pop("routeCode", ()):
        pieces.append(wording(gathering, element) or element.get("code") or "")
    return ", ".join(piece for piece in pieces if piece)


def allergy(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read an allergy concern act through its observations, or an observation by itself."""
    if statement.kind != "observation":
        inner = [sub for sub in statement.subs if not sub.fate and _is_allergy(sub)]
        for sub in inner:
            _one(sorter, sub, scope, statement.status)
        sorter.gathering.fated(statement, "mapped" if inner else "residue")
        statement.parts.pop("code", None)
        held = sorter.gathering.drafts.get("allergies")
        made = held[-1] if held and inner else parent
        sorter.rest(statement, made, scope)
        return
    _one(sorter, statement, scope, None)


def _is_allergy(sub: Statement) -> bool:
    """Say whether an observation is the allergy itself, not its reaction, severity or status."""
    return sub.kind == "observation" and not any(root in _QUALITIES for root in sub.roots)


def _one(sorter: Sorter, statement: Statement, scope: Scope, status: str | None) -> None:
    gathering = sorter.gathering
    if _none_known(statement):
        gathering.absent["allergies"] = Absent("none")
        gathering.leaf("/allergies", statement.at, "allergies.none")
        sorter.residue(statement, scope, None)
        return
    draft = gathering.new("allergies", statement.at, scope)
    sorter.known(statement, draft)
    denied = _kind_denied(statement)
    agent, at = _agent(gathering, statement, draft)
    own, own_at = statement_words(gathering, statement, ("substance", "allergen", "allergy"))
    words = coded(gathering, statement, draft)
    value, place = valued(gathering, statement, draft)[:2]
    text = agent or own or joined(words, value)
    if denied:  # the code says a kind of allergy there is, so it may not stand beside
        draft.data.pop("codes", None)
        draft.put("text", denied, place)
        text, value = denied, f"{negation(statement)}{value}" if value else ""
    elif text:
        prefix = negation(statement) if statement.negated else ""
        draft.put("text", prefix + text, at if agent else own_at if own else place)
    for spare in (own, words, value):
        shown = [code.display for code in draft.data.get("codes", ())]
        if spare and spare not in shown and close(spare) not in close(text):
            gathering.spare(spare, "allergies.kind", place, scope, draft)
    draft.put("status", status or statement.status, statement.at)
    for sub in statement.subs:
        _qualify(sorter, draft, sub)
    sorter.rest(statement, draft, scope)


def _kind_denied(statement: Statement) -> str:
    """Return the words for a denial of one kind of allergy, where no substance is named."""
    value = statement.parts.get("value")
    code = value[0][0].get("code") or "" if value else ""
    return _NONE_OF.get(code, "") if statement.negated and not _agents(statement) else ""


def _none_known(statement: Statement) -> bool:
    """Say whether an allergy observation denies every allergy rather than one substance."""
    value = statement.parts.get("value")
    code = value[0][0].get("code") if value else None
    if code in _NO_ALLERGY and not statement.negated:
        return True
    if not statement.negated or (code is not None and code not in _ANY_ALLERGEN):
        return False
    return not _agents(statement)


def _agents(statement: Statement) -> list[str]:
    """Return the codes of the substances a statement names; "any allergen" names none."""
    agents = [
        each.get("code") or ""
        for element, _ in statement.parts.get("participant", ())
        for each in element.iter(V3 + "code")
    ]
    return [agent for agent in agents if agent and agent not in _ANY_ALLERGEN]


def _agent(gathering: Gathering, statement: Statement, draft: Draft) -> tuple[str, str]:
    for element, at in list(statement.parts.get("participant", ())):
        text = ""
        for each in element.iter(V3 + "code", V3 + "name"):
            if each.tag == V3 + "code":
                draft.coded(codes(each), at)
                text = text or wording(gathering, each)
            elif not text:
                text = narrative.words(each)
        if text:
            statement.parts["participant"].remove((element, at))
            return text, at
    return "", statement.at


def _qualify(sorter: Sorter, draft: Draft, sub: Statement) -> None:
    """Take a reaction, its severity or the allergy's status from an observation inside."""
    name = _QUALITIES.get(next((root for root in sub.roots if root in _QUALITIES), ""))
    if name is None or sub.fate:
        return
    gathering = sorter.gathering
    own, at = statement_words(gathering, sub)
    found = sub.parts.pop("value", [])
    value = told(gathering, found[0][0]) if found else None
    text = value if isinstance(value, str) else own
    if own and found and text == found[0][0].get("code"):
        text = own  # words before a bare code
    if not text:
        return
    text = STATUSES.get(text, text) if name == "status" else text
    if sub.negated:
        text = negation(sub) + text
    before = draft.data.get(name) if name != "status" else None
    draft.put(name, f"{before}; {text}" if before and text not in before else text, at)
    if found:
        kept = ", ".join(code.code for code in codes(found[0][0]) if code.code)
        gathering.spare(kept, f"allergies.{name}_code", found[0][1], draft.scope, draft)
    sub.parts.pop("code", None)
    gathering.fated(sub, "mapped")
    for inner in sub.subs:
        _qualify(sorter, draft, inner)
    sorter.rest(sub, draft, draft.scope)


_QUALITIES = {"22.4.9": "reaction", "22.4.8": "severity", "22.4.28": "status"}


def assessment(sorter: Sorter, statement: Statement, scope: Scope, _: Draft | None) -> None:
    """Read an observation: what was looked at, when, and what was found with its unit."""
    gathering = sorter.gathering
    draft = gathering.new("assessments", statement.at, scope)
    sorter.known(statement, draft)
    own, at = statement_words(gathering, statement, RESULT_HEADS)
    words = coded(gathering, statement, draft)
    value, place = valued(gathering, statement, draft)[:2]
    name = words or own
    if name:
        prefix = negation(statement) if statement.negated else ""
        draft.put("name", prefix + name, at if not words else statement.at)
        draft.put("result", value, place)
    else:
        prefix = negation(statement) if statement.negated else ""
        draft.put("name", (prefix + value) if value else scope.title, place)
    if own and close(own) not in close(name + value):
        gathering.spare(own, "assessments.text", at, scope, draft)
    when = span(gathering, statement)
    draft.put("date", when.start[0], when.start[1])
    if isinstance(when.high, str):
        gathering.spare(when.high, "assessments.end", when.high_at, scope, draft)
    sorter.rest(statement, draft, scope)


def directive(sorter: Sorter, statement: Statement, scope: Scope, _: Draft | None) -> None:
    """Read an advance directive and since when it holds."""
    gathering = sorter.gathering
    draft = gathering.new("advance_directives", statement.at, scope)
    sorter.known(statement, draft)
    own, at = statement_words(gathering, statement, ("directive", "description"))
    words = coded(gathering, statement, draft)
    value, place = valued(gathering, statement, draft)[:2]
    text = joined(own or words, value)
    if words and close(words) not in close(text):
        gathering.spare(words, "advance_directives.kind", place, scope, draft)
    if text:
        prefix = negation(statement) if statement.negated else ""
        draft.put("text", prefix + text, at)
    when = span(gathering, statement)
    draft.put("date", when.start[0], when.start[1])
    if isinstance(when.high, str):
        gathering.spare(when.high, "advance_directives.end", when.high_at, scope, draft)
    sorter.rest(statement, draft, scope)


def media(sorter: Sorter, statement: Statement, scope: Scope, _: Draft | None) -> None:
    """Read a picture or file an entry carries, as an attachment."""
    gathering = sorter.gathering
    held = statement.parts.pop("value", ())
    for element, at in held:
        enclosing.enclose(gathering, element, at, scope)
    gathering.fated(statement, "mapped" if held else "ignored")
    sorter.rest(statement, None, scope)
