"""The notices beside a file: whole, and only where the file can't show them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from plans import DELGADO, MARKED

from hub.render import RENDERERS, render
from hub.render.sidecar import notice_beside

COVER = replace(MARKED, notices=("First notice, with a comma.", "=Second"), withheld=True)


def test_csv():
    """Every notice of a CSV stands in the text, as it was given, before the neutral line."""
    sent = render("csv", DELGADO, COVER)
    said = notice_beside(sent.content, sent.media_type).split("\r\n\r\n")
    assert said[:2] == ["First notice, with a comma.", "=Second"]
    assert "Withheld under the release on file." in said


def test_nothing_of_the_plan():
    """No row of the plan itself is in the text."""
    sent = render("csv", DELGADO, COVER)
    rows = list(csv.DictReader(io.StringIO(sent.content.decode(), newline="")))
    notices = [row["text"].removeprefix("'") for row in rows if row["kind"] == "Notice"]
    said = notice_beside(sent.content, sent.media_type)
    assert said == "".join(f"{words}\r\n\r\n" for words in notices)
    assert len(notices) < len(rows)


def test_ordinary():
    """A plan that travels without a notice has no text beside it."""
    cover = replace(MARKED, notices=(), withheld=False, consent_scope=None)
    sent = render("csv", DELGADO, cover)
    assert notice_beside(sent.content, sent.media_type) == ""


@pytest.mark.parametrize("form", sorted(set(RENDERERS) - {"csv"}))
def test_others(form):
    """A format that shows its notices to whoever opens it has no text beside it."""
    sent = render(form, DELGADO, COVER)
    assert notice_beside(sent.content, sent.media_type) == ""
