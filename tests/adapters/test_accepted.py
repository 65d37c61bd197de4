"""What somebody accepted of a sample once is what is read of it today."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path

import pytest

import adapters
from hub.adopting.accepting import kept
from hub.canonical import Document

MCOS = Path(adapters.__file__).parent / "mcos"
SAMPLES = MCOS.parents[1] / "templates" / "demo" / "samples"
ACCEPTED = sorted(MCOS.glob("*.accepted/*.json"))


def test_there_are_some():
    """Readings were accepted."""
    assert ACCEPTED


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda f: f"{f.parent.stem}-{f.stem}")
def test_as_accepted(file):
    """The sample is unchanged and reads as it was accepted; see `icp-hub adapters accept`."""
    right = json.loads(file.read_text(encoding="utf-8"))
    (sample,) = [
        one
        for one in SAMPLES.glob(f"*/{right['sample']}")
        if hashlib.sha256(one.read_bytes()).hexdigest() == right["sha256"]
    ]
    module = importlib.import_module(f"adapters.mcos.{file.parent.stem}")
    reading = module.ADAPTER.read(Document(sample.read_bytes(), sample.name))

    assert right == kept(reading, sample.name, sample.read_bytes())
