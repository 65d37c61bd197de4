"""The JSON a practice gets: the canonical plan in an envelope that says what release it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import jsonschema
import pytest
from hypothesis import given, settings
from plans import BARE, COVER, DELGADO, MARKED, WRITTEN, covers, plans

from hub.canonical import Identifier, Place
from hub.canonical.schema import schema
from hub.canonical.wire import decode_plan
from hub.errors import Misconfigured
from hub.ports import Format
from hub.render import RENDERERS, WITHHELD, render
from hub.render.json_plan import to_json

VALIDATOR = jsonschema.Draft202012Validator(schema())


def sent(plan, cover=COVER):
    return json.loads(to_json(plan, cover).content)


def back(plan, cover=COVER):
    return decode_plan(json.dumps(sent(plan, cover)["plan"]).encode())


@pytest.mark.parametrize("name", WRITTEN)
def test_plan_whole(name):
    """The plan inside the envelope is the plan, word for word."""
    assert WRITTEN[name] == back(WRITTEN[name])


@settings(max_examples=30, deadline=None)
@given(plans(), covers())
def test_any_plan_valid(plan, cover):
    """Whatever the plan and the cover, the plan inside follows the published schema."""
    assert list(VALIDATOR.iter_errors(sent(plan, cover)["plan"])) == []


def test_places_stay():
    """Places don't leave: they point into a document the recipient doesn't get."""
    placed = replace(DELGADO, places={"/goals/0/text": Place("/secret[1]")})
    assert back(placed) == DELGADO


def test_no_ssn():
    """A Social Security number doesn't leave."""
    member = replace(DELGADO.member, identifiers=(Identifier("ssn", "078-05-1120"),))
    assert b"078-05-1120" not in to_json(replace(DELGADO, member=member), COVER).content


def test_release_facts():
    """The envelope says which release this is, for whom, under what, and what it replaces."""
    release = sent(DELGADO, MARKED)["release"]
    expected = {
        "id": "rel-01HZX",
        "document_id": MARKED.document_id,
        "set_id": MARKED.set_id,
        "version": 2,
        "released_on": "2026-11-20T09:30:00-05:00",
        "confidentiality": "R",
        "consent_scope": MARKED.consent_scope,
        "notices": list(MARKED.notices),
        "part2": True,
        "reply_url": MARKED.reply_url,
        "replaces": {
            "set_id": MARKED.set_id,
            "version": 1,
            "document_id": "3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a10",
        },
        "sensitivities": ["sud", "hiv"],
        "withheld": True,
        "withheld_note": WITHHELD,
    }
    assert expected == {key: release[key] for key in expected}


def test_recipient_named():
    """The envelope names the designated contact and the plan that sends it."""
    release = sent(DELGADO, MARKED)["release"]
    expected = ("Nadia Brandt RN", "Keystone Unity Health Plan")
    assert expected == (release["recipient"]["name"], release["custodian"]["organization"])


def test_nothing_withheld():
    """A release of everything says so, without the neutral line."""
    release = sent(DELGADO, BARE)["release"]
    assert (release["withheld"], "withheld_note" in release) == (False, False)


def test_named_without_phi():
    """The file is named by the release, and typed as ICP JSON."""
    rendered = to_json(DELGADO, COVER)
    expected = ("icp-rel-01HZX.json", "application/vnd.icp+json")
    assert expected == (rendered.file_name, rendered.media_type)


@pytest.mark.parametrize(
    ("name", "media_type"), [("ccda", "application/xml"), ("json", "application/vnd.icp+json")]
)
def test_registry(name, media_type):
    """Each format's word finds its renderer."""
    assert media_type == render(name, DELGADO, COVER).media_type


@pytest.mark.parametrize("path", sorted(RENDERERS.values()))
def test_registry_paths(path):
    """Every renderer of the registry is where it says."""
    module, _, function = path.partition(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))


def test_endpoints_may_take_each():
    """An endpoint may take every format there is, and no other."""
    assert set(get_args(Format)) == set(RENDERERS)


def test_unknown_format():
    """A format nobody renders is the operator's to mend."""
    with pytest.raises(Misconfigured, match="no renderer has this name"):
        render("docx", DELGADO, COVER)


@pytest.mark.parametrize("value", [MARKED, to_json(DELGADO, MARKED)], ids=["cover", "rendered"])
def test_nothing_printed(value):
    """Neither a cover nor rendered bytes show anything when printed."""
    assert f"<{type(value).__name__} sealed>" == f"{value!r}"
