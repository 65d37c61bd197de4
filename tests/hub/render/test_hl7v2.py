"""Plans as HL7 v2 messages: the right event, whole after escaping, read back by our own reader."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import COVER, DELGADO, MARKED, covers, filled, large, plans, texts

from adapters.formats.hl7v2 import ADAPTER
from hub.canonical import (
    Address,
    Concern,
    Document,
    Goal,
    Identifier,
    Intervention,
    Note,
    Plan,
    folded,
)
from hub.render import WITHHELD, render
from hub.render.ccda import to_ccda
from hub.render.hl7v2_text import text
from hub.render.scanning import searchable

NAMED = Plan(member=DELGADO.member)
REVOKED = replace(DELGADO, header=replace(DELGADO.header, status="revoked"))
NAMES = {"MSH", "EVN", "PID", "PV1", "TXA", "OBX", "NTE", "PRB", "ROL", "GOL", "ORC", "OBR"}
BOTH = ("hl7v2", "ppr")


def segments(form: str, plan: Plan = DELGADO, cover=COVER) -> list[list[str]]:
    content = render(form, plan, cover).content.decode()
    return [line.split("|") for line in content.removesuffix("\r").split("\r")]


def field(form: str, name: str, number: int, plan: Plan = DELGADO, cover=COVER) -> str:
    found = next(one for one in segments(form, plan, cover) if one[0] == name)
    at = number - 1 if name == "MSH" else number
    return found[at] if at < len(found) else ""


def back(form: str, plan: Plan = DELGADO, cover=COVER) -> Plan:
    (read,) = ADAPTER.read(Document(render(form, plan, cover).content)).plans
    return read


@pytest.mark.parametrize(
    ("form", "plan", "cover", "kind"),
    [
        ("hl7v2", DELGADO, COVER, "MDM^T02^MDM_T02"),
        ("hl7v2", DELGADO, MARKED, "MDM^T10^MDM_T02"),
        ("hl7v2", REVOKED, MARKED, "MDM^T11^MDM_T01"),
        ("hl7v2", REVOKED, COVER, "MDM^T02^MDM_T02"),
        ("ppr", DELGADO, COVER, "PPR^PC1^PPR_PC1"),
        ("ppr", DELGADO, MARKED, "PPR^PC2^PPR_PC1"),
    ],
)
def test_event(form, plan, cover, kind):
    """New, replacing and cancelling releases are messages of their own kind."""
    assert kind == field(form, "MSH", 9, plan, cover)


@pytest.mark.parametrize("form", BOTH)
@settings(max_examples=60, deadline=None)
@given(plan=plans(), cover=covers())
def test_any_plan_stays_in_its_fields(form, plan, cover):
    """Whatever a plan says, no word of it becomes a segment, and the reader never fails."""
    found = segments(form, plan, cover)
    ADAPTER.read(Document(render(form, plan, cover).content))
    assert {one[0] for one in found} <= NAMES


@settings(max_examples=100, deadline=None)
@given(words=st.lists(texts(), min_size=1, max_size=4))
def test_words_come_back(words):
    """Any words come back as they were, white space folded and controls left out."""
    sane = [f"<{word}>" for word in words]
    plan = replace(
        NAMED, concerns=tuple(Concern(id=f"c{n}", text=w) for n, w in enumerate(sane, 1))
    )
    kept = [_kept(word) for word in sane]
    assert kept == [one.text or "" for one in back("ppr", plan).concerns]


def _kept(word: str) -> str:
    """Return what a field can hold of a word: no control but line ends, white space folded."""
    shown = "".join(
        c
        for c in word
        if c in "\t\r\n" or not (ord(c) < 32 or ord(c) == 127 or 0xD7FF < ord(c) < 0xE000)
    )
    return folded(shown)


@pytest.mark.parametrize("name", ["concerns", "goals"])
def test_problems_come_back(name):
    """Concerns and goals come back whole from PPR, but for what has no field there."""
    unsaid = {
        "concerns": {},
        "goals": {"measure": None, "whose": None, "concerns": ()},
    }[name]
    given_ = [replace(one, labels=(), **unsaid) for one in getattr(DELGADO, name)]
    found = getattr(back("ppr"), name)[: len(given_)]
    assert given_ == [
        replace(one, **({"concerns": ()} if name == "goals" else {})) for one in found
    ]


def test_goals_answer():
    """A goal comes back from PPR under the first concern it names: nesting can say no more."""
    assert [one.concerns for one in back("ppr").goals] == [("c1",), ("c2",)]


def test_untied_stands_under_no_problem():
    """What names no concern comes once, under the problem that stands for none."""
    plan = Plan(
        member=DELGADO.member,
        concerns=(Concern(text="Cataract"), Concern(text="Stroke")),
        goals=(Goal(text="Walk to the corner"),),
        interventions=(Intervention(text="Stair rail"),),
    )
    found = [one[0] if one[0] != "PRB" else one[3] for one in segments("ppr", plan)]
    told = [name for name in found if name not in NAMES or name in {"GOL", "OBR"}]
    assert told == ["^Cataract", "^Stroke", "^Not tied to a concern", "GOL", "OBR"]


def test_interventions_serve():
    """An intervention comes back from PPR under the goal it serves."""
    served = {one.text: one.goals for one in back("ppr").interventions}
    assert served == {
        "Foot care class": ("g1",),
        "Book MATP rides for every visit": ("g2",),
        "Weekly weight by phone": (),
    }


@pytest.mark.parametrize("form", BOTH)
def test_member_comes_back(form):
    """The member comes back from either message with the same ids, name, birth and sex."""
    facts = [
        ({i.value for i in m.identifiers}, m.name.family, m.name.given, m.birth_date, m.sex)
        for m in (DELGADO.member, back(form).member)
    ]
    assert facts[0] == facts[1]


@pytest.mark.parametrize("plan", [DELGADO, large()], ids=["one segment", "many"])
def test_document_whole(plan):
    """The C-CDA inside an MDM is byte for byte the release's own, over however many segments."""
    reading = ADAPTER.read(Document(render("hl7v2", plan, COVER).content))
    digest = hashlib.sha256(to_ccda(plan, COVER).content).hexdigest()
    assert digest in reading.enclosures


