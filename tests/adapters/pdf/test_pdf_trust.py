"""How far a recognised word is trusted, what print is put right, how long a scan may take."""

from __future__ import annotations

import signal

import pytest

from adapters.formats.pdf import ocr, trust
from adapters.formats.pdf.hurry import Clock
from adapters.formats.pdf.layout import layout_of
from adapters.formats.pdf.lines import Sheet, line_of
from adapters.formats.pdf.misprints import put_right
from adapters.formats.pdf.ruling import Ruling
from adapters.formats.pdf.words import Word

NEEDS_OCR = pytest.mark.skipif(
    not ocr.installed(), reason="TRUST IS NOT TESTED: install the extra `icp-hub[ocr]`"
)
DOTS = 200.0


@NEEDS_OCR
@pytest.mark.parametrize(
    "word", ["tablet", "Okafor", "03/04/2026", "J44.1", "K100200301", "20", "COPD,", "self-care"]
)
def test_a_word_that_all_agree_on_is_sure(word):
    """A word, a name or a known figure that both readings have is sure."""
    assert trust.sureness([(word, 0.99)], word, DOTS) == [trust.SURE]


@NEEDS_OCR
@pytest.mark.parametrize(
    "word", ["discase", "110", "I1", "l0", "roon\u0131", "3kg/w\u00a7", "tabIet"]
)
def test_a_word_that_is_none_is_doubted(word):
    """What both readings have and is neither a word nor a known figure goes to a person."""
    assert trust.sureness([(word, 0.99)], word, DOTS)[0] < 0.9


@NEEDS_OCR
def test_only_the_word_that_differs_is_doubted():
    """Where the second reading has another word, that word alone is doubted."""
    read = [("20", 0.99), ("mg", 0.99), ("table", 0.99)]
    assert trust.sureness(read, "20 mg tablet", DOTS) == [trust.SURE, trust.SURE, trust.DIFFERS]


@NEEDS_OCR
@pytest.mark.parametrize(("again", "dots"), [(None, DOTS), ("tablet", 98.0)])
def test_read_once_or_coarse_is_for_a_person(again, dots):
    """Without a second reading, and in a coarse scan, nothing is sure."""
    assert trust.sureness([("tablet", 1.0)], again, dots) == [trust.ONCE]


def seen(*texts: str) -> Sheet:
    """Return a sheet seen in a picture, with these lines."""
    lines = [
        line_of(
            [
                Word(1, word, 10.0 + 30 * at, 20.0 * row, 35.0 + 30 * at, 20.0 * row + 10, 0.9)
                for at, word in enumerate(text.split())
            ],
            None,
        )
        for row, text in enumerate(texts)
    ]
    return Sheet(1, tuple(lines), Ruling(), lambda _box: None, seen=True)


LAYOUT = layout_of({"labels": {"written": "Date written", "owner": "Owner", "form": "Form KU-114"}})


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("Date wrilten 09/28/2026", "date written 09/28/2026"),
        ("Dale wrilten", "date written"),
        ("Date written", "Date written"),
        ("Form KU-115", "Form KU-115"),
        ("Overt", "Overt"),
    ],
)
def test_only_what_the_form_prints_is_put_right(said, right):
    """A printed label with a letter or two wrong is put right; values and figures never are."""
    [sheet] = put_right([seen(said)], LAYOUT, ())
    assert " ".join(word.text for word in sheet.lines[0].words) == right


def test_a_clock_over_the_process_is_kept():
    """Where the process is to be ended sooner than asked for, the sooner end counts."""
    signal.setitimer(signal.ITIMER_REAL, 30.0)
    try:
        assert Clock(600.0).left() < 30.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
