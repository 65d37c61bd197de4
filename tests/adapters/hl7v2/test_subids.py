"""OBX-4: an item's id and its parent's by the profile's word, else kept beside the plan."""

import pytest
from hl7_messages import codes, message, plan, read

from adapters.formats.hl7v2 import ADAPTER, Hl7v2Reader, habits_of
from adapters.profiles import load
from hub.canonical import said

PLAIN = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {concerns: [Problem], goals: [Goal], interventions: [Step]}
"""
BARE, IDS, LINKS = (
    Hl7v2Reader(habits_of(load(PLAIN + more)))
    for more in ("", "sub_ids: plain\n", "sub_ids: dotted\n")
)
PROBLEM = "OBX|1|CE|P^Problem^L|1|I50.22^Weak heart^I10||||||F"
GOAL = "OBX|2|TX|G^Goal^L|1.1|Walk||||||F"
STEP = "OBX|3|TX|S^Step^L|1.1.1|Call||||||F"


def links(found):
    """Return what each goal answers and each intervention serves."""
    return [one.concerns for one in found.goals], [
        (one.goals, one.concerns) for one in found.interventions
    ]


def test_dotted_ids_are_links():
    """A dotted sub-id ties an intervention to its goal and a goal to its concern."""
    found = plan(message(PROBLEM, GOAL, STEP), LINKS)
    assert [found.concerns[0].id, found.goals[0].id, found.interventions[0].id] == [
        "1",
        "1.1",
        "1.1.1",
    ]
    assert links(found) == ([("1",)], [(("1.1",), ())])
    assert (found.residue, found.places["/goals/0/id"].at) == ((), "OBX[2]-4")


def test_plain_ids_link_nothing():
    """Plain sub-ids are ids and no more."""
    found = plan(message(PROBLEM, GOAL, STEP), IDS)
    assert (found.interventions[0].id, links(found)) == ("1.1.1", ([()], [((), ())]))


def test_a_step_right_under_a_problem():
    """A step whose parent is a concern serves that concern."""
    found = plan(message(PROBLEM, STEP.replace("1.1.1", "1.7")), LINKS)
    assert links(found) == ([], [((), ("1",))])


def test_no_parent_is_guessed():
    """A sub-id whose parent is not there is told, and links nothing."""
    found = read(message(PROBLEM, STEP), LINKS)
    assert links(found.plans[0]) == ([], [((), ())])
    assert ("dangling_link", "OBX[2]-4") in codes(found)


def test_an_id_twice():
    """Of two items with one sub-id the first has it, and the other's stays beside the plan."""
    twice = [GOAL, STEP, GOAL.replace("|2|", "|4|").replace("Walk", "Swim")]
    found = read(message(PROBLEM, *twice), LINKS)
    (only,) = found.plans
    assert [one.id for one in only.goals] == ["1.1", "g2"]
    assert [said(one.text) for one in only.residue] == ["OBX-4: 1.1"]
    assert ("duplicate_id", "OBX[4]-4") in codes(found)


def test_numbering_that_begins_again():
    """Where two goals have one sub-id, no step is tied to either, and that is told."""
    again = [
        "OBX|2|TX|G^Goal^L|1|Walk||||||F",
        "OBX|3|TX|G^Goal^L|2|Swim||||||F",
        "OBX|4|TX|G^Goal^L|1|Stop smoking||||||F",
        "OBX|5|TX|S^Step^L|1.1|Call the quitline||||||F",
    ]
    found = read(message(*again), LINKS)
    assert links(found.plans[0])[1] == [((), ())]
    assert ("dangling_link", "OBX[4]-4") in codes(found)


def test_an_id_by_number_is_no_second_one():
    """A sub-id that is the id another item got by its number is told as one that stands twice."""
    found = read(message(GOAL.replace("|1.1|", "||"), GOAL.replace("|1.1|", "|g1|")), IDS)
    assert [one.id for one in found.plans[0].goals] == ["g1", "g2"]
    assert ("duplicate_id", "OBX[2]-4") in codes(found)


DUES = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {goals: [Goal], goals.due: [Due]}
"""
TWO = ["OBX|1|TX|G^Goal^L|1|Walk||||||F", "OBX|2|TX|G^Goal^L|2|Swim||||||F"]
FIRST, SECOND = "OBX|3|DT|D^Due^L|1|20260601||||||F", "OBX|4|DT|D^Due^L|2|20260901||||||F"


@pytest.mark.parametrize("order", [[FIRST, SECOND], [SECOND, FIRST]])
@pytest.mark.parametrize("word", ["plain", "dotted"])
def test_a_field_goes_to_the_item_of_its_sub_id(word, order):
    """Fields that follow all goals go by their sub-ids to the goal they are of, in any order."""
    house = Hl7v2Reader(habits_of(load(f"{DUES}sub_ids: {word}\n")))
    found = plan(message(*TWO, *order), house)
    assert [one.due for one in found.goals] == ["2026-06-01", "2026-09-01"]
    assert (found.residue, found.assessments) == ((), ())


@pytest.mark.parametrize("coded", [False, True])
def test_no_field_is_given_to_an_item_of_another_sub_id(coded):
    """Without the profile's word a field whose sub-id is another item's stays a result, told."""
    two = [one.replace("|TX|", "|CE|") for one in TWO] if coded else TWO
    found = read(message(*two, FIRST), Hl7v2Reader(habits_of(load(DUES))))
    assert [one.due for one in found.plans[0].goals] == [None, None]
    assert [one.result for one in found.plans[0].assessments] == ["20260601"]
    assert ("item_unclear", "OBX[3]-5") in codes(found)


@pytest.mark.parametrize("more", ["OBX|3|TX|G^Goal^L|1.1|to the shop||||||F", ""])
def test_one_sub_id_is_one_item(more):
    """Lines under one sub-id are one item, in several segments or as repetitions of one."""
    whole = GOAL if more else GOAL.replace("Walk", "Walk~to the shop")
    found = plan(message(PROBLEM, whole, *filter(None, [more])), LINKS)
    assert [said(one.text) for one in found.goals] == ["Walk to the shop"]
    assert found.residue == ()


@pytest.mark.parametrize("adapter", [ADAPTER, BARE])
def test_kept_without_the_word(adapter):
    """Without the profile's word every sub-id is residue, at its own segment."""
    found = plan(message(PROBLEM, GOAL, STEP), adapter)
    kept = [said(one.text) for one in found.residue]
    assert [one for one in kept if "OBX-4" in one]
    assert "".join(kept).count("OBX-4: ") == 3


@pytest.mark.parametrize("subs", [("1", "1"), ("1", "2")])
def test_what_tells_nothing_is_no_residue(subs):
    """A sub-id that is the same throughout, or the set id again, is left out."""
    first, second = subs
    lines = [f"OBX|1|TX|N^Note^L|{first}|one", f"OBX|2|TX|N^Note^L|{second}|two"]
    assert plan(message(*lines)).residue == ()
