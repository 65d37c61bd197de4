"""Tables nobody here wrote: each ends in a reading, with the generic reader and with profiles."""

import csv
import io
import re
from pathlib import Path

import pytest

from adapters.formats.tabular import ADAPTER, TabularReader
from adapters.mcos import laurel_csv, susquehanna_csv
from adapters.profiles import load
from hub.canonical import Document, wire

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "csv"
FILES = sorted(p for p in CORPUS.rglob("*") if p.is_file()) if CORPUS.is_dir() else []
CARE_PLANS = [p for p in FILES if p.name == "careplans.csv"]
SYNTHEA = TabularReader(
    load("""
profile: synthea
version: "1"
sender: mco-none
format: csv
identify: {columns: [PATIENT, ENCOUNTER, REASONCODE]}
columns:
  id: [ID]
  start: [START]
  stop: [STOP]
  patient: [PATIENT]
  code: [CODE]
  text: [DESCRIPTION]
  reason: [REASONDESCRIPTION]
required: [id, patient, text]
group_by: [patient]
dates: [ISO, DMY]
member: {identifiers.other: patient}
rows:
  - list: interventions
    serves: [concerns]
    fields:
      id: id
      text: text
      codes.0.code: code
      start: {from: start, transform: date}
      end: {from: stop, transform: date}
  - list: concerns
    fields: {text: reason}
""")
)
CUTTING = TabularReader(
    load("""
profile: synthea-parts
version: "1"
sender: mco-none
format: csv
identify: {columns: [PATIENT, ENCOUNTER, REASONCODE]}
columns:
  patient: [PATIENT]
  encounter: [ENCOUNTER]
  text: [DESCRIPTION]
  reason: [REASONDESCRIPTION]
required: [patient, text]
group_by: [patient]
header: {set_id: {from: encounter, transform: "before:-"}}
member: {identifiers.other: patient}
rows:
  - {list: interventions, fields: {text: {from: text, transform: first}}}
  - {list: concerns, fields: {text: {from: reason, transform: unbracketed}}}
""")
)
WORD = re.compile(r"\w+")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="the shared corpora are not here"),
]


@pytest.mark.parametrize("reader", [ADAPTER, laurel_csv.ADAPTER, susquehanna_csv.ADAPTER, SYNTHEA])
def test_never_raises(reader):
    """Each reader ends every file in a reading: plans, or an error that says why not."""
    silent = []
    for path in FILES:
        document = Document(path.read_bytes(), path.name)
        reader.identify(document)
        reading = reader.read(document)
        if not (reading.plans or any(f.severity == "error" for f in reading.findings)):
            silent.append(path.name)

    assert silent == []


@pytest.mark.parametrize("path", CARE_PLANS, ids=lambda p: p.parts[-3])
def test_care_plan_extracts(path):
    """Every row of a published care plan extract is an intervention, or residue, or a bad row."""
    content = path.read_bytes()
    reading = SYNTHEA.read(Document(content))

    rows = sum(1 for line in content.splitlines()[1:] if line.strip())
    read = sum(len(plan.interventions) for plan in reading.plans)
    bad = sum(f.severity == "error" for f in reading.findings)
    assert SYNTHEA.identify(Document(content))
    assert rows == read + bad
    assert reading.coverage.source_items == reading.coverage.mapped + reading.coverage.residue


def texts(value):
    """Yield every text inside a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


@pytest.mark.parametrize("path", CARE_PLANS, ids=lambda p: p.parts[-3])
def test_no_word_is_cut_off(path):
    """Whatever parts a profile takes of the cells, every word of a member's rows is in the plan."""
    content = path.read_bytes()
    held = {}
    for plan in CUTTING.read(Document(content)).plans:
        data = wire.plain(plan) | {"places": None}
        words = {word for text in texts(data) for word in WORD.findall(text)}
        held[plan.member.identifiers[0].value] = words
    lost = [
        number
        for number, row in enumerate(csv.DictReader(io.StringIO(content.decode())), start=2)
        if not {word for cell in row.values() for word in WORD.findall(cell or "")}
        <= held.get({name.upper(): cell for name, cell in row.items()}["PATIENT"], set())
    ]

    assert lost == []
