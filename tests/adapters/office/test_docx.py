"""Word documents: what stands in odd places is read, what was struck out is not, all is told."""

import pytest

from adapters.formats.office import ADAPTER, OfficeReader
from adapters.profiles import load
from hub.canonical import Document, said
from tests.samples.make_office import control, docx, legacy_box, wp, wr, wtbl, wtc

READER = OfficeReader(
    load("""
profile: house-word
version: "1"
sender: mco-house
format: office
identify: {text: [House plan]}
dates: [MDY]
office:
  furniture: [House plan]
  fields: {last: Last, born: Born, crisis: Crisis}
  boxes: {risk: {high: chkHigh, low: chkLow}}
  labels:
    last: Last name
    first: First name
    member: {labels: [Member ID], matches: "[0-9]{5}"}
    interpreter: Interpreter
    crisis: {labels: Crisis plan, lines: 2}
    words: In her words
  choices: {risk: {low: Low, high: High}}
  tables: {goals: {key: goal, columns: {goal: Goal, due: Due}}}
  rows: {asks: {most: 2, columns: {text: "Ask{n}"}, always: {of: pcmh}}}
member:
  name.family: last
  name.given: first
  birth_date: {from: born, transform: date}
  identifiers.plan: member
  interpreter_needed: {from: interpreter, transform: yes_no}
plan: {risk.level: risk, crisis_plan: crisis, own_words: words}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: date}}}
  - {list: asks, when: [asks], fields: {text: text, of: of}}
""")
)
HEAD = ("p", "House plan")


def raw(*paragraphs):
    """Return paragraphs as an item."""
    return ("raw", "".join(paragraphs))


def read(*items, **given):
    """Return the reading of a document of these items."""
    return READER.read(Document(docx([HEAD, *items], **given)))


def plan(*items, **given):
    """Return the one plan of a document of these items."""
    (found,) = read(*items, **given).plans
    return found


def codes(reading):
    """Return the codes of all findings."""
    return [finding.code for finding in reading.findings]


LINES = [
    ("p", "Last name: Public"),
    ("p", "Last name: Public First name: Pat"),
    ("p", "LAST NAME : Public"),
    ("boxes", [["Last name", "Public"]]),
    ("t", [["Last name", "Public"]]),
    ("t", [["Last name:", "Public", "First name:", "Pat"]]),
    raw(wp("Last name: ", runs=wr("Pub") + wr("lic"))),
    raw(wp("Last name: ", runs=control("Other", "Public"))),
    raw(wp("", runs=control("Last", "Public"))),
    raw(f"<w:sdt><w:sdtPr><w:alias w:val='Last'/></w:sdtPr><w:sdtContent>{wp('Public')}"
        "</w:sdtContent></w:sdt>"),
    raw(wp("Last name: ", runs="<w:hyperlink r:id='r1'>" + wr("Public") + "</w:hyperlink>")),
    raw(wp("Last name: ", runs="<w:fldSimple w:instr='X'>" + wr("Public") + "</w:fldSimple>")),
    raw(wp("Last name: ", runs="<w:ins>" + wr("Public") + "</w:ins>")),
    raw(wp("Last name: ", runs="<w:r><w:tab/></w:r>" + wr("Public"))),
    raw(wtbl([[wtc(wp("Last name"), look="<w:gridSpan w:val='2'/>"), wtc(wp("Public"))]])),
]  # fmt: skip


@pytest.mark.parametrize("item", LINES, ids=range(len(LINES)))
def test_labelled(item):
    """A value is found beside, below or behind its label, however Word wraps it."""
    assert plan(item).member.name.family == "Public"


def test_several_labels_in_a_line():
    """Two labels in a line have a value each."""
    found = plan(("p", "First name: Pat  Last name: Public"))

    assert (found.member.name.family, found.member.name.given) == ("Public", ("Pat",))