def test_no_segment_too_long():
    """No segment of a long document is longer than engines take."""
    content = render("hl7v2", large(), COVER).content
    assert max(map(len, content.split(b"\r"))) <= 32_768


@pytest.mark.parametrize(("level", "usual"), [("N", "U"), ("R", "R"), ("V", "V")])
def test_confidentiality(level, usual):
    """TXA-18 says the release's confidentiality in the words of table 0272."""
    assert usual == field("hl7v2", "TXA", 18, cover=replace(COVER, confidentiality=level))


@pytest.mark.parametrize(
    ("labels", "level", "codes"),
    [((), "N", ""), ((), "R", "R"), (("sud", "hiv"), "R", "ETH~HIV"), (("odd",), "N", "R")],
)
def test_problem_sensitivity(labels, level, codes):
    """PRB-25 says what kind of record a problem is, and never less than the release says."""
    plan = replace(NAMED, concerns=(Concern(id="c1", text="Asthma", labels=labels),))
    assert codes == field("ppr", "PRB", 25, plan, replace(COVER, confidentiality=level))


def test_chain():
    """TXA names this document and the one it replaces; its file name is unique to the version."""
    found = [field("hl7v2", "TXA", number, cover=MARKED) for number in (12, 13, 16)]
    assert found == [MARKED.document_id, MARKED.replaces[2], f"{MARKED.set_id}.2"]


def test_cancel_names_what_was_sent():
    """A cancelling message has no content and names the document that was sent before."""
    names = [one[0] for one in segments("hl7v2", REVOKED, MARKED)]
    said = [field("hl7v2", "TXA", number, REVOKED, MARKED) for number in (12, 19)]
    assert (names, said) == (["MSH", "EVN", "PID", "PV1", "TXA"], [MARKED.replaces[2], "CA"])


def test_cancel_is_read_as_one():
    """Our own reader takes the cancelling message for a revoked plan."""
    assert back("hl7v2", REVOKED, MARKED).header.status == "revoked"


def test_notices_before_the_document():
    """Every notice of an MDM stands before the document it binds, word for word."""
    found = [one[5] for one in segments("hl7v2", DELGADO, MARKED) if one[0] == "OBX"]
    assert found[: len(MARKED.notices)] == [text(notice) for notice in MARKED.notices]


def test_notices_under_every_problem():
    """Every problem of a PPR carries the notices, since receivers file each one apart."""
    names = [one[0] for one in segments("ppr", DELGADO, MARKED)]
    after = [names[at + 1] for at, name in enumerate(names) if name == "PRB"]
    assert after == ["NTE"] * 3


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("withheld", [True, False])
def test_withheld_line(form, withheld):
    """The neutral line stands in the message where something was withheld, and only there."""
    content = render(form, DELGADO, replace(COVER, withheld=withheld)).content.decode()
    assert withheld == (WITHHELD in content)


@pytest.mark.parametrize("form", BOTH)
def test_scan_sees_words(form):
    """The scan for withheld words reads through escapes and the enclosed document."""
    plan = replace(NAMED, notes=(Note(section="Odd", text="Tom & Jerry | ward~5 ^ x"),))
    assert "Tom & Jerry | ward~5 ^ x" in searchable(render(form, plan, COVER))


@pytest.mark.parametrize("form", BOTH)
def test_never_sent(form):
    """Neither a Social Security number nor a confidential address stands in PID."""
    member = replace(
        DELGADO.member,
        identifiers=(Identifier("ssn", "078-05-1120"),),
        addresses=(Address(lines=("9 Hidden Way",), confidential=True),),
    )
    line = next(o for o in segments(form, replace(DELGADO, member=member)) if o[0] == "PID")
    assert [word in "|".join(line) for word in ("078-05-1120", "9 Hidden Way")] == [False, False]


def test_ppr_loses_no_leaf():
    """Every leaf of a plan with one of everything stands in its PPR, but for links and labels."""
    plan, leaves = filled()
    told = searchable(render("ppr", plan, COVER)).lower()
    lost = [at for at, word in leaves.items() if word not in told and not _technical(at)]
    assert lost == []


def _technical(at: str) -> bool:
    ends = (
        "schema",
        "labels/0",
        "sha256",
        "part2_origin",
        "set_id",
        "confidentiality",
        "kind",
        "id",
    )
    linked = at.startswith(("/goals/0/concerns/", "/outcomes/0/", "/interventions/0/"))
    document = at.startswith(("/header/replaces/", "/header/related/"))
    return document or at.endswith(ends) or (linked and at.endswith("s/0"))
