"""The C-CDA that declares the Companion Guide too: both rule sets hold, nothing else differs."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from plans import BARE, COVER, DELGADO, MARKED, large

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
@pytest.mark.parametrize("form", ["ccda", "ccda-companion"])
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
