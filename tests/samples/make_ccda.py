"""Makes the shipped C-CDA samples: `python tests/samples/make_ccda.py`. Everything is invented.

Two senders, two habits. Keystone: paired templateIds, days without times, no encoding declared.
Allegheny: rich narrative, times with offsets.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

HERE = Path(__file__).parents[2] / "templates" / "demo" / "samples"
LOINC, SNOMED = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96"
ICD10 = "2.16.840.1.113883.6.90"
CCDA = "2.16.840.1.113883.10.20.22"


class Person(NamedTuple):
    """A member as the document names them."""

    root: str
    member_id: str
    medicaid: str
    given: str
    family: str
    sex: str
    born: str


class Sender(NamedTuple):
    """An MCO and its habits."""

    root: str
    name: str
    care_manager: tuple[str, str]
    npi: str
    offset: str
    declared: bool
    paired: bool


class Concern(NamedTuple):
    """A concern with its ICD-10 code."""

    key: str
    text: str
    code: str
    display: str


class Goal(NamedTuple):
    """A goal, the concern it answers, its dates."""

    key: str
    text: str
    concern: str
    due: str


class Act(NamedTuple):
    """An intervention for a goal; planned or done."""

    key: str
    text: str
    goal: str
    when: str
    planned: bool


class Found(NamedTuple):
    """An outcome: what was measured, its value and unit."""

    key: str
    text: str
    code: str
    display: str
    value: str
    unit: str
    goal: str
    when: str


KEYSTONE = Sender(
    "2.999.101", "Keystone Unity Health Plan", ("Maria", "Voss"), "1003000126", "", False, True
)
ALLEGHENY = Sender(
    "2.999.102",
    "Allegheny Bridge Behavioral",
    ("Leon", "Drake"),
    "1003000134",
    "-0500",
    True,
    False,
)


def _id(key: str) -> str:
    return f'<id root="{uuid5(NAMESPACE_URL, f"urn:icp-demo:{key}")}"/>'


def _template(sender: Sender, root: str, extension: str = "", *, twin: bool = False) -> str:
    plain = f'<templateId root="{root}"/>'
    if not extension:
        return plain
    both = plain if twin else ""
    return f'{both}<templateId root="{root}" extension="{extension}"/>'


def _code(code: str, system: str, display: str, tag: str = "code", kind: str = "") -> str:
    return f'<{tag}{kind} code="{code}" codeSystem="{system}" displayName="{escape(display)}"/>'


def _reference(key: str) -> str:
    return (
        '<act classCode="ACT" moodCode="EVN">'
        f'<templateId root="{CCDA}.4.122"/>{_id(key)}<code nullFlavor="NP"/>'
        '<statusCode code="completed"/></act>'
    )


def _linked(kind: str, key: str) -> str:
    return f'<entryRelationship typeCode="{kind}">{_reference(key)}</entryRelationship>'


def _concern(sender: Sender, one: Concern) -> str:
    value = _code(one.code, ICD10, one.display, "value", ' xsi:type="CD"')
    return f"""<entry><act classCode="ACT" moodCode="EVN">
{_template(sender, f"{CCDA}.4.132", "2015-08-01")}{_id(one.key)}
<code code="75310-3" codeSystem="{LOINC}" displayName="Health concerns document"/>
<text><reference value="#{one.key}"/></text><statusCode code="active"/>
<effectiveTime><low value="20250902"/></effectiveTime>
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">
{_template(sender, f"{CCDA}.4.4", "2015-08-01", twin=True)}{_id(one.key + "-problem")}
<code code="55607006" codeSystem="{SNOMED}" displayName="Problem">
<translation code="75326-9" codeSystem="{LOINC}" displayName="Problem"/></code>
<text><reference value="#{one.key}"/></text><statusCode code="completed"/>
<effectiveTime><low value="20250902"/></effectiveTime>{value}</observation></entryRelationship>
</act></entry>"""


def _goal(sender: Sender, one: Goal) -> str:
    return f"""<entry><observation classCode="OBS" moodCode="GOL">
{_template(sender, f"{CCDA}.4.121")}{_id(one.key)}<code nullFlavor="UNK"/>
<text><reference value="#{one.key}"/></text><statusCode code="active"/>
<effectiveTime><low value="20261015"/><high value="{one.due}"/></effectiveTime>
{_linked("REFR", one.concern)}</observation></entry>"""


def _act(sender: Sender, one: Act) -> str:
    mood, root, status = (
        ("INT", "4.146", "active") if one.planned else ("EVN", "4.131", "completed")
    )
    return f"""<entry><act classCode="ACT" moodCode="{mood}">
{_template(sender, f"{CCDA}.{root}", "2015-08-01")}{_id(one.key)}
<code code="362956003" codeSystem="{SNOMED}" displayName="Procedure / intervention"/>
<text><reference value="#{one.key}"/></text><statusCode code="{status}"/>
<effectiveTime value="{one.when}"/>{_linked("RSON", one.goal)}</act></entry>"""


def _found(sender: Sender, one: Found) -> str:
    value = f'<value xsi:type="PQ" value="{one.value}" unit="{escape(one.unit)}"/>'
    return f"""<entry><observation classCode="OBS" moodCode="EVN">
{_template(sender, f"{CCDA}.4.144")}{_id(one.key)}{_code(one.code, LOINC, one.display)}
<text><reference value="#{one.key}"/></text><statusCode code="completed"/>
<effectiveTime value="{one.when}"/>{value}{_linked("GEVL", one.goal)}</observation></entry>"""


def _section(templates: str, code: str, title: str, story: str, rows, entries: list[str]) -> str:
    items = "".join(
        f'<item><content ID="{key}">{escape(text)}</content></item>' for key, text in rows
    )
    told = f"<paragraph>{escape(story)}</paragraph>" if story else ""
    return f"""<component><section>{templates}
