"""A profile's faults are all told, each on its line, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import adapters
from adapters.profiles import targets
from adapters.workshop.checking import check
from adapters.workshop.naming import ROOTS, fields_under

MCOS = Path(adapters.__file__).parent / "mcos"
LAUREL = (MCOS / "laurel_csv.yaml").read_text(encoding="utf-8")
KEYSTONE = (MCOS / "keystone_pdf.yaml").read_text(encoding="utf-8")

WRONG = [
    (LAUREL, "      text: text\n", "      txt: text\n", "rows.0.txt", "did you mean `text`"),
    (LAUREL, "transform: date}", "transform: dat}", "header.written_on", "did you mean `date`"),
    (LAUREL, "values: tier}", "values: teir}", "plan.risk.level", "did you mean `tier`"),
    (LAUREL, "last: [LAST", "lastly: [LAST", "required", "`last` is not one of `columns`"),
    (LAUREL, "list: goals", "list: goal", "rows.1.id", "did you mean `goals`"),
    (LAUREL, "dates: [", "datums: [", "datums", "is not a key of the profile language"),
    (LAUREL, "\nsender: mco-laurel", "", "sender", "is missing"),
    (LAUREL, "dates: [", "dates: [[", "*", "not YAML"),
    (KEYSTONE, "  labels:", "  label:", "pdf.label", "is not a key of the pdf section"),
    (LAUREL, "  name.family:", "  telecoms.0.value:", "member.telecoms.0.value", "telecoms.phone"),
]
ODD = [
    (LAUREL, "values:\n", "values:\n  spare: {a: b}\n", "values.spare", "is used by no field"),
    (LAUREL, "  item: [", "  spare: [SPARE]\n  item: [", "columns.spare", "become residue"),
    (
        KEYSTONE,
        "    county: County",
        "    spare: Spare\n    county: County",
        "pdf.labels.spare",
        "r",
    ),
    (KEYSTONE, "  name.family: last_name\n", "", "member", "`name.family` is missing"),
    (KEYSTONE, "required: [", "required: [nonesuch, ", "nonesuch", "nothing is ever found"),
    (KEYSTONE, "party.name: name", "party.name: who", "rows.0.party.name", "has a column `who`"),
    (KEYSTONE, "furniture: [", 'furniture: ["La*", ', "pdf.labels.last_name", "make it narrower"),
    (LAUREL, "[ITEM_NO]", '[ITEM_NO, "ITEM_NO #"]', "columns.item", "may be two columns"),
    (LAUREL, "[ITEM_NO]", "[ITEM_NO, DUE_DT]", "columns.due", "is a heading of `item` too"),
]


def told(text, severity):
    """Return the problems of a severity by key."""
    return {one.key: one for one in check(text) if one.severity == severity}


@pytest.mark.parametrize("file", sorted(MCOS.glob("*.yaml")), ids=lambda f: f.stem)
def test_ours_are_good(file):
    """No profile of ours has a fault."""
    assert {} == told(file.read_text(encoding="utf-8"), "wrong")


@pytest.mark.parametrize(("text", "old", "new", "key", "words"), WRONG)
def test_wrong(text, old, new, key, words):
    """A fault is told by its key and with what to do."""
    assert old in text
    assert words in told(text.replace(old, new, 1), "wrong")[key].message


@pytest.mark.parametrize(("text", "old", "new", "key", "words"), ODD)
def test_odd(text, old, new, key, words):
    """What is said and never heard is told as odd."""
    assert old in text
    assert words in told(text.replace(old, new, 1), "odd")[key].message


@pytest.mark.parametrize("case", [WRONG[1], WRONG[5], ODD[0], ODD[1], ODD[2]])
def test_line(case):
    """A problem stands on the line of its own key."""
    text, old, new, key, _ = case
    mended = text.replace(old, new, 1)
    (found,) = [one for one in check(mended) if one.key == key]

    assert key.rpartition(".")[2] in mended.splitlines()[found.line - 1]


def test_all_at_once():
    """Two faults in one profile are both told."""
    text = LAUREL.replace("transform: date}", "transform: dat}", 2)

    assert len(told(text, "wrong")) == 2


@pytest.mark.parametrize(
    ("value", "line"), [("2026-11-31", 2), ("9" * 5000, 2), ('"\\UFFFFFFFF"', 1)]
)
def test_no_such_value(value, line):
    """A date, number or character that can't be is one problem, on its line if it has one."""
    assert [line] == [one.line for one in check(f"profile: a\nversion: {value}\n")]


def test_proposes_what_can_be_said():
    """An address without its part is told its parts, never again what was written."""
    text = KEYSTONE.replace("  name.family:", "  addresses.home: county\n  name.family:")
    (one,) = [p for p in check(text) if p.key == "member.addresses.home"]

    assert "`addresses.home.city`" in one.message
    assert "`addresses.home`" not in one.message


def test_offers_what_can_be_said():
    """Every field that is offered is one that a profile may fill."""
    wrong = [
        (root, path)
        for root, kind in ROOTS.items()
        for path in fields_under(root)
        if targets.shape(kind, path) is None
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("word", "answers"),
    [
        ("NKDA", True),
        ("None", True),
        ("No known allergies", True),
        ("Declined", True),
        ("0", True),
        ("-", False),
        ("n/a", False),
        ("N/A.", False),
        ("not yet asked", False),
    ],
)
def test_an_answer_is_not_an_empty_place(word, answers):
    """A word of `absent` by which somebody may have answered is told; a dash is not."""
    text = f"{KEYSTONE}\nabsent: ['{word}']\n"
    assert ("absent" in told(text, "odd")) is answers
