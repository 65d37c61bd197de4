"""Synthetic documents for the benchmarks, made by code from a seed: nobody in them exists.

`steps` and `load` take their input here. A C-CDA Care Plan of about 60 KB is like what a vendor's
export sends: indented, a narrative table beside every entry, authors repeated everywhere. A share
of plans holds one alcohol-use thread (`SECRET` are its words), which must not reach a practice.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

MCO = "mco-bench"
PRACTICE = "pcmh-bench"
SECRET = (b"alcohol", b"F10.20", b"naltrexone", b"sobriety")
"""Words that appear in the withheld thread and nowhere else (compared in lower case)."""

_FAMILY = ("Adair", "Bellamy", "Castell", "Durrant", "Ellwood", "Farrow", "Garland", "Hollis")
_GIVEN = ("Alma", "Bruno", "Clara", "Dario", "Elsa", "Felix", "Greta", "Hugo")
_LOINC = 'codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"'
_SNOMED = 'codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMED CT"'
_ICD10 = 'codeSystem="2.16.840.1.113883.6.90" codeSystemName="ICD-10-CM"'
_RXNORM = 'codeSystem="2.16.840.1.113883.6.88" codeSystemName="RxNorm"'
_MEMBER_ROOT = "2.999.7.1"

_CONCERNS = (
    ("E11.65", "Type 2 diabetes with A1c above goal at the last two visits"),
    ("I50.32", "Chronic heart failure, two admissions since spring"),
    ("I10", "Blood pressure above goal on home readings"),
    ("N18.31", "Kidney disease stage 3a, needs review of doses"),
    ("Z60.2", "Lives alone, daughter two hours away"),
    ("Z59.41", "Runs short of food at the end of the month"),
)
_GOALS = (
    ("A1c below 7.5 by spring", "I want to keep my eyesight and keep sewing"),
    ("No hospital stay for heart failure until summer", "I want to sleep in my own bed"),
    ("Home blood pressure below 135/85", "Numbers I can be calm about"),
    ("Doses reviewed for kidney function", "No pills that hurt my kidneys"),
    ("Has somebody to call every evening", "Not to be alone when it gets dark"),
    ("Food in the house all month", "To eat right even in the last week"),
)
_ACTIONS = (
    "Teach glucose log and foot check at the home visit",
    "Titrate basal insulin by the clinic's protocol",
    "Daily weight, call when up more than one kilogram",
    "Review of diuretic with the cardiology nurse",
    "Loan of a blood pressure cuff and a reading every morning",
    "Kidney function and potassium in six weeks",
    "Evening call circle of the parish, five days a week",
    "Home-delivered meals, low salt, fourteen a week",
    "Ride to visits booked a week ahead",
)
_DRUGS = (
    ("860975", "metformin 500 MG extended release tablet"),
    ("311036", "insulin glargine 100 UNT/ML"),
    ("200371", "carvedilol 12.5 MG tablet"),
    ("310429", "furosemide 20 MG tablet"),
    ("314076", "lisinopril 10 MG tablet"),
    ("617311", "atorvastatin 40 MG tablet"),
)
_ALCOHOL = ("F10.20", "Alcohol use disorder, moderate, in treatment since May")
_SOBER = ("Keeps sobriety through the winter", "One day at a time")
_COUNSEL = "Alcohol counselling every second week and naltrexone refill"


@dataclass(frozen=True, slots=True)
class Person:
    """One invented member: everything the roster and the documents say of them."""

    member_id: str
    medicaid: str
    family: str
    given: str
    birth_date: str
    sex: str


def person(number: int) -> Person:
    """Return the invented member with this number; the same number, the same member."""
    names = [f"{a}{b}" for a, b in product(_FAMILY, ("", "son", "ley"))]
    return Person(
        member_id=f"BX{number:07d}",
        medicaid=f"22{number:08d}",
        family=names[number % len(names)],
        given=_GIVEN[number // 3 % len(_GIVEN)],
        birth_date=f"{1940 + number % 55}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        sex="female" if number % 2 else "male",
    )


def roster(count: int) -> bytes:
    """Return the roster of the first `count` members, attributed to the practice, as CSV."""
    head = "member_id,ma_id,last,first,dob,sex,county,pcmh"
    rows = (
        f"{p.member_id},{p.medicaid},{p.family},{p.given},{p.birth_date},{p.sex},Dauphin,{PRACTICE}"
        for p in map(person, range(count))
    )
    return "\n".join([head, *rows, ""]).encode()


def care_plan(member: Person, serial: int, *, secret: bool = False) -> bytes:
    """Return a C-CDA Care Plan of a member, unique by its serial; `secret` adds the thread."""
    text = _care_plan(secret)
    return _filled(text, member, serial)


def mdm(member: Person, serial: int, *, secret: bool = False) -> bytes:
    """Return an MDM^T02 message with the plan as text lines of about 5 KB."""
    born = member.birth_date.replace("-", "")
    head = [
        (
            rf"MSH|^~\&|BRIDGECM|ABBH|PCMHHUB|Bench|20261104141500-0500||MDM^T02^MDM_T02|BX{serial:09d}"
            "|P|2.5.1|||AL|NE||UNICODE UTF-8"
        ),
        "EVN|T02|20261104141500-0500",
        (
            f"PID|1||{member.member_id}^^^ABBH~{member.medicaid}^^^PA^MA||{member.family}"
            f"^{member.given}^^^^^L||{born}|{member.sex[0].upper()}|||4 Mill Road^^Harrisburg^PA"
        ),
        "PV1|1|O|||||||||||||||||V-1",
        (
            f"TXA|1|18776-5^Plan of care note^LN|TX|20261104140000-0500||||||||BXD-{serial}"
            "^^2.999.7.2^ISO||||plan.txt|AU|R|AV||||||Care plan"
        ),
    ]
    extra = [f"- {_ALCOHOL[1]}"] if secret else []
    lines = [f"Plan {serial} written with the member.", "CONCERNS:", *extra]
    lines += [f"- {text}" for _, text in _CONCERNS]
    lines += ["MEMBER GOALS:", *(f"- {text}" for text, _ in _GOALS)]
    lines += ["SERVICES AND SUPPORTS:", *(f"- {text}" for text in _ACTIONS)]
    rows = [
        f"OBX|{i}|TX|18776-5^Plan of care note^LN||{line}||||||F" for i, line in enumerate(lines, 1)
    ]
    return "\r".join([*head, *rows, ""]).encode()


def table(members: list[Person], serial: int) -> bytes:
    """Return a CSV extract in the shape of mco-laurel, two dozen rows a member."""
    head = (
        "LHCC_MEMBER_ID|MA_ID|LAST_NAME|FIRST_NAME|DOB|SEX|COUNTY|LANG|PLAN_ID|PLAN_VER|PLAN_DATE"
        "|PLAN_END|ROW_TYPE|ITEM_NO|ITEM_TEXT|ICD10|FOR_ITEMS|STATUS|START_DT|DUE_DT|WHO|HOW_OFTEN"
        "|CARE_MANAGER|CM_PHONE|TIER|NEXT_REVIEW|BATCH_NOTE"
    )
    rows = [head]
    for each in members:
        year, month, day = each.birth_date.split("-")
        who = (
            f"{each.member_id}|{each.medicaid}|{each.family}|{each.given}|{month}/{day}/{year}"
            f"|{each.sex[0].upper()}|Somerset|en|P-{each.member_id}-{serial}|1|10/12/2026|04/12/2027"
        )
        rows += [
            f"{who}|PROBLEM|P{i}|{text}|{code}||O|03/2021||||||2|04/12/2027|"
            for i, (code, text) in enumerate(_CONCERNS, 1)
        ]
        rows += [
            f"{who}|GOAL|G{i}|{text}||P{i}|O|10/12/2026|03/31/2027|||||2|04/12/2027|"
            for i, (text, _) in enumerate(_GOALS, 1)
        ]
        rows += [
            f"{who}|ACTION|A{i}|{text}||G{1 + i % len(_GOALS)}|P|11/02/2026|12/14/2026|CM|weekly"
            "|||2|04/12/2027|"
            for i, text in enumerate(_ACTIONS, 1)
        ]
    return "\r\n".join([*rows, ""]).encode()


def _filled(text: str, member: Person, serial: int) -> bytes:
    given = {
        "@MEMBER@": member.member_id,
        "@MEDICAID@": member.medicaid,
        "@FAMILY@": member.family,
        "@GIVEN@": member.given,
        "@BORN@": member.birth_date.replace("-", ""),
        "@SEX@": member.sex[0].upper(),
        "@SERIAL@": f"{serial:012d}",
    }
    for mark, value in given.items():
        text = text.replace(mark, value)
    return text.encode()


@functools.cache
def _care_plan(secret: bool) -> str:
    concerns = (*_CONCERNS, _ALCOHOL) if secret else _CONCERNS
    goals = (*_GOALS, _SOBER) if secret else _GOALS
    actions = (*_ACTIONS, _COUNSEL) if secret else _ACTIONS
    parts = [
        _HEAD,
        _section(
            "2.16.840.1.113883.10.20.22.2.58", "75310-3", "Health Concerns", concerns_=concerns
        ),
        _goals(goals),
        _actions(actions, len(goals)),
        _outcomes(goals),
        _drugs(),
        _PAYERS,
        "    </structuredBody>\n  </component>\n</ClinicalDocument>\n",
    ]
    return "".join(parts)


def _id(kind: str, number: int) -> str:
    return f'<id root="2.999.7.3" extension="{kind}-{number}-@SERIAL@"/>'


def _rows(kind: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a narrative table whose first cells entries refer to."""
    top = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join(
        f'            <tr>\n              <td><content ID="{kind}{i}">{escape(cells[0])}</content>'
        "</td>\n"
        + "".join(f"              <td>{escape(c)}</td>\n" for c in cells[1:])
        + "            </tr>\n"
        for i, cells in enumerate(rows)
    )
    return (
        f'          <text>\n          <table border="1" width="100%">\n            <thead>\n'
        f"              <tr>{top}</tr>\n            </thead>\n            <tbody>\n{body}"
        "            </tbody>\n          </table>\n          </text>\n"
    )


