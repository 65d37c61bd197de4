"""Every word on a page is accounted for: in a field, in a note by its heading, or as residue."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pikepdf
import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.formats.pdf import PdfReader
from adapters.formats.pdf.opening import NotReadable, opened
from adapters.formats.pdf.reader import see
from adapters.profiles import load
from hub.canonical import Document, each, said, wire

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "pdf"
FILES = sorted(one for one in CORPUS.rglob("*.pdf") if one.is_file()) if CORPUS.is_dir() else []
PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  furniture: [Try Plan]
  labels:
    last: Last name
    born: {labels: [Date of birth], matches: "[0-9/]+"}
    purpose: Purpose
    crisis: {labels: [Crisis plan], lines: 2}
  choices:
    level: {low: Low, high: High}
  tables:
    goals: {key: goal, columns: {goal: Goal, due: Due}}
  notes: [Social history, Discharge instructions]
member: {name.family: last, birth_date: {from: born, transform: date}}
header: {purpose: purpose}
plan: {risk.level: level, crisis_plan: crisis}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: date}}}
"""
READER = PdfReader(load(PROFILE))
HEAD = """
#set page(width: 400pt, height: 300pt, margin: 30pt)
#set text(size: 10pt, hyphenate: false)
#set table(stroke: 0.6pt)
"""
PRINTED = "Try Plan Last name Date of birth Purpose Crisis plan Low High Goal Due"
FORM = {one.lower() for one in PRINTED.split()}


def typeset(markup: str) -> bytes:
    return typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)


def read(markup: str):
    return READER.read(Document(typeset(markup), "try.pdf"))


def plan(markup: str):
    return read(markup).plans[0]


def words(text: str) -> list[str]:
    return [one.strip(":,").lower() for one in text.split()]


def told(made) -> Counter[str]:
    """Return the words of a plan's values, notes and residue; a profile's own labels are none."""
    counted: Counter[str] = Counter()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                if key not in {"places", "label", "schema"}:
                    walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)
        elif isinstance(value, str):
            counted.update(words(value))

    walk(wire.plain(made))
    return counted


WORD = st.integers(1000, 9999).map(lambda number: f"w{number}q")
WORDS = st.lists(WORD, min_size=1, max_size=7).map(" ".join)
PIECES = st.one_of(
    st.builds("Last name: {}".format, WORDS),
    st.builds("Purpose \\ {}".format, WORDS),
    st.builds("Purpose: {}\n\nPurpose: {}".format, WORDS, WORDS),
    st.builds("Crisis plan \\ {} \\ {}".format, WORDS, WORDS),
    st.builds("Date of birth: {}".format, WORDS),
    st.builds("Social history\n\n{}\n\n{}".format, WORDS, WORDS),
    st.builds(
        "#table(columns: 2, [Goal], [Due], [{}], [{}], [], [{}])".format, WORDS, WORDS, WORDS
    ),
    st.builds("#table(columns: (90pt, 90pt), [Purpose \\ {}], [{}])".format, WORDS, WORDS),
    st.builds("#grid(columns: (150pt, 90pt), [Goal], [Due], [{}], [{}])".format, WORDS, WORDS),
    st.builds("#columns(2)[{} #colbreak() {}]".format, WORDS, WORDS),
    st.builds("#rotate(90deg, reflow: true)[{}]".format, WORDS),
    st.builds("{}".format, WORDS),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, min_size=1, max_size=5))
def test_words_in_are_words_out(pieces):
    """Each word that stands on the pages comes out of the reading."""
    markup = "\n\n".join(["Try Plan", *pieces])
    sheets = see(opened(typeset(markup))).sheets
    every = [word for sheet in sheets for line in sheet.lines for word in line.words]
    printed = Counter(one for word in every for one in words(word.text) if one.startswith("w"))
    out = told(plan(markup))
    assert {one for one in printed if not out[one]} == set()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, min_size=1, max_size=5))
