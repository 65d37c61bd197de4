"""Escape sequences: the standard's are resolved, everything else is kept, nothing is injected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.hl7v2.escapes import escaped, unescaped
from adapters.formats.hl7v2.segments import Separators

SEPS = Separators()
LATIN = Separators(charset="iso8859-1")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"salt \T\ water \F\ daily", "salt & water | daily"),
        (r"\S\\R\\E\ ", r"^~\ "),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"\.sp 2\x\.in+4\y", "\n\nxy"),
        (r"50% \ 100", r"50% \ 100"),
        (r"C:\temp\x", r"C:\temp\x"),
        (r"\Q\ odd \Zff\ ", r"\Q\ odd \Zff\ "),
        (r"\XC3A9\ ", "\u00e9 "),
        (r"\X0D\MSH|x", "\nMSH|x"),
        (r"\XZZ\ ", r"\XZZ\ "),
        (r"\X00\ ", r"\X00\ "),
        (r"\XFF\ ", r"\XFF\ "),
        (r"\C2842\x", "x"),
        (r"\M2442\;3ED\C2842\ Taro", "\u5c71\u7530 Taro"),
        ("caf\u00e9 \\C2842\\x", "caf\u00e9 x"),
        (r"\M2442\;3E", ";3E"),
        (r"\M824041\x", "x"),
        (r"\.in\one\.fi\two\.sk 3\three", "one two three"),
        ("\\", "\\"),
        ("", ""),
    ],
)
def test_unescaped(raw, text):
    """A raw text reads so."""
    assert text == unescaped(raw, SEPS)


def test_hex_in_message_charset():
    """Hex bytes are of the message's own character set."""
    assert unescaped(r"\XE9\ ".strip(), LATIN) == "\u00e9"


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"))))
def test_round_trip(text):
    """What is escaped reads back the same, and holds no separator."""
    sent = escaped(text, SEPS)

    assert text == unescaped(sent, SEPS)
    assert not set(sent) & set("|^~&\r\n")


@given(st.text())
def test_no_segment_break(text):
    """No text, however it is escaped, gives a carriage return that was not there."""
    assert "\r" not in unescaped(text.replace("\r", ""), SEPS)