<code code="{code}" codeSystem="{LOINC}"/><title>{escape(title)}</title>
<text>{told}<list>{items}</list></text>{"".join(entries)}</section></component>
"""


def _body(sender: Sender, title: str, story: str, kind: str, items) -> str:
    made = {"concern": _concern, "goal": _goal, "act": _act, "found": _found}[kind]
    code, templates = {
        "concern": ("75310-3", _template(sender, f"{CCDA}.2.58", "2015-08-01")),
        "goal": ("61146-7", _template(sender, f"{CCDA}.2.60")),
        "act": (
            "62387-6",
            _template(sender, "2.16.840.1.113883.10.20.21.2.3", "2015-08-01", twin=True),
        ),
        "found": ("11383-7", _template(sender, f"{CCDA}.2.61")),
    }[kind]
    rows = [(one.key, one.text) for one in items]
    return _section(templates, code, title, story, rows, [made(sender, one) for one in items])


def _header(sender: Sender, person: Person, home: tuple[str, str, str], key: str) -> str:
    at = f"20261015093000{sender.offset}" if sender.offset else "20261015"
    given, family = sender.care_manager
    twins = _template(sender, f"{CCDA}.1.1", "2015-08-01", twin=True)
    plain = f'<templateId root="{CCDA}.1.15"/>' if sender.paired else ""
    address = (
        '<addr use="WP"><streetAddressLine>200 Liberty Ave</streetAddressLine><city>Pittsburgh</city>'
        "<state>PA</state><postalCode>15222</postalCode><country>US</country></addr>"
    )
    phone = '<telecom use="WP" value="tel:+1-555-0190"/>'
    return f"""<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
{twins}{plain}<templateId root="{CCDA}.1.15" extension="2015-08-01"/>
{_id(key)}<code code="18776-5" codeSystem="{LOINC}" displayName="Plan of care note"/>
<title>Integrated Care Plan</title><effectiveTime value="{at}"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="en-US"/>
{_id(key + "-set").replace("<id", "<setId")}<versionNumber value="1"/>
<recordTarget><patientRole><id root="{person.root}" extension="{person.member_id}"/>
<id root="2.999.100.1" extension="{person.medicaid}"/>
<addr use="HP"><streetAddressLine>18 Maple St</streetAddressLine><city>Pittsburgh</city>
<state>PA</state><postalCode>15201</postalCode><country>US</country></addr>
<telecom use="HP" value="tel:+1-555-0177"/><patient>
<name use="L"><given>{person.given}</given><family>{person.family}</family></name>
<administrativeGenderCode code="{person.sex}" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="{person.born}"/><raceCode nullFlavor="UNK"/><ethnicGroupCode nullFlavor="UNK"/>
<languageCommunication><languageCode code="en"/></languageCommunication></patient></patientRole></recordTarget>
<author><time value="{at}"/><assignedAuthor>
<id root="2.16.840.1.113883.4.6" extension="{sender.npi}"/>{address}{phone}
<assignedPerson><name><given>{given}</given><family>{family}</family></name></assignedPerson>
<representedOrganization><name>{sender.name}</name></representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>
<id root="{sender.root}"/><name>{sender.name}</name>{phone}{address}
</representedCustodianOrganization></assignedCustodian></custodian>
<informationRecipient><intendedRecipient><id root="2.16.840.1.113883.4.6" extension="{home[2]}"/>
<informationRecipient><name><given>{home[0].split()[0]}</given><family>{home[0].split()[1]}</family></name></informationRecipient>
<receivedOrganization><name>{home[1]}</name></receivedOrganization></intendedRecipient></informationRecipient>
<documentationOf><serviceEvent classCode="PCPR"><effectiveTime><low value="20261015"/></effectiveTime>
<performer typeCode="PRF"><assignedEntity><id root="2.16.840.1.113883.4.6" extension="{sender.npi}"/>
<code code="768820003" codeSystem="{SNOMED}" displayName="Care coordinator"/>
<assignedPerson><name><given>{given}</given><family>{family}</family></name></assignedPerson></assignedEntity></performer>
</serviceEvent></documentationOf>
"""


def document(sender: Sender, header: str, sections: list[str]) -> str:
    """Return the whole document."""
    first = (
        '<?xml version="1.0" encoding="UTF-8"?>\n' if sender.declared else '<?xml version="1.0"?>\n'
    )
    return (
        f'{first}<ClinicalDocument xmlns="urn:hl7-org:v3"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{header}<component><structuredBody>\n{''.join(sections)}</structuredBody></component>\n"
        "</ClinicalDocument>\n"
    )


def delgado() -> str:
    """Return Rosa Delgado's care plan: diabetes and heart failure."""
    person = Person("2.999.101.5", "K100200301", "2200145671", "Rosa", "Delgado", "F", "19610719")
    home = ("Nadia Brandt", "Riverbend Family Medicine", "1912301953")
    concerns = [
        Concern("c1", "Type 2 diabetes with high morning sugars", "E11.65", "Type 2 diabetes"),
        Concern("c2", "Heart failure, short of breath on stairs", "I50.22", "Heart failure"),
        Concern("c3", "No car; the bus to the clinic takes 70 minutes", "Z75.3", "Access to care"),
    ]
    goals = [
        Goal("g1", "A1c below 8 % by spring", "c1", "20270331"),
        Goal("g2", "No hospital stay for heart failure this winter", "c2", "20270228"),
        Goal("g3", "A reliable ride to every visit", "c3", "20261231"),
    ]
    acts = [
        Act("i1", "PCMH to check A1c and adjust insulin within 30 days", "g1", "20261115", True),
        Act(
            "i2", "Daily weight; call the nurse at a gain of 3 lb in a day", "g2", "20261020", True
        ),
        Act("i3", "MATP ride booked for all cardiology visits", "g3", "20261012", False),
    ]
    found = [
        Found(
            "o1", "A1c 9.1 % on October 2", "4548-4", "Hemoglobin A1c", "9.1", "%", "g1", "20261002"
        ),
        Found(
            "o2",
            "Weight 182.4 lb at home",
            "29463-7",
            "Body weight",
            "182.4",
            "[lb_av]",
            "g2",
            "20261010",
        ),
    ]
    sections = [
        _body(KEYSTONE, "Health Concerns", "", "concern", concerns),
        _body(KEYSTONE, "Goals", "", "goal", goals),
        _body(KEYSTONE, "Interventions", "", "act", acts),
        _body(KEYSTONE, "Health Status Evaluations and Outcomes", "", "found", found),
    ]
    return document(KEYSTONE, _header(KEYSTONE, person, home, "delgado"), sections)


