"""Dates as a practice reads them, and the shelf the templates stand on."""

from __future__ import annotations

import pytest

from hub.canonical import Absent
from hub.errors import Misconfigured
from hub.render.pdf_words import date_words
from hub.render.shelf import template


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("2026", "2026"),
        ("2026-03", "Mar 2026"),
        ("2026-03-04", "Mar 4, 2026"),
        ("2026-03-04T09:30:00-05:00", "Mar 4, 2026, 9:30 am UTC-05:00"),
        ("2026-03-04T00:05", "Mar 4, 2026, 12:05 am"),
        ("2026-03-04T12:00:00Z", "Mar 4, 2026, 12:00 pm UTC"),
        ("next spring", "next spring"),
        ("2026-13-01", "2026-13-01"),
        (Absent("unknown"), "Unknown, as the source states"),
        (None, ""),
    ],
)
def test_dates_keep_their_precision(value, printed):
    """A date is shown readably at the precision given, anything else as it stands."""
    assert printed == date_words(value)


@pytest.mark.parametrize("name", ["pdf/absent.typ", "../pyproject.toml"])
def test_missing_template_is_named(name):
    """A template that isn't on the shelf is the operator's to mend."""
    with pytest.raises(Misconfigured, match="templates"):
        template(name)
