"""Plans and covers written by hand: one ordinary, one empty, one of absences, one of oddities.

Tests import them through `plans`. Everybody in here is invented.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

from hub.canonical import (
    Absent,
    Address,
    Agreement,
    Allergy,
    Ask,
    Code,
    Concern,
    Coverage,
    Directive,
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
    Review,
    Risk,
    SourceId,
    TeamMember,
    Telecom,
)
from hub.render.cover import Cover

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"

CUSTODIAN = Party(
    organization="Keystone Unity Health Plan",
    identifiers=(Identifier("npi", "1003000126"),),
    phone="+1-555-0100",
    address="1 Unity Plaza, Pittsburgh PA 15222",
)
RECIPIENT = Party(
    name="Nadia Brandt RN",
    organization="Riverbend Family Medicine",
    identifiers=(Identifier("npi", "1912301953"),),
    phone="+1-555-0141",
    email="nadia.brandt@riverbend.example",
)
COVER = Cover(
    release_id="rel-01HZX",
    document_id="3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a11",
    set_id="a0f7a1d4-5f7a-4d53-9a1f-1df6b1c0d001",
    version=1,
    released_on=datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=-5))),
    custodian=CUSTODIAN,
    recipient=RECIPIENT,
)
MARKED = dataclasses.replace(
    COVER,
    version=2,
    notices=(
        "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
        "This information has been disclosed to you from records protected by law.",
    ),
    consent_scope="Plan of care & treatment, to Riverbend Family Medicine",
    withheld=True,
    confidentiality="R",
    sensitivities=("sud", "hiv"),
    part2=True,
    reply_url="https://hub.example/reply/abc?x=1&y=2",
    replaces=(COVER.set_id, 1, "3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a10"),
)
BARE = Cover(
    release_id="rel-2",
    document_id="not a uuid",
    set_id="set/7 & more",
    version=1,
    released_on=datetime(2026, 11, 20, tzinfo=UTC),
    custodian=Party(),
    recipient=Party(),
    replaces=("set/7 & more", 0, ""),
)
COVERS = (COVER, MARKED, BARE)

EMPTY = Plan()

DELGADO = Plan(
    header=Header(
        kind="icp",
        set_id="KU-PLAN-88",
        version=3,
        source_ids=(SourceId("urn:oid:2.999.7.1", "KU-DOC-4411"),),
        title="Integrated Care Plan",
        status="active",
        written_on="2026-11-02T10:15:00-05:00",
        period=Period(start="2026-11-02", end="2027-05-02"),
        language="en-US",
        program="Community HealthChoices",
        purpose="Two hospital stays for heart failure since May",
        author=Party(
            name="Theo Lang RN",
            role="Service coordinator",
            organization="Keystone Unity Health Plan",
            identifiers=(Identifier("npi", "1003000126"),),
            phone="+1-555-0109 ext 7",
        ),
        confidentiality="N",
    ),
    member=Member(
        identifiers=(
            Identifier("plan", "K100200301", "Keystone Unity Health Plan"),
            Identifier("medicaid", "2200145671", "PA"),
        ),
        name=Name(family="Delgado", given=("Rosa", "M."), preferred="Rosita"),
        birth_date="1961-07-19",
        sex="female",
        race=("White",),
        ethnicity="Hispanic or Latino",
        language="es",
        interpreter_needed=True,
        addresses=(
            Address(
                use="home",
                lines=("12 Larch St", "Apt 3"),
                city="Pittsburgh",
                state="PA",
                postal_code="15203",
                county="Allegheny",
            ),
        ),
        telecoms=(
            Telecom(kind="phone", use="mobile", value="+1 (555) 555-0123"),
            Telecom(kind="email", value="rosa@example.org"),
        ),
        representative=Party(name="Luis Delgado", role="Son", phone="+1-555-0124"),
    ),
    coverage=Coverage(mco="Keystone Unity Health Plan", member_id="K100200301", county="Allegheny"),
    team=(
        TeamMember(
            party=Party(name="Theo Lang RN", phone="+1-555-0109"), role="Coordinator", lead=True
        ),
        TeamMember(party=Party(organization="Larch Street Pharmacy"), role="Pharmacy"),
    ),
    risk=Risk(level="high", score="7", tool="House score", assessed_on="2026-10", reason="Stays"),
    strengths=("Walks daily", "Close family"),
    own_words=("I want to dance at my granddaughter's wedding",),
    concerns=(
        Concern(
            id="c1",
            text="Type 2 diabetes, A1c 9.1 %",
            codes=(
                Code(SNOMED, "44054006", "Diabetes mellitus type 2"),
                Code("http://hl7.org/fhir/sid/icd-10-cm", "E11.9", "Type 2 diabetes mellitus"),
            ),
            domain="medical",
            status="active",
            onset="2015-03",
            priority="high",
        ),
        Concern(id="c2", text="No car; misses visits", domain="social", status="active"),
    ),
    goals=(
        Goal(
            id="g1",
            text="A1c below 8 % by May",
            codes=(Code(LOINC, "4548-4", "Hemoglobin A1c"),),
            whose="member",
            start="2026-11-02",
            due="2027-05-02",
            status="active",
            progress="progressing",
            measure="A1c < 8 %",
            priority="high",
            concerns=("c1",),
        ),
        Goal(id="g2", text="Every visit kept", due="2027-05", concerns=("c2", "c1")),
    ),
    interventions=(
        Intervention(
            id="i1",
            kind="service",
            text="Book MATP rides for every visit",
            responsible="mco",
            party=Party(name="Theo Lang RN"),
            frequency="weekly",
            start="2026-11-05",
            status="planned",
            funding="covered",
            goals=("g2",),
            concerns=("c2",),
        ),
        Intervention(
            id="i2",
            kind="education",
            text="Foot care class",
            codes=(Code(SNOMED, "698360004", "Diabetes self management plan"),),
            start="2026-10-01",
            status="completed",
            goals=("g1",),
        ),
        Intervention(id="i3", text="Weekly weight by phone", responsible="pcmh", status="active"),
    ),
    outcomes=(
        Outcome(
            id="o1",
            text="2 of 3 visits kept",
            date="2026-10-31",
            goals=("g2",),
            interventions=("i1",),
        ),
        Outcome(id="o2", text="Weight 81 kg", codes=(Code(LOINC, "29463-7", "Body weight"),)),
    ),
    medications=(
        Medication(
            id="m1",
            text="Metformin 500 mg tablet",
            codes=(Code("http://www.nlm.nih.gov/research/umls/rxnorm", "861007", "metformin"),),
            dose="1 tablet twice a day",
            status="active",
            start="2019-06-01",
        ),
    ),
    allergies=(Allergy(id="a1", text="Penicillin", reaction="Hives", severity="moderate"),),
    advance_directives=(Directive(text="Health care proxy on file", date="2024-02-10"),),
    crisis_plan="Call Luis first, then the plan's nurse line.",
    agreement=Agreement(decision="accepted", signed_on="2026-11-02", method="ink"),
    review=Review(last="2026-11-02", next_due="2027-02-02"),
    asks=(
        Ask(text="Send the next A1c to the plan", of="pcmh", due="2027-02-01"),
        Ask(text="Confirm who orders the home scale", of="pcmh"),
    ),
    notes=(Note(section="Social history", text="Lives with her son.", code=None),),
)

NO_KNOWN = Plan(
    header=Header(written_on="sometime in spring", period=Period(start="2026-02-31")),
    concerns=Absent("none"),
    goals=Absent("unknown"),
    interventions=Absent("asked"),
    outcomes=Absent("masked"),
    medications=Absent("none"),
    allergies=Absent("none"),
    advance_directives=Absent("asked"),
)

UNNAMED = Plan(
    concerns=(Concern(), Concern(id="c", text=Absent("masked")), Concern(id="c", text=" \t ")),
    goals=(Goal(concerns=("c", "nowhere")), Goal(id="g")),
    interventions=(
        Intervention(goals=("nowhere",)),
        Intervention(status="stopped", goals=("g",)),
        Intervention(status="on hold"),
        Intervention(status="done"),
        Intervention(status="nobody knows this word", goals=("g", "g")),
    ),
    outcomes=(Outcome(), Outcome(goals=("nowhere",))),
    medications=(Medication(end="2026-01-01"), Medication(codes=(Code(),))),
    allergies=(Allergy(), Allergy(severity="mild")),
    advance_directives=(Directive(), Directive(codes=(Code("urn:x:unknown", "a b", "Will"),))),
    asks=(Ask(),),
    notes=(Note(), Note(section="Plan of treatment", text="x", code=Code(LOINC, "18776-5"))),
    team=(TeamMember(),),
)

WRITTEN = {"delgado": DELGADO, "empty": EMPTY, "no known": NO_KNOWN, "unnamed": UNNAMED}
