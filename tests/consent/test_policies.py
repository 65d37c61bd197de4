"""A policy file is read whole or refused with the entry and the word that is wrong."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from consent import Policy, read_policy
from consent.packs import read_pack
from consent.policies import SWITCHES
from consent.rules import RULES, check_switches
from consent.states import SHIPPED

DOC = Path(__file__).parents[2] / "docs" / "consent-policy.md"
CLAUSES = [one for pack in SHIPPED for one in pack.clauses]
FRANKLIN = read_pack((Path(__file__).parent / "packs" / "franklin.toml").read_text("utf-8"))
TEXT = re.findall(r"```toml\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)[0]
ALL_SWITCHES = (
    "approval_after_days, emergency_hours, intermediary, short_part2_notice, "
    "strip_confidential_addresses, written_mental_health"
)
WHO = 'owner = "officer"\nreason = "a reason"\n'
GRANT = (
    '[[audit_grant]]\nid = "g"\norganisation = "a"\ncategories = ["sud"]\nstarts = 2026-01-01\n'
    'ends = 2026-01-31\nagreement = "x"\n'
)
EXEMPT = (
    '[[exemption]]\nid = "x"\nrule = "PA-06"\nparagraph = "35 P.S. 7607(a)(6)"\n'
    'organisations = ["p"]\npurposes = ["TREAT"]\nstarts = 2026-01-01\nends = 2026-01-31\n'
)


def read(text):
    """Return what a text under a version says."""
    return read_policy(f'version = "v1"\n{text}', CLAUSES)


def switch(name, value):
    """Return a switch as a file has it."""
    return f'[[switch]]\nname = "{name}"\nvalue = {value}\n{WHO}'


def test_the_page_is_a_policy():
    """The file that the documentation shows is read, and each entry changes what it names."""
    file = read_policy(TEXT, CLAUSES)
    policy = file.over(Policy())
    assert ("icp-consent/2+2026-11-03", 14) == (policy.version, policy.approval_after_days)
    assert frozenset({"general", "mental_health", "sud"}) == policy.necessary["CAREMGT"]
    assert Policy().necessary["HPAYMT"] == policy.necessary["HPAYMT"]
    (grant,), (lifted,), (law,) = policy.audit_grants, policy.exemptions, policy.required_by
    assert ("AGR-118", date(2026, 12, 31)) == (grant.agreement, grant.ends)
    assert grant.categories == {"general", "sud"}
    assert ("PA-06", "35 P.S. 7607(a)(6)") == (lifted.rule, lifted.paragraph)
    assert ("35 P.S. 521.4", {"PUBHLTH"}) == (law.citation, law.purposes)
    owners = {one.granted_by for one in (grant, lifted, law)}
    assert {"R. Malik, privacy officer"} == owners


def test_the_page_names_every_switch():
    """The documentation lists each switch that a file may turn."""
    assert set(SWITCHES) == set(re.findall(r"^\| `(\w+)` \|", DOC.read_text("utf-8"), re.MULTILINE))


def test_entries_for_people():
    """Each entry is told with its value, owner and reason, a grant with all its terms."""
    told = {one.what: one for one in read_policy(TEXT, CLAUSES).entries}
    assert "14" == told["approval_after_days"].value
    assert "general, mental_health, sud" == told["necessary for CAREMGT"].value
    assert "yearly Medicaid audit" == told["audit grant audit-2026-1"].reason
    assert "R. Malik, privacy officer" == told["required by std-report"].owner
    assert told["exemption act148-1"].value == (
        "rule PA-06; paragraph 35 P.S. 7607(a)(6); organisations org-of-the-practice;"
        " purposes TREAT; starts 2026-12-01; ends 2027-11-30"
    )


@pytest.mark.parametrize(
    ("name", "value", "held", "shown"),
    [
        ("emergency_hours", "0", 0, "0"),
        ("intermediary", '"hub"', "hub", "hub"),
        ("short_part2_notice", "true", True, "on"),
        ("strip_confidential_addresses", "false", False, "off"),
        ("written_mental_health", '["*", "a"]', frozenset({"*", "a"}), "*, a"),
        ("written_mental_health", "[]", frozenset(), "none"),
    ],
)
def test_switches(name, value, held, shown):
    """A switch takes a value of its own type, and is told in words."""
    file = read(switch(name, value))
    assert held == getattr(file.over(Policy()), name)
    assert [shown] == [one.value for one in file.entries]


def test_an_empty_policy():
    """A file with a version alone changes nothing but the version."""
    file = read("")
    assert (Policy().necessary, ()) == (file.over(Policy()).necessary, file.entries)
    assert "icp-consent/2+v1" == file.over(Policy()).version


def test_a_pack_of_another_state():
    """An exemption may lift a rule of whatever pack is at hand, and of no other."""
    lifts = [one for one in FRANKLIN.clauses if one.kind == "exception"]
    assert lifts == []
    with pytest.raises(ValueError, match="none of these packs"):
        read_policy(f'version = "v"\n{EXEMPT}{WHO}', FRANKLIN.clauses)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "the policy's head: colour is no word of the form"),
        (
            '[switch]\nname = "emergency_hours"',
            "switch is written as [[switch]], once for each entry",
        ),
        ("switch = [1]", "switch is written as [[switch]], once for each entry"),
        (
            switch("color", "1"),
            f"[[switch]]: name is one of {ALL_SWITCHES}",
        ),
        (
            switch("emergency_hours", "-1"),
            "switch emergency_hours: value is a whole number, 0 or more",
        ),
        (
            switch("emergency_hours", "true"),
            "switch emergency_hours: value is a whole number, 0 or more",
        ),
        (
            switch("emergency_hours", '"2"'),
            "switch emergency_hours: value is a whole number, 0 or more",
        ),
        (switch("short_part2_notice", "1"), "switch short_part2_notice: value is true or false"),
        (switch("intermediary", "1"), "switch intermediary: value is a text"),
        (
            switch("written_mental_health", '"*"'),
            "switch written_mental_health: value is a list of texts",
        ),
        (
            switch("written_mental_health", "[1]"),
            "switch written_mental_health: is a list of texts",
        ),
        (
            switch("written_mental_health", '[""]'),
            "switch written_mental_health: is a list of texts",
        ),
        (switch("intermediary", '"a"') * 2, "intermediary is set twice; keep one"),
        ('[[switch]]\nname = "intermediary"\n' + WHO, "switch intermediary lacks value"),
        (
            '[[switch]]\nname = "intermediary"\nvalue = "a"',
            "switch intermediary lacks owner, reason",
        ),
        (
            switch("intermediary", '"a"') + "why = 1",
            "switch intermediary: why is no word of the form",
        ),
        (
            switch("intermediary", '"a"').replace('"officer"', "7"),
            "switch intermediary, owner: is a text",
        ),
        (
            switch("intermediary", '"a"').replace('"a reason"', '" "'),
            "switch intermediary, reason: is a text",
        ),
        (
            '[[necessary]]\npurpose = "TREAT"\ncategories = ["sud"]\n' + WHO,
            "[[necessary]]: purpose is one of HPAYMT, HOPERAT, CAREMGT",
        ),
        (
            '[[necessary]]\npurpose = "HPAYMT"\ncategories = ["x"]\n' + WHO,
            "necessary HPAYMT: x is no word of the form",
        ),
        (
            '[[necessary]]\npurpose = "HPAYMT"\ncategories = []\n' + WHO,
            "necessary HPAYMT lacks categories",
        ),
        (
            '[[necessary]]\npurpose = "HPAYMT"\ncategories = ["unlabelled"]\n' + WHO,
            "necessary HPAYMT: unlabelled is no word of the form",
        ),
        (
            ('[[necessary]]\npurpose = "HPAYMT"\ncategories = ["sud"]\n' + WHO) * 2,
            "HPAYMT is set twice; keep one",
        ),
        (GRANT + 'owner = "o"', "audit_grant g lacks reason"),
        (GRANT.replace('id = "g"\n', "") + WHO, "audit_grant without an id lacks id"),
        ((GRANT + WHO) * 2, "two entries [[audit_grant]] share an id; give each its own"),
        (
            GRANT.replace("2026-01-31", "2025-12-31") + WHO,
            "audit_grant g: it ends before it starts",
        ),
        (
            GRANT.replace("2026-01-31", '"2026-01-31"') + WHO,
            "audit_grant g, ends: is a day, such as 2026-07-01, without quotes",
        ),
        (
            GRANT.replace("2026-01-01", "2026-01-01T00:00:00Z") + WHO,
            "audit_grant g, starts: is a day, such as 2026-07-01, without quotes",
        ),
        (GRANT.replace('["sud"]', '"sud"') + WHO, "audit_grant g, categories: is a list of texts"),
        (GRANT.replace('"a"', "1") + WHO, "audit_grant g, organisation: is a text"),
        (
            GRANT.replace("sud", "hiv") + WHO,
            "audit_grant g, categories: hiv is no word of the form",
        ),
        (
            EXEMPT.replace("TREAT", "SELLING") + WHO,
            "exemption x, purposes: SELLING is no word of the form",
        ),
        (
            EXEMPT.replace("PA-06", "PA-01") + WHO,
            "exemption x: rule is one that a law's exception lifts: PA-06",
        ),
        (
            EXEMPT.replace("(a)(6)", "(a)(99)") + WHO,
            "exemption x, paragraph: 35 P.S. 7607(a)(99) is no word of the form",
        ),
    ],
)
def test_refused(text, told):
    """What can't be meant is refused with the entry and what to write instead."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        read(text)


