"""What a C-CDA says only in its narrative becomes an item read with doubt, or somebody is told."""

from adapters.formats.ccda import CcdaAdapter
from adapters.formats.ccda.habits import Habits
from hub import doubting
from hub.canonical import Absent
from tests import cda_documents
from tests.cda_documents import LOINC, cda, codes, goal, section, statement, structured

LOCAL = 'codeSystem="2.999.5"'


def read(content):
    """Read a document for a sender whose profile is bound."""
    return cda_documents.read(content, CcdaAdapter(habits=Habits(attested=True)))


def plan(*sections, **rest):
    """Return the plan in a document of these sections, for a sender whose profile is bound."""
    (only,) = read(cda(structured(*sections), **rest)).plans
    return only


def table(heads, *rows):
    """Return a narrative table; a cell is its words, or words and an id."""
    top = "".join(f"<th>{one}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def cell(words):
    """Return one cell."""
    if isinstance(words, tuple):
        return f'<td><content ID="{words[1]}">{words[0]}</content></td>'
    return f"<td>{words}</td>"


def points(mark):
    """Return a goal that has only its row's words."""
    inner = f'<text><reference value="#{mark}"/></text><statusCode code="active"/>'
    return statement("observation", "22.4.121", f'<code nullFlavor="UNK"/>{inner}', mood="GOL")


def local(code, title, text):
    """Return a section whose code is the sender's own."""
    return (
        f'<section><code code="{code}" {LOCAL}/><title>{title}</title><text>{text}</text></section>'
    )


GOALS = table(
    ["Goal", "#", "Concern #", "Target Date", "Status"],
    [("Go home", "g1"), "1", "2", "12/20/2026", "In progress"],
    [("Drink thin liquids", "g2"), "2", "1", "--", "Not met"],
)


def test_row_without_entry():
    """A row that no entry refers to is an item with its columns, its place and a doubt."""
    (found,) = read(cda(structured(section("61146-7", points("g1"), text=GOALS)))).plans

    assert [("Go home", "active"), ("Drink thin liquids", "Not met")] == [
        (one.text, one.status) for one in found.goals
    ]
    assert found.goals[1].due is None
    assert found.places["/goals/1/text"].confidence < 0.9
    assert found.places["/goals/1/text"].at.startswith("/*")


def test_row_waits_for_a_person():
    """The values of a row wait under Confirm, and those of the entry do not."""
    (found,) = read(cda(structured(section("61146-7", points("g1"), text=GOALS)))).plans
    waiting = {one.pointer for one in doubting.doubts(found, (), 0.9).waiting}

    assert "/goals/1/text" in waiting
    assert "/goals/0/text" not in waiting


def test_row_lends_what_the_entry_lacks():
    """A column fills a field that its entry left empty and changes none that it has."""
    reading = read(cda(structured(section("61146-7", points("g1"), text=GOALS))))
    first = reading.plans[0].goals[0]

    assert (first.due, first.status, first.progress) == ("2026-12-20", "active", "In progress")
    assert "status_differs" in codes(reading)
    assert "narrative_only" in codes(reading)


def test_entry_with_the_words_of_its_row():
    """An entry in its own words that are the row's gives no second item."""
    found = plan(section("61146-7", goal("G", "Go home"), text=GOALS))

    assert ["Go home", "Drink thin liquids"] == [one.text for one in found.goals]


def test_entry_that_fits_no_row():
    """Where an entry fits no row, nothing is taken and a finding says what to compare."""
    text = table(["Goal"], ["Sleep"], ["Eat"], ["Walk"])
    reading = read(cda(structured(section("61146-7", goal("G", "Mobility"), text=text))))

    assert ["Mobility"] == [one.text for one in reading.plans[0].goals]
    (told,) = [one for one in reading.findings if one.code == "narrative_untold"]
    assert "3 rows and 1 entries" in told.message


def test_table_without_known_headings():
    """A table whose headings say nothing stays a note with a finding."""
    text = table(["Zeta", "Eta"], ["Sleep", "1"], ["Eat", "2"])
    reading = read(cda(structured(section("61146-7", text=text))))

    assert reading.plans[0].goals == ()
    assert "narrative_untold" in codes(reading)


def test_links_by_number():
    """A goal's concern and an intervention's goal are linked by the number in their rows."""
    concerns = table(
        ["Concern", "#", "ICD-10"], ["Dysphagia", "1", "R13.12"], ["Alone", "2", "n/a"]
    )
    acts = table(
        ["Intervention", "Responsible", "Frequency", "Goal #"],
        ["Swallow training", "Macrina", "3x/week", "2"],
    )
    found = plan(
        section("61146-7", text=GOALS),
        section("75310-3", text=concerns),
        section("62387-6", text=acts),
    )

    ids = {one.text: one.id for one in (*found.concerns, *found.goals)}
    assert [(ids["Alone"],), (ids["Dysphagia"],)] == [one.concerns for one in found.goals]
    (act,) = found.interventions
    assert (act.goals, act.frequency) == ((ids["Drink thin liquids"],), "3x/week")
    assert act.party.name == "Macrina"
    assert found.concerns[0].codes[0].code == "R13.12"


def test_number_of_a_row_with_an_entry():
    """The numbers of a table whose rows all have entries are known too."""
    acts = table(["Intervention", "Goal #"], ["Ramp", "1"])
    both = section("61146-7", points("g1"), points("g2"), text=GOALS)
    found = plan(both, section("62387-6", text=acts))

    assert found.interventions[0].goals == (found.goals[0].id,)


def test_number_of_no_row():
    """A number that no row has links to nothing, and a finding says so."""
    acts = table(["Intervention", "Goal #"], ["Ramp", "7"])
    reading = read(cda(structured(section("62387-6", text=acts))))

    assert reading.plans[0].interventions[0].goals == ()
    assert "dangling_row" in codes(reading)


def test_local_sections():
    """Sections with the sender's own codes are known by their titles."""
    found = plan(
        local(
            "X-CT", "CARE TEAM", table(["Name", "Role", "Phone"], ["Ray Dz", "Nurse", "555-0100"])
        ),
        local(
            "X-SC", "SCREENINGS", table(["Tool", "Date", "Result"], ["PHQ-9", "10/14/2026", "6"])
        ),
        local("X-MV", "MEMBER VOICE", "<paragraph>I built that porch.</paragraph>"),
        local("X-CR", "CRISIS PLAN", "<paragraph>Call 911.</paragraph>"),
    )

    (mate,) = found.team
    assert (mate.party.name, mate.role, mate.party.phone) == ("Ray Dz", "Nurse", "555-0100")
    (tool,) = found.assessments
    assert (tool.name, tool.date, tool.result) == ("PHQ-9", "2026-10-14", "6")
    assert (found.own_words, found.crisis_plan) == (("I built that porch.",), "Call 911.")


def test_protected_words_stay_a_note():
    """Words of a restricted section fill no field of the plan, which has no labels of its own."""
    voice = local("X-MV", "MEMBER VOICE", "<paragraph>I am here.</paragraph>")
    sealed = voice.replace("<text>", '<confidentialityCode code="R"/><text>', 1)
    found = plan(sealed, section("61146-7", goal("G", "Walk")))

    assert found.own_words == ()
    assert any(one.text == "I am here." for one in found.notes)


def test_medication_frequency():
    """A medication's row lends its frequency to the dose that the entry states."""
    heads = ["Medication", "Dose", "Route", "Frequency"]
    text = table(
        heads, [("Apixaban", "m1"), "5 mg", "oral", "daily"], ["Iron", "45 mg", "oral", "daily"]
    )
    inner = '<text><reference value="#m1"/></text><statusCode code="active"/>'
    inner += '<doseQuantity value="5" unit="mg"/>'
    entry = statement("substanceAdministration", "22.4.16", inner)
    found = plan(section("10160-0", entry, text=text))

    assert ["5 mg, daily", "45 mg, daily, oral"] == [one.dose for one in found.medications]


def test_list_of_allergies():
    """Items of a list are allergies with their reactions; a denial alone is none known."""
    named = plan(section("48765-2", text="<list><item>Vancomycin - rash</item></list>"))
    denied = plan(section("48765-2", text="<list><item>NKDA</item></list>"), section("61146-7"))

    assert [("Vancomycin", "rash")] == [(one.text, one.reaction) for one in named.allergies]
    assert denied.allergies == Absent("none")


def test_rows_that_say_nothing():
    """A row of `None known` is no item."""
    found = plan(section("61146-7", text=table(["Goal", "Status"], ["None recorded", "--"])))

    assert found.goals == ()


def test_authors_are_no_team():
    """Who wrote the plan is not on the team for that; a second author's words are kept."""
    inner = "<assignedPerson><name><given>Ines</given><family>{}</family></name></assignedPerson>"
    header = "".join(
        f'<author><time value="20260304"/><assignedAuthor><id root="2.999.8" extension="{one}"/>'
        f"{inner.format(one)}</assignedAuthor></author>"
        for one in ("Rudge", "Sabo")
    )
    found = plan(section("61146-7", goal("G", "Walk")), header=header)

    assert (found.team, found.header.author.name) == ((), "Ines Rudge")
    assert any("Sabo" in one.text for one in found.residue)


def test_section_known_by_loinc():
    """A section of LOINC's that is none of a plan's kinds is left a note, whatever its title."""
    text = table(["Goal"], ["Walk"])
    body = (
        f'<section><code code="29762-2" {LOINC}/><title>Goals</title><text>{text}</text></section>'
    )
    found = plan(body, section("61146-7", goal("G", "Eat")))

    assert ["Eat"] == [one.text for one in found.goals]


def test_without_a_profile_it_is_told():
    """For a sender without a profile no row becomes an item; the counts are a finding."""
    reading = cda_documents.read(cda(structured(section("61146-7", points("g1"), text=GOALS))))

    assert ["Go home"] == [one.text for one in reading.plans[0].goals]
    assert "narrative_untold" in {one.code for one in reading.findings}


def test_rows_beside_what_is_protected():
    """In a section with a protected entry no row becomes an item: it would lose the mark."""
    mark = '<confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>'
    held = structured(section("61146-7", points("g1"), text=GOALS))
    (found,) = read(cda(held.replace("<title>", f"{mark}<title>", 1))).plans

    assert ["Go home"] == [one.text for one in found.goals]


def test_medication_of_another_name():
    """A row whose words only hold an entry's name lends it no dose."""
    rows = table(
        ["Medication", "Dose", "Frequency"],
        ["Lisinopril-hydrochlorothiazide", "20-12.5 mg", "twice daily"],
    )
    drug = statement(
        "substanceAdministration",
        "22.4.16",
        "<consumable><manufacturedProduct><manufacturedMaterial><code nullFlavor='OTH'>"
        "<originalText>Lisinopril</originalText></code></manufacturedMaterial>"
        "</manufacturedProduct></consumable>",
        mood="EVN",
    )
    found = plan(section("10160-0", drug, text=rows))

    assert "20-12.5 mg" not in {one.dose for one in found.medications if one.text == "Lisinopril"}
