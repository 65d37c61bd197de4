"""Medications, allergies and advance directives of a plan as R2.1 sections (entries optional).

Each is left out when the plan says nothing about it. "No known allergies" is said the R2.1 way, as
a negated observation; any other explicit absence is the section's null flavour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, each, said
from hub.render.ccda_codes import LOINC, SNOMED, STATUS
from hub.render.ccda_goals import empty, status_code
from hub.render.ccda_marking import together
from hub.render.ccda_narrative import facts, loinc, section, table, templates
from hub.render.ccda_slots import Slot
from hub.render.ccda_text import coded, moment, point, words

if TYPE_CHECKING:
    from hub.canonical import Allergy, Directive, Medication, Plan, Text
    from hub.render.ccda_slots import Slots

_T: Final = "2.16.840.1.113883.10.20.22"
_MEDICATIONS: Final = templates(f"{_T}.2.1", "2014-06-09", twin=True) + loinc(
    "10160-0", "History of medication use"
)
_ALLERGIES: Final = templates(f"{_T}.2.6", "2015-08-01", twin=True) + loinc(
    "48765-2", "Allergies and adverse reactions"
)
_DIRECTIVES: Final = templates(f"{_T}.2.21", "2015-08-01", twin=True) + loinc(
    "42348-3", "Advance directives"
)
_MEDICATION: Final = templates(f"{_T}.4.16", "2014-06-09", twin=True)
_PRODUCT: Final = templates(f"{_T}.4.23", "2014-06-09", twin=True)
_CONCERN: Final = templates(f"{_T}.4.30", "2015-08-01", twin=True)
_ALLERGY: Final = templates(f"{_T}.4.7", "2014-06-09", twin=True)
_REACTION: Final = templates(f"{_T}.4.9", "2014-06-09", twin=True)
_SEVERITY: Final = templates(f"{_T}.4.8", "2014-06-09", twin=True)
_DIRECTIVE: Final = templates(f"{_T}.4.48", "2015-08-01", twin=True)
_ASSERTION: Final = '<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>'
_SEVERITY_CODE: Final = '<code code="SEV" codeSystem="2.16.840.1.113883.5.4"/>'
_UNKNOWN_TIME: Final = '<effectiveTime><low nullFlavor="UNK"/></effectiveTime>'
_UNKNOWN_SPAN: Final = (
    '<effectiveTime><low nullFlavor="UNK"/><high nullFlavor="UNK"/></effectiveTime>'
)


def medications(plan: Plan, slots: Slots) -> str:
    """Return the Medications section, or nothing."""
    items = each(plan.medications)
    if not items:
        return _absent(_MEDICATIONS, "Medications", plan.medications)
    pairs = list(zip(items, slots.medications.slots, strict=True))
    rows = [(slot.content, _medication_facts(one)) for one, slot in pairs]
    entries = together([_medication(one, slot) for one, slot in pairs], items)
    text = table(("Medication", "Details"), rows)
    return section(_MEDICATIONS, "Medications", text, entries)


def _absent(head: str, title: str, items: object) -> str:
    if not isinstance(items, Absent):
        return ""
    null, text = empty(items)
    return section(head, title, text, null=null)


def _medication_facts(one: Medication) -> str:
    return facts(
        (
            ("Dose", one.dose),
            ("Status", one.status),
            ("Start", one.start),
            ("End", one.end),
        )
    )


def _medication(one: Medication, slot: Slot) -> str:
    high = moment(one.end)
    return "".join(
        (
            '<entry><substanceAdministration classCode="SBADM" moodCode="EVN">',
            _MEDICATION,
            slot.id,
            slot.text,
            status_code(one.status),
            f'<effectiveTime xsi:type="IVL_TS">{point("low", one.start)}',
            f'<high value="{high}"/>' if high else "",
            '</effectiveTime><doseQuantity nullFlavor="UNK"/>',
            f'<consumable><manufacturedProduct classCode="MANU">{_PRODUCT}<manufacturedMaterial>',
            coded("code", one.codes, refers=slot.refers),
            "</manufacturedMaterial></manufacturedProduct></consumable>",
            "</substanceAdministration></entry>",
        )
    )


def allergies(plan: Plan, slots: Slots) -> str:
    """Return the Allergies and Intolerances section, or nothing."""
    title = "Allergies and Intolerances"
    if plan.allergies == Absent("none"):
        text = '<content ID="no-allergies">No known allergies</content>'
        return section(_ALLERGIES, title, text, _no_known_allergies())
    items = each(plan.allergies)
    if not items:
        return _absent(_ALLERGIES, title, plan.allergies)
    pairs = list(zip(items, slots.allergies.slots, strict=True))
    rows = [(slot.content, _allergy_facts(one)) for one, slot in pairs]
    entries = together([_allergy(one, slot) for one, slot in pairs], items)
    return section(_ALLERGIES, title, table(("Allergy", "Details"), rows), entries)


def _allergy_facts(one: Allergy) -> str:
    return facts(
        (
            ("Reaction", one.reaction),
            ("Severity", one.severity),
            ("Status", one.status),
        )
    )


def _no_known_allergies() -> str:
    slot = Slot(id='<id nullFlavor="NI"/>', anchor="no-allergies", words="-", null="NI")
    agent = '<code nullFlavor="NA"/>'
    return _concern('<statusCode code="active"/>', slot, agent, "", negated=True)


def _allergy(one: Allergy, slot: Slot) -> str:
    """Return one allergy's entry; what a plan lists without a status is still being tracked."""
    agent = coded("code", one.codes, refers=slot.refers)
    severity = _part("SUBJ", _SEVERITY, _SEVERITY_CODE, one.severity, slot)
    reaction = _part("MFST", _REACTION, _ASSERTION, one.reaction, slot, severity)
    tracked = STATUS.get(said(one.status).strip().lower(), "active")
    status = f'<statusCode code="{tracked}"/>'
    return _concern(status, slot, agent, reaction or severity)


