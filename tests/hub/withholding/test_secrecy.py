"""What of removed parts is a secret, and what anybody may read who may read the rest."""

from __future__ import annotations

import pytest

from hub.withholding.secrecy import secret

OAK = {"party": {"name": "Tom Oak", "organization": "Harbor Light"}}


def test_text():
    """The words of a removed part are a secret."""
    parts = {"/member": {"name": {"family": "Kowalski"}}, "/concerns/0": {"text": "Alcohol use"}}
    assert secret(parts, {"/concerns/0"}) == ("alcohol use",)
    assert secret(parts, set()) == ()


@pytest.mark.parametrize("text", ["Kowalski", "Denise", "Denise Kowalski"])
def test_identity(text):
    """What names the member in the plan's frame anyway is no secret, wherever it stands there."""
    parts = {"/member": {"name": ["Denise", "Kowalski"]}, "/concerns/0": {"text": text}}
    whole = {"/member": {"name": "Denise Kowalski"}, "/concerns/0": {"text": text}}
    assert secret(parts, {"/concerns/0"}) == (() if " " not in text else ("denise kowalski",))
    assert secret(whole, {"/concerns/0"}) == ()


def test_part_of_a_word():
    """A withheld word that is only a part of a word of the frame stays a secret."""
    parts = {"/member": {"name": "Methadonenko"}, "/concerns/0": {"text": "Methadone"}}
    assert secret(parts, {"/concerns/0"}) == ("methadone",)


def test_content_is_no_identity():
    """What content that stays happens to say keeps nothing from being a secret."""
    parts = {"/notes/0": {"text": "Alcohol use"}, "/concerns/0": {"text": "Alcohol use"}}
    assert secret(parts, {"/concerns/0"}) == ("alcohol use",)


def test_removed_identity():
    """A part of the frame that is removed itself tells nothing openly any more."""
    parts = {"/header/author": {"name": "Tom Oak"}, "/concerns/0": {"text": "Tom Oak"}}
    assert secret(parts, {"/concerns/0"}) == ()
    assert secret(parts, {"/concerns/0", "/header/author"}) == ("tom oak",)


@pytest.mark.parametrize("where", ["/interventions/1", "/asks/0"])
def test_helper_who_stays(where):
    """A helper whom a surviving intervention or ask names is no secret."""
    parts = {"/interventions/0": {"text": "Bus pass", **OAK}, where: {"text": "Call", **OAK}}
    assert {"tom oak", "harbor light"}.isdisjoint(secret(parts, {"/interventions/0"}))
    assert {"tom oak", "harbor light"} <= set(secret(parts, {"/interventions/0", where}))


def test_helper_in_the_team():
    """A helper whom only the team names beside what was removed is a secret."""
    parts = {"/interventions/0": {"text": "Bus pass", **OAK}, "/team/0": OAK}
    assert {"tom oak", "harbor light"} <= set(secret(parts, {"/interventions/0"}))


def test_file_name():
    """A file's name tells nothing: files always go once anything does."""
    parts = {"/attachments/0": {"name": "Thursday river walk"}}
    assert secret(parts, {"/attachments/0"}) == ()


def test_address():
    """Of an address that goes the street is a secret, the town isn't."""
    address = {"lines": ["Oak St 9", "Rear house"], "city": "Pittsburgh", "use": "home"}
    parts = {"/member/addresses/0": address}
    assert secret(parts, {"/member/addresses/0"}) == ("oak st 9", "rear house")