def test_no_word_is_made_up(pieces):
    """No word comes out of a reading more often than it stands on the pages."""
    markup = "\n\n".join(["Try Plan", *pieces])
    printed = Counter(one for one in words(markup.replace("[", " ").replace("]", " ")))
    out = told(plan(markup))
    more = {one for one in out if one.startswith("w") and out[one] > printed[one]}
    assert more == set()


@pytest.mark.corpus
@pytest.mark.skipif(not FILES, reason="needs ../shared/corpora/pdf, which is not here")
@pytest.mark.parametrize("path", FILES[::12], ids=lambda path: path.name[:40])
def test_corpus_words_are_all_residue_without_rules(path):
    """With rules that fit nothing, the residue of a corpus file is its words, each once."""
    content = path.read_bytes()
    reader = PdfReader(load(BARE))
    try:
        file = opened(content)
    except NotReadable as refusal:
        pytest.skip(refusal.finding.code)
    sheets = see(file).sheets
    printed = Counter(w.text for sheet in sheets for line in sheet.lines for w in line.words)
    fields = Counter(word for one in see(file).fields if one.value for word in one.value.split())
    file.close()
    reading = reader.read(Document(content, "any.pdf"))
    if not reading.plans:
        pytest.skip(reading.findings[0].code)
    left = Counter(w for one in reading.plans[0].residue for w in said(one.text).split())
    assert left - printed - fields == Counter()
    assert printed - left == Counter()


BARE = """
profile: bare-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf: {labels: {last: zzz no such label}}
member: {name.family: last}
"""


def test_residue_label_has_a_place():
    """What a doubtful value is called has its place, and a confidence that asks for a person."""
    made = plan("Purpose \\ Suite 200 \\ more")
    kept = [(said(one.label), said(one.text)) for one in made.residue]
    sure = made.places["/residue/0/label"].confidence
    assert (kept, sure) == ([("purpose", "Suite 200"), ("purpose", "more")], 0.5)


def test_refused_value_is_unsure():
    """A value its transform refused is residue at low confidence."""
    made = plan("#table(columns: 2, [Goal], [Due], [Walk], [soon])")
    assert made.places["/residue/0/text"].confidence == 0.5


def test_overprinted_value_is_doubtful():
    """Two values printed in one place are told, and neither is taken."""
    markup = "#place(dx: 0pt)[Last name: Okafor] #place(dx: 50pt)[Okonkwo]"
    made = read(markup)
    assert ([one.code for one in made.findings], made.plans[0].member.name.family) == (
        ["doubtful_field"],
        None,
    )


NOTE = "Try Plan\n\nSocial history\n\nLives alone.\n\nNo car.\n\nLast name: Okafor\n\nLoose"


def test_note_by_its_heading():
    """The text under a declared heading is a note, up to what something else claims."""
    made = plan(NOTE)
    notes = [(said(one.section), said(one.text)) for one in each(made.notes)]
    assert notes == [("Social history", "Lives alone.\nNo car.")]


def test_note_leaves_the_rest():
    """What stands after the note's end is residue."""
    assert [said(one.text) for one in plan(NOTE).residue] == ["Loose"]


def test_note_has_its_places():
    """A note's heading and text have their places."""
    places = plan(NOTE).places
    assert {"/notes/0/section", "/notes/0/text"} <= places.keys()


def test_columns_are_read_one_after_another():
    """Running text in two columns is read down the first and then down the second."""
    left = " ".join(f"left{n}" for n in range(60))
    right = " ".join(f"right{n}" for n in range(60))
    text = said(plan(f"Social history\n#columns(2)[{left} #colbreak() {right}]").notes[0].text)
    assert text.split() == [*left.split(), *right.split()]


GRID = "#grid(columns: (200pt, 80pt), row-gutter: 12pt, [Goal], [Due], {})"


def grid(*cells: str) -> str:
    return GRID.format(", ".join(f"[{cell}]" for cell in cells))


def test_unruled_table():
    """A table without rules is read by where its heads stand."""
    goals = plan(grid("Walk to church", "02/03/2027", "Sleep", "")).goals
    assert [(said(one.text), said(one.due)) for one in goals] == [
        ("Walk to church", "2027-02-03"),
        ("Sleep", ""),
    ]


