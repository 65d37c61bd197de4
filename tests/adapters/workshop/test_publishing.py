"""The published schema of the profile language takes every profile of ours, offers each field."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

import adapters
from adapters.profiles import TRANSFORMS, known
from adapters.workshop.publishing import published, schema

ROOT = Path(adapters.__file__).parents[1]
PROFILES = sorted((ROOT / "adapters" / "mcos").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_published():
    """The file in docs is what is generated today: run `make docs` when this fails."""
    assert published() == (ROOT / "docs" / "profile.schema.json").read_bytes()


def test_is_a_schema():
    """It is itself valid JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("file", PROFILES, ids=lambda f: f.stem)
def test_takes_ours(file):
    """Every profile of ours follows it."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))

    assert [] == [error.json_path for error in VALIDATOR.iter_errors(data)]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    """It takes every transform there is, and none by half its name."""
    word = name if known(name) else f"{name}:,"
    transforms = jsonschema.Draft202012Validator(
        {
            **schema(),
            "$ref": "#/$defs/transforms",
            "type": "string",
            "properties": {},
            "required": [],
        }
    )

    assert transforms.is_valid(word)
    assert not transforms.is_valid(f"{name}x")


def test_offers_fields():
    """An editor is offered the fields of the member and of items."""
    rows = schema()["properties"]["rows"]["items"]["properties"]

    assert "name.family" in schema()["properties"]["member"]["properties"]
    assert {"due", "codes.0.code"} <= set(rows["fields"]["properties"])
