"""The C-CDA that declares the Companion Guide too: both rule sets hold, nothing else differs."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from plans import BARE, COVER, DELGADO, MARKED, large

from adapters.formats.ccda import ADAPTER
from hub.canonical import Document
from hub.render import render

SHARED = Path(__file__).parents[4] / "shared" / "validators" / "ccda"
needs_validators = pytest.mark.skipif(
    not SHARED.exists(), reason="the C-CDA validators stand beside the project, not in it"
)
GUIDE = (b'22.1.1" extension="2023-05-01"', b'22.4.132" extension="2022-06-01"')


@cache
def rules(name):
    spec = importlib.util.spec_from_file_location("check_ccda", SHARED / "check_ccda.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    options = {"phase": "errors", "store_report": True, "validate_schema": False}
    return tool.Schematron(tool.load(name), **options), tool.SVRL


@needs_validators
@pytest.mark.parametrize("sheet", ["ccda_r2.1.sch", "companion_r4.1.sch"])
@pytest.mark.parametrize("cover", [COVER, MARKED, BARE], ids=["plain", "marked", "bare"])
@pytest.mark.parametrize("form", ["ccda", "ccda-companion", "ccda-dual"])
def test_rules_hold(form, cover, sheet):
    """A dated plan breaks no rule of R2.1 nor of the guide, whether or not it declares both."""
    schematron, svrl = rules(sheet)
    root = etree.fromstring(render(form, DELGADO, cover).content)
    schematron.validate(etree.ElementTree(root))
    failed = schematron.validation_report.findall(f".//{svrl}failed-assert")
    assert [" ".join("".join(one.itertext()).split()) for one in failed] == []


@pytest.mark.parametrize("plan", [DELGADO, large()], ids=["one", "large"])
def test_only_ids_are_added(plan):
    """Without the guide's ids the document is the R2.1 one, byte for byte."""
    made = render("ccda-companion", plan, COVER).content
    for year in (b"2023-05-01", b"2022-06-01"):
        for suffix in (b"1.1", b"4.132", b"4.4"):
            root = b"2.16.840.1.113883.10.20.22." + suffix
            made = made.replace(b'<templateId root="%s" extension="%s"/>' % (root, year), b"")
    assert made == render("ccda", plan, COVER).content


@pytest.mark.parametrize(
    ("born", "declared"), [("1961-07-19", [True, True]), ("1961", [False, True])]
)
def test_header_needs_a_whole_birth_date(born, declared):
    """The guide's header is declared only where the birth date reaches the day."""
    plan = replace(DELGADO, member=replace(DELGADO.member, birth_date=born))
    made = render("ccda-companion", plan, COVER).content
    assert [mark in made for mark in GUIDE] == declared


ROOT = b"2.16.840.1.113883.10.20.22."
LATER = {
    b"1.1": b"2024-05-01",
    b"1.15": b"2024-05-01",
    b"4.132": b"2022-06-01",
    b"4.4": b"2024-05-01",
}
GOAL = b'<templateId root="%s4.121" extension="2022-06-01"/>' % ROOT


def declared(content):
    """Return the (root, extension) of every template that a document declares."""
    found = etree.fromstring(content).iter("{urn:hl7-org:v3}templateId")
    return {(one.get("root"), one.get("extension")) for one in found}


def test_dual():
    """A dual document is R2.1's with the later ids beside its own, but for the goals'."""
    made, plain = (render(form, DELGADO, COVER).content for form in ("ccda-dual", "ccda"))
    added = {((ROOT + suffix).decode(), version.decode()) for suffix, version in LATER.items()}

    assert declared(made) - declared(plain) == added
    assert declared(plain) <= declared(made)
    assert GOAL not in made


def test_later():
    """A 5.0 document declares the later ids alone, with the goals', and no R1.1 twin."""
    made = render("ccda-5.0", DELGADO, COVER).content
    roots = [root for root, _ in declared(made)]

    for suffix, version in LATER.items():
        assert ((ROOT + suffix).decode(), version.decode()) in declared(made)
    assert GOAL in made
    assert len(roots) == len(set(roots))


def test_later_says_the_same():
    """But for template ids and times without an offset a 5.0 document is the R2.1 one."""
    made, plain = (render(form, DELGADO, COVER).content for form in ("ccda-5.0", "ccda"))
    first, second = (etree.fromstring(one) for one in (made, plain))
    for root in (first, second):
        for one in list(root.iter("{urn:hl7-org:v3}templateId")):
            one.getparent().remove(one)
        for one in root.iter():
            if len(one.get("value", "")) > len("20260301") and "T" not in one.get("value"):
                one.set("value", "")

    told = [[(one.tag, sorted(one.items()), one.text) for one in root.iter()]
            for root in (first, second)]  # fmt: skip
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("given", "written"),
    [("2026-03-01T09:30", b"20260301"), ("2026-03-01T09:30:00-05:00", b"20260301093000-0500")],
)
def test_no_time_without_an_offset(given, written):
    """C-CDA 3.0 and later forbid a time of day without an offset: its day is written."""
    goal = replace(DELGADO.goals[0], start=given)
    made = render("ccda-5.0", replace(DELGADO, goals=(goal,)), COVER).content

    assert b'value="' + written + b'"' in made


@needs_validators
@pytest.mark.parametrize("form", ["ccda-dual", "ccda-5.0"])
def test_schema_holds(form):
    """Whatever it declares, the document is CDA by HL7's own schema."""
    schema = etree.XMLSchema(etree.parse(SHARED / "xsd/infrastructure/cda/CDA_SDTC.xsd"))
    schema.assertValid(etree.fromstring(render(form, DELGADO, MARKED).content))


@pytest.mark.parametrize("form", ["ccda-dual", "ccda-5.0"])
def test_read_back(form):
    """Our own reader reads concerns, goals and interventions of a later version like R2.1's."""
    document = Document(render(form, DELGADO, COVER).content)
    plain = Document(render("ccda", DELGADO, COVER).content)
    (found,), (usual,) = ADAPTER.read(document).plans, ADAPTER.read(plain).plans

    for kind in ("concerns", "goals", "interventions", "outcomes", "medications", "allergies"):
        assert getattr(found, kind) == getattr(usual, kind)
