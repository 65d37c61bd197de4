"""Every PDF of the shared corpus, each in a child with limits: an outcome, nothing lost."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from adapters.formats.pdf import ADAPTER
from hub.canonical import Document

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "pdf"
FILES = sorted(one for one in CORPUS.rglob("*") if one.is_file()) if CORPUS.is_dir() else []
SECONDS, BYTES = 20, 1 << 30
DEFECTS = {
    "damaged_pdf",
    "encrypted",
    "enclosed_ccda",
    "no_profile",
    "no_text_layer",
    "not_pdf",
    "too_large",
    "too_many_pages",
    "too_many_scans",
    "xfa_without_data",
}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not FILES, reason="needs ../shared/corpora/pdf, which is not here"),
]


def outcome(path: Path) -> list:
    """Return (first code, tally adds up) of one file read in a child with limits."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, used + BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        reading = ADAPTER.read(Document(path.read_bytes(), path.name))
        tally = reading.coverage
        parts = tally.mapped + tally.residue + tally.ignored
        told = [reading.findings[0].code, tally.source_items == parts]
        os.write(writer, json.dumps(told).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else ["died", False]


def test_corpus_ends_with_an_outcome():
    """Every file ends within 20 s and 1 GB more with a known code and a tally that adds up."""
    strange = {
        str(path.relative_to(CORPUS)): told
        for path in FILES
        if (told := outcome(path))[0] not in DEFECTS or not told[1]
    }
    assert strange == {}
