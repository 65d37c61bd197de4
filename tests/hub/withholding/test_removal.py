"""What a removal takes with it, list by list, and what it leaves alone."""

from __future__ import annotations

import dataclasses

import pytest
from plans import filled

from consent import Matter
from hub.canonical import (
    Absent,
    Address,
    Agreement,
    Attachment,
    Concern,
    Coverage,
    Goal,
    Intervention,
    Meeting,
    Member,
    Name,
    Note,
    Outcome,
    Outreach,
    Party,
    Plan,
)
from hub.errors import Refused
from hub.labels import Source, label
from hub.withholding import withhold
from hub.withholding.anatomy import FRAME, LISTS, SINGLE_UNITS
from hub.withholding.phrasing import resolve

FULL, _ = filled()
LABELS = label(FULL, Source())
SINGLES = [at for at in SINGLE_UNITS if at in LABELS.elements]
FILLED = [at for at in LISTS if f"{at}/0" in LABELS.elements]


def without(plan, *gone, **more):
    """Return what is left of a plan when nobody labelled these units, which so must go."""
    labelling = label(plan, Source())
    some = {at: one for at, one in labelling.elements.items() if at not in gone}
    return withhold(plan, dataclasses.replace(labelling, elements=some), frozenset(), **more)


def test_everything_is_tried():
    """The full plan fills every list and every single part there is."""
    assert (set(LISTS), set(SINGLE_UNITS)) == (set(FILLED), set(SINGLES))


@pytest.mark.parametrize("at", FILLED)
def test_list(at):
    """A unit that goes from a list is gone from it, whichever list it is."""
    first = resolve(FULL, f"{at}/0")
    left = without(FULL, f"{at}/0").plan
    kept = resolve(left, at)
    assert isinstance(kept, Absent) or first not in kept
    assert [one for one in _listed(FULL, at)[1:] if one in _listed(left, at)] == _listed(left, at)


@pytest.mark.parametrize("at", SINGLES)
def test_single(at):
    """A part that stands alone is left empty, and no other one is."""
    left = without(FULL, at).plan
    assert resolve(left, at) == (Coverage() if at == "/coverage" else None)
    others = {one for one in SINGLES if not (f"{one}/".startswith(f"{at}/") or at.startswith(one))}
    assert all(resolve(left, one) == resolve(FULL, one) for one in others)


def _listed(plan, at):
    found = resolve(plan, at)
    return list(found) if isinstance(found, tuple) else []


LINKED = Plan(
    concerns=(Concern(id="c1", text="Alpha one"), Concern(id="c2", text="Beta two")),
    goals=(Goal(id="g1", text="Gamma", concerns=("c1", "c2")), Goal(id="g2", text="Delta")),
    interventions=(
        Intervention(id="i1", text="Epsilon", goals=("g1", "g2"), concerns=("c2",)),
        Intervention(id="i2", text="Zeta", goals=("g2",)),
    ),
    outcomes=(Outcome(text="Eta", goals=("g2", "g1"), interventions=("i2", "i1")),),
)


def test_links():
    """The id of what is gone is taken from every link to it; links to others stay, in order."""
    left = without(LINKED, "/goals/1").plan
    assert [("g1",), ()] == [one.goals for one in left.interventions]
    assert (("g1",), ("i2", "i1")) == (left.outcomes[0].goals, left.outcomes[0].interventions)
    assert left.interventions[0].concerns == ("c2",)
    left = without(LINKED, "/concerns/1").plan
    assert (("c1",), ()) == (left.goals[0].concerns, left.interventions[0].concerns)
    assert left.interventions[0].goals == ("g1", "g2")
    left = without(LINKED, "/interventions/0").plan
    assert left.outcomes[0].interventions == ("i2",)


def test_all_files():
    """Every file goes once anything does: nobody knows what stands in it."""
    plan = Plan(
        concerns=(Concern(text="Alpha one"), Concern(text="Beta two")),
        attachments=(Attachment(name="walk.pdf"), Attachment(name="stairs.pdf")),
    )
    assert without(plan, "/concerns/1").pointers == (
        "/concerns/1",
        "/attachments/0",
        "/attachments/1",
    )
    assert without(plan).plan.attachments == plan.attachments


def test_account_of_an_agreement():
    """With an agreement go its outreach and its meeting, and the account names each of them."""
    plan = Plan(
        agreement=Agreement(
            method="ink", outreach=(Outreach(result="At home"),), meeting=Meeting(place="Library")
        ),
        notes=(Note(text="Lives alone"),),
    )
    found = without(plan, "/agreement")
    assert found.plan.agreement is None
    assert found.pointers == ("/agreement/outreach/0", "/agreement", "/agreement/meeting")
    assert found.counts["/agreement/outreach"] == 1
    assert without(plan, "/agreement/meeting").pointers == ("/agreement/meeting",)


def test_confidential_address():
    """A confidential address stays unless the caller says that the policy strips it."""
    addresses = (Address(lines=("Oak St 9",), confidential=True), Address(lines=("Elm St",)))
    plan = Plan(member=Member(addresses=addresses), notes=(Note(text="Lives alone"),))
    assert without(plan).plan.member.addresses == addresses
    assert without(plan, strip_confidential=True).plan.member.addresses == addresses[1:]


def test_identity_stays():
    """A part of the plan's identity may repeat a withheld text; other parts may not."""
    plan = Plan(
        member=Member(name=Name(family="Kowalski"), representative=Party(name="Bo Methadone")),
        concerns=(Concern(text="Kowalski"), Concern(text="Methadone"), Concern(text="Walk")),
        notes=(Note(text="Takes methadone"), Note(text="Kowalski rests")),
    )
    found = without(plan, "/concerns/0", "/concerns/1")
    assert found.phrases == ("methadone",)
    assert found.plan.member.representative is None
    assert [one.text for one in found.plan.notes] == ["Kowalski rests"]


@pytest.mark.parametrize("at", FRAME)
def test_frame(at):
    """A plan whose frame may not go is refused whole, and the caller learns no more than that."""
    with pytest.raises(Refused) as refused:
        without(LINKED, at)
    assert (refused.value.code, refused.value.status) == ("frame_withheld", 409)
    assert str(refused.value) == "nothing of this plan may go: hold the release"


def test_any_of_several():
    """A unit of several matters goes when any one of them is withheld."""
    plan = Plan(concerns=(Concern(text="Alpha one", labels=("hiv", "sdv")), Concern(text="Beta")))
    labelling = label(plan, Source())
    for category in ("hiv", "sdv"):
        found = withhold(plan, labelling, frozenset({Matter(category)}))
        assert found.pointers == ("/concerns/0",)
    assert withhold(plan, labelling, frozenset({Matter("std")})).pointers == ()