def _wrapped(template: str, code: str, title: str, text: str, entries: list[str]) -> str:
    return (
        "      <component>\n        <section>\n"
        f'          <templateId root="{template}"/>\n'
        f'          <code code="{code}" {_LOINC} displayName="{title}"/>\n'
        f"          <title>{title}</title>\n{text}{''.join(entries)}"
        "        </section>\n      </component>\n"
    )


_AUTHOR = """              <author typeCode="AUT">
                <templateId root="2.16.840.1.113883.10.20.22.4.119"/>
                <time value="20261104140000-0500"/>
                <assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1811999105"/></assignedAuthor>
              </author>
"""  # noqa: E501  # as wide as vendors write it


def _priority(kind: str, number: int) -> str:
    return f"""              <entryRelationship typeCode="RSON">
                <observation classCode="OBS" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.143"/>
                  {_id(kind + "P", number)}
                  <code code="225773000" {_SNOMED} displayName="Preference"/>
                  <effectiveTime value="20261104"/>
                  <value xsi:type="CD" code="394849002" {_SNOMED} displayName="High priority"/>
                </observation>
              </entryRelationship>
"""


def _section(template: str, code: str, title: str, concerns_: tuple[tuple[str, str], ...]) -> str:
    rows = [(text, "Active", "November 4, 2026") for _, text in concerns_]
    entries = [
        f"""          <entry>
            <act classCode="ACT" moodCode="EVN">
              <templateId root="2.16.840.1.113883.10.20.22.4.132" extension="2015-08-01"/>
              {_id("C", i)}
              <code code="75310-3" {_LOINC} displayName="Health Concern"/>
              <text><reference value="#C{i}"/></text>
              <statusCode code="active"/>
              <effectiveTime><low value="20261104"/></effectiveTime>
{_AUTHOR}              <entryRelationship typeCode="REFR">
                <observation classCode="OBS" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/>
                  {_id("CO", i)}
                  <code code="29308-4" {_LOINC} displayName="Diagnosis"/>
                  <text><reference value="#C{i}"/></text>
                  <statusCode code="completed"/>
                  <effectiveTime><low value="2024{i + 1:02d}"/></effectiveTime>
                  <value xsi:type="CD" code="{icd}" {_ICD10} displayName="{escape(text)}"/>
                </observation>
              </entryRelationship>
{_priority("C", i)}            </act>
          </entry>
"""
        for i, (icd, text) in enumerate(concerns_)
    ]
    return _wrapped(template, code, title, _rows("C", ("Concern", "Status", "Date"), rows), entries)