def test_empty_label():
    """A label without a value of its own has none; the next paragraph stays what it is."""
    found = plan(("p", "Last name: ____"), ("p", "call her sister"))

    assert (found.member.name.family, [r.text for r in found.residue]) == (
        None,
        ["call her sister"],
    )


def test_lines_below():
    """A label that says how many lines it has takes so many."""
    found = plan(("p", "Crisis plan:"), ("p", "call 911,"), ("p", "then us"), ("p", "thank you"))

    assert found.crisis_plan == "call 911, then us"


def test_placeholder():
    """A content control that shows its placeholder holds nothing."""
    item = raw(wp("", runs=control("Last", "Click to enter text", "<w:showingPlcHdr/>")))

    assert (plan(item).member.name.family, plan(item).residue) == (None, ())


TICKS = [
    ("p", "☒ High ☐ Low"),
    ("p", "☐ Low   ☑ High"),
    ("p", "[x] High [ ] Low"),
    ("p", "[ ] Low (X) High"),
    raw(wp("", runs=wr("High ") + legacy_box("chkHigh", True) + legacy_box("chkLow", False))),
    raw(wp("", runs='<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + wr(" High"))),
    raw(wp("", runs=control("chkHigh", "☒", '<w14:checkbox><w14:checked w14:val="1"/>'
                            "</w14:checkbox>") + wr(" High"))),
]  # fmt: skip


@pytest.mark.parametrize("item", TICKS, ids=range(len(TICKS)))
def test_ticked(item):
    """A marked box is its option, whatever kind of box it is."""
    assert plan(item).risk.level == "high"


def test_two_ticks():
    """Two marks for one choice are no answer, and that is told."""
    reading = read(("p", "☒ High ☒ Low"))

    assert (reading.plans[0].risk, codes(reading)) == (None, ["doubtful_field"])


@pytest.mark.parametrize(
    ("words", "needed"), [("☐ Yes ☒ No", False), ("☒ Yes ☐ No", True), ("☐ Yes ☐ No", None)]
)
def test_ticks_behind_a_label(words, needed):
    """The marked option behind a label is its value; none marked is none said."""
    assert plan(("p", f"Interpreter: {words}")).member.interpreter_needed is needed


def test_two_values():
    """A label that stands twice with two values: the first is taken, the second told and kept."""
    reading = read(("p", "Last name: Public"), ("p", "Last name: Other"))

    assert reading.plans[0].member.name.family == "Public"
    assert (codes(reading), [said(r.text) for r in reading.plans[0].residue]) == (
        ["doubtful_field"],
        ["Other"],
    )


def test_table():
    """A table is known by its heads; a cell merged downwards is every row's."""
    rows = [["Goal", "Due"], ["walk", "3/2026"], ["eat", "4/2026"]]
    found = plan(("t", rows))

    assert [(said(g.text), g.due) for g in found.goals] == [("walk", "2026-03"), ("eat", "2026-04")]
    assert found.places["/goals/1/text"].at == "table 1!A3"


def test_merged_cells():
    """A cell merged downwards is the cell of every row it covers."""
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    table = wtbl(
        [
            [wtc(wp("Goal")), wtc(wp("Due"))],
            [wtc(wp("walk")), wtc(wp("3/2026"), look=start)],
            [wtc(wp("eat")), wtc(wp(""), look=on)],
        ]
    )

    assert [g.due for g in plan(raw(table)).goals] == ["2026-03", "2026-03"]


def test_table_in_a_cell():
    """A table in a cell is one of its own, and the outer cells keep their places."""
    inner = wtbl([[wtc(wp("Goal")), wtc(wp("Due"))], [wtc(wp("walk")), wtc(wp("3/2026"))]])
    outer = wtbl([[wtc(wp("see"), inner, wp("")), wtc(wp("Last name: Public"))]])
    found = plan(raw(outer))

    assert [said(g.text) for g in found.goals] == ["walk"]
    assert found.places["/member/name/family"].at == "table 1!B1"


def test_numbered_controls():
    """Numbered content controls are the rows of a list."""
    found = plan(raw(wp("", runs=control("Ask1", "Check") + wr(" ") + control("Ask2", ""))))

    assert [(said(a.text), a.of) for a in found.asks] == [("Check", "pcmh")]


BOX = (
    "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>{0}"
    "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
    "<w:txbxContent>{0}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    "</w:r>"
)
ODD = [
    ("text_boxes", raw(wp("", runs=BOX.format(wp("Last name: Public")))), "Public", []),
    ("deletions", raw(wp("Last name: Public", runs="<w:del><w:r><w:delText> Jr</w:delText></w:r>"
                         "</w:del>")), "Public", []),
    ("insertions", raw(wp("Last name: ", runs="<w:ins>" + wr("Public") + "</w:ins>")), "Public",
     []),
    ("hidden_text", raw(wp("Last name: Public", runs=wr(" secret", "<w:vanish/>"))), "Public",
     [("secret", "hidden")]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "item", "name", "residue"), ODD, ids=[one[0] for one in ODD])
def test_odd_text(code, item, name, residue):
    """Text boxes are read once, deletions left out, insertions taken, hidden text kept aside."""
    reading = read(item)
    (found,) = reading.plans

    assert ([code], name) == (codes(reading), found.member.name.family)
    assert [(said(r.text), r.label) for r in found.residue] == residue


def test_parts():
    """Headers, footnotes and comments are read; what no rule takes keeps its part as label."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {
        "word/header1.xml": f"<w:hdr {space}>{wp('Last name: Public')}</w:hdr>",
        "word/footnotes.xml": f"<w:footnotes {space}><w:footnote>{wp('see chart')}</w:footnote>"
        "</w:footnotes>",
        "word/comments.xml": f"<w:comments {space}><w:comment>{wp('is this so?')}</w:comment>"
        "</w:comments>",
    }
    linked = [
        ("header", "header1.xml"),
        ("footnotes", "footnotes.xml"),
        ("comments", "comments.xml"),
    ]
    reading = read(parts=parts, linked=linked)
    (found,) = reading.plans

    assert (found.member.name.family, codes(reading)) == ("Public", ["comments"])
    assert [(said(r.text), r.label) for r in found.residue] == [
        ("see chart", "footnote"),
        ("is this so?", "comment"),
    ]


def test_attachments():
    """Embedded objects and pictures are attachments, their bytes beside the plan."""
    reading = read(parts={"word/media/image1.png": b"\x89PNG", "word/embeddings/o.bin": b"ole"})
    (found,) = reading.plans

    assert [(a.name, a.media_type) for a in found.attachments] == [
        ("image1.png", "image/png"),
        ("o.bin", "application/octet-stream"),
    ]
    assert {a.sha256 for a in found.attachments} == set(reading.enclosures)


def test_outside_links():
    """A template or picture outside the document is never fetched, and told."""
    reading = read(linked=[("attachedTemplate", "http://evil.example/t.dotm")])

    assert codes(reading) == ["external_links"]


REFUSED = [
    ("macro_document", {"word/vbaProject.bin": b"x"}),
    ("document_damaged", {"word/document.xml": "<w:document"}),
    ("document_damaged", {"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}),
    ("archive_names", {"word/../../x": b"x"}),
]


@pytest.mark.parametrize(("code", "parts"), REFUSED)
def test_refused(code, parts):
    """A document with macros or a spoilt part is refused with its reason."""
    reading = read(parts=parts)

    assert ((), [code]) == (reading.plans, codes(reading))


def test_unbound():
    """Without a profile nothing is imported, and everything is counted."""
    reading = ADAPTER.read(Document(docx([HEAD, ("p", "Last name: Public")])))

    assert (reading.plans, codes(reading), reading.coverage.residue) == ((), ["no_profile"], 2)
