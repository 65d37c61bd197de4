"""The published JSON Schema is the types' own, and holds for everything the hub writes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from plans import WRITTEN, plans

from hub.canonical import Reading
from hub.canonical.schema import ID, published, schema
from hub.canonical.wire import encode, tidy

PUBLISHED = Path(__file__).parents[3] / "docs" / "icp-1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema())
READING = jsonschema.Draft202012Validator({**schema(), "$ref": "#/$defs/Reading"})


def complaints(validator, data):
    return [error.json_path for error in validator.iter_errors(json.loads(data))]


def test_published():
    """The file in docs is what the types say today: run `make docs` when this fails."""
    assert published() == PUBLISHED.read_bytes()


def test_is_a_schema():
    """The schema is itself valid JSON Schema 2020-12 and names itself."""
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == ID


@settings(max_examples=40, deadline=None)
@given(plans())
def test_wire_valid(plan):
    """Any plan's wire form, compact or tidy, follows the schema."""
    assert complaints(VALIDATOR, encode(plan)) + complaints(VALIDATOR, tidy(plan)) == []


@pytest.mark.parametrize("name", WRITTEN)
def test_reading_valid(name):
    """A reading of each plan written by hand follows the schema of readings."""
    assert complaints(READING, encode(Reading(plans=(WRITTEN[name],)))) == []


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"schema": "icp/2"}', "$.schema"),
        ('{"goals": {"absent": "perhaps"}}', "$.goals"),
        ('{"concerns": [{"domain": "spiritual"}]}', "$.concerns"),
        ('{"member": {"name": {"given": "Rosa"}}}', "$.member.name.given"),
    ],
)
def test_wrong_plan(document, path):
    """A plan off the template is found out at its path."""
    assert [path] == complaints(VALIDATOR, document)


@pytest.mark.parametrize("name", sorted(schema()["$defs"]))
def test_described(name):
    """Every type in the schema says what it is."""
    assert schema()["$defs"][name].get("description")
