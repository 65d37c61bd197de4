"""What must hold of every format an endpoint may take, now and later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import COVER, DELGADO, MARKED, large

from consent.notices import TEXTS
from hub.canonical import Identifier
from hub.render import RENDERERS, render
from hub.render.scanning import searchable
from hub.withholding import leaks

FORMS = sorted(RENDERERS)
SECRET = replace(
    DELGADO,
    goals=(replace(DELGADO.goals[0], text="Keep the buprenorphine & <naloxone> appointments"),),
)
PHRASES = ("keep the buprenorphine naloxone appointments", "naloxone appointments")


@pytest.mark.parametrize("form", FORMS)
def test_scan_finds_withheld_words(form):
    """The last scan finds words that had to be withheld, however the format writes them."""
    assert leaks(searchable(render(form, SECRET, COVER)), PHRASES)


@pytest.mark.parametrize("form", FORMS)
def test_scan_is_quiet(form):
    """The scan finds nothing in a plan that holds nothing of it."""
    assert not leaks(searchable(render(form, DELGADO, MARKED)), PHRASES)


@pytest.mark.parametrize("form", FORMS)
def test_scan_reads_long_documents(form):
    """The scan reads a long document to its end, over however many pieces it comes in."""
    last = replace(large().goals[-1], text="Keep the buprenorphine appointments")
    plan = replace(large(), goals=(*large().goals[:-1], last))
    assert leaks(searchable(render(form, plan, COVER)), ("keep the buprenorphine appointments",))


@pytest.mark.parametrize("form", FORMS)
def test_notices_travel(form):
    """Every notice is in the document, word for word, whatever the format."""
    told = " ".join(searchable(render(form, DELGADO, MARKED)).split())
    assert [notice for notice in MARKED.notices if notice not in told] == []


@pytest.mark.parametrize("form", FORMS)
def test_named_by_release(form):
    """The file is named by its release and holds no word of the member."""
    made = render(form, DELGADO, COVER)
    assert (COVER.release_id in made.file_name, "elgado" in made.file_name) == (True, False)


@pytest.mark.parametrize("form", FORMS)
def test_no_ssn(form):
    """A Social Security number never leaves, in any format."""
    member = replace(DELGADO.member, identifiers=(Identifier("ssn", "078-05-1120"),))
    assert "078-05-1120" not in searchable(render(form, replace(DELGADO, member=member), COVER))


@pytest.mark.parametrize("form", FORMS)
def test_same_bytes_twice(form):
    """The same plan and cover give the same bytes, so that a second sending is the same one."""
    assert render(form, DELGADO, MARKED).content == render(form, DELGADO, MARKED).content


OBSOLETE = (
    "prohibits unauthorized disclosure of these records",
    "having or having had a substance use disorder",
    (
        "unless further disclosure is expressly permitted by the written consent of the individual "
        "whose information is being disclosed in this record or, is otherwise permitted"
    ),
    "use of the information to investigate or prosecute with regard to a crime",
)
"""Words of the notices of 2018 and 2020, which 42 CFR 2.32 no longer has."""


@pytest.mark.parametrize("form", FORMS)
def test_no_obsolete_notice(form):
    """No document carries the words of a Part 2 notice that is no longer the law's."""
    cover = replace(MARKED, notices=tuple(TEXTS.values()), part2=True, confidentiality="R")
    told = " ".join(searchable(render(form, DELGADO, cover)).split())
    assert [words for words in OBSOLETE if words in told] == []
    assert "2.12(c)(5)" in told


def test_obsolete_nowhere():
    """Nothing we ship holds those words, so that none can be put in by hand."""
    house = Path(__file__).parents[3]
    kinds = {".py", ".json", ".typ", ".html", ".yaml", ".sql", ".md", ".css", ".txt"}
    rooms = ("hub", "consent", "adapters", "templates", "docs")
    files = [f for room in rooms for f in (house / room).rglob("*") if f.suffix in kinds]
    found = [
        (file.name, words)
        for file in files
        for words in OBSOLETE
        if words in " ".join(file.read_text(encoding="utf-8").split())
    ]
    assert (found, len(files) > 200) == ([], True)


WITHDRAWN = replace(
    DELGADO,
    **dict.fromkeys(("concerns", "goals", "interventions", "outcomes", "asks", "notes"), ()),
    header=replace(DELGADO.header, status="revoked"),
)


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"pdf-member"}))
def test_says_that_it_is_withdrawn(form):
    """A plan its sender withdrew says so, in words or by the format's own code for it."""
    cover = replace(COVER, replaces=("set", 1, "doc"))
    told = searchable(render(form, WITHDRAWN, cover)).lower()

    assert "withdrawn by its sender" in told or "revoked" in told or "mdm^t11" in told
    for own in ("ccda", "html", "pdf", "ppr"):
        assert form != own or "withdrawn by its sender" in told
