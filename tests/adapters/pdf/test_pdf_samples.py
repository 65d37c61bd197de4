"""The samples we ship are read without a doubt: a person is asked only where a page is unclear."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from hub.canonical import Document

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
BELOW = 0.9


@pytest.mark.parametrize(
    ("adapter", "sample"),
    [
        ("keystone_pdf", "mco-keystone/okafor_care_plan.pdf"),
        ("susquehanna_pdf", "mco-susquehanna/reyes_care_plan.pdf"),
    ],
)
def test_no_doubt(adapter, sample):
    """No value of a shipped form is doubted, not even a single capital at the end of its line."""
    reader = import_module(f"adapters.mcos.{adapter}").ADAPTER
    (plan,) = reader.read(Document((SAMPLES / sample).read_bytes())).plans

    assert [at for at, place in plan.places.items() if place.confidence < BELOW] == []
