"""A profile is loaded whole or refused by the name of the key that is wrong."""

import pytest
import yaml

from adapters.profiles import ProfileError, load, loading

GOOD = """
profile: house-csv
version: "1"
sender: mco-house
format: csv
delimiter: "|"
columns: {member: [MEMBER_ID], plan: [PLAN], text: [TEXT], kind: [KIND], due: [DUE]}
group_by: [member, plan]
row_kind: kind
dates: [MDY]
values: {state: {A: active}}
member: {identifiers.plan: member, name.family: text, name.given: text}
rows:
  - when: [GOAL]
    list: goals
    fields: {text: text, due: {from: due, transform: date}}
defaults:
  - {field: header.status, value: active, because: closed plans are not sent}
pdf: {page: 2, label: [Goal]}
"""


def test_reads_every_part():
    """What the YAML says is what the profile holds."""
    profile = load(GOOD)

    assert (
        profile.name,
        profile.delimiter,
        profile.group_by,
    ) == ("house-csv", "|", ("member", "plan"))
    assert tuple(rule.target for rule in profile.rows[0].fields) == ("text", "due")
    assert profile.rows[0].fields[1].transforms == ("date",)


def test_passes_pdf_through():
    """The `pdf` mapping is handed on as plain data."""
    assert load(GOOD).pdf == {"page": 2, "label": ["Goal"]}


WRONG = [
    ("row_kind: kind", "row_kinds: kind", "row_kinds"),
    ("sender: mco-house", "", "sender"),
    ('version: "1"', "version: 1", "version"),
    ("format: csv", "format: xlsx", "format"),
    ("transform: date}", "transform: guess}", "rows.0.due"),
    ("transform: date}", "transform: 'date:%d %b %y'}", "rows.0.due"),
    ("transform: date}", "values: states}", "rows.0.due"),
    ("{from: due", "{from: dew", "rows.0.due"),
    ("list: goals", "list: gaols", "rows.0.text"),
    ("name.given", "given", "member.given"),
    ("group_by: [member, plan]", "group_by: [member, plans]", "group_by"),
    ("dates: [MDY]", "dates: ['%y%m%d']", "dates"),
    ("field: header.status", "field: header.state", "defaults.header.state"),
    ("because: closed plans are not sent", "note: x", "defaults.0.note"),
    ("profile: house-csv", "profile: house-csv\nprofile: other", "profile"),
    ("{A: active}", "{A: yes}", "values.state.A"),
    ("list: goals", "list: goals\n    serves: [interventions]", "rows.0.serves"),
    ('delimiter: "|"', "delimiter: '||'", "delimiter"),
]


@pytest.mark.parametrize(("old", "new", "key"), WRONG)
def test_names_wrong_key(old, new, key):
    """Each mistake is refused, and the error names the key to mend."""
    with pytest.raises(ProfileError) as caught:
        load(GOOD.replace(old, new))

    assert key == caught.value.key


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "a: &x [1]\nb: *x",
        "- just\n- a list",
        "key: [unclosed",
        "x: " + "[" * 3000,
        "y" * 300_000,
    ],
)
def test_takes_no_tricks(text):
    """Tags, aliases, lists, broken, deep and huge YAML are refused."""
    with pytest.raises(ProfileError):
        load(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: 1\nb: 2026-11-31", "line 2"),
        ("a: 1\nb: " + "9" * 5000, "line 2"),
        ("a: !!int ''", "line 1"),
        ("a: !!bool maybe", "line 1"),
        ('a: "\\UFFFFFFFF"', "the file"),
        ("%YAML " + "1" * 5000 + ".1\n---\na: 1", "the file"),
    ],
)
def test_no_such_value(text, where):
    """A date or number that can't be is refused like broken YAML, by its line if it has one."""
    with pytest.raises(ProfileError) as caught:
        load(text)

    assert f"not YAML we take, look at {where}" == caught.value.detail


def test_many_keys():
    """The keys of a mapping are compared no more often than there are keys."""
    asked = []

    class Key(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            asked.append(other)
            return str.__eq__(self, other)

    tag = "tag:yaml.org,2002:str"
    pairs = [(yaml.ScalarNode(tag, Key(n)), yaml.ScalarNode(tag, "x")) for n in range(200)]
    made = loading._Strict("").construct_mapping(yaml.MappingNode("", pairs))  # noqa: SLF001  # where it was slow
    assert (200, True) == (len(made), len(asked) < 2 * len(pairs))
