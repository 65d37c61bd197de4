"""Concerns, goals, interventions and outcomes: words, codes, links and what qualifies them."""

import pytest
from cda_documents import (
    LOINC,
    SNOMED,
    cda,
    codes,
    concern,
    goal,
    ident,
    plan,
    read,
    refers,
    related,
    section,
    statement,
    structured,
    words_of,
)

PROGRESS = statement(
    "observation",
    "22.4.110",
    f'<code code="ASSERTION"/><value xsi:type="CD" code="706906006" {SNOMED}/>',
)


def value(kind, attributes, inner=""):
    return f'<value xsi:type="{kind}" {attributes}>{inner}</value>'


def problem(text, more="", extra=""):
    inner = f'{ident("p")}<code code="55607006" {SNOMED}/>{value("CD", text)}{more}'
    return statement("observation", "22.4.4", inner, extra=extra)


def outcome(inner, code=f'code="2345-7" {LOINC} displayName="Glucose"'):
    return statement("observation", "22.4.144", f"{ident('o')}<code {code}/>{inner}")


def act(name, inner, mood="INT", template="22.4.146"):
    head = f'{ident(name)}<code code="362956003" {SNOMED}/><statusCode code="active"/>'
    return statement("act", template, head + inner, mood=mood)


def test_thread():
    """References by id become links between the elements they mean, whatever their direction."""
    done = plan(
        section("75310-3", concern("c", "cannot get to visits")),
        section("61146-7", goal("g", "a ride", refers("c"))),
        section("62387-6", act("i", "<text>book a ride</text>" + refers("g", "RSON"))),
        section("11383-7", outcome(refers("g", "GEVL") + refers("i", "RSON"))),
    )

    assert (("c1",), ("g1",), ("g1",), ("i1",)) == (
        done.goals[0].concerns,
        done.interventions[0].goals,
        done.outcomes[0].goals,
        done.outcomes[0].interventions,
    )


def test_dangling():
    """A reference that leads nowhere is a finding, and its id is kept."""
    reading = read(cda(structured(section("61146-7", goal("g", "a ride", refers("gone"))))))

    assert ["dangling_reference"] == codes(reading)
    assert any("gone" in words for words in words_of(reading.plans[0].residue))


@pytest.mark.parametrize(
    ("kind", "attributes", "inner", "expected"),
    [
        ("PQ", 'value="110.0" unit="mg/dL"', "", "Glucose: 110.0 mg/dL"),
        ("PQ", 'value="242.29" unit="[lb_av]"', "", "Glucose: 242.29 [lb_av]"),
        ("PQ", 'value="3" unit="1"', "", "Glucose: 3"),
        ("IVL_PQ", "", '<low value="92" unit="%"/>', "Glucose: ≥ 92 %"),
        ("IVL_PQ", "", '<high value="8" unit="%" inclusive="false"/>', "Glucose: < 8 %"),
        (
            "IVL_PQ",
            "",
            '<low value="1" unit="g"/><high value="2" unit="g"/>',
            "Glucose: 1 g to 2 g",
        ),
        ("CD", f'code="1" {SNOMED} displayName="High"', "", "Glucose: High"),
        ("ST", "", "two of three", "Glucose: two of three"),
        ("INT", 'value="17"', "", "Glucose: 17"),
    ],
)
def test_values(kind, attributes, inner, expected):
    """A value stands in the outcome with its unit exactly as written, whatever its type."""
    done = plan(section("11383-7", outcome(value(kind, attributes, inner))))

    assert expected == done.outcomes[0].text


def test_goal_measure():
    """A goal's quantity is its measure, its words are its text, its end is when it is due."""
    times = '<effectiveTime><low value="20260101"/><high value="202606"/></effectiveTime>'
    inner = f'<code code="59408-5" {LOINC} displayName="Oxygen"/>{times}'
    entry = statement(
        "observation", "22.4.121", inner + value("PQ", 'value="92" unit="%"'), mood="GOL"
    )
    (found,) = plan(section("61146-7", entry)).goals

    assert ("Oxygen", "92 %", "2026-01-01", "2026-06") == (
        found.text,
        found.measure,
        found.start,
        found.due,
    )


def test_goal_anywhere():
    """An observation in goal mood is a goal in whichever section it stands."""
    entry = goal("g", "walk daily")

    assert ["walk daily"] == [one.text for one in plan(section("18776-5", entry)).goals]