def _goals(goals: tuple[tuple[str, str], ...]) -> str:
    entries = [
        f"""          <entry>
            <observation classCode="OBS" moodCode="GOL">
              <templateId root="2.16.840.1.113883.10.20.22.4.121"/>
              {_id("G", i)}
              <code nullFlavor="OTH"><originalText>{escape(text)}</originalText></code>
              <text><reference value="#G{i}"/></text>
              <statusCode code="active"/>
              <effectiveTime><low value="20261104"/><high value="20270430"/></effectiveTime>
{_AUTHOR}              <entryRelationship typeCode="REFR">
                <act classCode="ACT" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.122"/>
                  {_id("C", i)}
                  <code nullFlavor="NP"/>
                  <statusCode code="completed"/>
                </act>
              </entryRelationship>
            </observation>
          </entry>
"""
        for i, (text, _) in enumerate(goals)
    ]
    text = _rows("G", ("Goal", "In the member's words"), list(goals))
    return _wrapped("2.16.840.1.113883.10.20.22.2.60", "61146-7", "Goals", text, entries)


def _actions(actions: tuple[str, ...], goals: int) -> str:
    entries = []
    for i, text in enumerate(actions):
        goal = goals - 1 if text == _COUNSEL else i % len(_GOALS)
        entries.append(
            f"""          <entry>
            <act classCode="ACT" moodCode="INT">
              <templateId root="2.16.840.1.113883.10.20.22.4.146" extension="2015-08-01"/>
              {_id("I", i)}
              <code code="362956003" {_SNOMED} displayName="Procedure / intervention"/>
              <text><reference value="#I{i}"/></text>
              <statusCode code="active"/>
              <effectiveTime><low value="20261110"/><high value="20270228"/></effectiveTime>
              <entryRelationship typeCode="REFR">
                <act classCode="ACT" moodCode="INT">
                  <templateId root="2.16.840.1.113883.10.20.22.4.39" extension="2014-06-09"/>
                  {_id("IP", i)}
                  <code nullFlavor="OTH"><originalText>{escape(text)}</originalText></code>
                  <text><reference value="#I{i}"/></text>
                  <statusCode code="active"/>
                  <effectiveTime value="20261110"/>
                </act>
              </entryRelationship>
              <entryRelationship typeCode="RSON">
                <act classCode="ACT" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.122"/>
                  {_id("G", goal)}
                  <code nullFlavor="NP"/>
                  <statusCode code="completed"/>
                </act>
              </entryRelationship>
            </act>
          </entry>
"""
        )
    rows = [(text, "Planned", "weekly", "Lena Fritz RN") for text in actions]
    text = _rows("I", ("Intervention", "Status", "How often", "Who"), rows)
    template = "2.16.840.1.113883.10.20.21.2.3"
    return _wrapped(template, "62387-6", "Interventions", text, entries)


