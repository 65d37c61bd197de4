"""The member's copy of a consent: plain words, the right names, nothing that endangers."""

import io
import string
from dataclasses import replace
from datetime import UTC, date, datetime

import pikepdf
import pypdfium2
import pytest
import yaml
from consent_world import make_consent
from lxml import etree

from consent.checking import PURPOSES
from consent.records import Expiry, Parties, Policy
from consent.terms import CATEGORIES, UNLABELLED
from hub.directory import RosterMember
from hub.render.consent_copy import LANGUAGES, Copy, copy_of, view
from hub.render.shelf import template

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROSA = RosterMember("mem_1", "mco", "K1", given="Rosa", family="Delgado")
NAMES = {"mco": "Keystone Health", "practice": "Riverbend Medicine"}
KINDS = ("tpo", "specific", "roi", "hiv", "psychotherapy", "refusal", "restriction")


def shown(form, **asked):
    """Return everything a copy says, as one text."""
    data = view(form, ROSA, NAMES, Copy(AT, Policy(), **asked))
    lines = [line for block in data["blocks"] for line in (block["title"], *block["lines"])]
    return "\n".join([data["title"], data["about"], data["state"], *lines])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind(kind, language):
    """Each kind of form is told in each language, with the payer to write to."""
    words = shown(make_consent(kind), language=language)
    assert "Keystone Health" in words
    assert "{" not in words
    assert not any(term in words for term in ("TREAT", "HPAYMT", "sud", "164.508", "2.31"))


def test_what_to_whom_until_when():
    """A copy says what, from whom, to whom, why, and until when."""
    words = shown(make_consent("specific", expires=Expiry(on=date(2026, 12, 31))))
    for told in (
        "Care for alcohol or drug use",
        "Keystone Health",
        "Riverbend Medicine",
        "To treat you",
        "December 31, 2026",
        "take this permission back at any time",
    ):
        assert told in words


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "It is in force."),
        ({"revoked_at": datetime(2026, 5, 1, 12, tzinfo=UTC)}, "You took it back on May 1, 2026."),
        ({"superseded_by": "x"}, "A newer form"),
        ({"expires": Expiry(on=date(2026, 2, 1))}, "It has ended."),
        ({"starts": date(2026, 9, 1)}, "It has not begun"),
        ({"signed_by": ""}, "Something is missing"),
        ({"bulk": True}, "We still check it."),
    ],
)
def test_where_it_stands(changed, told):
    """A copy says where the consent stands on the day it is made."""
    assert told in shown(make_consent("specific", scan="x", **changed))


def test_what_endangers_isnt_named():
    """A safety concern isn't named on paper that others in the house may see (HR-19)."""
    for language in LANGUAGES:
        words = shown(make_consent("roi", categories=frozenset({"sdv"})), language=language).lower()
        assert not any(w in words for w in ("violen", "abus", "sdv", "domestic", "domést"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_print(language):
    """Large print is 18 points and more, in the foot too, and all of it is on the page."""
    asked = Copy(AT, Policy(), large=True, language=language)
    made = copy_of(make_consent("tpo"), ROSA, NAMES, asked, "pdf")
    for page in pypdfium2.PdfDocument(made.content):
        words = page.get_textpage()
        boxes = [words.get_charbox(n, loose=True) for n in range(words.count_chars())]
        heights = [round(top - bottom, 1) for _, bottom, _, top in boxes if top > bottom]
        assert min(bottom for _, bottom, _, _ in boxes) >= 36  # half an inch, so that it prints
        assert min(heights) >= 17  # the letters of an 18-point line of this face


def test_the_pdf_is_accessible():
    """The PDF is tagged, has its language and title, and neither names the member."""
    made = copy_of(make_consent("tpo"), ROSA, NAMES, Copy(AT, Policy(), language="es-MX"), "pdf")
    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "es" in str(pdf.Root.Lang)
        title = str(pdf.docinfo.get("/Title", "")) + str(pdf.open_metadata())
    assert "Rosa" not in title + made.file_name


def test_the_page_stands_alone():
    """The page has a language, one heading first, and fetches and runs nothing."""
    made = copy_of(make_consent("tpo"), ROSA, NAMES, Copy(AT, Policy(), large=True), "html")
    page = etree.HTML(made.content.decode())
    assert "en" == page.xpath("string(/html/@lang)")
    assert ["Your permission to share health facts"] == page.xpath("//h1/text()")
    assert not page.xpath("//script|//link|//img|//iframe|//@onclick")
    assert b"default-src 'none'" in made.content


def test_words_are_text():
    """What a form says is text on the page and on paper, never markup."""
    form = make_consent("specific", signed_by="<b>#strong[x]</b>", expires=Expiry(event="<i>"))
    page = copy_of(form, ROSA, NAMES, Copy(AT, Policy()), "html").content
    paper = copy_of(form, ROSA, NAMES, Copy(AT, Policy()), "pdf").content
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(paper))
    assert b"&lt;b&gt;" in page
    assert "#strong[x]" in text


def test_the_same_bytes():
    """The same form at the same instant gives the same bytes."""
    one, two = (
        copy_of(make_consent("tpo"), ROSA, NAMES, Copy(AT, Policy()), media).content
        for media in ("pdf", "pdf")
    )
    assert one == two


def test_every_word_in_every_language():
    """Each language has every text, every category and purpose, with the same blanks."""
    texts = yaml.safe_load(template("consent/words.yaml").read_text("utf-8"))
    english = texts["en"]
    assert set(texts) == set(LANGUAGES)
    for words in texts.values():
        assert set(words) == set(english)
        assert set(words["categories"]) == CATEGORIES - {UNLABELLED}
        assert set(words["purposes"]) == PURPOSES
        for name, text in words.items():
            if isinstance(text, str):
                assert blanks(text) == blanks(english[name]), name


def blanks(text):
    """Return the names to be filled into a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_unknown_parties_are_shown():
    """Somebody the directory doesn't know is shown by the id on the form; nobody means anyone."""
    form = make_consent("refusal", recipients=Parties(organisations=frozenset({"cbo-9"})))
    assert "cbo-9" in shown(form)
    assert "Anyone" in shown(replace(form, recipients=Parties()))