@pytest.mark.parametrize(
    ("authors", "whose"),
    [
        (["2.999.1|M1"], "member"),
        (["2.999.4|N1"], "provider"),
        (["2.999.1|M1", "2.999.4|N1"], "negotiated"),
        ([], None),
    ],
)
def test_whose(authors, whose):
    """A goal is the member's, a provider's or both's by who wrote it."""
    ids = [each.split("|") for each in authors]
    inner = "".join(
        f'<author><time value="2026"/><assignedAuthor><id root="{root}" extension="{extension}"/>'
        "</assignedAuthor></author>"
        for root, extension in ids
    )

    assert whose == plan(section("61146-7", goal("g", "a ride", inner))).goals[0].whose


def test_progress():
    """Progress stated in an outcome reaches the goal the outcome evaluates."""
    done = plan(
        section("61146-7", goal("g", "a ride")),
        section("11383-7", outcome(refers("g", "GEVL") + related(PROGRESS, "SPRT"))),
    )

    assert done.goals[0].progress == "Progressing toward goal"


def test_priority():
    """A priority preference becomes the priority of what it stands in."""
    high = value("CD", f'code="394849002" {SNOMED}')
    inner = f'<code code="225773000" {SNOMED}/>{high}'
    high = related(statement("observation", "22.4.143", inner))

    assert plan(section("75310-3", concern("c", "cough", high))).concerns[0].priority == "high"


def test_concern_of_problem():
    """A concern act without words is told by its problem, with all codes and translations."""
    more = '<translation code="J20.9" codeSystem="2.16.840.1.113883.6.90" displayName="Acute"/>'
    inner = (
        f'<code code="55607006" {SNOMED}/><effectiveTime><low value="2025"/></effectiveTime>'
        f'<value xsi:type="CD" code="1" {SNOMED} displayName="Bronchitis">{more}</value>'
    )
    entry = statement(
        "act",
        "22.4.3",
        f'<code code="CONC"/>{related(statement("observation", "22.4.4", inner), "SUBJ")}',
    )
    (found,) = plan(section("11450-4", entry)).concerns

    assert ("Bronchitis", "2025") == (found.text, found.onset)
    assert [
        ("http://snomed.info/sct", "1"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "J20.9"),
    ] == [(code.system, code.code) for code in found.codes]


def test_risk_says_so():
    """A risk concern is never told as if it were there."""
    risk = f'{ident("r")}<code code="281694009" {SNOMED} displayName="At risk for"/>'
    inner = related(problem(f'code="1" {SNOMED} displayName="Falls"'))
    entry = statement("act", "22.4.136", risk + inner)

    assert plan(section("75310-3", entry)).concerns[0].text == "At risk for: Falls"


def test_negated():
    """What a document denies is in the plan as denied, never as present."""
    entry = problem(f'code="1" {SNOMED} displayName="Pneumonia"', extra='negationInd="true"')
    (found,) = plan(section("11450-4", entry)).concerns

    assert ("Not present: Pneumonia", "negated") == (found.text, found.status)


@pytest.mark.parametrize(
    ("mood", "status"),
    [("INT", "planned"), ("RQO", "requested"), ("PRMS", "promised"), ("EVN", "active")],
)
def test_stage(mood, status):
    """An intervention's status says how far it has come, by its mood while it is active."""
    entry = act("i", "<text>call</text>", mood, "22.4.131" if mood == "EVN" else "22.4.146")

    assert status == plan(section("62387-6", entry)).interventions[0].status


def test_wrapper():
    """An act that only holds activities is told through them, each with the act's links."""
    inner = "".join(
        related(statement("act", "22.4.39", f"<text>{text}</text>", mood="INT"))
        for text in ("call", "visit")
    )
    done = plan(
        section("61146-7", goal("g", "a ride")),
        section("62387-6", act("i", inner + refers("g", "RSON"))),
    )

    assert [("call", ("g1",)), ("visit", ("g1",))] == [
        (one.text, one.goals) for one in done.interventions
    ]


@pytest.mark.parametrize(
    ("kind", "template", "expected"),
    [
        ("act", "22.4.20", "education"),
        ("act", "22.4.140", "referral"),
        ("substanceAdministration", "22.4.42", "medication_management"),
        ("encounter", "22.4.40", "service"),
        ("act", "22.4.39", "service"),
    ],
)
def test_kind(kind, template, expected):
    """An intervention's kind follows its template."""
    entry = statement(kind, template, "<text>what is planned</text>", mood="INT")

    assert expected == plan(section("18776-5", entry)).interventions[0].kind


def test_row_speaks():
    """An entry without words is told by the row of a table with as many rows, less surely."""
    rows = "<tr><td>Fever</td><td>Active</td></tr><tr><td>Cough</td><td>Active</td></tr>"
    text = f"<table><thead><tr><th>Concern</th><th>Status</th></tr></thead>{rows}</table>"
    entries = [
        statement("act", "22.4.132", f'{ident(n)}<code code="75310-3" {LOINC}/>') for n in "ab"
    ]
    done = plan(section("75310-3", *entries, text=text))

    assert ["Fever", "Cough"] == [one.text for one in done.concerns]
    assert done.places["/concerns/0/text"].confidence == 0.8


