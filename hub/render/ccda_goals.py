"""The Health Concerns and Goals sections (22.2.58, 22.2.60), always both, as R2.1 requires.

A concern's codes stand in a Problem Observation under its Health Concern Act; a goal's are its own.
Goals point at the concerns they answer by Entry Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, each, said
from hub.render.ccda_codes import LOINC, PRIORITY, PROGRESS, SNOMED, STATUS
from hub.render.ccda_marking import together
from hub.render.ccda_narrative import NOTHING, facts, loinc, section, table, templates
from hub.render.ccda_people import identifiers
from hub.render.ccda_text import (
    ABSENT_WORDS,
    NO_WORDS,
    NULL_FLAVOUR,
    Xml,
    coded,
    point,
    span,
    words,
)

if TYPE_CHECKING:
    from hub.canonical import Concern, Goal, Plan, Text
    from hub.render.ccda_slots import Slot, Slots

_T: Final = "2.16.840.1.113883.10.20.22"
_CONCERNS: Final = templates(f"{_T}.2.58", "2015-08-01") + loinc("75310-3", "Health concerns")
_GOALS: Final = templates(f"{_T}.2.60") + loinc("61146-7", "Goals")
_CONCERN_ACT: Final = templates(f"{_T}.4.132", "2015-08-01")
_CONCERN_CODE: Final = f'<code code="75310-3" codeSystem="{LOINC}" displayName="Health concern"/>'
_PROBLEM: Final = templates(f"{_T}.4.4", "2015-08-01", twin=True)
_PROBLEM_CODE: Final = (
    f'<code code="55607006" codeSystem="{SNOMED}" displayName="Problem">'
    f'<translation code="75326-9" codeSystem="{LOINC}" displayName="Problem"/></code>'
)
_GOAL: Final = templates(f"{_T}.4.121")
_PRIORITY: Final = templates(f"{_T}.4.143")
_PROGRESS: Final = templates(f"{_T}.4.110")
_AUTHOR: Final = templates(f"{_T}.4.119")
_MEMBER_WORDS: Final = frozenset({"member", "patient", "participant"})


def empty(items: object) -> tuple[str, str]:
    """Return (null flavour, narrative) of a section without elements."""
    if isinstance(items, Absent):
        return NULL_FLAVOUR[items.absent], f"{ABSENT_WORDS[items.absent]}."
    return "NI", f"{NOTHING}."


def status_code(status: Text) -> str:
    """Return `statusCode` for a status in words, null when it is unsaid or we don't know it."""
    word = said(status).strip().lower()
    known = STATUS.get(word)
    if known:
        return f'<statusCode code="{known}"/>'
    return f'<statusCode nullFlavor="{"OTH" if word else "UNK"}"/>'


def listed(slots: list[Slot]) -> Xml:
    """Return linked elements' words, cut short, for a line of narrative."""
    if not slots:
        return NO_WORDS
    if len(slots) == 1:
        return Xml(slots[0].brief)
    return Xml("; ".join([slot.brief for slot in slots if slot.words]))


def concerns(plan: Plan, slots: Slots) -> str:
    """Return the Health Concerns section."""
    items = each(plan.concerns)
    if not items:
        null, text = empty(plan.concerns)
        return section(_CONCERNS, "Health Concerns", text, null=null)
    pairs = list(zip(items, slots.concerns.slots, strict=True))
    rows = [(slot.content, _concern_facts(one)) for one, slot in pairs]
    text = table(("Concern", "Details"), rows)
    entries = together([_concern(one, slot) for one, slot in pairs], items)
    return section(_CONCERNS, "Health Concerns", text, entries)


def _concern_facts(one: Concern) -> str:
    return facts(
        (
            ("Domain", one.domain),
            ("Status", one.status),
            ("Since", one.onset),
            ("Priority", one.priority),
        )
    )


