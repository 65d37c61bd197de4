"""Report text in messages: sections end where they end; its tables and blocks are items."""

import pytest
from hl7_messages import message, plan

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import ProfileError, load
from adapters.workshop.checking import check

HEAD = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
identify: {facility: [MEADOW]}
"""
TEXT = [
    "MEDICATIONS",
    "iron 20 mg daily",
    "salt at meals",
    "",
    "CARE TEAM",
    "Ann Ray, RN",
    "",
    "CRISIS / BACKUP PLAN",
    "Call Ann first.",
]


def house(more):
    """Return a reader with more habits."""
    return Hl7v2Reader(habits_of(load(HEAD + more)))


def typed(lines):
    """Return a text as one OBX for each line."""
    return [f"OBX|{n}|TX|R^Report^L||{line}||||||F" for n, line in enumerate(lines, 1)]


def broken(lines):
    """Return a text as one FT with its line breaks."""
    return ["OBX|1|FT|R^Report^L||" + "\\.br\\".join(lines) + "||||||F"]


def parted(lines):
    """Return a text as one FT for each part between empty lines."""
    parts = "\n".join(lines).split("\n\n")
    return [
        f"OBX|{n}|FT|R^Report^L|{n}|" + part.replace("\n", "\\.br\\") + "||||||F"
        for n, part in enumerate(parts, 1)
    ]


WAYS = pytest.mark.parametrize("way", [typed, broken, parted])


@WAYS
def test_a_section_ends_at_the_next_heading(way):
    """One declared section does not take what stands under headings that nobody declared."""
    found = plan(message(*way(TEXT)), house("sections: {medications: [MEDICATIONS]}"))
    assert [one.text for one in found.medications] == ["iron 20 mg daily", "salt at meals"]
    assert [(one.section, one.text) for one in found.notes] == [
        ("CARE TEAM", "Ann Ray, RN"),
        ("CRISIS / BACKUP PLAN", "Call Ann first."),
    ]


def test_capitals_say_nothing_where_all_is_in_capitals():
    """In a text all in capitals a line in capitals after an empty line is an item, no heading."""
    lines = ["GOALS", "", "WALK DAILY", "", "EAT WELL"]
    found = plan(message(*broken(lines)), house("sections: {goals: [GOALS]}"))
    assert [one.text for one in found.goals] == ["WALK DAILY", "EAT WELL"]


@WAYS
def test_a_team_section(way):
    """A section of the team makes a person of each line."""
    found = plan(message(*way(TEXT)), house("sections: {team: [CARE TEAM]}"))
    assert [one.party.name for one in found.team] == ["Ann Ray, RN"]


def test_a_section_that_opens_nothing():
    """A section of what is no list is refused by its name, when loaded and by `check`."""
    text = HEAD + "sections: {coverage: [PLAN]}\n"
    with pytest.raises(ProfileError, match=r"sections\.coverage"):
        habits_of(load(text))
    wrong = [one.key for one in check(text) if one.severity == "wrong"]
    assert wrong == ["sections.coverage"]
