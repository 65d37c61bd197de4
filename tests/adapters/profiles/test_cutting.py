"""What rules leave of a text of which they took a part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.profiles import Cuts, cuts, transform

LEAVES = [
    ([["before:("]], "Walk (daily)", ["daily"]),
    ([["unbracketed"]], "Walk (Ann / daily)", ["(Ann / daily)"]),
    ([["unbracketed"], ["bracketed", "before:/"]], "Walk (Ann / daily)", ["daily"]),
    (
        [["unbracketed"], ["bracketed", "before:/"], ["bracketed", "after:/"]],
        "Walk (Ann / daily)",
        [],
    ),
    ([["before: to "], ["after: to "]], "1/2/2026 to 3/4/2026", []),
    ([["before: to ", "date:MDY"]], "1/2/2026 to 3/4/2026", ["3/4/2026"]),
    ([["family"], ["given"]], "Ann Ann", []),
    ([["family"]], "Ann Ann", ["Ann"]),
    ([["given"], ["family"]], "Ann Ray, Jr", ["Jr"]),
    ([["family"], ["given"]], "Ray, Ann", []),
    ([["family:last"]], "Ann Q Ray", ["Ann Q"]),
    ([["first"]], "309090 (SCD)", ["(SCD)"]),
    ([["upper", "first"]], "walk daily", ["daily"]),
    ([["split:;", "first"]], "walk; rest", ["rest"]),
    ([["began", "date:MDY"]], "5/1/2026 - Start Date", []),
    ([["began"]], "5/1/2026 - Start Date, 6/1/2026 - End Date", ["6/1/2026 - End Date"]),
    ([["began"], ["ended"]], "5/1/2026 - Start Date, 6/1/2026 - End Date", []),
    ([["began"]], "by phone, started 5/1/2026", ["by phone"]),
    ([["digits"]], "(555) 010-0112 (cell) after 5", ["(cell) after"]),
    ([["digits"]], "none", ["none"]),
    ([["xcn"]], "17^Ray^Ann^Q^^^MD^^^NPI", ["17", "NPI"]),
    ([["xpn"]], "Ray^Ann^Q^Jr^Dr", []),
    ([["xpn", "first"]], "Ray^Ann", ["Ray"]),
    ([["before:("], []], "Walk (daily)", []),
    ([["lower"]], "Walk (daily)", []),
    ([["line:2"]], "Elm\nOak\nAsh", ["Elm Ash"]),
    ([["line:1"], ["line:2", "first"]], "Elm\nOak road", ["road"]),
    ([["after_last:,"]], "a, b, c", ["a, b"]),
    ([["before_last:,"], ["after_last:,"]], "a, b, c", []),
    ([["before_figure"]], "Zinc 5 mg", ["5 mg"]),
    ([["before_figure"], ["from_figure"]], "Zinc 5 mg", []),
    ([["unquoted"]], ' "I want my keys" ', []),
    ([["unquoted", "first"]], '"I want"', ["want"]),
    ([["before_last:,", "line:1"]], "a\nb, c", ["b c"]),
    ([["before:;"]], "no such sign", ["no such sign"]),
]


def rests(rules, text):
    """Return what several rules, each by its transforms, leave of one text."""
    held = Cuts()
    for transforms in rules:
        held.took("cell", "about", text, transforms)
    return [rest for _, rest in held.rests()]


@pytest.mark.parametrize(("rules", "text", "expected"), LEAVES)
def test_rest(rules, text, expected):
    """What no rule took is left, without dividers and what a transform is told to pass over."""
    assert [" ".join(expected)] * bool(expected) == rests(rules, text)


def test_stretch():
    """Rules that read a stretch of a text each leave the stretches between."""
    held = Cuts()
    held.note("field", "about", "17^Ray^Ann")
    held.took("field", "about", "Ray", (), start=3)

    assert ["17 Ann"] == [rest for _, rest in held.rests()]


def test_cuts():
    """Only a transform that takes a part is one that cuts."""
    assert [cuts(["date"]), cuts(["upper", "first"]), cuts(["yes_no"]), cuts([])] == [
        False,
        True,
        False,
        False,
    ]


@given(
    st.text('ab1 ,(/)"\n', max_size=20),
    st.sampled_from(["before:,", "first", "bracketed", "given", "line:2", "unquoted"])
    | st.sampled_from(["after_last:,", "before_last:,", "before_figure", "from_figure"]),
)
def test_nothing_vanishes(text, name):
    """Whatever a rule takes, every letter of the text is in its value or in the rest."""
    try:
        value = transform(name, text)
    except ValueError:
        value = ""
    left = "".join(rests([[name]], text))

    assert sorted(filter(str.isalnum, text)) == sorted(filter(str.isalnum, value + left))
