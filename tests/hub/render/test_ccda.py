"""The C-CDA a practice's EHR gets: valid whatever the plan lacks, and nothing of the plan lost."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from plans import (
    COVER,
    COVERS,
    DELGADO,
    EMPTY,
    LOINC,
    MARKED,
    WRITTEN,
    covers,
    filled,
    large,
    plans,
)

from hub.canonical import (
    Absent,
    Allergy,
    Ask,
    Code,
    Concern,
    Goal,
    Note,
    Outcome,
    Party,
    Plan,
)
from hub.render import WITHHELD
from hub.render.ccda import to_ccda

SHARED = Path(__file__).parents[4] / "shared" / "validators" / "ccda"
NS = {
    "c": "urn:hl7-org:v3",
    "s": "urn:hl7-org:sdtc",
    "x": "http://www.w3.org/2001/XMLSchema-instance",
}
TEMPLATE = "2.16.840.1.113883.10.20."

needs_validators = pytest.mark.skipif(
    not SHARED.exists(), reason="HL7's schema and Schematron are not ours to ship"
)


def document(plan, cover=COVER):
    return etree.fromstring(to_ccda(plan, cover).content)


def found(root, path):
    return root.xpath(path, namespaces=NS)


def section(root, code):
    (one,) = found(root, f"//c:section[c:code/@code='{code}']")
    return one


def words(element):
    return " ".join("".join(element.itertext()).split())


@cache
def schematron():
    spec = importlib.util.spec_from_file_location("check_ccda", SHARED / "check_ccda.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    rules = tool.load("ccda_r2.1.sch")
    options = {"phase": "errors", "store_report": True, "validate_schema": False}
    return tool.Schematron(rules, **options), tool.SVRL


@cache
def xml_schema():
    return etree.XMLSchema(etree.parse(SHARED / "xsd/infrastructure/cda/CDA_SDTC.xsd"))


def schema_errors(root):
    xml_schema().validate(root)
    return [error.message for error in xml_schema().error_log]


def rule_errors(root):
    rules, svrl = schematron()
    rules.validate(etree.ElementTree(root))
    failed = rules.validation_report.findall(f".//{svrl}failed-assert")
    return [words(one) for one in failed]


@needs_validators
@pytest.mark.parametrize("cover", COVERS, ids=["plain", "marked", "bare"])
@pytest.mark.parametrize("name", [*WRITTEN, "filled", "large"])
def test_valid(name, cover):
    """Every plan written by hand, under every cover, breaks no rule of the schema or of R2.1."""
    plan = {**WRITTEN, "filled": filled()[0], "large": large(1)}[name]
    root = document(plan, cover)
    assert schema_errors(root) + rule_errors(root) == []


@needs_validators
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), covers())
def test_any_plan_schema(plan, cover):
    """Whatever the plan and the cover, hostile text included, the schema holds."""
    assert schema_errors(document(plan, cover)) == []


@pytest.mark.slow
@needs_validators
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), covers())
def test_any_plan_rules(plan, cover):
    """Whatever the plan and the cover, R2.1's Schematron finds no error."""
    assert rule_errors(document(plan, cover)) == []


@settings(max_examples=60, deadline=None)
@given(plans(), covers())
def test_references_resolve(plan, cover):
    """Every text reference finds its content, and every Entry Reference a real entry or none."""
    root = document(plan, cover)
    anchors = {f"#{one}" for one in found(root, "//c:text//@ID")}
    pointed = set(found(root, "//c:entry//c:reference/@value"))
    entry = "//c:entry/*/c:id | //c:entry//c:act[not(c:code/@nullFlavor='NP')]/c:id"
    real = {(one.get("root"), one.get("extension")) for one in found(root, entry)}
    links = found(root, "//c:act[c:code/@nullFlavor='NP']/c:id[not(@nullFlavor)]")
    linked = {(one.get("root"), one.get("extension")) for one in links}
    assert (set(), set()) == (pointed - anchors, linked - real)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_ids_unique(plan):
    """No two entries share an identifier and no two anchors a name."""
    root = document(plan)
    anchors = found(root, "//@ID")
    ids = [
        (one.get("root"), one.get("extension"))
        for one in found(root, "//c:entry//c:id[../c:code[not(@nullFlavor='NP')]]")
        if one.get("extension") and one.getparent().tag.endswith(("act", "observation"))
    ]
    assert (len(anchors), len(ids)) == (len(set(anchors)), len(set(ids)))


