"""A profile of a sender's C-CDA: its ids, its own sections, headings and status words."""

import pytest

from adapters.profiles import ProfileError
from adapters.workshop import checking, drafting, live, outlining
from hub.canonical import Document
from tests.adapters.ccda.test_uncoded import GOALS, local, points, table
from tests.cda_documents import cda, codes, read, section, structured

HEAD = 'profile: fayette\nversion: "1"\nsender: mco-fayette\nformat: ccda\n'
CUSTODIAN = (
    "<custodian><assignedCustodian><representedCustodianOrganization>"
    '<id root="2.999.7"/><name>Fayette</name></representedCustodianOrganization>'
    "</assignedCustodian></custodian>"
)
ROOTS = 'identify: {custodian: ["2.999.7"]}\nidentifiers: {"2.999.1": plan}\n'


def document(*sections):
    """Return a document of the sender's."""
    return cda(structured(*sections), header=CUSTODIAN)


def test_member_id_of_the_plan():
    """The root that a profile names is the plan's member id, and the coverage states it."""
    content = document(section("61146-7", points("g1"), text=GOALS))
    adapter = live.adapter(HEAD + ROOTS)
    (found,) = read(content, adapter).plans

    assert adapter.identify(Document(content))
    assert [("plan", "M1")] == [(one.kind, one.value) for one in found.member.identifiers]
    assert found.coverage.member_id == "M1"


def test_another_custodian():
    """A document of another custodian is not this sender's."""
    other = cda(structured(section("61146-7", text=GOALS)))

    assert not live.adapter(HEAD + ROOTS).identify(Document(other))


def test_own_sections_and_headings():
    """Local codes and headings are read as the profile says."""
    helpers = local("X-9", "Who helps", table(["Helper", "Job"], ["Ray Dz", "Driver"]))
    words = 'sections: {team: [X-9]}\ncolumns: {team.name: [Helper], team.role: ["Job"]}\n'
    (found,) = read(document(helpers), live.adapter(HEAD + ROOTS + words)).plans

    assert [("Ray Dz", "Driver")] == [(one.party.name, one.role) for one in found.team]


def test_status_words():
    """A status word that means the entry's is no difference."""
    words = "values: {status: {In progress: active}}\n"
    content = document(section("61146-7", points("g1"), text=GOALS))

    assert "status_differs" not in codes(read(content, live.adapter(HEAD + ROOTS + words)))
    assert "status_differs" in codes(read(content, live.adapter(HEAD + ROOTS)))


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("sections: {gaols: [X]}\n", "sections.gaols"),
        ("columns: {goals.duo: [X]}\n", "columns.goals.duo"),
        ("widths: {a: 3}\n", "widths"),
        ('identifiers: {"2.999.1": mbi}\n', "identifiers.2.999.1"),
    ],
)
def test_what_is_never_heard(line, key):
    """A key, kind or field that the reader would not hear is refused by its name."""
    with pytest.raises(ProfileError) as refused:
        live.adapter(HEAD + line)

    assert refused.value.key == key


def test_proposed_from_a_sample():
    """What is proposed from a sample loads, has its roots and local sections, and no values."""
    team = local("X-CT", "Care team", table(["Name", "Shoe"], ["Ray Dz", "44"]))
    reading = outlining.outliner("").read(Document(document(team)))
    (outline,) = (outlining.json.loads(one) for one in reading.enclosures.values())
    text, left = drafting.drafted([outline], "fayette", "mco-fayette")

    assert checking.check(text) == []
    assert "2.999.7" in text
    assert "team: [X-CT]" in text
    assert ["column Shoe of Care team: under `columns`"] == left
    assert "Ray" not in text
    assert "M1" not in text


def test_no_root_of_member_ids():
    """A profile that names no root of member ids is told that no plan can be matched."""
    (told,) = checking.check(HEAD + 'identify: {custodian: ["2.999.7"]}\n')

    assert (told.severity, told.key) == ("odd", "identifiers")
