"""The member's edition read back: plain words, large print, and nothing a member must not find."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
import yaml
from hypothesis import given, settings
from pdf_plan import COVER, NOTICE, PLAN
from plans import DELGADO, covers, filled, plans

from hub.canonical import Absent, Ask, Concern, Goal, Header, Intervention, Plan
from hub.render import WITHHELD, render
from hub.render.member_view import member_view, safe
from hub.render.member_words import wording
from hub.render.shelf import template

TEXTS = yaml.safe_load(template("pdf/member_words.yaml").read_text(encoding="utf-8"))
SPANISH = replace(PLAN, member=replace(PLAN.member, language="es-US"))


def content(plan: Plan = PLAN, cover=COVER) -> bytes:
    return render("pdf-member", plan, cover).content


def pages(plan: Plan = PLAN, cover=COVER) -> list[str]:
    with pypdfium2.PdfDocument(content(plan, cover)) as opened:
        return ["".join(page.get_textpage().get_text_range().split()) for page in opened]


def squeezed(text: str) -> str:
    return "".join(text.split())


def sentences(language: str) -> str:
    """Return the fixed texts that are sentences, as one text."""
    return " ".join(
        text
        for text in TEXTS[language].values()
        if isinstance(text, str) and text.endswith((".", "?"))
    )


def syllables(word: str) -> int:
    spoken = re.sub(r"(?:[^laeiouy]es|[^td]ed|[^l]e)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", spoken)))


def test_grade_six():
    """The fixed English sentences read at grade 6 or below (Flesch-Kincaid)."""
    text = sentences("en")
    words = re.findall(r"[A-Za-z']+", text)
    ends = len(re.findall(r"[.?]", text))
    grade = 0.39 * len(words) / ends + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade <= 6


def test_spanish_is_easy():
    """The fixed Spanish sentences are easy to read (Fernández-Huerta, 80 or more)."""
    text = sentences("es")
    words = re.findall(r"[^\W\d_]+", text)
    ends = len(re.findall(r"[.?]", text))
    vowels = sum(max(1, len(re.findall(r"[aeiouáéíóúü]+", word.lower()))) for word in words)
    assert 206.84 - 60 * vowels / len(words) - 1.02 * len(words) / ends >= 80


def test_languages_say_the_same():
    """Every fixed text is there in every language, with the same places to fill."""
    shapes = [
        {name: re.findall(r"\{\w+\}", str(text)).sort() or type(text) for name, text in one.items()}
        for one in TEXTS.values()
    ]
    inner = [set(one["words"]) for one in TEXTS.values()]
    assert (shapes[0], inner[0]) == (shapes[1], inner[1])


@pytest.mark.parametrize(
    "shown",
    [
        "Your care plan",
        "Bring the blood pressure log to every visit",
        "Reach it by: May 2, 2027",
        "How it is going: 142/86 in October",
        "Who will do it: Your doctor's office",
        "Lisinopril 20 mg tablet",
        "What it does to you: Hives",
        "call 911, then the plan's nurse line",
        "Helen Ortiz RN",
        "I want to walk to church again without stopping.",
    ],
)
def test_says(shown):
    """What a member wants to know is there, under plain labels."""
    assert squeezed(shown) in "".join(pages())


@pytest.mark.parametrize(
    "kept",
    [
        "J44.9",
        "ICD-10",
        "2200145689",
        "K100200302",
        "3 emergency visits",
        "Form KU-114",
        "480",
        "1954",
    ],
)
def test_leaves_out(kept):
    """No code, id, risk, money or leftover of the source stands in the member's edition."""
    assert squeezed(kept) not in "".join(pages())


def test_never_shown():
    """Of a plan with one of everything, no code, id, label, address or evidence is shown."""
    plan, leaves = filled()
    told = "".join(pages(plan)).lower()
    inside = re.compile(
        r"/(codes|code|identifiers|labels|addresses|address|evidence|residue|id)(/|$)"
    )
    assert [at for at, word in leaves.items() if inside.search(at) and word in told] == []


def test_asks_of_others_stay_out():
    """What is asked of the practice is no concern of the member's paper; their own asks are."""
    plan = replace(PLAN, asks=(Ask(text="Titrate", of="pcmh"), Ask(text="Walk", of="member")))
    told = "".join(pages(plan))
    assert ("Titrate" in told, "Walk" in told) == (False, True)


@pytest.mark.parametrize(
    ("language", "title"),
    [("es", "Su plan de cuidado"), ("es-US", "Su plan de cuidado"), ("vi", "Your care plan")],
)
def test_language(language, title):
    """The fixed texts come in the member's language where they are there, else in English."""
    plan = replace(PLAN, member=replace(PLAN.member, language=language))
    assert squeezed(title) in pages(plan)[0]


def test_own_words_stay():
    """The plan's own words are never rewritten, whatever the language around them."""
    assert squeezed("Blood pressure below 130/80 at two visits in a row") in "".join(pages(SPANISH))


