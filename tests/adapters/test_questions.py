"""What stands left of an option is its question only where the form surely prints it."""

import pytest
import typst

from adapters.formats.office import OfficeReader
from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said
from tests.samples.make_office import docx

PROFILE = """
profile: try-questions
version: "1"
sender: mco-try
format: FORM
FORM:
  furniture: [Try Plan, "Risk:"]
  labels: {last: Last name, crisis: Crisis plan, purpose: Purpose}
  choices:
    level: {low: Low, high: High}
    alone: {asked: Lives alone, options: {"true": "Yes", "false": "No"}}
member: {name.family: last, interpreter_needed: alone}
header: {purpose: purpose}
plan: {risk.level: level, crisis_plan: crisis}
"""
LINES = [
    ("Crisis plan: call daughter first. Risk: \u2610 Low \u2612 High", "call daughter first."),
    ("Fell twice in GATECODE 9931. Risk: \u2610 Low \u2612 High", "GATECODE 9931."),
    ("Fell twice in GATECODE 9931. Tier: \u2610 Low \u2612 High", "GATECODE 9931. Tier:"),
    ("Purpose: Rest at home Risk: \u2610 Low \u2612 High", "Rest at home"),
    ("Gate code 9931 Lives alone \u2612 Yes \u2610 No Risk: \u2612 High", "Gate code 9931"),
]
PAGE = "#set page(width: 400pt, height: 300pt)\n#set text(size: 9pt)\n"
BLOCKS = """
profile: try-blocks
version: "1"
sender: mco-try
format: office
office:
  furniture: [Try Plan]
  labels: {last: Last name}
  blocks: {goals: {heading: "Goal ?", columns: {goal: Goal, due: Due}}}
member: {name.family: last}
rows: [{list: goals, when: [goals], fields: {text: goal}}]
"""


def word(line: str):
    """Return the reading of a Word form with this line."""
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), ("p", line)])
    return OfficeReader(load(PROFILE.replace("FORM", "office"))).read(Document(document))


def page(line: str):
    """Return the reading of a PDF page with this line, its boxes drawn."""
    empty = "#box(width: 8pt, height: 8pt, stroke: 0.6pt)"
    marked = "#box(width: 8pt, height: 8pt, stroke: 0.6pt, fill: black)"
    drawn = line.replace("\u2610", empty).replace("\u2612", marked)
    markup = f"{PAGE}Try Plan\n\nLast name: Public\n\n{drawn}"
    made = typst.compile(markup.encode(), ignore_system_fonts=True, timestamp=0)
    return PdfReader(load(PROFILE.replace("FORM", "pdf"))).read(Document(made, "try.pdf"))


@pytest.mark.parametrize("read", [word, page])
@pytest.mark.parametrize(("line", "kept"), LINES)
def test_words_before_a_question(read, line, kept):
    """Words left of a printed question stay: as a label's value, else as what no rule took."""
    (plan,) = read(line).plans
    values = [said(one) for one in (plan.crisis_plan, plan.header.purpose) if one]
    found = " ".join([*values, *(one.text for one in plan.residue)])

    assert (plan.risk.level, kept in found, "Risk:" in found) == ("high", True, False)


def test_a_label_twice_in_a_block():
    """A second value of a label in one block is told and kept, never dropped."""
    lines = [("h", 1, "Goal 1"), ("p", "Goal: Walk to church"), ("p", "Goal: Sleep all night")]
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), *lines])
    reading = OfficeReader(load(BLOCKS)).read(Document(document))

    (plan,) = reading.plans
    rest = " ".join(one.text for one in (*plan.residue, *plan.notes))
    assert ["doubtful_field"] == [one.code for one in reading.findings]
    assert (len(plan.goals), "Sleep all night" in rest) == (1, True)