UNSENT = re.compile(
    r"/(labels|part2_origin)|/places"
    r"|^/(goals|interventions|outcomes)/0/(concerns|goals|interventions)/"  # links to nowhere
)


def test_nothing_lost():
    """Every leaf of a plan is somewhere in its document."""
    plan, leaves = filled()
    content = to_ccda(plan, COVER).content.decode()
    lost = [at for at, word in leaves.items() if word not in content and not UNSENT.search(at)]
    assert lost == []


def test_asks_first():
    """What the plan asks stands before everything else."""
    first = found(document(DELGADO, MARKED), "//c:structuredBody/c:component[1]/c:section")[0]
    told = words(first.find("c:text", NS))
    assert (first.findtext("c:title", namespaces=NS), "next A1c" in told) == ("Asks", True)


@pytest.mark.parametrize("code", ["75310-3", "61146-7", "62387-6", "11383-7"])
def test_four_sections(code):
    """The four Care Plan sections are there even for an empty plan, null and without entries."""
    one = section(document(EMPTY), code)
    assert (one.get("nullFlavor"), one.findall("c:entry", NS)) == ("NI", [])


def test_no_plan_of_treatment():
    """A note that came from a Plan of Treatment section doesn't become one (CONF:1198-31044)."""
    note = Note(section="Plan of treatment", text="Rest", code=Code(LOINC, "18776-5"))
    assert (
        found(document(replace(DELGADO, notes=(note,))), "//c:section/c:code/@code").count(
            "18776-5"
        )
        == 0
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Code(LOINC, "29762-2", "Social history"), "29762-2"),
        (Code(LOINC, "61146-7"), "note"),
        (Code("urn:strange", "1"), "note"),
        (None, "note"),
    ],
)
def test_note_code(code, expected):
    """A note keeps its LOINC code unless that would make it one of our own sections."""
    note = Note(section="A title of its own", text="Words", code=code)
    root = document(replace(DELGADO, notes=(note,)))
    path = "//c:section[c:title='A title of its own']/c:code/@code"
    assert [expected] == found(root, path)


def test_codes():
    """A concern's codes stand in its Problem Observation, the second as a translation."""
    path = "//c:act[c:id/@extension='c1']//c:observation[c:id/@extension='c1#problem']/c:value"
    (value,) = found(document(DELGADO), path)
    second = value.find("c:translation", NS)
    actual = [(one.get("codeSystem"), one.get("code")) for one in (value, second)]
    expected = [
        ("2.16.840.1.113883.6.96", "44054006"),
        ("2.16.840.1.113883.6.90", "E11.9"),
    ]
    assert expected == actual


def test_odd_date_kept():
    """A date that can't be read stands in the narrative as it was written."""
    plan = Plan(goals=(Goal(text="Walk", due="before Easter"),))
    goals = section(document(plan), "61146-7")
    told = "before Easter" in words(goals.find("c:text", NS))
    assert (told, found(goals, ".//c:observation/c:effectiveTime")) == (True, [])


def test_narrative_not_markup():
    """Markup in a plan's words stays words."""
    evil = '</content><script>alert(1)</script><linkHtml href="javascript:x">'
    goals = section(document(Plan(goals=(Goal(text=evil),))), "61146-7")
    assert evil == goals.findtext(".//c:content", namespaces=NS)


@pytest.mark.parametrize(
    ("value", "flavour", "told"),
    [
        (Absent("none"), "NA", "None."),
        (Absent("unknown"), "UNK", "Unknown."),
        (Absent("asked"), "ASKU", "Asked, not known."),
        (Absent("masked"), "MSK", "Masked by the source."),
        ((), "NI", "No information in this document."),
    ],
)
def test_absent_section(value, flavour, told):
    """A section without elements says why, to machines and to people."""
    one = section(document(Plan(goals=value)), "61146-7")
    assert (flavour, told) == (one.get("nullFlavor"), words(one.find("c:text", NS)))


