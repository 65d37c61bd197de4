"""The care team's PDF read back: asks first, notices on every page, same bytes twice."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from pdf_plan import COVER, NOTICE, PLAN
from plans import covers, filled, plans

from hub.canonical import Absent, Goal, Intervention, Note, Plan
from hub.render.pdf import to_pdf


def pages(content: bytes) -> list[str]:
    """Return each page's text without white space, so that line breaks don't matter."""
    with pypdfium2.PdfDocument(content) as opened:
        return ["".join(page.get_textpage().get_text_range().split()) for page in opened]


def squeezed(text: str) -> str:
    return "".join(text.split())


def shown(plan: Plan = PLAN, cover=COVER) -> str:
    return "".join(pages(to_pdf(plan, cover).content))


LEAVES = [
    "Walter Okafor",
    "2200145689",
    "K100200302",
    "Feb 3, 1954",
    "+1-555-0177",
    "Large print; calls after 10 am",
    "Helen Ortiz RN",
    "helen.ortiz@keystone.example",
    "Ngozi Okafor",
    "3 emergency visits since May",
    "Keeps a daily log",
    "No car",
    "I want to walk to church again without stopping.",
    "Chronic obstructive pulmonary disease",
    "ICD-10-CM J44.9",
    "No hospital stay for COPD in six months",
    "142/86 in October",
    "Due Feb 2027",
    "Also for Concern 1",
    "Pulmonary rehabilitation, 12 weeks",
    "+1-555-0133",
    "Rides to visits beyond MATP",
    "$480.00",
    "CAT score 21",
    "Tiotropium 18 mcg inhalation capsule",
    "2 puffs as needed",
    "Penicillin",
    "Hives",
    "call 911",
    "Two hospital stays for COPD in four months",
    "Retired welder",
    "Form KU-114 rev. 3",
    "https://hub.example/r/rel-7f3c21",
    "2, replaces version 1",
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_says_everything(leaf):
    """Each kind of leaf of the plan can be read back from the PDF."""
    assert squeezed(leaf) in shown()


TECHNICAL = re.compile(
    r"/(schema|id|labels/0|sha256|part2_origin|header/(set_id|confidentiality|replaces/set_id))$"
    r"|/header/(replaces|related/0)/|/(identifiers|source_ids)/0/kind$|/(goals|interventions|outcomes)/0/(goals|concerns|interventions)/0$"
)


def test_loses_no_leaf():
    """Every leaf of a plan that has one of everything is printed, but for ids, links and labels."""
    plan, leaves = filled()
    text = shown(plan).lower()
    lost = [at for at, word in leaves.items() if word not in text and not TECHNICAL.search(at)]
    assert lost == []


@pytest.mark.parametrize("ask", PLAN.asks, ids=lambda ask: ask.due or "undated")
def test_asks_on_page_one(ask):
    """Every ask stands on the first page."""
    assert squeezed(ask.text) in pages(to_pdf(PLAN, COVER).content)[0]


def test_asks_of_the_practice_first_by_date():
    """The practice's asks come before others', the earliest date first."""
    first = pages(to_pdf(PLAN, COVER).content)[0]
    places = [first.index(squeezed(ask.text)) for ask in PLAN.asks]
    assert sorted(range(3), key=places.__getitem__) == [1, 0, 2]


def test_practice_interventions_asked():
    """An intervention given to the practice is asked of it on page one."""
    assert squeezed("Inhaler technique checked") in pages(to_pdf(PLAN, COVER).content)[0]


def test_notice_on_every_page():
    """The whole notice stands on every page."""
    found = pages(to_pdf(PLAN, COVER).content)
    assert [True] * len(found) == [squeezed(NOTICE) in page for page in found]


def test_many_notices_still_fit():
    """Five long notices leave room for the plan on every page."""
    found = pages(to_pdf(PLAN, replace(COVER, notices=(NOTICE,) * 5)).content)
    assert min(page.count(squeezed(NOTICE)) for page in found) == 5


def test_page_numbers_and_release():
    """Every page says which page of how many and which release it is."""
    found = pages(to_pdf(PLAN, COVER).content)
    wanted = [f"Page{n}of{len(found)}" for n in range(1, len(found) + 1)]
    assert wanted == [f"Page{page.rpartition('Page')[2]}" for page in found]


def test_withheld_line_is_neutral():
    """A release that withholds says so in the one neutral line."""
    assert squeezed("Withheld under the release on file.") in shown(
        cover=replace(COVER, withheld=True)
    )


def test_nothing_withheld_no_line():
    """A release that withholds nothing doesn't say the word."""
    assert "ithheld" not in shown()


