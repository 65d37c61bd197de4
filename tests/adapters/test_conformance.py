"""Every adapter the demo world binds has a sample and keeps the contract of `adapters.testing`."""

import importlib
from pathlib import Path

import pytest
import yaml

from adapters import testing
from hub.canonical import Document

DEMO = Path(__file__).parents[2] / "templates" / "demo"
WORLD = yaml.safe_load((DEMO / "world.yaml").read_text(encoding="utf-8"))
BOUND = [(b["organisation"], path) for b in WORLD["bindings"] for path in b["adapters"]]
EXPECTED = {(m["mco"], m["member_id"]): m for m in WORLD["members"]}


def adapter_at(path):
    """Import a bound adapter, or skip while its author has not delivered it."""
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        if error.name and not module.startswith(error.name):
            raise
        pytest.skip(f"{module} is not written yet")


def samples_of(organisation, adapter):
    """Return the organisation's demo documents that the adapter claims; not the broken ones."""
    files = sorted((DEMO / "samples" / organisation).glob("*"))
    whole = [f for f in files if f.is_file() and not f.name.startswith("truncated_")]
    found = [Document(f.read_bytes(), f.name) for f in whole]
    return [document for document in found if adapter.identify(document)]


@pytest.mark.parametrize(("organisation", "path"), BOUND)
def test_has_sample(organisation, path):
    """A bound adapter claims at least one document of its organisation."""
    adapter = adapter_at(path)

    assert samples_of(organisation, adapter)


@pytest.mark.parametrize("check", testing.CHECKS)
@pytest.mark.parametrize(("organisation", "path"), BOUND)
def test_keeps_contract(organisation, path, check):
    """Each of the adapter's samples passes each check of the suite."""
    adapter = adapter_at(path)

    found = [
        words
        for document in samples_of(organisation, adapter)
        for words in testing.CHECKS[check](adapter, document)
    ]

    assert found == []


@pytest.mark.parametrize(("organisation", "path"), BOUND)
def test_no_rival(organisation, path):
    """No two adapters of one organisation claim the same document."""
    adapter = adapter_at(path)
    others = [adapter_at(p) for o, p in BOUND if o == organisation and p != path]

    shared = [d.name for d in samples_of(organisation, adapter) for o in others if o.identify(d)]

    assert shared == []


@pytest.mark.parametrize(("organisation", "path"), BOUND)
def test_names_rostered_members(organisation, path):
    """Every plan in a demo document is about a member of that organisation's roster."""
    adapter = adapter_at(path)

    strangers = [
        document.name
        for document in samples_of(organisation, adapter)
        for plan in adapter.read(document).plans
        if not any((organisation, i.value) in EXPECTED for i in plan.member.identifiers)
    ]

    assert strangers == []