def test_a_heading_says_more():
    """What a block's heading says beyond its declared words is a column, its number the printed."""
    rules = BLOCKS.replace('"Goal ?"', '"Goal *"').replace(
        "{text: goal}", "{text: heading, id: number}"
    )
    lines = [
        *[("h", 1, "Goal 3 \u2013 Walk to church, both ways"), ("p", "Due: soon")],
        *[("h", 1, "Goal 7: Sleep all night"), ("p", "Due: later")],
    ]
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), *lines])
    (plan,) = OfficeReader(load(rules)).read(Document(document)).plans

    told = [(one.id, said(one.text)) for one in plan.goals]
    assert told == [("3", "Walk to church, both ways"), ("7", "Sleep all night")]


def test_a_heading_no_rule_takes():
    """A heading's own words are kept where no rule takes them, its numbers where two are alike."""
    rules = BLOCKS.replace('"Goal ?"', '"Goal *"').replace(
        "{text: goal}", "{text: goal, id: number}"
    )
    lines = [
        *[("h", 1, "Goal 1 \u2013 Heart"), ("p", "Goal: Walk to church")],
        *[("h", 1, "Goal 1 \u2013 Sleep"), ("p", "Goal: Sleep all night")],
    ]
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), *lines])
    (plan,) = OfficeReader(load(rules)).read(Document(document)).plans

    assert ["Heart", "Sleep"] == [one.text for one in plan.residue]
    assert ["1", "2"] == [one.id for one in plan.goals]


@pytest.mark.parametrize(
    ("fields", "text", "rest"),
    [
        ('text: {from: goal, transform: "before:("}', "Walk", ["daily) and sleep"]),
        (
            'text: {from: goal, transform: "before:("}, term: {from: goal, transform: "after:("}',
            "Walk",
            [],
        ),
        ('text: {from: goal, transform: "before:("}, progress: goal', "Walk", []),
    ],
)
def test_what_a_transform_cuts(fields, text, rest):
    """What transforms cut from a value and no other rule takes stays as residue."""
    rules = BLOCKS.replace("text: goal", fields)
    lines = [("h", 1, "Goal 1"), ("p", "Goal: Walk (daily) and sleep")]
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), *lines])
    (plan,) = OfficeReader(load(rules)).read(Document(document)).plans

    assert (said(plan.goals[0].text), [one.text for one in plan.residue]) == (text, rest)


def test_a_refused_row_makes_no_item():
    """A row of which every field was refused is residue, not an item that says nothing."""
    rules = BLOCKS.replace("text: goal", 'text: {from: goal, transform: "before:("}')
    lines = [("h", 1, "Goal 1"), ("p", "Goal: Walk to church")]
    document = docx([("p", "Try Plan"), ("p", "Last name: Public"), *lines])
    reading = OfficeReader(load(rules)).read(Document(document))

    (plan,) = reading.plans
    assert ["value_refused"] == [one.code for one in reading.findings]
    assert (plan.goals, [one.text for one in plan.residue]) == ((), ["Walk to church"])


def test_a_heading_tells_tables_apart():
    """Of two tables with the same heads each is bound by the heading printed over it."""
    heads = ["My goal", "By when"]
    rules = """
profile: try-heads
version: "1"
sender: mco-try
format: office
office:
  tables:
    mine: {key: goal, columns: {goal: My goal, due: By when}, heading: "Concern 1 *"}
    asks: {key: goal, columns: {goal: My goal, due: By when}, heading: "Concern 2 *"}
rows:
  - {list: goals, when: [mine], fields: {text: goal, term: due}}
  - {list: asks, when: [asks], fields: {text: goal}}
"""
    lines = [
        *[("h", 1, "Concern 1 - heart"), ("t", [heads, ["Walk", "soon"]]), ("p", "And then")],
        *[("h", 1, "Concern 2 - sleep"), ("t", [heads, ["Call us", "soon"]])],
    ]
    (plan,) = OfficeReader(load(rules)).read(Document(docx(lines))).plans

    told = [[said(one.text) for one in each_of] for each_of in (plan.goals, plan.asks)]
    assert told == [["Walk"], ["Call us"]]
