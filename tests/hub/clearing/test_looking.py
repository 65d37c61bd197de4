"""The last look holds no document for a mark that nobody withheld, and any that it can't read."""

from __future__ import annotations

import dataclasses
import io

import pikepdf
import pytest
from plans import DELGADO, MARKED

from hub import render
from hub.canonical import Code, Concern, Goal, Note, Plan
from hub.clearing.checking import fault
from hub.withholding import Withheld

LEFT = Plan(
    header=DELGADO.header,
    member=DELGADO.member,
    concerns=(Concern(text="Hearing"),),
    goals=(Goal(text="Hear"),),
)


def looked(form, whole, *phrases, content=None):
    """Return what holds the bytes of what is left of a whole plan."""
    made = render.render(form, LEFT, MARKED)
    made = dataclasses.replace(made, content=content(made.content) if content else made.content)
    return fault(form, made, whole, Withheld(LEFT, ("/goals/9",), {}, phrases, 2), ())


@pytest.mark.parametrize(
    "form", ["ccda", "ccda-companion", "ccda-dual", "ccda-5.0", "hl7v2", "ppr"]
)
def test_id_of_the_reader(form):
    """An id that a reader makes up for what is left isn't the removed one that was written so."""
    whole = dataclasses.replace(LEFT, goals=(*LEFT.goals, Goal(id="g1", text="Walk")))
    assert looked(form, whole) == ""


def test_system():
    """The name of a code's system is no id, wherever else it stands."""
    gone = Goal(text="Walk", codes=(Code("F", "Q1"),))
    assert looked("ppr", dataclasses.replace(LEFT, goals=(*LEFT.goals, gone))) == ""


def test_letters_of_two_systems():
    """A removed code is found where what is left has another system's code by its letters."""
    gone = Goal(text="Walk", codes=(Code("urn:x", "Q1"),))
    left = dataclasses.replace(LEFT, concerns=(Concern(text="x", codes=(Code("urn:y", "Q1"),)),))
    whole = dataclasses.replace(left, goals=(*LEFT.goals, gone))
    made = render.render("json", whole, MARKED)
    assert fault("json", made, whole, Withheld(left, ("/goals/1",), {}, (), 2), ()) == "repair:scan"


def _with_a_hidden_text(content):
    with pikepdf.open(io.BytesIO(content)) as document:
        document.Root["/Note"] = pikepdf.String("methadone")
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def test_hidden_text():
    """A phrase that no page shows, hidden in a PDF's objects, holds it."""
    assert looked("pdf", LEFT, "methadone", content=_with_a_hidden_text) == "repair:scan"
    assert looked("pdf", LEFT, "methadone") == ""


def test_too_long_to_read_again():
    """A table with a field longer than its reader takes is held; the release doesn't break off."""
    long = dataclasses.replace(LEFT, notes=(Note(text="word " * 30000),))
    made = render.render("csv", long, MARKED)
    kept = Withheld(long, ("/goals/9",), {}, (), 2)
    assert fault("csv", made, long, kept, ()) == "repair:reread"
