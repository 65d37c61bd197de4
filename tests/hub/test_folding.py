"""Folding and searching many texts at once finds what reading them one by one would find."""

from __future__ import annotations

import html
import re
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.withholding import leaks
from hub.withholding.folding import folded_text, holding

INVISIBLE = (
    "[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKUP = "alcohol Use <b> </b> <!-- --> &lt; | \\n F10.20 f10 20 < > _"
_FOREIGN = "é e\u0301 \u200b ½ 李 ß \uff21 \ufe64"
PIECES = st.sampled_from((*_MARKUP.split(), *_FOREIGN.split(), " ", "\x1f"))
TEXTS = st.lists(PIECES | st.characters(), max_size=9).map("".join)
PHRASES = st.sampled_from(["alcohol use", "alcohol", "f10 20", "use alcohol", "e", "李 alcohol"])


def _plainly(text: str) -> str:
    """Fold a text as it is defined, without any shortcut."""
    bare = re.sub(INVISIBLE, "", unicodedata.normalize("NFKD", text))
    return re.sub(r"[\W_]+", " ", bare.casefold()).strip()


def _read(text: str, wanted: list[str]) -> bool:
    return any(f" {phrase} " in f" {_plainly(text)} " for phrase in wanted)


@given(TEXTS)
def test_folding(text):
    """A text folds to its words without case, accents, punctuation and invisible marks."""
    assert _plainly(text) == folded_text(text)


@given(st.lists(TEXTS, max_size=5), st.lists(PHRASES, max_size=3))
@example(texts=["e | e", "alcohol"], wanted=["alcohol"])  # as many marks as texts
@example(texts=["e | e", "alcohol", "use"], wanted=["use"])
@example(texts=["alcohol", "use"], wanted=["alcohol use"])  # one after the other is not together
@example(texts=["use alcohol use", "alcohol 李"], wanted=["alcohol", "use"])
@settings(max_examples=300)
def test_holding(texts, wanted):
    """Texts searched together hold a phrase exactly where each by itself does."""
    assert {text for text in texts if _read(text, wanted)} == holding(texts, wanted)


@given(TEXTS, st.lists(PHRASES, max_size=3))
@example(text="Use<b><!--alcohol", wanted=["use alcohol"])  # a tag and an angle of no tag
@settings(max_examples=500)
def test_leaks(text, wanted):
    """A leak is a phrase in the text as it stands, with tags as blanks, or with tags as nothing."""
    plain = html.unescape(re.sub(r"\\[nrt]", " ", text))
    readings = [plain, *(re.sub("<[^<>]*>", instead, plain) for instead in (" ", ""))]
    assert any(_read(one, wanted) for one in readings) is leaks(text, wanted)