def _outcomes(goals: tuple[tuple[str, str], ...]) -> str:
    known = goals[:4]
    entries = [
        f"""          <entry>
            <observation classCode="OBS" moodCode="EVN">
              <templateId root="2.16.840.1.113883.10.20.22.4.144"/>
              {_id("O", i)}
              <code code="85353-1" {_LOINC} displayName="Vital signs panel"/>
              <text><reference value="#O{i}"/></text>
              <statusCode code="completed"/>
              <effectiveTime value="20261030"/>
              <value xsi:type="PQ" value="{70 + i}.5" unit="kg"/>
{_AUTHOR}              <entryRelationship typeCode="GEVL">
                <observation classCode="OBS" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.110"/>
                  {_id("OP", i)}
                  <code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>
                  <statusCode code="completed"/>
                  <value xsi:type="CD" code="385651009" {_SNOMED} displayName="In progress"/>
                  <entryRelationship typeCode="REFR">
                    <act classCode="ACT" moodCode="EVN">
                      <templateId root="2.16.840.1.113883.10.20.22.4.122"/>
                      {_id("G", i)}
                      <code nullFlavor="NP"/>
                      <statusCode code="completed"/>
                    </act>
                  </entryRelationship>
                </observation>
              </entryRelationship>
            </observation>
          </entry>
"""
        for i, _ in enumerate(known)
    ]
    rows = [(f"Measured for: {text}", f"{70 + i}.5 kg") for i, (text, _) in enumerate(known)]
    text = _rows("O", ("Outcome", "Value"), rows)
    template = "2.16.840.1.113883.10.20.22.2.61"
    return _wrapped(template, "11383-7", "Health Status Evaluations and Outcomes", text, entries)


