"""A profile is tried on stored traffic, put in force, rolled back; stored bytes are read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator import STAFF, play

import adapters
from hub.adapting import activating, samples
from hub.adopting import working
from hub.errors import Misconfigured, Refused

MCO = "mco-susquehanna"
GRANT = (MCO, "grant_extract.csv")
MCOS = Path(adapters.__file__).parent / "mcos"
CODED = "adapters.mcos.susquehanna_csv:ADAPTER"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


@pytest.fixture
def profile(tmp_path):
    """Return a maker of the sender's own profile under another version, with one change."""

    def made(version: str, old: str = "", new: str = "") -> samples.Written:
        text = (MCOS / "susquehanna_csv.yaml").read_text(encoding="utf-8")
        assert old in text
        text = text.replace('version: "1"', f'version: "{version}"').replace(old, new, bool(old))
        file = tmp_path / f"profile-{version}.yaml"
        file.write_text(text, encoding="utf-8")
        return samples.written(file)

    return made


async def put(story, given) -> activating.Trial:
    """Try a profile and put it in force."""
    trial = await activating.tried(story.hub, MCO, given, 50, lambda *_: None)
    await activating.put(story.hub, trial, "tester")
    return trial


NO_DUE = ("fields: {text: goal, due: {from: goal_due, transform: date}}", "fields: {text: goal}")
"""A change by which goals lose their due date."""


async def test_tried_changes_nothing(story, profile):
    """A trial counts what is lost per field over stored traffic and leaves the bindings alone."""
    await story.sends_sample(*GRANT)
    await story.runs()
    before = await story.hub.line.bindings(MCO)
    trial = await activating.tried(story.hub, MCO, profile("2", *NO_DUE), 50, lambda *_: None)

    assert before == await story.hub.line.bindings(MCO)
    assert (1, CODED) == (trial.read, trial.replaces)
    assert trial.difference.fields["goals.due"].lost > 0


async def test_only_counts_are_kept(story, profile):
    """A trial in the background keeps fields, counts and ids, no word of a document."""
    await story.sends_sample(*GRANT)
    await story.runs()
    trial = await working.asked(story.hub, MCO, profile("2", *NO_DUE).text, 50, "tester")
    await working.work(story.hub)
    one = await story.hub.trials.one(trial)
    again = await working.reopened(one)
    (who,) = await story.rows(
        "select m.family, m.given from member m join plan p on p.member = m.id"
    )

    assert (1, 1, 1, "done") == (again.read, one.done, one.whole, one.state)
    assert again.difference.fields["goals.due"].lost > 0
    assert not [word for word in (*who.values(), "2026-") if word in one.found]


async def test_next_document(story, profile):
    """The document after an activation is read by the profile in force, by version and digest."""
    given = profile("2")
    await put(story, given)
    await story.sends_sample(*GRANT)
    await story.runs()
    (row,) = await story.rows("select reader from submission")

    assert f"susquehanna-csv@2+{given.digest[:12]}" == row["reader"]


async def test_same_version_meanwhile(story, profile):
    """A version that was another text's meanwhile, and is taken back, is refused when put."""
    first, second = profile("2"), profile("2", *NO_DUE)
    mine = await activating.tried(story.hub, MCO, second, 50, lambda *_: None)
    await put(story, first)
    await activating.rolled_back(story.hub, MCO, "", "tester")

    with pytest.raises(Refused, match="raise `version`"):
        await activating.put(story.hub, mine, "tester")


async def test_ledger(story, profile):
    """An activation and a rollback are events with the digest and the counts."""
    given = profile("2")
    await put(story, given)
    await activating.rolled_back(story.hub, MCO, "", "tester")
    rows = await story.rows("select kind, actor, detail from event where kind like 'profile.%%'")

    assert ["profile.activated", "profile.rolled_back"] == [row["kind"] for row in rows]
    assert {given.digest} == {row["detail"]["digest"] for row in rows}
    assert {"tester"} == {row["actor"] for row in rows}


async def test_rollback_steps(story, profile):
    """Each rollback goes one version back, at last to the directory's own adapter."""
    await put(story, profile("2"))
    await put(story, profile("3"))
    backs = [(await activating.rolled_back(story.hub, MCO, "", "tester"))[1] for _ in range(2)]
    bound = await story.hub.line.bindings(MCO)

    assert backs[0].startswith("susquehanna-csv 2 ")
    assert CODED == backs[1]
    assert CODED in {one.adapter for one in bound}


async def test_rollback_of_nothing(story):
    """Without a profile in force a rollback is refused."""
    with pytest.raises(Refused):
        await activating.rolled_back(story.hub, MCO, "", "tester")


async def test_survives_directory(story, profile):
    """A directory loaded anew does not put the old adapter back in force."""
    await put(story, profile("2"))
    dumped = await story.hub.rosters.dump_directory(STAFF)
    await story.hub.rosters.load_directory(STAFF, dumped)
    bound = await story.hub.line.bindings(MCO)

    assert CODED not in {one.adapter for one in bound}
    assert ["2"] == [one.version for one in bound if one.profile]


