"""What withholding takes out of a plan, and that nothing of it can be found afterwards."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plans import filled, plans

from consent import Matter
from hub.canonical import (
    Absent,
    Address,
    Agreement,
    Ask,
    Attachment,
    Code,
    Concern,
    Coverage,
    Goal,
    Header,
    Intervention,
    Medication,
    Meeting,
    Member,
    Name,
    Note,
    Outcome,
    Outreach,
    Party,
    Place,
    Plan,
    Residue,
    TeamMember,
    wire,
)
from hub.errors import Refused
from hub.labels import UNITS, Source, label, matters
from hub.withholding import leaks, phrases, withhold
from hub.withholding.anatomy import FRAME, LISTS, SINGLE_UNITS
from hub.withholding.folding import folded_text
from hub.withholding.phrasing import EVERYDAY, every_text

SUD = frozenset({Matter("sud", "unknown")})
MIXED = Source("mixed")
PLACE = Place("/x")

KOWALSKI = Plan(
    member=Member(name=Name(family="Kowalski", given=("Denise",))),
    header=Header(title="Care plan", author=Party(name="Ann Lee", organization="Bridge")),
    team=(
        TeamMember(party=Party(name="Ann Lee", organization="Bridge"), role="care manager"),
        TeamMember(party=Party(name="Tom Oak", organization="Harbor Light"), role="helper"),
    ),
    concerns=(
        Concern(id="con-mood", text="Depression"),
        Concern(id="con-drink", text="Alcohol use disorder", codes=(Code("s", "7200002", "d"),)),
        Concern(id="con-home", text="Housing"),
    ),
    goals=(
        Goal(id="goal-drink", text="Attend Thursday group", concerns=("con-drink",)),
        Goal(id="goal-mood", text="Sleep seven hours", concerns=("con-mood", "con-home")),
        Goal(id="goal-walk", text="Walk", concerns=("con-home",)),
    ),
    interventions=(
        Intervention(
            id="int-group",
            text="Bus pass for group",
            goals=("goal-drink",),
            party=Party(name="Tom Oak", organization="Harbor Light"),
        ),
        Intervention(id="int-call", text="Weekly call", goals=("goal-mood",)),
    ),
    outcomes=(Outcome(id="out-1", text="Slept six hours", goals=("goal-mood",)),),
    medications=(Medication(text="Naltrexone 50 mg"),),
    allergies=Absent("none"),
    asks=(Ask(text="Attend Thursday group"), Ask(text="Call about housing")),
    notes=(
        Note(section="Social", text="Lives alone. Likes to attend Thursday group."),
        Note(section="Home", text="Third floor."),
        Note(section="Helpers", text="Sees Tom Oak."),
    ),
    attachments=(Attachment(name="plan.pdf"),),
    residue=(Residue(text="goal-drink row 4"),),
    places={
        "/concerns/0/text": Place("/c[1]"),
        "/concerns/1/text": Place("/c[2]"),
        "/concerns/2/text": Place("/c[3]"),
        "/goals/1/text": Place("/g[2]"),
        "/goals/1/concerns/0": Place("/g[2]/c"),
        "/header/title": Place("/t"),
        "/notes/1/text": Place("sheet, column Attend Thursday Group"),
    },
)


@pytest.fixture(scope="module")
def result():
    return withhold(KOWALSKI, label(KOWALSKI, MIXED), SUD)


def test_units_agree():
    """Withholding and labelling know the same units."""
    assert set(UNITS) == {*FRAME, *SINGLE_UNITS, *(f"{at}/*" for at in LISTS)}


def test_pointers(result):
    """With the concern go what is linked to it, what repeats it, who only it names, and files."""
    assert result.pointers == (
        "/team/1",
        "/concerns/1",
        "/goals/0",
        "/interventions/0",
        "/medications/0",
        "/asks/0",
        "/notes/0",
        "/notes/2",
        "/attachments/0",
        "/residue/0",
    )


def test_counts(result):
    """The account says how many went from each list."""
    assert (
        result.counts["/notes"],
        result.counts["/concerns"],
        sum(result.counts.values()),
    ) == (2, 1, 10)


def test_survivors(result):
    """What is left is what was there, in its order."""
    assert [one.text for one in result.plan.concerns] == ["Depression", "Housing"]
    assert [one.text for one in result.plan.goals] == ["Sleep seven hours", "Walk"]
    assert [one.text for one in result.plan.notes] == ["Third floor."]


def test_left(result):
    """The units of content left are counted, the team and the frame apart."""
    assert result.left == 8


def test_masked(result):
    """A list emptied by withholding says so, and one that said `none` still does."""
    assert (Absent("masked"), Absent("none"), ()) == (
        result.plan.medications,
        result.plan.allergies,
        result.plan.attachments,
    )


def test_links():
    """Ids of what is gone are taken out of the links of what stays."""
    labelling = label(KOWALSKI, MIXED)
    home = {**labelling.elements, "/concerns/2": labelling.elements["/concerns/1"]}
    plan = withhold(KOWALSKI, dataclasses.replace(labelling, elements=home), SUD).plan
    assert [one.concerns for one in plan.goals] == [("con-mood",), ()]


def test_places(result):
    """Places follow what stays, and those of what went, of links and of telling columns go."""
    assert {
        "/concerns/0/text": Place("/c[1]"),
        "/concerns/1/text": Place("/c[3]"),
        "/goals/0/text": Place("/g[2]"),
        "/header/title": Place("/t"),
    } == result.plan.places


def test_nothing_withheld():
    """A plan of which nothing is withheld is the same plan, its files included."""
    result = withhold(KOWALSKI, label(KOWALSKI, MIXED), frozenset())
    assert (result.plan, result.pointers, result.phrases, result.left) == (KOWALSKI, (), (), 17)


def test_frame():
    """A plan whose very frame is withheld is refused."""
    labelling = label(KOWALSKI, Source("program"))
    with pytest.raises(Refused, match="hold the release"):
        withhold(KOWALSKI, labelling, frozenset({Matter("general", "yes")}))


def test_unlabelled():
    """A unit that nobody labelled is removed, whatever is withheld."""
    labelling = label(KOWALSKI, MIXED)
    partly = {key: one for key, one in labelling.elements.items() if key != "/concerns/2"}
    result = withhold(KOWALSKI, dataclasses.replace(labelling, elements=partly), frozenset())
    assert "/concerns/2" in result.pointers


SINGLES = Plan(
    header=Header(title="Methadone plan", program="Methadone program", author=Party(name="Ann")),
    member=Member(representative=Party(name="Bo", organization="Sober Living Inc")),
    coverage=Coverage(mco="Alcohol Health Plan"),
    crisis_plan="Call about alcohol",
    agreement=Agreement(
        method="ink",
        outreach=(Outreach(result="At detox"), Outreach(result="At home")),
        meeting=Meeting(place="Methadone clinic"),
    ),
    notes=(Note(text="x"),),
    places={"/header/title": PLACE, "/header/author/name": PLACE, "/crisis_plan": PLACE},
)


def test_singles():
    """Parts that stand alone are left empty, and the rest of what they stood in stays."""
    plan = withhold(SINGLES, label(SINGLES, MIXED), SUD).plan
    assert (
        Plan(
            header=Header(author=Party(name="Ann")),
            agreement=Agreement(method="ink", outreach=(Outreach(result="At home"),)),
            notes=(Note(text="x"),),
            places={"/header/author/name": PLACE},
        )
        == plan
    )


def test_whole_agreement():
    """Where the agreement itself gives something away, all of it goes."""
    plan = dataclasses.replace(SINGLES, agreement=Agreement(method="signed at detox"))
    assert withhold(plan, label(plan, MIXED), SUD).plan.agreement is None


@pytest.mark.parametrize(("strip", "left"), [(True, ["Elm St"]), (False, ["Oak St 9", "Elm St"])])
def test_confidential(strip, left):
    """Confidential addresses go when the policy says so, and only then."""
    plan = Plan(
        member=Member(
            addresses=(Address(lines=("Oak St 9",), confidential=True), Address(lines=("Elm St",)))
        ),
        notes=(Note(text="Now staying at Oak St 9."),),
    )
    result = withhold(plan, label(plan, MIXED), frozenset(), strip_confidential=strip)
    assert left == [one.lines[0] for one in result.plan.member.addresses]
    assert strip is (result.plan.notes == ())


def test_identity_is_no_secret():
    """What the plan's frame says anyway doesn't empty the plan."""
    plan = dataclasses.replace(
        KOWALSKI,
        concerns=(
            Concern(text="Denise Kowalski", labels=("SUD",)),
            Concern(text="Denise Kowalski"),
        ),
    )
    result = withhold(plan, label(plan, MIXED), SUD)
    assert "denise kowalski" in result.phrases


def test_everyday():
    """A withheld text of everyday words only takes no neighbour with it."""
    plan = Plan(
        concerns=(Concern(text="Weekly visit", labels=("SUD",)),),
        asks=(Ask(text="Weekly visit"), Ask(text="Other")),
    )
    assert withhold(plan, label(plan, MIXED), SUD).left == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He will attend the Thursday group soon", False),
        ("He will attend thursday-group soon", True),
        ("<p>Attend <b>Thursday</b> group</p>", True),
        ("<p>Attend Thurs<!-- -->day group</p>", True),
        ("Attend&#32;Thursday&nbsp;group", True),
        ('{"text":"Attend\\nThursday group"}', True),
        ("att\u00adend Thursday\u200b group", True),
        ("Attended Thursday group", False),
        ("", False),
    ],
)
def test_leaks(text, found):
    """A phrase is found in rendered text through markup, entities, escapes and invisible marks."""
    assert found is leaks(text, ("attend thursday group",))


def test_phrases():
    """The phrases of a part are its texts, sentences, codes, displays, ids and parties, folded."""
    plan = Plan(
        interventions=(
            Intervention(
                id="int-7",
                text="Meet at the Elm Street house. Bring the form.",
                codes=(Code("urn:x", "H0020", "Group housing"),),
                status="active",
                start="2026-01-01",
                party=Party(name="Tom Oak", phone="555"),
            ),
        )
    )
    assert phrases(plan, ["/interventions/0"]) == (
        "bring the form",
        "group housing",
        "h0020",
        "int 7",
        "meet at the elm street house",
        "meet at the elm street house bring the form",
        "tom oak",
    )


SENSITIVE = ("alcohol", "HIV", "depression", "assault")
WORDS = ("garden", "river", "shoes", "weekly", "call", "stairs", "mg", "42")
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
telling = st.tuples(sentences, st.sampled_from(("", "", *SENSITIVE))).map(" ".join).map(str.strip)


@st.composite
def care_plans(draw):
    """Draw plans with links, repeated texts and a few sensitive words."""
    texts = draw(st.lists(telling, min_size=4, max_size=4))
    some = st.sampled_from(texts)
    ids = [f"id-{name}-{draw(st.integers(100, 999))}" for name in ("one", "two", "three")]
    concerns = tuple(Concern(id=one, text=draw(some)) for one in ids[: draw(st.integers(0, 3))])
    links = st.lists(st.sampled_from(ids), max_size=2).map(tuple)
    goals = tuple(
        Goal(id=f"g-{index}-id", text=draw(some), concerns=draw(links))
        for index in range(draw(st.integers(0, 3)))
    )
    return Plan(
        concerns=concerns,
        goals=goals,
        interventions=tuple(
            Intervention(id="i-1-id", text=draw(some), goals=("g-0-id",))
            for _ in range(draw(st.integers(0, 2)))
        ),
        notes=tuple(Note(text=draw(some)) for _ in range(draw(st.integers(0, 3)))),
        residue=tuple(Residue(text=draw(some)) for _ in range(draw(st.integers(0, 2)))),
        places={f"/goals/{index}/text": Place(f"/g[{index}]") for index in range(len(goals))},
    )


def test_a_link_that_leads_nowhere():
    """A link to nothing of its kind that repeats a removed id goes with it; other links stay."""
    one = Goal(text="walk", concerns=("stopped seven", "c1"))
    gone = Medication(id="stopped seven", text="x", labels=("restricted",))
    plan = Plan(concerns=(Concern(id="c1", text="asthma"),), goals=(one,), medications=(gone,))
    labelling = label(plan, MIXED)
    result = withhold(plan, labelling, labelling.matters_at["/medications/0"])
    assert result.pointers == ("/medications/0",)
    assert result.plan.goals[0].concerns == ("c1",)


@given(care_plans() | plans(), st.data())
@settings(deadline=None, max_examples=150)
def test_nothing_found(plan, data):
    """No text, code, display or id of a removed unit that says anything is left as a value.

    It may stay where the plan's identity says it too: its header's ids and parties, its member,
    its coverage. It says something when it holds four letters and a word that isn't everyday.
    """
    labelling = label(plan, MIXED)
    withheld = data.draw(st.frozensets(st.sampled_from(sorted(matters(labelling)))))
    assume(not any(labelling.matters_at[at] & withheld for at in FRAME))
    result = withhold(plan, labelling, withheld)
    kept = dataclasses.replace(
        result.plan, member=Member(), coverage=Coverage(), header=Header(), places={}
    )
    values = {folded_text(one) for one in every_text(wire.plain(kept))}
    asked = [at for at in result.pointers if labelling.matters_at[at] & withheld]
    said = {folded_text(text) for at in asked for text in _told(plan, at)}
    assert not {one for one in said & values if _tells(one) and one in result.phrases}
    identity = " ".join(
        folded_text(text)
        for part in (plan.member, plan.coverage, plan.header)
        for text in every_text(wire.plain(part))
    )
    assert not {one for one in said & values if _tells(one) and one not in identity}


@given(care_plans(), st.data())
@settings(deadline=None)
def test_bytes(plan, data):
    """No phrase of what is withheld stands in the bytes of what is left, nor any of its ids."""
    labelling = label(plan, MIXED)
    some = sorted(matters(labelling) - {Matter("general", "no")})
    withheld = data.draw(st.frozensets(st.sampled_from(some))) if some else frozenset()
    result = withhold(plan, labelling, withheld)
    left = wire.encode(result.plan).decode()
    assert not leaks(left, result.phrases)
    kept = {one.id for one in (*_units(result.plan),)}
    gone = {one.id for one in _units(plan)} - kept
    assert not [name for name in gone if f'"{name}"' in left]


@given(care_plans(), st.data())
@settings(deadline=None)
def test_place_truth(plan, data):
    """Every place that is left points at the same value as before."""
    labelling = label(plan, MIXED)
    withheld = data.draw(st.frozensets(st.sampled_from(sorted(matters(labelling)))))
    assume(Matter("general", "no") not in withheld)
    result = withhold(plan, labelling, withheld)
    old = {place.at: _value(plan, pointer) for pointer, place in plan.places.items()}
    new = {place.at: _value(result.plan, at) for at, place in result.plan.places.items()}
    assert new == {at: old[at] for at in new}


@given(care_plans())
@settings(deadline=None)
def test_monotone(plan):
    """Withholding more never leaves more."""
    labelling = label(plan, MIXED)
    all_of_it = matters(labelling) - {Matter("general", "no")}
    less = withhold(plan, labelling, frozenset(sorted(all_of_it)[:1]))
    more = withhold(plan, labelling, all_of_it)
    assert set(less.pointers) <= set(more.pointers)


def test_full_plan():
    """A plan with every field survives the removal of each of its lists in turn."""
    plan, _ = filled()
    labelling = label(plan, MIXED)
    for pointer in labelling.elements:
        if pointer not in FRAME:
            gone = {at: one for at, one in labelling.elements.items() if at != pointer}
            left = withhold(plan, dataclasses.replace(labelling, elements=gone), frozenset())
            assert pointer in left.pointers
            json.loads(wire.encode(left.plan))


def _units(plan):
    lists = (plan.concerns, plan.goals, plan.interventions)
    return [one for items in lists if isinstance(items, tuple) for one in items]


def _value(plan, pointer):
    value = plan
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
    return value


def _told(plan, pointer):
    """Yield the texts, codes, displays and ids of a unit."""
    if pointer.startswith(("/attachments/", "/member/addresses/")):
        return
    part = wire.plain(_value(plan, pointer))
    stack = [part]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, dict):
            for name, item in one.items():
                if isinstance(item, str) and name in {"text", "code", "display", "id"}:
                    yield item
                elif not isinstance(item, str):
                    stack.append(item)


def _tells(phrase):
    words = phrase.split()
    return len(phrase) >= 4 and any(
        not word.isdigit() and len(word) > 1 and word not in EVERYDAY for word in words
    )
