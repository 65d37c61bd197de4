"""Interventions: planned and done acts, visits, procedures, medications, supplies and tests.

Called by the sorter. An intervention act that only holds activities is told through them, each an
intervention with the act's links, so that one of them can leave a plan alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import narrative, people
from adapters.formats.ccda.carework import connect, is_reference, refer
from adapters.formats.ccda.kinds import GENERIC, intervention_kind
from adapters.formats.ccda.privacy import is_marking
from adapters.formats.ccda.saying import close, coded, joined, negation, valued
from adapters.formats.ccda.spans import span
from adapters.formats.ccda.tags import FAMILIES, PLANNED_MOODS
from adapters.formats.ccda.values import amount, codes, statement_words, wording

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.sorting import Sorter
    from adapters.formats.ccda.statements import Statement

_ACTIVE = frozenset({"act", "procedure", "encounter", "substanceAdministration", "supply"})
HEADS = ("intervention", "activity", "planned", "instruction", "procedure", "name")


def wrapper(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read an intervention act: each activity inside it is an intervention with its links.

    The act itself is one only when it has words of its own or nothing inside.
    """
    gathering = sorter.gathering
    before = len(gathering.drafts.get("interventions", ()))
    text, at = statement_words(gathering, statement, HEADS)
    inner = [sub for sub in statement.subs if _is_activity(sub)]
    own = text or (_code_of(statement) not in GENERIC and not inner)
    if own or not inner:
        statement.parts.setdefault("text", [])
        _intervention(sorter, statement, scope, (text, at))
    for sub in inner:
        sorter.place(sub, scope, None)
    made = gathering.drafts.get("interventions", [])[before:]
    for draft in made:
        sorter.known(statement, draft)
        if parent is not None:
            connect(parent, draft, statement.at)
    if made and _code_of(statement) in GENERIC:
        statement.parts.pop("code", None)
    _shared(sorter, statement, made, scope)
    sorter.rest(statement, made[0] if made else None, scope)


def _shared(sorter: Sorter, statement: Statement, made: list[Draft], scope: Scope) -> None:
    """Give an act's references to every intervention made of it, counting each once."""
    for sub in statement.subs:
        if not sub.fate and is_reference(sub):
            for draft in made:
                refer(draft, sub)
            if made:
                sorter.gathering.fated(sub, "mapped")
                sub.parts.pop("code", None)
                sorter.rest(sub, made[0], scope)
    if not made:
        sorter.residue(statement, scope, None)


def _code_of(statement: Statement) -> str:
    found = statement.parts.get("code")
    return (found[0][0].get("code") or "") if found else "362956003"


def _is_activity(sub: Statement) -> bool:
    if sub.fate or is_reference(sub):
        return False
    families = {FAMILIES[root] for root in sub.roots if root in FAMILIES}
    if sub.foreign and is_marking(sub):
        return False
    if families:
        return bool(families & {"activity", "medication", "wrapper"})
    return sub.kind in _ACTIVE or (sub.mood in PLANNED_MOODS and sub.mood != "GOL")