def _concern(status: str, slot: Slot, agent: str, parts: str, *, negated: bool = False) -> str:
    negation = ' negationInd="true"' if negated else ""
    own = slot.id if negated else f'{slot.id[:-3]}#allergy"/>'
    return (
        f'<entry><act classCode="ACT" moodCode="EVN">{_CONCERN}{slot.id}'
        f'<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>{slot.text}{status}{_UNKNOWN_SPAN}'
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"'
        f"{negation}>{_ALLERGY}{own}{_ASSERTION}{slot.text}"
        f'<statusCode code="completed"/>{_UNKNOWN_TIME}'
        f'<value xsi:type="CD" code="420134006" codeSystem="{SNOMED}" '
        'displayName="Propensity to adverse reactions"/>'
        '<participant typeCode="CSM"><participantRole classCode="MANU">'
        f'<playingEntity classCode="MMAT">{agent}</playingEntity></participantRole></participant>'
        f"{parts}</observation></entryRelationship></act></entry>"
    )


def _part(link: str, template: str, code: str, value: Text, slot: Slot, inside: str = "") -> str:
    """Return a reaction or a severity; a severity belongs inside its reaction if there is one."""
    text = words(value)
    if not text:
        return ""
    return (
        f'<entryRelationship typeCode="{link}" inversionInd="true">'
        f'<observation classCode="OBS" moodCode="EVN">{template}{slot.id[:-3]}#{link.lower()}"/>'
        f'{code}<statusCode code="completed"/><value xsi:type="CD" nullFlavor="OTH">'
        f"<originalText>{text}</originalText></value>{inside}</observation></entryRelationship>"
    )


def directives(plan: Plan, slots: Slots) -> str:
    """Return the Advance Directives section, or nothing."""
    items = each(plan.advance_directives)
    if not items:
        return _absent(_DIRECTIVES, "Advance Directives", plan.advance_directives)
    pairs = list(zip(items, slots.directives.slots, strict=True))
    rows = [(slot.content, facts((("Date", one.date),))) for one, slot in pairs]
    entries = together([_directive(one, slot) for one, slot in pairs], items)
    text = table(("Advance directive", "Details"), rows)
    return section(_DIRECTIVES, "Advance Directives", text, entries)


def _directive(one: Directive, slot: Slot) -> str:
    code = coded("code", one.codes, refers=slot.refers)
    kind = f'<translation code="75320-2" codeSystem="{LOINC}" displayName="Advance directive"/>'
    code = f"{code[:-2]}>{kind}</code>" if code.endswith("/>") else f"{code[:-7]}{kind}</code>"
    value = f">{slot.words}</value>" if slot.words else f' nullFlavor="{slot.null}"/>'
    return (
        f'<entry><observation classCode="OBS" moodCode="EVN">{_DIRECTIVE}{slot.id}{code}'
        f'{slot.text}<statusCode code="completed"/><effectiveTime>{point("low", one.date)}'
        '<high nullFlavor="NA"/></effectiveTime>'
        f'<value xsi:type="ST"{value}</observation></entry>'
    )
