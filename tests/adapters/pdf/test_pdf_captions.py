"""Values over their labels: a layout with small print below each value."""

from __future__ import annotations

import pytest
import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from adapters.workshop.drafting import drafted
from adapters.workshop.sighting import of_pdf
from hub.canonical import Document, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  labels:
    born: {labels: [Born], above: true}
    sex: {labels: [Sex], above: true}
    record: {labels: [Member ID], above: true}
member:
  birth_date: {from: born, transform: date}
  sex: {from: sex, transform: lower}
  identifiers.plan: record
"""
FORM = """
#set page(width: 500pt, height: 300pt, margin: 30pt)
#set par(leading: 4pt)
#let over(value, label) = [#text(size: 10pt)[#value] \\ #text(size: 6pt)[#label]]
#text(size: 22pt)[SAMPLE, Pat Q.] #v(4pt)
#grid(columns: (120pt, 120pt, 120pt), row-gutter: 14pt,
  over("03/04/1961", "Born"), over("%s", "Sex"), over("K100200399", "Member ID"),
  over("555-0134", "Home Phone"), over("English", "Language"), over("White", "Race"))
"""


def made(sex: str = "Female") -> bytes:
    """Return a form whose labels stand in small print below their values."""
    return typst.compile((FORM % sex).encode(), ignore_system_fonts=True, timestamp=0)


def test_read():
    """Each label has the value over it, not the one below it."""
    member = PdfReader(load(PROFILE)).read(Document(made(), "try.pdf")).plans[0].member

    assert (said(member.birth_date), said(member.sex)) == ("1961-03-04", "female")
    assert [said(one.value) for one in member.identifiers] == ["K100200399"]


def test_two_lines_are_asked():
    """A value that may be two lines long is left for a person."""
    reading = PdfReader(load(PROFILE)).read(Document(made("Not\\nFemale"), "try.pdf"))

    assert reading.plans[0].member.sex is None
    assert any("may go on above" in one.message for one in reading.findings)


@pytest.mark.parametrize("name", ["born", "sex", "home_phone", "language", "race"])
def test_proposed(name):
    """A proposal finds out by itself that labels stand below their values."""
    text, _ = drafted([{"form": "pdf", **(of_pdf(made()) or {})}], "proposed", "mco-new")

    assert any(
        line.strip().startswith(f"{name}:") and "above: true" in line for line in text.splitlines()
    )


def test_no_name_is_furniture():
    """What is printed largest may be the member's name: no proposal holds it."""
    text, _ = drafted([{"form": "pdf", **(of_pdf(made()) or {})}], "proposed", "mco-new")

    assert "SAMPLE" not in text
