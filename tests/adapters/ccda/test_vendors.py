"""Documents of certified software, byte for byte: everything read, nothing lost, units as sent."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from cda_documents import words_of

from adapters.formats.ccda import ADAPTER
from adapters.formats.xml import opened
from hub.canonical import Document, each, wire

ROOM = Path(__file__).parents[4] / "shared" / "corpora" / "ccda"
V3 = "{urn:hl7-org:v3}"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ROOM.is_dir(), reason="needs ../shared/corpora, which is not here"),
]
LEAST_KEPT = 0.995


def members(name, content, depth=0):
    """Return a file, or every file inside it when it is an archive of archives."""
    if content[:2] != b"PK" or depth > 4:
        yield name, content
        return
    archive = zipfile.ZipFile(io.BytesIO(content))
    for entry in archive.infolist():
        if not entry.is_dir() and not entry.flag_bits & 1:
            yield from members(f"{name}!/{entry.filename}", archive.read(entry), depth + 1)


def documents():
    """Return every file of the corpus with its name."""
    for path in sorted(ROOM.rglob("*")):
        if path.is_file():
            yield from members(path.relative_to(ROOM).as_posix(), path.read_bytes())


@pytest.fixture(scope="module")
def read():
    """Return every readable document: its name, its root and its reading."""
    found = []
    for name, content in documents():
        reading = ADAPTER.read(Document(content, name))
        root = opened(content).root
        if root is not None and root.tag == V3 + "ClinicalDocument":
            found.append((name, root, reading))
    return found


def test_no_surprise(read):
    """Every whole document is read, or refused for a reason that a person can act on."""
    refused = Counter(r.findings[0].code for _, _, r in read if not r.plans)

    assert {"nothing_read": 3, "no_patient": 2, "sections_unrecognisable": 1} == refused


def test_every_plan_has_a_member(read):
    """Every plan says who it is about."""
    plans = [plan for _, _, reading in read for plan in reading.plans]

    assert len(plans) > 290
    assert all(plan.member.identifiers or plan.member.name.family for plan in plans)


def test_tallies(read):
    """Every item of every document is mapped, residue or ignored."""
    wrong = [
        name
        for name, _, reading in read
        if (t := reading.coverage).source_items != t.mapped + t.residue + t.ignored
    ]

    assert wrong == []


def test_round_trip(read):
    """Every plan follows the template, through JSON and back."""
    wrong = [
        name
        for name, _, reading in read
        for plan in reading.plans
        if wire.decode_plan(wire.encode(plan)) != plan
    ]

    assert wrong == []


def test_words(read):
    """The words of every section's narrative and title are in its plan."""
    total = lost = 0
    for _, root, reading in read:
        if not reading.plans:
            continue
        have = set(" ".join(words_of(reading.plans[0])).split())
        for section in root.iter(V3 + "section"):
            for part in (*section.iterchildren(V3 + "text"), *section.iterchildren(V3 + "title")):
                said = " ".join(part.itertext()).split()
                whole = set("".join(part.itertext()).split())
                total += len(said)
                lost += sum(word not in have and word in whole for word in said)

    assert 1 - lost / total >= LEAST_KEPT


def test_nonsense_sections():
    """A Care Plan with four nonsense section codes is refused with a reason."""
    (path,) = ROOM.rglob("NT_CP_Sample2_r21_v4.xml")
    reading = ADAPTER.read(Document(path.read_bytes()))

    assert ["sections_unrecognisable"] == [one.code for one in reading.findings]


def one(pattern):
    """Return the plan of the first file of the corpus by a pattern."""
    path = min(ROOM.rglob(pattern))
    (plan,) = ADAPTER.read(Document(path.read_bytes())).plans
    return plan


SUCCESS = "Karen McKiney_CCD_CarePlan_CERTDAY.XML"
AMRITA = "Glazer_Sandra_Jones_315291_CARE_PLAN_*.xml"
TEXTS = [
    (SUCCESS, "goals", 0, "Keep weight under 95kg."),
    (SUCCESS, "concerns", 1, "Vital Sign Observation- Weight 242 lbs: 242.29 [lb_av]"),
    (SUCCESS, "concerns", 2, "Intermittent Fever Problem"),
    (SUCCESS, "interventions", 0, "Tylenol Extra Strength, 500 mg"),
    (SUCCESS, "outcomes", 0, "Goal not achieved"),
    (AMRITA, "goals", 0, "Get rid of iron deficiency"),
    (AMRITA, "interventions", 0, "Basic nutrition education (regime/therapy)"),
    (AMRITA, "concerns", 0, "Severe hypothyroidism (disorder)"),
    (AMRITA, "outcomes", 1, "Goal achieved"),
]


@pytest.mark.parametrize(("pattern", "family", "number", "text"), TEXTS)
def test_vendors_words(pattern, family, number, text):
    """A vendor's Care Plan is told in the vendor's words, units as sent."""
    assert text == each(getattr(one(pattern), family))[number].text


def test_vendors_measure():
    """A goal's range keeps both its ends and their unit."""
    assert one(AMRITA).goals[2].measure == "100.4 [degF] to 102.2 [degF]"


def test_vendors_links():
    """A vendor's outcomes lead to their goals and interventions."""
    first = one(AMRITA).outcomes[0]

    assert (("g4",), ("i1", "i2")) == (first.goals, first.interventions)


def test_revision():
    """HL7's own revised plan names the version it replaces."""
    header = one("HL7__C-CDA-Examples/Documents/Care Plan/Care_Plan.xml").header

    assert (2, 1, header.set_id) == (
        header.version,
        header.replaces.version,
        header.replaces.set_id,
    )