@pytest.mark.parametrize(
    ("language", "date", "said"),
    [
        ("en", "2027-05-02", "May 2, 2027"),
        ("en", "2027-05", "May 2027"),
        ("en", "2027-05-02T09:30:00-05:00", "May 2, 2027"),
        ("es", "2027-05-02", "2 de mayo de 2027"),
        ("es", "2027-05", "mayo de 2027"),
        ("es", "2027", "2027"),
        ("en", "soon", "soon"),
        ("en", "2027-13", "2027-13"),
        ("es", Absent("unknown"), "No lo sabemos"),
    ],
)
def test_dates(language, date, said):
    """Dates are said in the language, at the precision given."""
    assert said == wording(language).date(date)


def test_large_print():
    """The plan is set in 16 points or more; the line at the foot is 12, the law's notices less."""
    with pypdfium2.PdfDocument(content(cover=replace(COVER, notices=()))) as opened:
        sizes = {
            round(one.get_font_size())
            for page in opened
            for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
        }
    assert min(sizes - {12}) >= 16


def test_private_on_every_page():
    """Every page says that it is private, which page it is, and carries each notice whole."""
    found = pages()
    wanted = [squeezed(TEXTS["en"]["private"]), squeezed(NOTICE)]
    assert [[True, True]] * len(found) == [[one in page for one in wanted] for page in found]


@pytest.mark.parametrize(("status", "says"), [("revoked", True), ("active", False)])
def test_withdrawn(status, says):
    """A plan its sender took back tells its member first of all not to follow it."""
    told = pages(replace(PLAN, header=replace(PLAN.header, status=status)))[0]

    assert (squeezed(TEXTS["en"]["withdrawn"]) in told) == says


@pytest.mark.parametrize("withheld", [True, False])
def test_withheld(withheld):
    """Where something was withheld the paper says so in words that name nothing."""
    told = "".join(pages(cover=replace(COVER, withheld=withheld)))
    assert (squeezed(TEXTS["en"]["unshown"]) in told) == withheld


def test_neutral_line_is_ours():
    """The member's line is plain words of our own, in place of the care team's."""
    assert WITHHELD not in str(TEXTS)


MARKED = Plan(
    concerns=(Concern(id="c1", text="Asthma"), Concern(id="c2", text="Unsafe", labels=("sdv",))),
    goals=(Goal(id="g1", text="Breathe"),),
    interventions=(Intervention(text="Shelter", labels=("sdv",)),),
    crisis_plan="Go to the shelter",
    own_words=("I am afraid",),
)


def test_safety_concern_stays_out():
    """Nothing of a safety concern stands on paper that others in the house may read."""
    kept, went = safe(MARKED, COVER)
    texts = [one.text for one in (*kept.concerns, *kept.goals, *kept.interventions)]
    assert (texts, kept.crisis_plan, kept.own_words, went) == (
        ["Asthma", "Breathe"],
        None,
        (),
        True,
    )


def test_unmarked_safety_concern_takes_all():
    """Where it isn't known which element is the safety concern, no element is printed."""
    kept, went = safe(PLAN, replace(COVER, sensitivities=("sdv",)))
    assert ((kept.concerns, kept.goals, kept.interventions, kept.asks), went) == (((),) * 4, True)


def test_no_member_data_in_metadata():
    """Neither the metadata nor the file name holds member data."""
    made = render("pdf-member", PLAN, COVER)
    with pikepdf.open(io.BytesIO(made.content)) as opened:
        told = f"{made.file_name} {dict(opened.docinfo)} {opened.Root.Metadata.read_bytes()!r}"
    assert [word for word in ("Okafor", "Walter", "2200145689") if word in told] == []


@pytest.mark.parametrize(("plan", "language"), [(PLAN, "en-US"), (SPANISH, "es-US")])
def test_tagged(plan, language):
    """The paper is tagged, declares PDF/UA-1 and names its language for screen readers."""
    with pikepdf.open(io.BytesIO(content(plan))) as opened, opened.open_metadata() as metadata:
        found = (metadata["pdfuaid:part"], str(opened.Root.Lang), bool(opened.Root.MarkInfo.Marked))
    assert found == ("1", language, True)


def test_deterministic():
    """The same plan and cover give the same bytes."""
    assert content() == content()


@settings(max_examples=40, deadline=None)
@given(plan=plans(), cover=covers())
def test_any_plan_renders(plan, cover):
    """Any plan the types allow, hostile text included, becomes a PDF."""
    assert content(plan, cover).startswith(b"%PDF-")


def test_empty_plan_still_helps():
    """A plan without a word still says where to ask and what to do in an emergency."""
    titles = [block["title"] for block in member_view(Plan(header=Header()), COVER)["blocks"]]
    assert titles == ["Questions?"]


def test_done_goal():
    """A goal that was reached says so in plain words."""
    goals = tuple(replace(one, status="achieved") for one in DELGADO.goals[:1])
    (block,) = [
        b
        for b in member_view(replace(DELGADO, goals=goals, interventions=()), COVER)["blocks"]
        if b["title"] == TEXTS["es"]["goals"]
    ]
    assert block["items"][0]["facts"] == [["Cómo va:", "Usted ya logró esto."]]
