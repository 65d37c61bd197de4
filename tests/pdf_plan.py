"""One ordinary plan and its cover, which the tests of the PDF renderer print and read back."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.canonical import (
    Allergy,
    Ask,
    Code,
    Concern,
    Coverage,
    Flexible,
    Goal,
    Header,
    Identifier,
    Intervention,
    Medication,
    Member,
    Name,
    Note,
    Outcome,
    Party,
    Period,
    Plan,
    Residue,
    Review,
    Risk,
    TeamMember,
    Telecom,
)
from hub.render.cover import Cover

NOTICE = (
    "This record which has been disclosed to you is protected by federal confidentiality rules "
    "(42 CFR part 2). These rules prohibit you from using or disclosing this record, or testimony "
    "that describes the information contained in this record, in any civil, criminal, "
    "administrative, or legislative proceedings by any Federal, State, or local authority, against "
    "the patient, unless authorized by the consent of the patient, except as provided at 42 CFR "
    "2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, "
    "the Federal rules prohibit you from making any other use or disclosure of this record unless "
    "at least one of the following applies: further use or disclosure is expressly permitted by "
    "the written consent of the individual whose information is being disclosed in this record or "
    "as otherwise permitted by 42 CFR part 2."
)

NURSE = Party(
    name="Helen Ortiz RN",
    organization="Keystone Unity Health Plan",
    phone="+1-555-0110",
    email="helen.ortiz@keystone.example",
)
PLAN = Plan(
    header=Header(
        set_id="KU-CP-30218",
        version=2,
        title="Care plan after hospital stay",
        status="active",
        written_on="2026-11-02",
        period=Period(start="2026-11-02", end="2027-05-02"),
        author=NURSE,
        purpose="Two hospital stays for COPD in four months",
    ),
    member=Member(
        identifiers=(Identifier("medicaid", "2200145689", "PA"), Identifier("plan", "K100200302")),
        name=Name(family="Okafor", given=("Walter",)),
        birth_date="1954-02-03",
        sex="male",
        language="en",
        telecoms=(Telecom(value="+1-555-0177"),),
        communication_needs="Large print; calls after 10 am",
    ),
    coverage=Coverage(mco="Keystone Unity Health Plan", member_id="K100200302", county="Allegheny"),
    team=(
        TeamMember(party=NURSE, role="care_coordinator", lead=True),
        TeamMember(party=Party(name="Ngozi Okafor", phone="+1-555-0178"), role="daughter"),
    ),
    risk=Risk(level="high", reason="3 emergency visits since May"),
    strengths=("Keeps a daily log", "Daughter lives next door"),
    barriers=("No car",),
    own_words=("I want to walk to church again without stopping.",),
    concerns=(
        Concern(
            id="c1",
            text="Chronic obstructive pulmonary disease",
            codes=(Code("http://hl7.org/fhir/sid/icd-10-cm", "J44.9"),),
            status="active",
            domain="medical",
            onset="2018",
            priority="high",
        ),
        Concern(
            id="c2",
            text="Essential hypertension",
            codes=(Code("http://hl7.org/fhir/sid/icd-10-cm", "I10"),),
            status="active",
            domain="medical",
        ),
        Concern(id="c3", text="No way to get to appointments", domain="social", status="active"),
    ),
    goals=(
        Goal(
            id="g1",
            text="No hospital stay for COPD in six months",
            due="2027-05-02",
            status="active",
            measure="Stays counted from claims",
            concerns=("c1",),
        ),
        Goal(
            id="g2",
            text="Blood pressure below 130/80 at two visits in a row",
            due="2027-02",
            status="active",
            progress="142/86 in October",
            concerns=("c2",),
        ),
        Goal(
            id="g3",
            text="Gets to every appointment",
            due="2027-01-15",
            status="planned",
            concerns=("c3", "c1"),
        ),
    ),
    interventions=(
        Intervention(
            id="i1",
            kind="education",
            text="Inhaler technique checked and COPD action plan reviewed",
            responsible="pcmh",
            frequency="Every visit",
            status="active",
            goals=("g1",),
        ),
        Intervention(
            id="i2",
            kind="referral",
            text="Pulmonary rehabilitation, 12 weeks",
            responsible="provider",
            party=Party(name="Allegheny Lung Center", phone="+1-555-0133"),
            frequency="Twice a week",
            start="2026-12-01",
            end="2027-02-26",
            status="planned",
            goals=("g1",),
        ),
        Intervention(
            id="i3",
            kind="task",
            text="Home blood pressure cuff sent and its use taught by phone",
            responsible="mco",
            party=NURSE,
            start="2026-11-10",
            status="active",
            goals=("g2",),
        ),
        Intervention(
            id="i4",
            kind="flexible_service",
            text="Rides to visits beyond MATP",
            responsible="mco",
            party=NURSE,
            frequency="As booked",
            status="planned",
            goals=("g3",),
            flexible=Flexible(category="transportation", estimated_cost="480.00"),
        ),
    ),
    outcomes=(Outcome(text="CAT score 21", date="2026-10-28", goals=("g1",)),),
    medications=(
        Medication(
            text="Tiotropium 18 mcg inhalation capsule",
            dose="1 capsule inhaled once a day",
            status="active",
        ),
        Medication(text="Lisinopril 20 mg tablet", dose="1 tablet once a day", status="active"),
        Medication(text="Albuterol inhaler 90 mcg", dose="2 puffs as needed", status="active"),
    ),
    allergies=(Allergy(text="Penicillin", reaction="Hives", severity="moderate"),),
    crisis_plan="Breathless at rest or lips turn blue: call 911, then the plan's nurse line.",
    review=Review(next_due="2027-02-02"),
    asks=(
        Ask(
            text="Confirm spirometry within 30 days and send us the result",
            of="pcmh",
            due="2026-12-02",
            party=Party(name="Nadia Brandt RN"),
        ),
        Ask(
            text="Visit within 7 days of discharge, with inhaler check",
            of="pcmh",
            due="2026-11-09",
        ),
        Ask(text="Bring the blood pressure log to every visit", of="member"),
    ),
    notes=(
        Note(
            section="Social history",
            text="Lives alone on the second floor. Retired welder. Stopped smoking in 2019.",
        ),
    ),
    residue=(Residue(label="Page 2", text="Form KU-114 rev. 3"),),
)
COVER = Cover(
    release_id="rel-7f3c21",
    document_id="0b8c2a52-5f0e-4a53-9d4b-8f6f7a3d1c11",
    set_id="KU-CP-30218",
    version=2,
    released_on=datetime(2026, 11, 3, 14, 5, tzinfo=UTC),
    custodian=Party(organization="Keystone Unity Health Plan"),
    recipient=Party(name="Nadia Brandt RN", organization="Riverbend Family Medicine"),
    notices=(NOTICE,),
    confidentiality="N",
    reply_url="https://hub.example/r/rel-7f3c21",
    replaces=("KU-CP-30218", 1, "6f7a3d1c-5f0e-4a53-9d4b-0b8c2a528f6f"),
)
