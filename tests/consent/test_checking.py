"""What is wrong with a form: every element of 2.31 and 164.508 is missed by its own clause."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from consent_world import make_consent, values

from consent.checking import Fault, check, possible
from consent.records import Expiry, Parties, Policy
from consent.signing import wants_approval

TODAY = date(2026, 6, 1)
EVERYTHING = frozenset({"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"})
NOTHING = frozenset()


def faults(form, **changed):
    """Return the faults of a form."""
    return check(replace(form, **{"scan": "a" * 64, **changed}), Policy(), TODAY)


def clauses(form, **changed):
    """Return (weight, clause) of each fault."""
    return [(one.weight, one.clause) for one in faults(form, **changed)]


@pytest.mark.parametrize("kind", ["tpo", "specific", "roi", "hiv", "refusal", "restriction"])
def test_whole_forms(kind):
    """A complete form has no fault."""
    assert () == faults(make_consent(kind))


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"statements": EVERYTHING - {"patient_name"}}, "42 CFR 2.31(a)(1)"),
        ({"disclosers": Parties()}, "42 CFR 2.31(a)(2)"),
        ({"categories": NOTHING}, "42 CFR 2.31(a)(3)"),
        ({"recipients": Parties()}, "42 CFR 2.31(a)(4)"),
        ({"intermediary": "hie", "recipients": Parties(organisations=frozenset({"hie"}))}, "(ii)"),
        ({"statements": EVERYTHING - {"redisclosure"}}, "42 CFR 2.31(a)(4)(iii)"),
        ({"purposes": NOTHING}, "42 CFR 2.31(a)(5)"),
        ({"statements": EVERYTHING - {"right_to_revoke"}}, "42 CFR 2.31(a)(6)"),
        ({"expires": Expiry()}, "42 CFR 2.31(a)(7)"),
        ({"signed_by": ""}, "42 CFR 2.31(a)(8)"),
        ({"signed_on": None}, "42 CFR 2.31(a)(9)"),
        ({"statements": EVERYTHING - {"refusal_consequences"}}, "42 CFR 2.31(a)(10)"),
    ],
)
def test_each_element_of_part_2(changed, clause):
    """Each element of 42 CFR 2.31(a)(1)-(10) that lacks is named by its clause, and only it."""
    (found,) = clauses(make_consent("tpo"), **changed)
    assert "deficient" == found[0]
    assert found[1].endswith(clause)


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"categories": NOTHING}, "(c)(1)(i)"),
        ({"disclosers": Parties()}, "(c)(1)(ii)"),
        ({"recipients": Parties()}, "(c)(1)(iii)"),
        ({"purposes": NOTHING}, "(c)(1)(iv)"),
        ({"expires": Expiry()}, "(c)(1)(v)"),
        ({"signed_by": ""}, "(c)(1)(vi)"),
        ({"signed_on": None}, "(c)(1)(vi)"),
        ({"statements": EVERYTHING - {"right_to_revoke"}}, "(c)(2)(i)"),
        ({"statements": EVERYTHING - {"refusal_consequences"}}, "(c)(2)(ii)"),
        ({"statements": EVERYTHING - {"redisclosure"}}, "(c)(2)(iii)"),
    ],
)
def test_each_element_of_hipaa(changed, clause):
    """Each element of 45 CFR 164.508(c) that lacks is named by its clause, and only it."""
    assert [("deficient", f"45 CFR 164.508{clause}")] == clauses(make_consent("roi"), **changed)


@pytest.mark.parametrize(
    ("changed", "weight", "clause"),
    [
        ({"method": "verbal"}, "deficient", "42 CFR 2.31(a)"),
        ({"authority": "relative"}, "deficient", "HR-17"),
        ({"authority": "guardian"}, "deficient", "42 CFR 2.31(a)(8)"),
        ({"authority": "guardian", "proven": True}, "incomplete", "42 CFR 2.31(a)(8)"),
        ({"expires": Expiry(never=True)}, "deficient", "HR-03"),
        ({"bulk": True}, "waits", "HR-20"),
        ({"bulk": True, "approved_by": "officer-1"}, "waits", "HR-20"),
        ({"signed_on": date(2025, 11, 1)}, "waits", "HR-20"),
        ({"scan": ""}, "incomplete", "house rule"),
        ({"signed_on": date(2026, 7, 1)}, "impossible", "42 CFR 2.31(a)(9)"),
        ({"expires": Expiry(on=date(2026, 1, 1))}, "impossible", "HR-06"),
        ({"purposes": frozenset({"SELLING"})}, "impossible", "house terms"),
        ({"categories": frozenset({"unlabelled"})}, "impossible", "house terms"),
    ],
)
def test_other_faults(changed, weight, clause):
    """What the house and the signer's authority ask for has a weight and a clause of its own."""
    assert (weight, clause) in clauses(make_consent("specific"), **changed)


def test_an_end_and_no_end():
    """A form can't both end on a day and never end; one that only never ends isn't impossible."""
    both, never = Expiry(on=date(2026, 12, 31), never=True), Expiry(never=True)
    assert ("impossible", "HR-06") in clauses(make_consent("tpo"), expires=both)
    assert () == faults(make_consent("tpo"), expires=never)


def test_an_intermediary_may_name_a_class():
    """With an intermediary the class of treating providers alone suffices (2.31(a)(4)(ii)(B))."""
    named = Parties(organisations=frozenset({"hie"}), classes=frozenset({"treating_provider"}))
    assert () == faults(make_consent("specific"), intermediary="hie", recipients=named)


def test_a_second_person_lifts_the_wait():
    """Approval by another than the recorder lifts the wait; a limit never waits."""
    form = make_consent("specific", bulk=True, scan="a" * 64)
    assert () == check(replace(form, approved_by="officer-2"), Policy(), TODAY)
    assert (True, False) == (
        wants_approval(form, Policy()),
        wants_approval(make_consent("refusal", bulk=True), Policy()),
    )


def test_only_the_impossible_is_not_kept():
    """A deficient form may be kept, an impossible one may not."""
    assert possible(faults(make_consent("tpo"), signed_by=""))
    assert not possible(faults(make_consent("tpo"), purposes=frozenset({"X"})))


def test_every_fault_says_what_to_do():
    """Each fault has words for a person, even on an empty form of every kind."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for kind in ("tpo", "specific", "roi", "psychotherapy", "hiv", "proceedings", "refusal"):
        empty = make_consent(kind)
        found = check(type(empty)(id="x", member="m", kind=kind, recorded_at=now), Policy(), TODAY)
        assert found
        assert all(one.todo and one.clause and one.element for one in found)


TOLD = yaml.safe_load((Path(__file__).parent / "forms.yaml").read_text("utf-8"))


@pytest.mark.parametrize("given", TOLD, ids=lambda given: given["name"])
def test_told(given):
    """The officer reads each fault of a form by weight, element and clause, and what to do."""
    form = make_consent(given["form"], **values(given["changes"]))
    found = check(form, Policy(), TODAY)
    assert given["told"] == [[getattr(one, name) for name in Fault.__slots__] for one in found]
