"""Which words of a removed part may stand nowhere, and where they would be found."""

from __future__ import annotations

import pytest

from hub.withholding import leaks
from hub.withholding.phrasing import every_text, own_phrases, party_phrases

GROUP = ("attend thursday group",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Meth", {"meth"}),
        ("HIV", set()),
        ("123456", {"123456"}),
        ("12345", set()),
        ("q x z k", set()),
        ("od qd", {"od qd"}),
        ("Sober living. Visits methadone clinic", {"visits methadone clinic"}),
        ("Visits methadone clinic\nSober living", {"visits methadone clinic"}),
    ],
)
def test_own(text, found):
    """A phrase has four letters or six digits, more than single letters; a sentence three words."""
    whole = {"sober living visits methadone clinic", "visits methadone clinic sober living"}
    assert own_phrases({"text": text}) - whole == found


def test_whole_text():
    """A text of several sentences is a phrase as a whole too."""
    assert "sober living visits methadone clinic" in own_phrases(
        ["Sober living. Visits methadone clinic"]
    )


@pytest.mark.parametrize("field", ["party", "by", "requested_by", "signed_by", "participants"])
def test_party(field):
    """The people and organisations of a part are told apart from its words."""
    oak = {"name": "Tom Oak", "organization": "Harbor Light", "phone": "+1-555-0123456"}
    for given in (oak, [oak], (oak,), {"lead": oak}):
        part = {field: given, "text": "Weekly call"}
        assert party_phrases(part) == {"tom oak", "harbor light"}
        assert own_phrases(part) == set()


def test_no_party():
    """A name that is no party's is one of the part's words; three letters tell nobody."""
    assert party_phrases({"name": "Thursday group", "text": "Tom Oak"}) == set()
    assert own_phrases({"name": "Thursday group"}) == {"thursday group"}
    assert party_phrases({"by": {"name": "Ann"}}) == set()
    assert party_phrases({"by": {"name": None, "organization": {"absent": "unknown"}}}) == set()


def test_every_text():
    """Every text in a part is read, in lists and in whatever stands inside them."""
    part = {"a": ["one", ("two", {"b": "three"})], "c": None, "d": (), "e": "four"}
    assert every_text(part) == ["one", "two", "three", "four"]
    assert every_text("five") == ["five"]


@pytest.mark.parametrize(
    "text",
    [
        "attend thursday group",
        "She may attend Thursday group",
        "Attend Thursday group now",
        "Attend<br>Thursday<br>group",
        "At<b>te</b>nd Thursday group",
        '<p title="Attend Thursday group">Walk</p>',
        "<p class='attend thursday group'>",
        "Attend\\nThursday\\tgroup",
    ],
)
def test_leaks(text):
    """A phrase is found at either end of a text, across tags, and inside them."""
    assert leaks(text, GROUP)
    assert leaks(text, (*GROUP, "end thursday group", "methadone"))
    assert not leaks(text, ("end thursday group", "methadone"))


def test_foreign():
    """A text with letters of another script is read as carefully."""
    assert leaks("李 <b>attend</b> Thursday group", GROUP)
    assert not leaks("李 attends Thursday group", GROUP)
