"""Whole C-CDA of real vendors: every word, entry, link and code of the source is in the plan."""

import pytest

from tests import cda_depth
from tests.cda_documents import SNOMED, cda, concern, goal, refers, section, structured

CODED = f'<value xsi:type="CD" code="1" {SNOMED} displayName="Walking"/>'
pytestmark = pytest.mark.corpus


@pytest.mark.skipif(not cda_depth.CORPORA.is_dir(), reason="needs ../shared/corpora")
def test_corpora_in_depth():
    """No whole document of the corpora that is read loses anything the measure looks for."""
    found = {path: cda_depth.measured(path.read_bytes()) for path in cda_depth.documents()}

    assert [] == [path.name for path, depth in found.items() if depth and cda_depth.lacks(depth)]


def test_measure_counts():
    """The measure counts narratives, entries and links of a document, and finds them all there."""
    goals = section("61146-7", goal("G", "Walk", f"{CODED}{refers('C')}"), text="Walk daily")
    whole = cda(structured(section("75310-3", concern("C", "Falls")), goals))
    depth = cda_depth.measured(whole)

    assert (1, 2, 2, 1, False) == (
        depth.sections,
        depth.words,
        depth.entries,
        depth.links,
        cda_depth.lacks(depth),
    )


def test_measure_misses(monkeypatch):
    """The measure tells a word and an entry that the plan does not hold."""
    whole = cda(structured(section("61146-7", goal("G", "Walk", CODED), text="Walk daily")))
    other = cda(structured(section("61146-7", text="Something else")))
    reading = cda_depth.ADAPTER.read(cda_depth.Document(other))
    read = type("Read", (), {"read": staticmethod(lambda _: reading)})
    monkeypatch.setattr(cda_depth, "ADAPTER", read)
    depth = cda_depth.measured(whole)

    assert (1, 1) == (len(depth.short), len(depth.unmapped))