def test_no_known_allergies():
    """No known allergies is a negated observation, as R2.1 has it."""
    one = section(document(Plan(allergies=Absent("none"))), "48765-2")
    told = words(one.find("c:text", NS))
    assert (told, found(one, ".//@negationInd")) == ("No known allergies", ["true"])


def test_notices():
    """The notices stand whole in the Privacy and Security Markings section."""
    one = section(document(DELGADO, MARKED), "57017-6")
    told = [words(p) for p in found(one, "c:text/c:paragraph")]
    codes = found(one, ".//c:observation/c:value/@code")
    assert (list(MARKED.notices), ["R", "NORDSCLCD"]) == (told, codes)


def test_withheld_line():
    """What was withheld is one neutral line, and only where something was."""
    counts = [to_ccda(DELGADO, c).content.decode().count(WITHHELD) for c in (COVER, MARKED)]
    assert counts == [0, 1]


def test_withheld_without_category():
    """A document with something withheld names none of the house's categories."""
    told = to_ccda(DELGADO, MARKED).content.decode().lower()
    assert [w for w in ("sud", "hiv", "mental_health", "sdv") if re.search(rf"\b{w}\b", told)] == []


@pytest.mark.parametrize(
    ("words_", "code"),
    [
        ("not achieved", "390801001"),
        ("Achieved", "390802008"),
        ("no progress", "706905005"),
        ("progressing", "706906006"),
        ("walks to the corner now", None),
    ],
)
def test_progress(words_, code):
    """Progress is a Goal Achievement code where its words mean one, with the words kept."""
    root = document(Plan(goals=(Goal(id="g", text="Walk", progress=words_),)))
    (value,) = found(root, "//c:observation[c:id/@extension='g#progress']/c:value")
    assert (code, words_) == (value.get("code"), words(value))


@pytest.mark.parametrize(
    ("word", "code"),
    [("high", "394849002"), ("Normal", "394848005"), ("delayed", "441808003"), ("2", None)],
)
def test_priority(word, code):
    """A priority is a Priority Level code where its word is one, with the word kept."""
    root = document(Plan(concerns=(Concern(id="c", text="Pain", priority=word),)))
    (value,) = found(root, "//c:observation[c:id/@extension='c#priority']/c:value")
    assert (code, word) == (value.get("code"), words(value))


def test_ask_entry():
    """An ask is a request (RQO), due by its date, of whom it is asked."""
    plan = Plan(
        asks=(Ask(text="Send the A1c", of="pcmh", due="2027-02-01", party=Party(name="Ann")),)
    )
    (act,) = found(document(plan), "//c:act[@moodCode='RQO']")
    actual = (
        found(act, "string(c:effectiveTime/c:high/@value)"),
        found(act, "string(c:performer//c:code/@code)"),
        found(act, "string(c:performer//c:name)"),
    )
    assert actual == ("20270201", "pcmh", "Ann")


@pytest.mark.parametrize(
    ("reaction", "expected"),
    [("Hives", ["MFST", "SUBJ"]), (None, ["SUBJ"])],
    ids=["with", "without"],
)
def test_allergy_severity(reaction, expected):
    """A severity stands inside its reaction, and on the allergy itself where there is none."""
    plan = Plan(allergies=(Allergy(text="Penicillin", reaction=reaction, severity="mild"),))
    path = "//c:section[c:code/@code='48765-2']//c:observation//c:entryRelationship/@typeCode"
    nested = "//c:observation//c:entryRelationship[@typeCode='MFST']//c:entryRelationship"
    root = document(plan)
    assert (expected, int(bool(reaction))) == (found(root, path), len(found(root, nested)))


def test_outcome_value():
    """An outcome's words are its value too, so that a machine has them without the narrative."""
    plan = Plan(outcomes=(Outcome(text="2 of 3 < all"),))
    assert found(document(plan), "string(//c:observation/c:value)") == "2 of 3 < all"


def test_same_bytes():
    """The same plan and cover give the same bytes."""
    assert to_ccda(DELGADO, MARKED).content == to_ccda(DELGADO, MARKED).content


def test_named_without_phi():
    """The file is named by the release alone."""
    assert to_ccda(DELGADO, COVER).file_name == "icp-rel-01HZX.xml"
