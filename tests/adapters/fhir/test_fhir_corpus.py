"""FHIR nobody here wrote: each file ends in a reading that keeps every law, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from reading_laws import breaches, folded_words, plan_words

from adapters.formats.fhir import ADAPTER
from adapters.formats.fhir.nodes import leaves
from adapters.formats.fhir.opening import opened
from hub.canonical import Document

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
FILES = [
    path
    for room in ("fhir", "consent")
    if (CORPORA / room).is_dir()
    for path in sorted((CORPORA / room).rglob("*"))
    if path.is_file() and ADAPTER.identify(Document(path.read_bytes()))
]
MACHINERY = (
    "/div", "/data", "/fullUrl", "/url", "/reference", "/resourceType", "/id", "/system", "/status",
    "/versionId", "/lastUpdated", "/source", "/linkId", "/timestamp", "/type",
)  # fmt: skip

APART = ("/meta/", "/identifier/", "/category/")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="needs ../shared/corpora, which is not here"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_keeps_laws(path):
    """A real document is read or refused with a reason, and its reading keeps every law."""
    content = path.read_bytes()
    assert [] == breaches(content, ADAPTER.read(Document(content, path.name)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_words_kept(path):
    """Of a document that was read, the words that are no machinery of FHIR's are in the plan."""
    content = path.read_bytes()
    reading = ADAPTER.read(Document(content, path.name))
    if not reading.plans:
        pytest.skip("refused with a reason")
    kept = set(plan_words(reading.plans[0]))
    lost = [
        at
        for at, value, _ in leaves(opened(content).root, "", {})
        if not at.endswith(MACHINERY) and not any(part in at for part in APART)
        if isinstance(value, str) and " " in value and not set(folded_words(value)) <= kept
    ]

    assert [] == lost
