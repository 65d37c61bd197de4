"""Narrative: its words, what entries take from it, and that none is lost."""

import pytest
from cda_documents import (
    cda,
    concern,
    goal,
    ident,
    plan,
    read,
    section,
    statement,
    structured,
    words_of,
)
from lxml import etree

from adapters.formats.ccda.narrative import whole, words

TEXTS = [
    ("one", "one"),
    ("<td>one</td><td>two</td>", "one two"),
    ("one<br/>two", "one two"),
    ("H<sub>2</sub>O", "H2O"),
    ("<content>one</content> <content>two</content>", "one two"),
    ('<content styleCode="a &gt; b">N</content>ote', "Note"),
    ("a &lt; b &amp; c &#233;", "a < b & c é"),
    ("<list><item>one</item><item>two</item></list>", "one two"),
    ("  one \n two ", "one two"),
]


@pytest.mark.parametrize(("markup", "expected"), TEXTS)
def test_words(markup, expected):
    """Cells and items are kept apart, runs inside a word are not, white space is folded."""
    element = etree.fromstring(f'<text xmlns="urn:hl7-org:v3">{markup}</text>')

    assert expected == words(element)


def test_without_entries():
    """A section without entries is a note under its title with its code."""
    (note,) = plan(section("42349-1", text="Sent for a sleep study")).notes

    assert ("Section", "Sent for a sleep study", "42349-1") == (
        note.section,
        note.text,
        note.code.code,
    )


def test_richer_than_entries():
    """A narrative that says more than the entries is kept whole beside them."""
    done = plan(section("61146-7", goal("g", "walk daily"), text="walk daily with her sister"))

    assert ["walk daily with her sister"] == [note.text for note in done.notes]


def test_said_by_entries():
    """A narrative that the entries say word for word is not kept twice."""
    done = plan(
        section("61146-7", goal("g", "walk daily"), text="<list><item>walk daily</item></list>")
    )

    assert done.notes == ()


def test_reference():
    """An entry's words are those of the narrative it points at."""
    entry = goal("g", '<reference value="#g1"/>')
    done = plan(section("61146-7", entry, text='<content ID="g1">walk daily</content>'))

    assert done.goals[0].text == "walk daily"


def test_reference_to_row():
    """Of a table row it points at, the column of its kind speaks."""
    entry = goal("g", '<reference value="#r1"/>')
    table = (
        "<table><thead><tr><th>Date</th><th>Goal</th></tr></thead>"
        '<tbody><tr ID="r1"><td>May</td><td>walk daily</td></tr></tbody></table>'
    )

    assert plan(section("61146-7", entry, text=table)).goals[0].text == "walk daily"


def test_subsections():
    """Sections inside sections are read, to any depth."""
    inner = section("61146-7", goal("g", "walk"), text="deep")
    middle = section("51848-0", text="middle", inner=[inner])
    done = plan(section("42349-1", text="top", inner=[middle]))

    assert ["top", "middle", "deep"] == [note.text for note in done.notes]
    assert ["walk"] == [one.text for one in done.goals]


UNKNOWN = [
    '<act moodCode="EVN"><code displayName="Zonk"/></act>',
    '<observation moodCode="EVN"><whatever>Zonk</whatever></observation>',
    '<act moodCode="EVN"><methodCode><originalText>Zonk</originalText></methodCode></act>',
    '<procedure moodCode="EVN"><text>Zonk</text></procedure>',
    '<supply moodCode="EVN"><quantity value="Zonk"/></supply>',
]


@pytest.mark.parametrize("entry", UNKNOWN)
@pytest.mark.parametrize("code", ["61146-7", "75310-3", "47519-4", "99999-9"])
def test_unknown_is_kept(entry, code):
    """What no reader knows is in the plan all the same, and counted."""
    reading = read(cda(structured(section(code, entry))))
    tally = reading.coverage

    assert any("Zonk" in each for each in words_of(reading.plans[0]))
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored


def test_every_leaf_has_a_place():
    """Each text, code and link of an element has a place that leads to where it was read."""
    entry = concern("c", "cough", '<effectiveTime value="2026"/>')
    done = plan(section("75310-3", entry), section("61146-7", goal("g", "rest")))

    assert {"/concerns/0/text", "/concerns/0/status", "/concerns/0/onset", "/goals/0/text"} <= set(
        done.places
    )


def test_bare_observation_in_outcomes():
    """An observation in the outcomes section is an outcome by where it stands."""
    entry = statement("observation", "22.4.2", f'{ident("o")}<value xsi:type="ST">better</value>')

    assert ["better"] == [one.text for one in plan(section("11383-7", entry)).outcomes]


@pytest.mark.parametrize(
    "inner",
    [
        "<table><tr><td><content>Ada</content></td><td>2&amp;3</td></tr></table>",
        "<paragraph>m<sup>2</sup> of</paragraph>",
        "<paragraph><content>a</content><content>b</content></paragraph>",
        "<paragraph><content><content>a</content></content>b <br/> c</paragraph>",
    ],
)
def test_a_whole_narrative_has_the_words_of_its_markup(inner: str) -> None:
    """The quick way over a section's narrative parts and joins words as the careful one does."""
    text = etree.fromstring(f"<text>{inner}</text>")
    assert whole(text) == words(text)
