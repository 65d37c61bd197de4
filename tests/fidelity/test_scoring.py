"""The scoring itself, on plans made here: what is correct, wrong, missing and extra."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hub.canonical import Absent, Code, Concern, Goal, Member, Name, Note, Place, Plan
from tests.fidelity.gold import Gold, load, of_plan
from tests.fidelity.report import missed, totals
from tests.fidelity.scoring import Tally, score

TOLD = {
    "member": {"at": "1", "name.family": "Hill", "birth_date": "1950-01-02"},
    "concerns": [
        {"at": "2", "id": "c1", "text": "Asthma", "codes": "icd10 J45.909", "onset": "2019"},
        {"at": "3", "id": "c2", "text": "No car"},
    ],
    "goals": [{"at": "4", "id": "g1", "text": "A ride to every visit", "concerns": ["c2"]}],
}
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ASTHMA = Concern(id="9", text="Asthma", codes=(Code(ICD10, "J45.909", "x"),), onset="2019")
NO_CAR = Concern(id="8", text="No\n  car")
RIDE = Goal(id="7", text="A ride to every visit", concerns=("8",))
HILL = Member(name=Name(family="Hill"), birth_date="1950-01-02")
PERFECT = Plan(member=HILL, concerns=(NO_CAR, ASTHMA), goals=(RIDE,))


def _scored(
    plan: Plan | None, told: dict | None = None, complete: tuple[str, ...] = ("concerns",)
) -> Tally:
    plans = (of_plan(TOLD if told is None else told),)
    gold = Gold("x", Path("x"), "", False, "pdf", "", frozenset(complete), plans)
    found = score(gold, () if plan is None else (plan,))
    return totals([found]).get("pdf", {}).get("all", Tally())


def test_perfect() -> None:
    """A reading that says all the gold says, in another order and other white space, scores 1."""
    assert Tally(correct=8) == _scored(PERFECT)


def test_swapped() -> None:
    """Two values that changed places are two wrong values."""
    swapped = (
        Concern(id="9", text="Asthma", codes=ASTHMA.codes, onset="1950-01-02"),
        NO_CAR,
    )
    member = Member(name=Name(family="Hill"), birth_date="2019")
    tally = _scored(Plan(member=member, concerns=swapped, goals=(RIDE,)))
    assert (2, 0, 0) == (tally.wrong, tally.missing, tally.extra)


def test_missing() -> None:
    """A value that was not read lowers recall and nothing else."""
    tally = _scored(Plan(member=Member(name=Name(family="Hill")), concerns=PERFECT.concerns))
    assert (1.0, 5 / 8) == (tally.precision, tally.recall)


@pytest.mark.parametrize(("complete", "extra"), [(("concerns",), 1), ((), 0)])
def test_extra(complete: tuple[str, ...], extra: int) -> None:
    """An element the gold does not have counts only where the gold is complete."""
    more = (ASTHMA, NO_CAR, Concern(id="6", text="Something nobody wrote"))
    tally = _scored(Plan(member=HILL, concerns=more, goals=(RIDE,)), complete=complete)
    assert extra == tally.extra


def test_wrong_words() -> None:
    """An element misread in its text is one wrong value, not one missing and one extra."""
    misread = Concern(id="9", text="Asthna", codes=ASTHMA.codes, onset="2019")
    tally = _scored(Plan(member=HILL, concerns=(misread, NO_CAR), goals=(RIDE,)))
    assert Tally(correct=7, wrong=1) == tally


@pytest.mark.parametrize(
    ("onset", "sure", "counts"),
    [("2019", 0.8, (8, 0, 0, 1)), ("2018", 0.8, (7, 0, 1, 1)), ("2018", 0.95, (7, 1, 0, 0))],
)
def test_doubted(onset: str, sure: float, counts: tuple[int, ...]) -> None:
    """A doubted value counts where it is right, is missing where it isn't, and is told as asked."""
    concern = Concern(id="9", text="Asthma", codes=ASTHMA.codes, onset=onset)
    places = {"/concerns/0/onset": Place("page 1", "page", "", sure)}
    tally = _scored(Plan(member=HILL, concerns=(concern, NO_CAR), goals=(RIDE,), places=places))
    assert counts == (tally.correct, tally.wrong, tally.missing, tally.asked)


def test_link() -> None:
    """A goal tied to the other concern has a wrong link, whatever the reader calls the concerns."""
    tied = Goal(id="7", text=RIDE.text, concerns=("9",))
    tally = _scored(Plan(member=HILL, concerns=PERFECT.concerns, goals=(tied,)))
    assert Tally(correct=7, wrong=1) == tally


def test_nothing_read() -> None:
    """A document that could not be read has everything missing and nothing wrong."""
    assert Tally(missing=8) == _scored(None)


def test_case_counts() -> None:
    """Only white space is forgiven: a value in other letters is wrong."""
    tally = _scored(Plan(member=Member(name=Name(family="HILL"), birth_date="1950-01-02")))
    assert 1 == tally.wrong


def test_two_plans() -> None:
    """A plan the gold does not have is extra in the groups that are complete."""
    plans = (of_plan(TOLD),)
    gold = Gold("x", Path("x"), "", False, "pdf", "", frozenset({"concerns"}), plans)
    other = Plan(member=Member(name=Name(family="Dale")), concerns=(ASTHMA,))
    assert Tally(correct=8, extra=3) == totals([score(gold, (other, PERFECT))])["pdf"]["all"]


@pytest.mark.parametrize(
    ("value", "correct"),
    [
        ({"holds": "quiet home"}, 1),
        ({"holds": "loud home"}, 0),
        ({"any": ["A", "Lives in a quiet home"]}, 1),
        ({"sha256": hashlib.sha256(b"Lives in a quiet home").hexdigest()}, 1),
    ],
)
def test_ways(value: dict[str, object], correct: int) -> None:
    """A gold value may be held in, one of several, or known by its hash alone."""
    told = {"notes": [{"at": "1", "section": "Home", "text": value}]}
    note = Note(section="Home", text="Lives in a quiet\nhome")
    assert 1 + correct == _scored(Plan(notes=(note,)), told, ()).correct


def test_anywhere() -> None:
    """Words that may stand anywhere are each found or missing, several of them in one text too."""
    held = [{"holds": "Lives in"}, {"holds": "quiet home"}, {"holds": "two cats"}]
    told = {"anywhere": {"at": "1", "text": held}}
    note = Note(section="Home", text="Lives in a quiet home")
    assert Tally(correct=2, missing=1) == _scored(Plan(notes=(note,)), told, ())


def test_none_stated() -> None:
    """What the source says there is none of is a fact that can be read."""
    told = {"allergies": {"at": "1", "stated": {"absent": "none"}}}
    assert Tally(correct=1) == _scored(Plan(allergies=Absent("none")), told)


def test_no_place() -> None:
    """A gold value that does not say where it stands is refused."""
    with pytest.raises(ValueError, match="without the place"):
        of_plan({"member": {"name.family": "Hill"}})


def test_target() -> None:
    """A format below its F1, or above its share of wrong values, misses its target."""
    found = {"pdf": {"all": Tally(correct=97, wrong=1, missing=2)}}
    assert ["pdf: F1 0.9798 is below 0.98", "pdf: wrong values 1.02% are above 0.2%"] == missed(
        found
    )


def test_golds_load() -> None:
    """Every gold reading loads: known groups only, each value with its place."""
    assert 30 <= len(load())