def activity(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read one planned or done act, visit, procedure, medication, supply or test.

    Some vendors put all they know of it into a second statement inside it, under the same id.
    """
    twin = _twin(statement) if len(statement.subs) == 1 else None
    if twin is not None:
        twin.mood, twin.status = statement.mood, statement.status or twin.status
        before = len(sorter.gathering.drafts.get("interventions", ()))
        activity(sorter, twin, scope, parent)
        made = sorter.gathering.drafts["interventions"][before]
        sorter.known(statement, made)
        sorter.rest(statement, made, scope)
        return
    own = statement_words(sorter.gathering, statement, HEADS)
    draft = _intervention(sorter, statement, scope, own)
    sorter.known(statement, draft)
    if parent is not None:
        connect(parent, draft, statement.at)
    sorter.rest(statement, draft, scope)


def _twin(statement: Statement) -> Statement | None:
    """Return the only statement inside one that says nothing itself and shares its id, or none."""
    parts = statement.parts
    if "code" in parts or "text" in parts or "value" in parts:
        return None
    (sub,) = statement.subs
    alike = sub.kind == statement.kind and not sub.fate and set(sub.ids) & set(statement.ids)
    return sub if alike else None


def _intervention(
    sorter: Sorter, statement: Statement, scope: Scope, own: tuple[str, str]
) -> Draft:
    gathering = sorter.gathering
    draft = gathering.new("interventions", statement.at, scope)
    first_code = _code_of(statement)
    name = coded(gathering, statement, draft)
    value, _, _ = valued(gathering, statement, draft)
    material = substance(gathering, statement, draft)
    text = own[0] or joined(material or name, value)
    if material and not own[0] and (dose := dosed(statement)):
        text = f"{text}, {dose}"
    extra = material if own[0] and close(material) not in close(own[0]) else ""
    gathering.spare(extra, "interventions.medication", statement.at, scope, draft)
    if own[0] and value and close(value) not in close(own[0]):
        gathering.spare(value, "interventions.value", statement.at, scope, draft)
    if text:
        prefix = negation(statement) if statement.negated else ""
        draft.put("text", prefix + text, own[1])
    draft.put("kind", intervention_kind(statement, first_code, text), statement.at)
    draft.put("status", _stage(statement), statement.at)
    when = span(gathering, statement)
    draft.put("start", when.start[0], when.start[1])
    draft.put("end", when.high, when.high_at)
    draft.put("frequency", when.every, when.at)
    _doer(gathering, statement, draft)
    _where(gathering, statement, draft)
    return draft


def _stage(statement: Statement) -> str | None:
    """Return a status: while still active, a planned statement's mood says how far it has come."""
    if statement.negated:
        return "negated"
    if statement.mood in PLANNED_MOODS and statement.status in {None, "active", "new"}:
        return PLANNED_MOODS[statement.mood]
    return statement.status


def substance(gathering: Gathering, statement: Statement, draft: Draft) -> str:
    """Take the medication or product a statement is about; its codes go to the draft."""
    for name in ("consumable", "product"):
        for element, at in list(statement.parts.get(name, ())):
            text = ""
            for each in element.iter():
                tag = each.tag.rpartition("}")[2]
                if tag == "code":
                    found = codes(each)
                    draft.coded(found, at)
                    text = text or wording(gathering, each)
                elif tag == "name" and not text:
                    text = narrative.words(each)
            if text:
                statement.parts[name].remove((element, at))
                _maker(gathering, element, at, draft, text)
                return text
    return ""


def dosed(statement: Statement) -> str:
    """Take how much of a substance is given at a time, with its unit as written."""
    pieces: list[str] = []
    for name in ("doseQuantity", "rateQuantity"):
        for element, _ in statement.parts.pop(name, ()):
            ends = " to ".join(text for end in element if (text := amount(end)))
            pieces.append(amount(element) or ends)
    return ", ".join(piece for piece in pieces if piece)


def _maker(gathering: Gathering, element: etree._Element, at: str, draft: Draft, text: str) -> None:
    """Keep lot numbers, makers and other names of a product."""
    for each in element.iter():
        tag = each.tag.rpartition("}")[2]
        if tag in {"name", "lotNumberText", "desc"}:
            words = narrative.words(each)
            if words and close(words) not in close(text):
                gathering.spare(words, f"{draft.family}.product", at, draft.scope, draft)


def _where(gathering: Gathering, statement: Statement, draft: Draft) -> None:
    """Set where it is done: the kind and name of a service delivery location (participant LOC).

    A location with an address or a telephone stays beside the plan too, for these.
    """
    for element, at in list(statement.parts.get("participant", ())):
        if element.get("typeCode") != "LOC" or "setting" in draft.data:
            continue
        told: dict[str, str] = {}
        for each in element.iter():
            tag = each.tag.rpartition("}")[2]
            if tag == "code" and "code" not in told:
                told["code"] = wording(gathering, each)
            elif tag == "name" and "name" not in told:
                told["name"] = narrative.words(each)
        words = joined(told.get("code", ""), told.get("name", ""))
        if words:
            draft.put("setting", words, at)
            tags = {each.tag.rpartition("}")[2] for each in element.iter()}
            if not tags & {"addr", "telecom", "id", "desc"}:
                statement.parts["participant"].remove((element, at))


def _doer(gathering: Gathering, statement: Statement, draft: Draft) -> None:
    """Set who is to do it: the first performer; the member's own id makes it the member."""
    found = statement.parts.get("performer")
    if not found:
        return
    element, at = found[0]
    inner = people.entity(element)
    if inner is None:
        return
    who = people.someone(gathering, inner, at)
    if who is not None:
        found.pop(0)
        draft.data["party"] = who
        gathering.spread(f"{draft.pointer}party", who, at, "interventions.party")
    mine = people.is_member(gathering, element)
    draft.put("responsible", "member" if mine else "provider", at)