def test_shared_reference():
    """Entries that all point at one cell each speak by their own row, with a warning."""
    rows = "".join(
        f'<tr><td ID="w{n}">{words}</td></tr>' for n, words in enumerate(("Walk", "Swim", "Sing"))
    )
    text = f"<table><thead><tr><th>Planned intervention</th></tr></thead>{rows}</table>"
    pointing = '<text><reference value="#w0"/></text>'
    entries = [statement("act", "22.4.39", ident(n) + pointing, mood="INT") for n in "abc"]
    found = read(cda(structured(section("62387-6", *entries, text=text))))

    assert ["Walk", "Swim", "Sing"] == [one.text for one in found.plans[0].interventions]
    assert codes(found).count("shared_reference") == 2


def test_same_words_stay():
    """Entries that say the same by themselves are left as they are."""
    entries = [statement("act", "22.4.39", "<text>Walk</text>", mood="INT") for _ in "ab"]
    rows = "<tr><td>Walk</td></tr><tr><td>Swim</td></tr>"
    text = f"<table><thead><tr><th>Planned intervention</th></tr></thead>{rows}</table>"
    found = plan(section("62387-6", *entries, text=text))

    assert ["Walk", "Walk"] == [one.text for one in found.interventions]


@pytest.mark.parametrize(
    ("code", "negated"), [("55607006", 'negationInd="true"'), ("160245001", "")]
)
def test_no_known_problems(code, negated):
    """A section that denies every problem says that there is none."""
    entry = statement(
        "observation", "22.4.4", ident("p") + value("CD", f'code="{code}" {SNOMED}'), extra=negated
    )
    done = plan(section("11450-4", statement("act", "22.4.3", related(entry, "SUBJ"))))

    assert "none" == done.concerns.absent


def test_supply_of_a_medication():
    """An order to supply a medication is a detail of it, not something else to be done."""
    supply = statement("supply", "22.4.17", '<repeatNumber value="3"/>', mood="INT")
    entry = statement(
        "substanceAdministration", "22.4.16", f"<text>metformin</text>{related(supply)}"
    )
    done = plan(section("10160-0", entry))

    assert ((), ("metformin",)) == (done.interventions, tuple(m.text for m in done.medications))


@pytest.mark.parametrize(
    ("null", "absent"),
    [("NI", "unknown"), ("UNK", "unknown"), ("ASKU", "asked"), ("MSK", "masked"), ("NA", "none")],
)
def test_null_section(null, absent):
    """A section that is null says why its list is empty."""
    assert absent == plan(section("61146-7", null=null, text="None")).goals.absent


def test_reference_to_a_record():
    """A concern that points at a diagnosis of a past visit takes its words and protection."""
    value = f'<value xsi:type="CD" code="233604007" {SNOMED} displayName="Pneumonia"/>'
    past = statement("observation", "22.4.4", f'{ident("D")}<code nullFlavor="UNK"/>{value}')
    visit = statement(
        "encounter", "22.4.49", f'{ident("V")}<code nullFlavor="UNK"/>{related(past)}'
    )
    label = '<confidentialityCode code="R"/>'
    act = statement("act", "22.4.132", f'{ident("C")}<code code="75310-3" {LOINC}/>{refers("D")}')
    reading = read(cda(structured(section("75310-3", act), section("46240-8", visit, extra=label))))
    (one,) = reading.plans[0].concerns

    assert ("Pneumonia", ["233604007"], []) == (
        one.text,
        [code.code for code in one.codes],
        codes(reading),
    )
    assert one.labels == reading.plans[0].residue[-1].labels != ()


def test_twin_inside():
    """A visit whose words stand in a second one inside it, under its id, is one intervention."""
    inner = f'{ident("V")}<code nullFlavor="UNK"/><text>See the cardiologist</text>'
    twin = related(statement("encounter", "22.4.49", inner))
    outer = statement("encounter", "22.4.40", f"{ident('V')}{twin}", mood="ARQ")
    found = plan(section("18776-5", outer)).interventions

    assert [("See the cardiologist", "appointment requested")] == [
        (one.text, one.status) for one in found
    ]


def test_concern_denied():
    """A negated concern act that holds nothing says that there is no concern."""
    inner = f'<id nullFlavor="NA"/><code code="75310-3" {LOINC}/><statusCode code="active"/>'
    act = statement("act", "22.4.132", inner, extra='negationInd="true"')

    assert "none" == plan(section("75310-3", act, text="None known")).concerns.absent