def _concern(one: Concern, slot: Slot) -> str:
    problem = ""
    if one.codes:
        value = coded('value xsi:type="CD"', one.codes, refers=slot.refers)
        problem = (
            '<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">'
            f"{_PROBLEM}{_derived(slot, 'problem')}{_PROBLEM_CODE}{slot.text}"
            f'<statusCode code="completed"/><effectiveTime>{point("low", one.onset)}'
            f"</effectiveTime>{value}</observation></entryRelationship>"
        )
    return (
        f'<entry><act classCode="ACT" moodCode="EVN">{_CONCERN_ACT}{slot.id}{_CONCERN_CODE}'
        f"{slot.text}{status_code(one.status)}{span(one.onset, None)}"
        f"{problem}{priority(one.priority, slot)}</act></entry>"
    )


def _derived(slot: Slot, part: str) -> str:
    """Return the id of a part of an element's entry: the element's own, and which part."""
    return f'{slot.id[:-3]}#{part}"/>'


def priority(value: Text, slot: Slot) -> str:
    """Return a Priority Preference, or nothing when no priority is said."""
    text = words(value)
    if not text:
        return ""
    code = PRIORITY.get(said(value).strip().lower())
    chosen = f'code="{code}" codeSystem="{SNOMED}"' if code else 'nullFlavor="OTH"'
    return (
        '<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">'
        f"{_PRIORITY}{_derived(slot, 'priority')}"
        f'<code code="225773000" codeSystem="{SNOMED}" displayName="Preference"/>'
        f'<value xsi:type="CD" {chosen}><originalText>{text}</originalText></value>'
        "</observation></entryRelationship>"
    )


def goals(plan: Plan, slots: Slots) -> str:
    """Return the Goals section."""
    items = each(plan.goals)
    if not items:
        null, text = empty(plan.goals)
        return section(_GOALS, "Goals", text, null=null)
    member = identifiers(plan.member.identifiers)
    rows: list[tuple[str, str]] = []
    entries: list[str] = []
    for one, slot in zip(items, slots.goals.slots, strict=True):
        answered = slots.concerns.among(one.concerns)
        rows.append((slot.content, _goal_facts(one, answered)))
        entries.append(_goal(one, slot, answered, member))
    return section(_GOALS, "Goals", table(("Goal", "Details"), rows), together(entries, items))


def _goal_facts(one: Goal, answered: list[Slot]) -> str:
    return facts(
        (
            ("Whose", one.whose),
            ("For", listed(answered)),
            ("Term", one.term),
            ("Start", one.start),
            ("Due", one.due),
            ("Status", one.status),
            ("Progress", one.progress),
            ("Measure", one.measure),
            ("Priority", one.priority),
        )
    )


def _goal(one: Goal, slot: Slot, answered: list[Slot], member: str) -> str:
    measure = words(one.measure)
    return "".join(
        (
            f'<entry><observation classCode="OBS" moodCode="GOL">{_GOAL}{slot.id}',
            coded("code", one.codes, refers=slot.refers if one.codes or measure else ""),
            slot.text,
            status_code(one.status),
            span(one.start, one.due),
            f'<value xsi:type="ST">{measure}</value>' if measure else "",
            _whose(one, member),
            "".join([_refers(to) for to in answered]),
            _progress(one.progress, slot),
            priority(one.priority, slot),
            "</observation></entry>",
        )
    )


def _refers(to: Slot) -> str:
    return f'<entryRelationship typeCode="REFR">{to.entry_reference}</entryRelationship>'


def _whose(one: Goal, member: str) -> str:
    """Return the goal's author when it is the member's own goal (Author Participation)."""
    if said(one.whose).strip().lower() not in _MEMBER_WORDS:
        return ""
    return (
        f'<author>{_AUTHOR}<time nullFlavor="UNK"/>'
        f"<assignedAuthor>{member}</assignedAuthor></author>"
    )


def _progress(value: Text, slot: Slot) -> str:
    text = words(value)
    if not text:
        return ""
    code = PROGRESS.get(said(value).strip().lower())
    chosen = f'code="{code}" codeSystem="{SNOMED}"' if code else 'nullFlavor="OTH"'
    return (
        '<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">'
        f"{_PROGRESS}{_derived(slot, 'progress')}"
        '<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>'
        '<statusCode code="completed"/>'
        f'<value xsi:type="CD" {chosen}><originalText>{text}</originalText></value>'
        "</observation></entryRelationship>"
    )