def test_unruled_table_is_less_sure():
    """A value bound by where it stands is less sure than one in a ruled cell."""
    assert plan(grid("Walk", "02/03/2027")).places["/goals/0/text"].confidence == 0.85


def test_words_over_two_columns_are_told():
    """A row whose words reach over two columns is left out with a finding."""
    long = "Walk to the church at the corner and back again on each day"
    made = read(f"#place(dy: 0pt)[Goal] #place(dx: 100pt)[Due] #place(dy: 14pt)[{long}]")
    assert ([one.code for one in made.findings], made.plans[0].goals) == (["doubtful_field"], ())


def test_key_that_wraps_is_told():
    """A row that may go on in the line below is left out with a finding."""
    made = read("#grid(columns: (60pt, 80pt), [Goal], [Due], [Walk to the church], [02/03/2027])")
    assert "doubtful_field" in [one.code for one in made.findings]


@pytest.mark.parametrize("mark", ["\\[x\\]", "\\[X\\]", "(x)", "\u2713", "\u2612", "\\_X\\_"])
def test_typed_marks(mark):
    """A mark typed as letters before an option is a mark."""
    assert plan(f"Try Plan \\ \\[ \\] Low #h(30pt) {mark} High").risk.level == "high"


def test_mark_glued_to_its_option():
    """A box character right before its option belongs to it."""
    assert plan("Try Plan \\ \u2610Low #h(30pt) \u2612High").risk.level == "high"


def test_box_of_four_lines():
    """A box that is drawn as four single lines is a box."""
    four = """#box(width: 8pt, height: 8pt, {
      place(line(end: (8pt, 0pt))); place(line(end: (0pt, 8pt)))
      place(dx: 8pt, line(end: (0pt, 8pt))); place(dy: 8pt, line(end: (8pt, 0pt)))
      MARK })"""
    cross = "place(line(end: (8pt, 8pt))); place(line(start: (0pt, 8pt), end: (8pt, 0pt)))"
    markup = (
        f"Try Plan \\ {four.replace('MARK', '')} Low #h(20pt) {four.replace('MARK', cross)} High"
    )
    assert plan(markup).risk.level == "high"


def test_boxes_on_a_turned_page():
    """Boxes of text that is drawn at a right angle are measured where they are."""
    cross = "place(line(end: (8pt, 8pt))); place(line(start: (0pt, 8pt), end: (8pt, 0pt)))"
    tick = "#box(width: 8pt, height: 8pt, stroke: 0.6pt, {})"
    row = f"{tick} Low #h(20pt) {tick.replace('{}', '{' + cross + '}')} High"
    assert plan(f"#rotate(90deg, reflow: true)[{row}]").risk.level == "high"


def test_ligatures_are_letters():
    """Letters that are drawn as one are read as the letters."""
    assert said(plan("Last name: Fifthoffice").member.name.family) == "Fifthoffice"


@pytest.mark.parametrize(
    ("before", "word"), [("", "self-management"), ("selfmanagement", "selfmanagement")]
)
def test_hyphen_at_the_line_end(before, word):
    """A hyphen at a line's end goes only where the page has the word without it."""
    markup = f"{before} \n\n #table(columns: (70pt, 70pt), [Purpose \\ Better self-management], [])"
    assert said(plan(markup).header.purpose) == f"Better {word}"


def test_forms_drawn_on_a_page_are_placed():
    """Rules inside a form that is drawn on the page bound the words they stand around."""
    inner = typeset("#table(columns: 2, [Last name], [Okafor])")
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(500, 400))
    with pikepdf.open(io.BytesIO(inner)) as other:
        page.add_overlay(other.pages[0], pikepdf.Rectangle(60, 60, 460, 360))
    out = io.BytesIO()
    made.save(out)
    found = READER.read(Document(out.getvalue(), "x.pdf")).plans[0]
    assert found.places["/member/name/family"].confidence == 0.98