def _drugs() -> str:
    entries = [
        f"""          <entry>
            <substanceAdministration classCode="SBADM" moodCode="INT">
              <templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>
              {_id("M", i)}
              <text><reference value="#M{i}"/></text>
              <statusCode code="active"/>
              <effectiveTime xsi:type="IVL_TS"><low value="20260301"/></effectiveTime>
              <effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>
              <routeCode code="C38288" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Oral"/>
              <doseQuantity value="1"/>
              <consumable>
                <manufacturedProduct classCode="MANU">
                  <templateId root="2.16.840.1.113883.10.20.22.4.23" extension="2014-06-09"/>
                  <manufacturedMaterial><code code="{code}" {_RXNORM} displayName="{name}"/></manufacturedMaterial>
                </manufacturedProduct>
              </consumable>
            </substanceAdministration>
          </entry>
"""  # noqa: E501  # as wide as vendors write it
        for i, (code, name) in enumerate(_DRUGS)
    ]
    rows = [(name, "twice a day") for _, name in _DRUGS]
    text = _rows("M", ("Medication", "How often"), rows)
    return _wrapped("2.16.840.1.113883.10.20.22.2.1.1", "10160-0", "Medications", text, entries)


_HEAD = f"""<?xml version="1.0" encoding="utf-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
  <realmCode code="US"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.15" extension="2015-08-01"/>
  <id root="2.999.7.4" extension="@SERIAL@"/>
  <code code="52521-2" {_LOINC} displayName="Overall Plan of Care/Advance Care Directives"/>
  <title>Integrated care plan</title>
  <effectiveTime value="20261104140000-0500"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="en-US"/>
  <setId root="2.999.7.5" extension="@SERIAL@"/>
  <versionNumber value="1"/>
  <recordTarget>
    <patientRole>
      <id root="{_MEMBER_ROOT}" extension="@MEMBER@"/>
      <id root="2.999.7.6" extension="@MEDICAID@"/>
      <addr use="HP">
        <streetAddressLine>4 Mill Road</streetAddressLine>
        <city>Harrisburg</city><state>PA</state><postalCode>17101</postalCode><country>US</country>
      </addr>
      <telecom value="tel:+1-555-0121" use="HP"/>
      <patient>
        <name use="L"><given>@GIVEN@</given><family>@FAMILY@</family></name>
        <administrativeGenderCode code="@SEX@" codeSystem="2.16.840.1.113883.5.1"/>
        <birthTime value="@BORN@"/>
        <languageCommunication><languageCode code="en"/><preferenceInd value="true"/></languageCommunication>
      </patient>
    </patientRole>
  </recordTarget>
  <author>
    <time value="20261104140000-0500"/>
    <assignedAuthor>
      <id root="2.16.840.1.113883.4.6" extension="1811999105"/>
      <addr><streetAddressLine>9 Market Street</streetAddressLine><city>Harrisburg</city><state>PA</state></addr>
      <telecom value="tel:+1-555-0171" use="WP"/>
      <assignedPerson><name><given>Lena</given><family>Fritz</family><suffix>RN</suffix></name></assignedPerson>
    </assignedAuthor>
  </author>
  <custodian>
    <assignedCustodian>
      <representedCustodianOrganization>
        <id root="2.999.7.7" extension="BENCH"/>
        <name>Bench Health Plan</name>
        <telecom value="tel:+1-555-0170" use="WP"/>
        <addr><streetAddressLine>9 Market Street</streetAddressLine><city>Harrisburg</city><state>PA</state></addr>
      </representedCustodianOrganization>
    </assignedCustodian>
  </custodian>
  <documentationOf>
    <serviceEvent classCode="PCPR">
      <effectiveTime><low value="20261104"/><high value="20270503"/></effectiveTime>
      <performer typeCode="PRF">
        <assignedEntity>
          <id root="2.16.840.1.113883.4.6" extension="1912302035"/>
          <code code="207QA0505X" codeSystem="2.16.840.1.113883.6.101" displayName="Adult Medicine"/>
          <assignedPerson><name><given>Peter</given><family>Lam</family><suffix>MD</suffix></name></assignedPerson>
        </assignedEntity>
      </performer>
    </serviceEvent>
  </documentationOf>
  <component>
    <structuredBody>
"""  # noqa: E501  # as wide as vendors write it
_PAYERS = f"""      <component>
        <section>
          <templateId root="2.16.840.1.113883.10.20.22.2.18" extension="2015-08-01"/>
          <code code="48768-6" {_LOINC} displayName="Payers"/>
          <title>Payers</title>
          <text><paragraph>Bench Health Plan, medical assistance</paragraph></text>
          <entry>
            <act classCode="ACT" moodCode="EVN">
              <templateId root="2.16.840.1.113883.10.20.22.4.60" extension="2015-08-01"/>
              <id root="2.999.7.8" extension="@SERIAL@"/>
              <code code="48768-6" {_LOINC} displayName="Payers"/>
              <statusCode code="completed"/>
              <entryRelationship typeCode="COMP">
                <act classCode="ACT" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.22.4.61" extension="2015-08-01"/>
                  <id root="2.999.7.9" extension="@MEMBER@"/>
                  <code code="MCPOL" codeSystem="2.16.840.1.113883.5.4" displayName="managed care policy"/>
                  <statusCode code="completed"/>
                  <participant typeCode="COV">
                    <templateId root="2.16.840.1.113883.10.20.22.4.89"/>
                    <participantRole classCode="PAT">
                      <id root="{_MEMBER_ROOT}" extension="@MEMBER@"/>
                      <code code="SELF" codeSystem="2.16.840.1.113883.5.111"/>
                    </participantRole>
                  </participant>
                </act>
              </entryRelationship>
            </act>
          </entry>
        </section>
      </component>
"""  # noqa: E501  # as wide as vendors write it