@pytest.mark.parametrize("version", ["2", "3"])
async def test_same_again(story, profile, version):
    """The text in force, or another text under its version, is refused."""
    await put(story, profile("2"))
    other = profile("2") if version == "2" else profile("2", *NO_DUE)
    with pytest.raises(Refused):
        await activating.tried(story.hub, MCO, other, 50, lambda *_: None)


async def test_other_sender(story, profile):
    """A profile is activated for the sender it names and no other."""
    with pytest.raises(Refused):
        await activating.tried(story.hub, "mco-laurel", profile("2"), 50, lambda *_: None)


async def test_newly_quarantined(story, profile):
    """A document that the profile can't read any more is named before anything is changed."""
    sent = await story.sends_sample(*GRANT)
    await story.runs()
    given = profile("2", "[Last Name]", "[Surname of the member]")
    trial = await activating.tried(story.hub, MCO, given, 50, lambda *_: None)

    assert [sent.submission] == trial.difference.broken


async def test_wrong_profile(profile):
    """A profile with a fault is refused with its line."""
    with pytest.raises(Misconfigured) as refused:
        profile("2", "transform: date", "transform: dat")

    assert "did you mean `date`" in str(refused.value)


async def test_own_habit(story, tmp_path):
    """A profile in force keeps what its sender's own module does beyond any profile."""
    text = (MCOS / "susquehanna_pdf.yaml").read_text(encoding="utf-8")
    file = tmp_path / "p.yaml"
    file.write_text(text.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    await story.sends_sample(MCO, "reyes_care_plan.pdf")
    await story.runs()
    trial = await activating.tried(story.hub, MCO, samples.written(file), 50, lambda *_: None)

    assert (1, 0) == (trial.difference.same, trial.difference.differing)


async def test_renormalise_same(story, profile):
    """Reading again what reads the same makes no version, no delivery and no event."""
    sent = await story.sends_sample(*GRANT)
    await story.runs()
    await put(story, profile("2"))
    counts = await activating.renormalised(story.hub, sent.submission, "tester")
    await story.runs()

    assert {"unchanged": 1} == counts
    assert ["released"] == await story.states("plan")
    assert ["sent"] == await story.states("delivery")


async def test_renormalise_differs(story, profile):
    """Reading again what reads otherwise makes the next version of the plan, sent once."""
    sent = await story.sends_sample(*GRANT)
    await story.runs()
    await put(story, profile("2", *NO_DUE))
    first = await activating.renormalised(story.hub, sent.submission, "tester")
    second = await activating.renormalised(story.hub, sent.submission, "tester")
    await story.runs()
    versions = await story.rows("select version, state from plan order by seq")

    assert ({"new": 1}, {"unchanged": 1}) == (first, second)
    assert [(1, "superseded"), (2, "released")] == [tuple(v.values()) for v in versions]
    assert ["superseded", "sent"] == await story.states("delivery")


async def test_renormalise_overtaken(story, profile):
    """A document that a newer one has overtaken is left alone when it is read again."""
    sent = await story.sends_sample(*GRANT)
    content = await story.hub.vault.get(sent.digest)
    await story.sends(MCO, content + b"\n", "grant_extract.csv")
    await story.runs()
    await put(story, profile("2", *NO_DUE))
    counts = await activating.renormalised(story.hub, sent.submission, "tester")

    assert {"overtaken": 1} == counts
    assert ["superseded", "released"] == await story.states("plan")


async def test_renormalise_new_chain(story, profile):
    """When the plan's own id is read otherwise, the new plan takes the old one's place."""
    sent = await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    await put(story, profile("2", "  set_id: plan_id\n", ""))
    await activating.renormalised(story.hub, sent.submission, "tester")
    await story.runs()

    assert ["superseded", "released"] == await story.states("plan")
    assert ["superseded", "sent"] == await story.states("delivery")


async def test_renormalise_mends(story, profile):
    """A quarantined submission is put back in the queue and read by the profile in force."""
    await put(story, profile("2", "[Last Name]", "[Surname of the member]"))
    sent = await story.sends_sample(*GRANT)
    await story.runs()
    before = await story.states("submission")
    await activating.rolled_back(story.hub, MCO, "", "tester")
    await activating.renormalised(story.hub, sent.submission, "tester")
    await story.runs()

    assert ["quarantined"] == before
    assert ["read"] == await story.states("submission")


async def test_listed(story, profile):
    """The list says what is built in, what a profile replaced and what is in force."""
    await put(story, profile("2"))
    rows = {(one.name, one.state) for one in await activating.listed(story.hub, MCO)}

    assert {
        ("susquehanna-csv", "replaced by a profile"),
        ("susquehanna-csv", "in force"),
        ("susquehanna-pdf", "built in"),
    } == rows
