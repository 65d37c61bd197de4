"""The last look at rendered bytes: each way in which something withheld may come back is found.

`test_nothing_leaks` tries whole plans; here one mark at a time is put back into the bytes.
"""

from __future__ import annotations

import dataclasses

import pytest
from plans import DELGADO, MARKED

from hub import render
from hub.canonical import (
    Allergy,
    Assessment,
    Code,
    Concern,
    Directive,
    Goal,
    Intervention,
    Medication,
    Outcome,
    Plan,
)
from hub.clearing.checking import fault
from hub.render.cover import Rendered
from hub.withholding import Withheld

SYSTEM = "urn:x"
MADE = {
    "assessments": Assessment,
    "concerns": Concern,
    "goals": Goal,
    "interventions": Intervention,
    "outcomes": Outcome,
    "medications": Medication,
    "allergies": Allergy,
    "advance_directives": Directive,
}
BARE = Plan(header=DELGADO.header, member=DELGADO.member, concerns=(Concern(text="Hearing"),))
NAMED = ("concerns", "goals", "interventions", "outcomes", "medications", "allergies")


def coded(name, *words, **more):
    """Return a plan with one more element in a list, which has these codes and says nothing."""
    codes = tuple(Code(SYSTEM, one) for one in words)
    field = "text" if name != "assessments" else "name"
    made = MADE[name](**{field: "Well"}, codes=codes, **more)
    return dataclasses.replace(BARE, **{name: (*getattr(BARE, name), made)})


def checked(form, whole, kept, sent, *phrases, notices=()):
    """Return what holds a plan's bytes, when `kept` is what was to be left of the whole."""
    gone = Withheld(kept, ("/goals/9",), {}, tuple(phrases), 1)
    return fault(form, render.render(form, sent, MARKED), whole, gone, notices)


@pytest.mark.parametrize("name", MADE)
def test_code(name):
    """A code that only a removed element had, too short to be a phrase, is found wherever it is."""
    whole, left = coded(name, "F1", "Z9"), coded(name, "Z9")
    assert checked("json", whole, left, whole) == "repair:scan"
    assert checked("json", whole, left, left) == ""
    other = coded("medications", "F1")
    assert checked("json", whole, left, other) == "repair:scan"


@pytest.mark.parametrize("name", NAMED)
def test_id(name):
    """An id that only a removed element had is found, and one that stays elsewhere isn't held."""
    whole, left = coded(name, id="q7"), coded(name, id="q8")
    assert checked("json", whole, left, whole) == "repair:scan"
    assert checked("json", whole, left, left) == ""


@pytest.mark.parametrize("form", ["ccda", "ccda-companion", "ccda-5.0", "fhir", "csv"])
@pytest.mark.parametrize("name", ["goals", "interventions"])
def test_id_as_written(form, name):
    """An id is found as the format writes it, also where readers give elements ids of their own."""
    whole, left = coded(name, id="q7"), coded(name)
    assert checked(form, whole, left, whole) == "repair:scan"
    assert checked(form, whole, left, left) == ""


PATHWAY = dataclasses.replace(
    BARE,
    concerns=(Concern(id="q6", text="Hearing"),),
    goals=(Goal(id="q7", text="Hear"),),
    interventions=(Intervention(id="q8", text="Call", goals=("q7",)),),
)


@pytest.mark.parametrize("one", ["q6", "q7", "q8"])
def test_id_in_message(one):
    """An id is found in a message, between its bars or before a caret, and in what it encloses."""
    names = {"q6": "concerns", "q7": "goals", "q8": "interventions"}
    left = dataclasses.replace(PATHWAY, **{names[one]: ()})
    if one != "q7":
        left = dataclasses.replace(left, interventions=())
    assert checked("ppr", PATHWAY, left, PATHWAY) == "repair:scan"
    assert checked("ppr", PATHWAY, PATHWAY, PATHWAY) == ""
    message = render.render("hl7v2", left, MARKED)
    for way in (f"|{one}|", f"|{one}^X|", f'|extension="{one}"|'):
        content = message.content.replace(b"\rPID|", f"\rNTE|1|{way}\rPID|".encode(), 1)
        made = dataclasses.replace(message, content=content)
        kept = Withheld(left, ("/x/0",), {}, (), 1)
        assert fault("hl7v2", made, PATHWAY, kept, ()) == "repair:scan"
        assert fault("hl7v2", message, PATHWAY, kept, ()) == ""


