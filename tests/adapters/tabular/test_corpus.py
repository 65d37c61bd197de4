"""Tables nobody here wrote: each ends in a reading, with the generic reader and with profiles."""

from pathlib import Path

import pytest

from adapters.formats.tabular import ADAPTER, TabularReader
from adapters.mcos import laurel_csv, susquehanna_csv
from adapters.profiles import load
from hub.canonical import Document

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