def kowalski() -> str:
    """Return Denise Kowalski's care plan: depression, and one thread about alcohol."""
    person = Person("2.999.102.5", "AB-77120", "2200377120", "Denise", "Kowalski", "F", "19831123")
    home = ("Tamika Ross", "Northside Community Health Center", "1912302019")
    concerns = [
        Concern("c1", "Low mood and poor sleep since spring", "F33.1", "Major depressive disorder"),
        Concern(
            "c2", "Back to daily drinking after nine months sober", "F10.20", "Alcohol dependence"
        ),
        Concern("c3", "Behind two months on the rent", "Z59.819", "Housing instability"),
    ]
    goals = [
        Goal("g1", "Sleep six hours a night and a PHQ-9 under 10", "c1", "20270131"),
        Goal("g2", "Thirty days without alcohol by the new year", "c2", "20261231"),
        Goal("g3", "Keep the apartment", "c3", "20261201"),
    ]
    acts = [
        Act("i1", "PCMH to repeat the PHQ-9 at the December visit", "g1", "20261215", True),
        Act(
            "i2",
            "Recovery group three evenings a week with sponsor contact",
            "g2",
            "20261020",
            True,
        ),
        Act("i3", "Rental assistance application sent to the county", "g3", "20261013", False),
    ]
    found = [
        Found(
            "o1",
            "PHQ-9 score 17 in October",
            "44261-6",
            "PHQ-9 total score",
            "17",
            "{score}",
            "g1",
            "20261008",
        )
    ]
    story = (
        "Denise says sleep comes first. She describes Back to daily drinking after nine months sober "
        "and wants help with both."
    )
    sections = [
        _body(ALLEGHENY, "Health Concerns", story, "concern", concerns),
        _body(ALLEGHENY, "Goals", "Her own words: I want my evenings back.", "goal", goals),
        _body(ALLEGHENY, "Interventions", "", "act", acts),
        _body(ALLEGHENY, "Health Status Evaluations and Outcomes", "", "found", found),
    ]
    return document(ALLEGHENY, _header(ALLEGHENY, person, home, "kowalski"), sections)


def main() -> None:
    """Write the samples."""
    whole = delgado()
    (HERE / "mco-keystone" / "delgado_care_plan.xml").write_text(whole, encoding="utf-8")
    cut = whole[: whole.index("Interventions</title>") + 200]
    (HERE / "mco-keystone" / "truncated_care_plan.xml").write_text(cut, encoding="utf-8")
    (HERE / "mco-allegheny" / "kowalski_care_plan.xml").write_text(kowalski(), encoding="utf-8")


if __name__ == "__main__":
    main()
