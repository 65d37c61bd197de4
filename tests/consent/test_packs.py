"""A law pack is read whole or refused by name, and every kind of rule is what it says."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import get_args

import pytest
from consent_world import PACKS, make_request

from consent import TEXTS, Exemption, Matter, Policy, decide, explain, read_pack
from consent.decision import Reason
from consent.kinds import KINDS
from consent.notices import texts_of
from consent.packs import Clause, ClauseKind
from consent.registry import local_day
from consent.rules import rules_of
from consent.scene import scene
from consent.states import SHIPPED

HEAD = """
id = "XX"
state = "XX"
name = "Anywhere"
version = "1"
owner = "counsel"
effective = 2026-01-01
"""
ALL_KINDS = "permit, consent, named_only, minor, proxy, limited, exception, notice"
RULE = """
[[rule]]
id = "XX-1"
citation = "Code 1"
says = "It goes."
kind = "permit"
categories = ["std"]
"""


def test_shipped():
    """Pennsylvania's pack ships, with its owner, version and dates."""
    (pack,) = [one for one in SHIPPED if one.state == "PA"]
    assert (pack.name, pack.owner, pack.effective) == (
        "Pennsylvania",
        "privacy officer",
        date(2023, 1, 1),
    )
    assert pack.key == f"PA {pack.version}"


def test_form():
    """A pack needs a head and rules, and its rules answer to the pack's owner."""
    pack = read_pack(HEAD + RULE)
    assert [one.owner for one in pack.clauses] == ["counsel"]
    assert pack.until is None
    assert pack.holds(date(2026, 1, 1))
    assert not pack.holds(date(2025, 12, 31))


def test_switch():
    """A pack switched off is in force on no day."""
    assert not read_pack(HEAD + "on = false\n" + RULE).holds(date(2026, 6, 1))


def test_until():
    """A pack's last day is the one before `until`."""
    pack = read_pack(HEAD + "until = 2026-07-01\n" + RULE)
    assert [pack.holds(date(2026, 6, 30)), pack.holds(date(2026, 7, 1))] == [True, False]


def test_own_owner():
    """A rule may have an owner of its own."""
    pack = read_pack(HEAD + RULE + 'owner = "medical director"\n')
    assert [one.owner for one in rules_of((pack,)) if one.pack] == ["medical director"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD.replace('id = "XX"', "") + RULE, "the pack's head lacks id"),
        (HEAD.replace("2026-01-01", '"soon"') + RULE, "the pack's head lacks effective, a date"),
        (HEAD + 'colour = "red"\n' + RULE, "the pack's head: colour is no word of the form"),
        (HEAD + RULE + RULE, "two rules of the pack share an id; give each its own"),
        (HEAD + RULE.replace('"permit"', '"allow"'), f"rule XX-1: kind is one of {ALL_KINDS}"),
        (HEAD + RULE + 'colour = "red"\n', "rule XX-1: colour is no word of the form"),
        (
            HEAD + RULE.replace('"std"', '"rumour"'),
            "rule XX-1, categories: rumour is no word of the form",
        ),
        (
            HEAD + RULE + 'controlled = ["rumour"]\n',
            "rule XX-1, controlled: rumour is no word of the form",
        ),
        (HEAD + RULE + 'forms = ["refusal"]\n', "rule XX-1, forms: refusal is no word of the form"),
        (HEAD + RULE + 'recipients = "all"\n', "rule XX-1, recipients: all is no word of the form"),
        (HEAD + RULE.replace('says = "It goes."', ""), "rule XX-1 lacks says"),
        (HEAD + RULE.replace('"permit"', '"consent"'), "rule XX-1 lacks forms"),
        (HEAD + RULE.replace('"permit"', '"exception"'), "rule XX-1 lacks lifts, paragraphs"),
        (HEAD + RULE.replace('"permit"', '"notice"'), "rule XX-1 lacks notice, text"),
        (HEAD + RULE.replace('id = "XX-1"', ""), "rule without an id lacks id"),
        (HEAD + RULE.replace('citation = "Code 1"', ""), "rule XX-1 lacks citation"),
        (HEAD + "clauses = []\n" + RULE, "the pack's head: clauses is no word of the form"),
        (HEAD + "a = 1\nb = 2\n" + RULE, "the pack's head: a, b is no word of the form"),
        (HEAD.replace('id = "XX"\nstate = "XX"', ""), "the pack's head lacks id, state"),
        *(
            (re.sub(f'^{one} = ".*"', "", HEAD, flags=re.MULTILINE), f"the pack's head lacks {one}")
            for one in ("state", "name", "version", "owner")
        ),
    ],
)
def test_refused(text, told):
    """What the form doesn't know or lacks is refused, naming the rule and the word."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        read_pack(text)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("permit", "categories"),
        ("consent", "categories, forms"),
        ("named_only", "categories, lifts"),
        ("minor", "categories, forms"),
        ("proxy", "categories"),
        ("limited", "categories"),
        ("exception", "categories, lifts, paragraphs"),
        ("notice", "categories, notice, text"),
    ],
)
def test_bare_rule(kind, wanted):
    """A rule that says only what kind it is of would do nothing, and is told all that it lacks."""
    bare = RULE.replace('"permit"', f'"{kind}"').replace('categories = ["std"]', "")
    with pytest.raises(ValueError, match=f"^rule XX-1 lacks {wanted}$"):
        read_pack(HEAD + bare)


def test_unsaid():
    """Where a rule leaves a word out it means any recipient and every age under 18, and no more."""
    bare = Clause(id="XX-1", citation="Code 1", says="It goes.", kind="permit")
    assert ("any", (0, 18), True, True) == (bare.recipients, bare.ages, bare.on, bare.gives)
    assert {""} == {bare.owner, bare.lifts, bare.notice, bare.text}
    lists = (bare.categories, bare.forms, bare.controlled, bare.except_classes, bare.paragraphs)
    assert set(lists) == {frozenset()}


def test_kinds():
    """Every kind of rule a pack may name gives verdicts, save notices, which have a text."""
    assert set(KINDS) | {"notice"} == set(get_args(ClauseKind))


def test_second_pack():
    """A second state's rules join the table, and its notices have texts, without any code."""
    pack = read_pack((PACKS / "franklin.toml").read_text("utf-8"))
    added = {one.id for one in rules_of((*SHIPPED, pack))} - {one.id for one in rules_of(SHIPPED)}
    assert added == {"FR-01", "FR-02", "FR-03", "FR-05", "FR-06", "FR-07"}
    assert texts_of([pack]) == {"fr_12_10": "Protected by the law of Franklin."}


