"""The digest of what a plan says: the same for copies, another for every real change."""

from dataclasses import replace

import pytest
from lxml import etree

from hub.canonical import (
    Attachment,
    Code,
    Concern,
    Goal,
    Header,
    Identifier,
    Member,
    Name,
    Place,
    Plan,
    Replaced,
    Residue,
    SourceId,
    meaning_of,
)
from tests.cda_documents import PATIENT, cda, concern, goal, read, refers, section, structured

PLAN = Plan(
    header=Header(title="Care plan", set_id="S", version=1, written_on="2026-03-04"),
    member=Member(identifiers=(Identifier("plan", "K1"),), name=Name(family="Public")),
    concerns=(Concern(id="c1", text="Falls", codes=(Code("http://snomed.info/sct", "1", None),)),),
    goals=(Goal(id="g1", text="Walk daily", concerns=("c1",)),),
    residue=(Residue(text="2026-03-04; +1-5555555000", label="author"),),
)
GOAL, CONCERN = PLAN.goals[0], PLAN.concerns[0]
LATER = replace(PLAN.header, written_on="2026-04-05")
COPIES = {
    "ids": replace(PLAN, header=replace(PLAN.header, source_ids=(SourceId("urn:oid:1", "2"),))),
    "version": replace(PLAN, header=replace(PLAN.header, version=2, replaces=Replaced(version=1))),
    "written": replace(
        PLAN, header=LATER, residue=(Residue(text="2026-04-05; +1-5555555000", label="author"),)
    ),
    "places": replace(PLAN, places={"/goals/0/text": Place("/*/*[3]")}),
    "blanks": replace(PLAN, goals=(replace(GOAL, text=" Walk\n  daily "),)),
}
CHANGES = {
    "words": replace(PLAN, goals=(replace(GOAL, text="Walk weekly"),)),
    "blank": replace(PLAN, goals=(replace(GOAL, text="Walkdaily"),)),
    "case": replace(PLAN, goals=(replace(GOAL, text="walk daily"),)),
    "link": replace(PLAN, goals=(replace(GOAL, concerns=()),)),
    "label": replace(PLAN, goals=(replace(GOAL, labels=("ETH",)),)),
    "origin": replace(PLAN, goals=(replace(GOAL, part2_origin="yes"),)),
    "code": replace(PLAN, concerns=(replace(CONCERN, codes=(Code("http://x", "1", None),)),)),
    "member": replace(PLAN, member=Member(identifiers=(Identifier("plan", "K2"),))),
    "set": replace(PLAN, header=replace(PLAN.header, set_id="T")),
    "status": replace(PLAN, header=replace(PLAN.header, status="revoked")),
    "file": replace(PLAN, attachments=(Attachment(sha256="0" * 64),)),
    "author": replace(PLAN, residue=(Residue(text="2026-03-05; +1", label="author"),)),
    "gone": replace(PLAN, goals=()),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_copy(copy):
    """What an export renews, and how it is written, is not what a plan says."""
    assert meaning_of(PLAN) == meaning_of(copy)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change(change):
    """Whatever a reader of the plan would see is what it says."""
    assert meaning_of(PLAN) != meaning_of(change)


def written_by_another(content):
    """Return a document as another tool writes it: prefixes, attribute order, indents, UTF-16."""
    text = content.decode().replace('xmlns="urn:hl7-org:v3"', 'xmlns:v3="urn:hl7-org:v3"')
    root = etree.fromstring(content, etree.XMLParser(remove_blank_text=True))
    for element in root.iter():
        pairs = sorted(element.attrib.items(), reverse=True)
        element.attrib.clear()
        element.attrib.update(pairs)
    etree.indent(root, space="\t")
    bare = etree.tostring(root, encoding="unicode")
    bare = bare.replace("<", "<v3:").replace("<v3:/", "</v3:")
    bare = bare.replace('xmlns="urn:hl7-org:v3"', 'xmlns:v3="urn:hl7-org:v3"')
    assert bare != text
    return bare.encode("utf-16")


@pytest.mark.parametrize("export", ["20260304", "20260405"])
def test_document_of_another_tool(export):
    """One care plan written by two tools on two days is read to one meaning."""
    goals = section("61146-7", goal("G", "Walk", refers("C")), text="Walk<br/>daily")
    whole = cda(structured(section("75310-3", concern("C", "Falls")), goals))
    other = written_by_another(whole.replace(b"20260304", export.encode(), 1))

    assert meaning_of(read(whole).plans[0]) == meaning_of(read(other).plans[0])


def test_document_of_another_member():
    """The same words about somebody else are another plan."""
    body = structured(section("61146-7", goal("G", "Walk")))
    other = cda(body, patient=PATIENT.replace("M1", "M2"))

    assert meaning_of(read(cda(body)).plans[0]) != meaning_of(read(other).plans[0])
