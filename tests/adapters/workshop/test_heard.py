"""A profile that says what its format never hears is told so, and so is a word no field takes."""

import pytest

from adapters.workshop.checking import check

HEAD = """profile: house
version: "1"
sender: mco-house
format: hl7v2
identify: {application: [HOUSECM]}
"""
TIER = "values: {tier: {H3: high, H9: highest}}\n"


def told(text):
    """Return each problem as severity, key and words."""
    return [(one.severity, one.key, one.message) for one in check(text)]


def test_a_good_profile():
    """A profile whose every key is heard has no problem."""
    text = HEAD + "sub_ids: dotted\nsections: {goals: [Goal]}\n"
    assert (
        told(f"{text}comments: {{continues: {{NTE-2: [C]}}, fields: {{goals.due: TGT}}}}\n") == []
    )


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("member: {name.family: last}\n", "member"),
        ("header: {set_id: plan}\n", "header"),
        ("coverage: {mco: payer}\n", "coverage"),
        ("plan: {risk.level: tier}\n", "plan"),
        ("columns: {last: [LAST]}\n", "columns"),
        ("required: [last]\n", "required"),
        ("delimiter: ','\n", "delimiter"),
        ("pdf: {}\n", "pdf"),
    ],
)
def test_keys_that_do_nothing(more, key):
    """A key of another format is wrong in an HL7 v2 profile, and its line is named."""
    (problem,) = check(HEAD + more)
    assert (problem.severity, problem.key, problem.line) == ("wrong", key, 6)


def test_identify_by_columns():
    """A message has no columns to be known by."""
    text = HEAD.replace("application: [HOUSECM]", "application: [A], columns: [B]")
    assert [(kind, key) for kind, key, _ in told(text)] == [("wrong", "identify.columns")]


def test_sub_ids_of_a_table():
    """What only HL7 v2 hears is wrong in another format's profile."""
    text = HEAD.replace("format: hl7v2", "format: pdf") + "sub_ids: plain\n"
    assert ("wrong", "sub_ids", "is heard in an hl7v2 profile only; remove it") in told(text)


@pytest.mark.parametrize(
    "rule",
    [
        "segments: {risk.level: {from: ZIC-2, values: tier}}\n",
        "rows: [{when: [ZIC], list: asks, fields: {of: {from: ZIC-2, values: tier}}}]\n",
        "comments: {fields: {interventions.responsible: {from: BY, values: tier}}}\n",
    ],
)
def test_a_word_no_field_takes(rule):
    """A value map that gives a word its field does not take is wrong, and the words are listed."""
    found = [one for one in told(HEAD + TIER + rule) if one[1] == "values.tier.H9"]
    assert [kind for kind, _, _ in found] == ["wrong"]
    assert "`highest`" in found[0][2]
    assert "there are" in found[0][2]


def test_a_default_no_field_takes():
    """A default that its field does not take is wrong: it would have cost every document."""
    default = "defaults: [{field: coverage.care_managed_by, value: us, because: always}]\n"
    ((kind, key, words),) = told(HEAD + default)
    assert (kind, key) == ("wrong", "defaults.coverage.care_managed_by")
    assert "mco, htc, health_home, none" in words


def test_few_words_without_a_map():
    """A field of few words that is filled as it stands is odd."""
    ((kind, key, words),) = told(f"{HEAD}segments: {{risk.level: ZIC-2}}\n")
    assert (kind, key) == ("odd", "risk.level")
    assert "low, moderate, high" in words
