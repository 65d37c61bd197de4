"""The text of the synthetic C-CDA Care Plan, with marks where each document's own words go.

`benchmarks.documents` fills it in. It is written out as vendors write it, wide lines and all.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from benchmarks.wording import ACTIONS, ALCOHOL, CONCERNS, COUNSEL, GOALS, SOBER

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOINC = 'codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"'
_SNOMED = 'codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMED CT"'
_ICD10 = 'codeSystem="2.16.840.1.113883.6.90" codeSystemName="ICD-10-CM"'
_RXNORM = 'codeSystem="2.16.840.1.113883.6.88" codeSystemName="RxNorm"'
_MEMBER_ROOT = "2.999.7.1"

_DRUGS = (
    ("860975", "metformin 500 MG extended release tablet"),
    ("311036", "insulin glargine 100 UNT/ML"),
    ("200371", "carvedilol 12.5 MG tablet"),
    ("310429", "furosemide 20 MG tablet"),
    ("314076", "lisinopril 10 MG tablet"),
    ("617311", "atorvastatin 40 MG tablet"),
)


@functools.cache
def care_plan_text(secret: bool) -> str:
    """Return the text; `secret` adds the thread that must be withheld."""
    concerns = (*CONCERNS, ALCOHOL) if secret else CONCERNS
    goals = (*GOALS, SOBER) if secret else GOALS
    actions = (*ACTIONS, COUNSEL) if secret else ACTIONS
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


def grown(size: int) -> str:
    """Return the text with its interventions repeated until it has about so many characters."""
    text = care_plan_text(False)
    once = _actions(ACTIONS, len(GOALS))
    return text.replace(once, _actions(ACTIONS * (1 + size // len(once)), len(GOALS)))


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
        goal = goals - 1 if text == COUNSEL else i % len(GOALS)
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
