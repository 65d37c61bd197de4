"""Others' consents and policies: nothing crashes, and every difference has its explanation."""

from __future__ import annotations

import pytest

from tests.consent_corpus.comparing import comparisons
from tests.consent_corpus.explained import WHY, why
from tests.consent_corpus.taking import CORPUS, taken

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not here")


def test_nothing_crashes():
    """Every file is taken in, or refused with a reason."""
    rows = list(taken())
    assert [] == [row.file for row in rows if row.gave == "crashed"]
    assert [] == [row.file for row in rows if row.gave == "refused" and not row.why]
    assert len(rows) > 100


def test_differences_are_explained():
    """Where authors expect another answer than ours, the table says why; and no row is idle."""
    found = list(comparisons())
    assert [] == [one.case for one in found if one.ours == "crashed"]
    assert [] == [one.case for one in found if not one.same and not why(one)]
    assert set(WHY) == {one.case for one in found if not one.same}