@pytest.mark.parametrize("text", ["", 'version = " "'])
def test_no_version(text):
    """A policy without a version is refused: every decision must say which it was taken under."""
    with pytest.raises(ValueError, match="the policy's head lacks version"):
        read_policy(text, CLAUSES)


def test_one_day():
    """A grant may be for one day alone."""
    file = read(GRANT.replace("2026-01-31", "2026-01-01") + WHO)
    assert date(2026, 1, 1) == file.changes["audit_grants"][0].ends


def test_no_toml():
    """A file that is no TOML is refused as one."""
    with pytest.raises(tomllib.TOMLDecodeError):
        read_policy("version =", CLAUSES)


def test_switch_all():
    """A policy may switch off all that can be switched, packs too, and wake every pack's rule."""
    clauses = frozenset(one.id for one in CLAUSES)
    off = {one.id for one in RULES if "Policy.off" in one.switch} | {one.id for one in SHIPPED}
    check_switches(Policy(off=frozenset(off) | clauses, on=clauses))
    fixed = next(one.id for one in RULES if not one.switch)
    for bad in (Policy(off=frozenset({fixed})), Policy(on=frozenset({"HR-15"}))):
        with pytest.raises(ValueError, match=r"switches a rule that can't be switched$"):
            check_switches(bad)
