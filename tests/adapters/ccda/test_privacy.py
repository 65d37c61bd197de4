"""Privacy markings raise the protection of exactly what they mark."""

import pytest
from cda_documents import cda, concern, goal, plan, read, section, structured

from adapters.formats.ccda import CcdaAdapter, Habits

RESTRICTED = '<confidentialityCode code="R"/>'


def marking(*values):
    """Return a privacy annotation with an observation for each value."""
    inner = "".join(
        '<component><observation classCode="OBS" moodCode="EVN">'
        '<templateId root="2.16.840.1.113883.3.445.21"/><code code="SECCONOBS"/>'
        f'<value xsi:type="CE" code="{value}"/></observation></component>'
        for value in values
    )
    return (
        '<organizer classCode="CLUSTER" moodCode="EVN">'
        f'<templateId root="2.16.840.1.113883.3.3251.1.4"/>{inner}</organizer>'
    )


def marked(*values):
    """Return a concern act with a privacy annotation inside it."""
    note = f'<entryRelationship typeCode="COMP">{marking(*values)}</entryRelationship>'
    return concern("c", "what it is", note)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("ETH", "sud"),
        ("SUD", "sud"),
        ("OPIOIDUD", "sud"),
        ("ETHUD", "sud"),
        ("HIV", "hiv"),
        ("PSY", "mental_health"),
        ("MH", "mental_health"),
        ("BH", "mental_health"),
        ("SDV", "sdv"),
        ("STD", "std"),
        ("SEX", "sexual_health"),
        ("PSYTHPN", "psychotherapy_note"),
        ("VIO", "sdv"),
        ("ADOL", "minor"),
        ("DVD", "mental_health"),
        ("NOBODY-KNOWS", "restricted"),
        ("R", "restricted"),
        ("V", "restricted"),
    ],
)
def test_entry(value, label):
    """A security observation inside an entry labels the element of that entry."""
    assert (label,) == plan(section("75310-3", marked(value))).concerns[0].labels


def test_neighbour():
    """It labels no other element of the section."""
    done = plan(section("75310-3", concern("d", "another"), marked("HIV")))

    assert [(), ("hiv",)] == [one.labels for one in done.concerns]


def test_handling():
    """A code that says how to handle a thing, and not what it is, labels nothing."""
    assert () == plan(section("75310-3", marked("TREAT", "N"))).concerns[0].labels


@pytest.mark.parametrize("code", ["42CFRPart2", "42CFRPart2CD", "NORDSCLCD", "NORDSLCD"])
def test_part2(code):
    """The Part 2 policy, or its refrain, makes the element's origin a Part 2 program."""
    done = plan(section("75310-3", concern("d", "another"), marked(code)))

    assert ["unknown", "yes"] == [one.part2_origin for one in done.concerns]


def test_narrative_is_protected():
    """A section's narrative is protected like whatever was read from the section."""
    (note,) = plan(section("75310-3", marked("SUD", "42CFRPart2"), text="More words")).notes

    assert (("sud",), "yes") == (note.labels, note.part2_origin)


def test_residue_is_protected():
    """What is left over of a protected element is protected like it."""
    entry = marked("SUD").replace("<statusCode", '<priorityCode displayName="Urgent"/><statusCode')
    done = plan(section("75310-3", entry))

    assert {("sud",)} == {
        one.labels for one in done.residue if one.label == "concerns.priorityCode"
    }


def test_section():
    """A section's own R labels its elements and those of its subsections, not its neighbours."""
    inner = section("61146-7", goal("g", "walk"))
    done = plan(
        section("75310-3", concern("c", "cough"), extra=RESTRICTED, inner=[inner]),
        section("61146-7", goal("h", "rest")),
    )

    assert [("restricted",)] == [one.labels for one in done.concerns]
    assert [("restricted",), ()] == [one.labels for one in done.goals]


def test_own_level_before_section():
    """In a section with R an entry that says N is open, one that says nothing is restricted."""
    done = plan(
        section(
            "75310-3", marked("N"), concern("d", "another"), marked("R", "HIV"), extra=RESTRICTED
        )
    )

    assert {("hiv",), (), ("restricted",)} == {one.labels for one in done.concerns}


def test_category_is_no_level():
    """An entry that names a category and no level keeps its section's restriction too."""
    done = plan(section("75310-3", marked("HIV"), extra=RESTRICTED))

    assert [("hiv", "restricted")] == [one.labels for one in done.concerns]


def test_part2_says_why():
    """R beside the Part 2 policy restricts nothing further: the policy says why."""
    (one,) = plan(section("75310-3", marked("R", "42CFRPart2"))).concerns

    assert ((), "yes") == (one.labels, one.part2_origin)


def test_document_marking():
    """A sensitivity in the document's markings section labels every element."""
    done = plan(
        section("57017-6", marking("HIV"), text="Notice"), section("61146-7", goal("g", "walk"))
    )

    assert [("hiv",)] == [one.labels for one in done.goals]


HABITS = Habits(
    part2_titles=frozenset({"Recovery services"}),
    part2_organizations=frozenset({"2.999.7|OTP"}),
    elsewhere="no",
)
OTP = (
    '<author><time value="2026"/><assignedAuthor><id root="2.9" extension="1"/>'
    '<representedOrganization><id root="2.999.7" extension="OTP"/></representedOrganization>'
    "</assignedAuthor></author>"
)


@pytest.mark.parametrize(
    ("title", "extra", "origin"),
    [("Recovery services", "", "yes"), ("Goals", OTP, "yes"), ("Goals", "", "no")],
)
def test_program_section(title, extra, origin):
    """A sender's Part 2 sections are known by title or by who wrote them, the others are not."""
    found = section("61146-7", goal("g", "walk"), extra=extra)
    content = cda(structured(found.replace("<title>Goals<", f"<title>{title}<")))
    (done,) = read(content, CcdaAdapter(habits=HABITS)).plans

    assert origin == done.goals[0].part2_origin
