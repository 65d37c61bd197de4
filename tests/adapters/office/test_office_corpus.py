"""Word and Rich Text files nobody here wrote: each ends in a reading that adds up."""

from pathlib import Path

import pytest

from adapters.formats.office import ADAPTER
from adapters.formats.office.reader import flow_of
from adapters.formats.xml import opened
from adapters.formats.zipped import unzipped
from adapters.mcos import keystone_word
from hub.canonical import Document

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "docx"
FILES = sorted(p for p in CORPUS.rglob("*") if p.is_file()) if CORPUS.is_dir() else []
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="the shared corpora are not here"),
]


@pytest.mark.parametrize("reader", [ADAPTER, keystone_word.ADAPTER])
def test_never_raises(reader):
    """Each file ends in an error that says why it is no plan, and every paragraph is counted."""
    silent = []
    for path in FILES:
        reading = reader.read(Document(path.read_bytes(), path.name))
        tally = reading.coverage
        whole = tally.source_items == tally.mapped + tally.residue + tally.ignored
        if not whole or not any(f.severity == "error" for f in reading.findings):
            silent.append(path.name)

    assert silent == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.suffix == ".docx"], ids=lambda path: path.name
)
def test_no_word_lost(path):
    """Every letter and digit of the body's text is in the flow, once."""
    root = opened(unzipped(path.read_bytes()).read("word/document.xml")).root
    written = "".join(
        one.text or ""
        for one in root.iter("{*}t")
        if not any(str(up.tag).endswith(("}Fallback", "}del")) for up in one.iterancestors())
    )
    read = "".join(
        word.text
        for block in flow_of(path.read_bytes()).blocks()
        for word in block.words
        if block.part in {"body", "hidden"}
    )

    assert sorted(filter(str.isalnum, written)) == sorted(filter(str.isalnum, read))
