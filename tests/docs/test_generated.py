"""Generated pages say what the code says; words that must be explained are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.lifecycle import STATES
from hub.reporting import PAGES
from tests.faults import expected

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_current(name: str):
    """Each generated page is what `make docs` would write now."""
    assert (DOCS / name).read_text() == PAGES[name]()


def test_faults_page_is_current():
    """The page of faults is the table that the faults are held to."""
    assert (DOCS / "faults.md").read_text() == expected.page()


def test_readme_commands():
    """The README names the two commands and nothing it names is missing from the Makefile."""
    readme = (DOCS.parent / "README.md").read_text()
    verbs = set(re.findall(r"`make (\w+)", readme)) | set(
        re.findall(r"^make (\w+)", readme, re.MULTILINE)
    )
    targets = set(re.findall(r"^(\w+):", (DOCS.parent / "Makefile").read_text(), re.MULTILINE))

    assert {"demo", "test"} <= verbs
    assert verbs <= targets


def test_readme_links():
    """Every file the README links to is there."""
    readme = (DOCS.parent / "README.md").read_text()
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", readme)

    assert [link for link in links if not (DOCS.parent / link).exists()] == []


def test_states_explained():
    """Every state has a meaning of its own."""
    assert len({(s.noun, s.meaning) for s in STATES}) == len(STATES)