@pytest.mark.parametrize("word", ["substance", "alcohol", "HIV ", "mental"])
def test_no_category_named(word):
    """The withheld line and its surroundings name no category."""
    with pypdfium2.PdfDocument(
        to_pdf(PLAN, replace(COVER, withheld=True, notices=())).content
    ) as opened:
        text = " ".join(page.get_textpage().get_text_range() for page in opened)
    assert word.lower() not in text.lower()


def test_explicit_absence_is_said():
    """A source's explicit `none` is told apart from silence."""
    plan = replace(PLAN, allergies=Absent("none"))
    assert squeezed("None, as the source states") in shown(plan)


def test_same_bytes_twice():
    """The same plan and cover give the same bytes."""
    assert to_pdf(PLAN, COVER).content == to_pdf(PLAN, COVER).content


def test_tagged():
    """The PDF is tagged for assistive technology."""
    with pikepdf.open(_stream()) as opened:
        assert bool(opened.Root.MarkInfo.Marked)


def test_language():
    """The PDF says its language."""
    with pikepdf.open(_stream()) as opened:
        assert str(opened.Root.Lang) == "en-US"


@pytest.mark.parametrize("mark", ["pdfuaid:part", "pdfaid:part"])
def test_declares_standards(mark):
    """The PDF declares PDF/UA-1 and PDF/A-2."""
    wanted = {"pdfuaid:part": "1", "pdfaid:part": "2"}[mark]
    with pikepdf.open(_stream()) as opened, opened.open_metadata() as metadata:
        assert wanted == metadata[mark]


@pytest.mark.parametrize("secret", ["Okafor", "Walter", "2200145689", "1954", "COPD"])
def test_no_member_data_in_metadata(secret):
    """Neither the metadata nor the file name holds member data."""
    made = to_pdf(PLAN, COVER)
    with pikepdf.open(_stream()) as opened:
        told = f"{made.file_name} {dict(opened.docinfo)} {opened.Root.Metadata.read_bytes()!r}"
    assert secret not in told


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("中 cough", "[U+4E2D] cough"),
        ("\uf900 cough", "[U+8C48] cough"),
        ("better \U0001f600", "better [U+1F600]"),
        ("a\ue000b", "a[U+E000]b"),
        ("a\x00b", "ab"),
        ("\ud800 lost", "[U+D800] lost"),
        ("Nguyễn Thị Hồng", "Nguyễn Thị Hồng"),
        ("\u05e9\u05dc\u05d5\u05dd 中", "U+4E2D"),
    ],
    ids=[
        "han",
        "second form",
        "emoji",
        "private use",
        "nul",
        "surrogate",
        "vietnamese",
        "hebrew and han",
    ],
)
def test_missing_glyphs_spelled(given, printed):
    """A character no bundled font has is printed as its code point."""
    assert squeezed(printed) in shown(replace(PLAN, notes=(Note(section="N", text=given),)))


@pytest.mark.parametrize("markup", ['#read("/etc/passwd")', "*bold* $x^2$ @ref <lab>", "= Title"])
def test_markup_is_text(markup):
    """Typst markup in the data is shown as text."""
    assert squeezed(markup) in shown(replace(PLAN, crisis_plan=markup))


def test_loose_ends_are_shown():
    """A goal and an intervention tied to nothing are still printed."""
    plan = replace(
        PLAN,
        concerns=(),
        goals=(Goal(id="g9", text="Loose goal", concerns=("gone",)),),
        interventions=(Intervention(text="Adrift task"),),
    )
    text = shown(plan)
    assert ("Loosegoal" in text, "Adrifttask" in text) == (True, True)


def test_empty_plan_renders():
    """A plan without a word still makes a page that says nothing is asked."""
    assert squeezed("asks nothing of the practice by name") in shown(Plan())


@settings(max_examples=60, deadline=None)
@given(plan=plans(), cover=covers())
def test_any_plan_renders(plan, cover):
    """Any plan the types allow, hostile text included, becomes a PDF."""
    assert to_pdf(plan, cover).content.startswith(b"%PDF-")


def test_long_plan_renders():
    """A plan of two hundred goals with long texts runs over pages and keeps the last one."""
    goals = tuple(Goal(id=f"x{n}", text=f"Aim {n} " + "word " * 60) for n in range(200))
    assert "Aim199" in shown(replace(PLAN, goals=goals))


def _stream():
    return io.BytesIO(to_pdf(PLAN, COVER).content)