def test_told_in_words():
    """What a rule of a pack of one's own decides is told with its clause and its sentence."""
    pack = read_pack((PACKS / "franklin.toml").read_text("utf-8"))
    packs = (*SHIPPED, pack)
    mine = next(one for one in rules_of(packs) if one.id == "FR-01")
    reason = Reason(Matter("hiv", "no"), mine.id, None, "forbid")
    decision = replace(decide(make_request("hiv"), []), reasons=(reason,))
    lines = explain(decision, rules_of(packs))
    assert f"hiv is withheld by FR-01 ({mine.citation}): {mine.sentence}" in lines
    assert "hiv is withheld by FR-01." in explain(decision)


def test_act148():
    """The Act 148 notice is one unbroken text."""
    assert TEXTS["pa_act148"].startswith("This information has been disclosed to you from records")
    assert "\n" not in TEXTS["pa_act148"]
    assert "  " not in TEXTS["pa_act148"]


def _exception(number, rule):
    return f"""
[[rule]]
id = "XX-{number}"
citation = "Code {number}"
says = "An exception opens it."
kind = "exception"
categories = ["hiv"]
lifts = "{rule}"
paragraphs = ["Code {number}(a)"]
"""


def _wants(number):
    return f"""
[[rule]]
id = "XX-{number}"
citation = "Code {number}"
says = "It goes only under an HIV consent."
kind = "consent"
categories = ["hiv"]
forms = ["hiv"]
"""


def test_each_exception_lifts_its_own_rule():
    """Of a pack with two exceptions each lifts the rule it names, and leaves the other standing."""
    pack = read_pack(HEAD + _wants(1) + _wants(2) + _exception(3, "XX-1") + _exception(4, "XX-2"))
    lifted = Exemption(
        id="x1",
        rule="XX-2",
        paragraph="Code 4(a)",
        organisations=frozenset({"practice"}),
        purposes=frozenset({"TREAT"}),
        starts=date(2026, 1, 1),
        ends=date(2026, 12, 31),
        granted_by="officer-1",
    )
    policy = Policy(packs=(pack,), home_state="XX", exemptions=(lifted,))
    known = scene(make_request("hiv"), policy)
    assert (known.lifted("XX-1"), known.lifted("XX-2")) == (None, lifted)
    kept = {one.rule for one in decide(make_request("hiv"), (), policy).reasons}
    assert kept == {"XX-1", "XX-4"}


def test_shared_id():
    """Two packs in force that give one id to two rules decide nothing until somebody mends them."""
    other = HEAD.replace('id = "XX"', 'id = "YY"')
    policy = Policy(packs=(read_pack(HEAD + RULE), read_pack(other + RULE)), home_state="XX")
    with pytest.raises(ValueError, match=r"^two packs in force share a rule id$"):
        scene(make_request("general"), policy)
    assert decide(make_request("general"), (), policy).errors == (("weigh", "ValueError"),)


def test_naive_instant():
    """An instant without a zone has no day anywhere and is refused."""
    with pytest.raises(ValueError, match=r"^naive instant$"):
        local_day(datetime(2026, 6, 15, 12), "America/New_York")  # noqa: DTZ001  # is what is tried
