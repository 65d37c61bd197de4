"""Labels with a slash in them, and headings that a shorter label begins."""

from __future__ import annotations

import pytest
import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, Reading, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
pdf:
  labels: {language: "%s", own: OUR WORDS}
  notes: [OUR WORDS ABOUT IT]
member: {language: language}
plan: {own_words: own}
"""
PAGE = """
#set page(width: 400pt, height: 300pt, margin: 30pt)
#set text(size: 9pt)
#set table(stroke: 0.6pt)
"""


def read(label: str, markup: str) -> Reading:
    made = typst.compile((PAGE + markup).encode(), ignore_system_fonts=True, timestamp=0)
    return PdfReader(load(PROFILE % label)).read(Document(made, "try.pdf"))


@pytest.mark.parametrize("label", ["LANGUAGE / SIGNS", "LANGUAGE/SIGNS"])
@pytest.mark.parametrize("printed", ["LANGUAGE / SIGNS", "LANGUAGE/SIGNS"])
def test_a_slash_is_no_word_of_a_label(label: str, printed: str) -> None:
    """A label with a slash is found with and without blanks around it; the slash is no value."""
    plan = read(label, f"#table(columns: 2, [{printed}], [en])").plans[0]

    assert plan.member.language == "en"
    assert not plan.residue


def test_the_rest_of_a_label_is_no_value() -> None:
    """Words in brackets right behind a shorter label are left for a person, not taken."""
    found = read("x", "#table(columns: 1, [OUR WORDS (of the member)], [I walk.])")

    assert not said(found.plans[0].own_words)
    assert "may be the rest of its own label" in found.findings[0].message


def test_a_declared_heading_is_no_shorter_label() -> None:
    """A heading that the profile declares whole keeps its words from a label it begins with."""
    plan = read("x", "OUR WORDS ABOUT IT \\ I want to walk.").plans[0]

    assert not said(plan.own_words)
    assert [(said(one.section), said(one.text)) for one in plan.notes] == [
        ("OUR WORDS ABOUT IT", "I want to walk.")
    ]