def test_shared_code():
    """A code that something left also has was released with it and holds nothing."""
    whole = dataclasses.replace(
        coded("goals", "F1"), medications=coded("medications", "F1").medications
    )
    left = coded("medications", "F1")
    assert checked("json", whole, left, left) == ""


def test_other_system():
    """A code of another system by the same letters is another code."""
    mine = dataclasses.replace(BARE, goals=(Goal(text="Well", codes=(Code("urn:y", "F1"),)),))
    whole = dataclasses.replace(coded("goals", "F1"), medications=())
    assert checked("json", whole, mine, mine) == ""


def test_empty_marks():
    """An element with an empty id, or a code without its word, gives nothing to look for."""
    blank = coded("goals", "", id="")
    assert checked("json", blank, BARE, coded("interventions", "", id="")) == ""
    unsaid = dataclasses.replace(BARE, goals=(Goal(text="Well", codes=(Code(None, None, "d"),)),))
    assert checked("json", unsaid, BARE, unsaid) == ""


NOTICE = MARKED.notices[0]


def test_phrase():
    """A withheld phrase is found in the bytes as they stand."""
    assert checked("html", BARE, BARE, coded("goals"), "hearing") == "repair:scan"
    assert checked("html", BARE, BARE, BARE, "methadone") == ""


def test_phrase_read_back():
    """A withheld phrase that only a reader of the format sees is found too."""
    page = render.render("html", BARE, MARKED)
    hidden = page.content.replace(b"<body", b'<body title="metha&#8203;done"', 1)
    seen = dataclasses.replace(page, content=hidden)
    kept = Withheld(BARE, ("/goals/9",), {}, ("methadone",), 1)
    assert fault("html", seen, BARE, kept, ()) == "repair:scan"


def test_file_name():
    """A withheld phrase in the file's name is found."""
    page = render.render("html", BARE, MARKED)
    named = dataclasses.replace(page, file_name="methadone.html")
    kept = Withheld(BARE, ("/goals/9",), {}, ("methadone",), 1)
    assert fault("html", named, BARE, kept, ()) == "repair:scan"


def test_notice():
    """Every notice must stand there whole, wherever its lines break; one of two won't do."""
    assert checked("html", BARE, BARE, BARE, notices=MARKED.notices) == ""
    broken = NOTICE.replace(" ", "\n  ")
    assert checked("html", BARE, BARE, BARE, notices=(broken,)) == ""
    assert checked("html", BARE, BARE, BARE, notices=(NOTICE, "Unsaid.")) == "repair:notice"
    assert checked("html", BARE, BARE, BARE, notices=("Unsaid.", NOTICE)) == "repair:notice"


def test_notice_of_a_whole_plan():
    """A notice is looked for where nothing was withheld too, and then nothing else is."""
    page = render.render("html", BARE, MARKED)
    whole = Withheld(BARE, (), {}, (), 1)
    assert fault("html", page, BARE, whole, ("Unsaid.",)) == "repair:notice"
    assert fault("html", page, BARE, whole, (NOTICE,)) == ""
    cut = Rendered(content=f"<p>{NOTICE}".encode(), media_type="text/xml", file_name="x")
    assert fault("ccda", cut, BARE, whole, (NOTICE,)) == ""


def test_nothing_to_look_for():
    """A plan that goes whole and owes no notice isn't read again: its bytes are as rendered."""
    page = Rendered(content=b"\xff\xfe", media_type="text/html", file_name="x")
    whole = Withheld(BARE, (), {}, (), 1)
    assert fault("html", page, BARE, whole, ()) == ""


@pytest.mark.parametrize("form", ["json", "html", "pdf", "hl7v2", "csv"])
def test_unreadable(form):
    """Bytes that nobody can read are held, whatever is wrong with them."""
    made = render.render(form, BARE, MARKED)
    for content in (b"\xff\xfe", b"", b"%PDF-1.7 nothing", b"{}"):
        kept = Withheld(BARE, ("/goals/9",), {}, (), 1)
        broken = dataclasses.replace(made, content=content)
        assert fault(form, broken, BARE, kept, ()) == "repair:reread"
