"""People raise and lower labels: what is queued, held and delivered is decided again."""

from __future__ import annotations

import pytest
from simulator import STAFF, play, practice

from hub.asked import Actor
from hub.errors import Refused
from hub.labels.asking import LabelWish

GRANT = ("mco-susquehanna", "grant_extract.csv")
HALE = ("mco-allegheny", "hale_mdm_t02.hl7")
RIVERBEND = practice("pcmh-riverbend")
SENDER = Actor("acc-mco", "mco-susquehanna", "Una Reed", roles=("mco",))


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def wish(story, plan, direction, *categories, kind="/goals/", reason="seen on the chart"):
    """Return a wish about the first element of a kind."""
    shown = await story.hub.labels.of_plan(STAFF, plan)
    one = next(one for one in shown if one.element.startswith(kind))
    return LabelWish(direction, one.element, one.digest, categories, reason)


async def plan_of(story):
    """Return the newest plan's id."""
    return (await story.rows("select id from plan order by seq desc limit 1"))[0]["id"]


async def test_raised_while_queued(story):
    """A label raised while a release is queued stops it; the plan goes again without the part."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    plan = await plan_of(story)
    effect = await story.hub.labels.change(SENDER, plan, await wish(story, plan, "raise", "hiv"))
    await story.runs()
    rows = await story.rows("select state, code from delivery order by seq")
    stood = [(row["state"], row["code"]) for row in rows]
    releases = await story.rows("select withheld from release order by at")

    assert (0, 1, 0) == (effect.held, effect.queued, effect.sent)
    assert [("stopped", "labels_changed"), ("sent", "in_mailbox")] == stood
    assert [False, True] == [row["withheld"] > 0 for row in releases]


async def test_raised_after_delivery(story):
    """What was delivered can't be opened any more once a label was raised that nothing permits."""
    await story.sends_sample(*GRANT)
    await story.runs()
    plan = await plan_of(story)
    (row,) = await story.rows("select id from delivery")
    before, _, _ = await story.hub.reception.content(RIVERBEND, row["id"])
    effect = await story.hub.labels.change(STAFF, plan, await wish(story, plan, "raise", "hiv"))

    assert (bool(before), effect.sent) == (True, 1)
    with pytest.raises(Refused) as refused:
        await story.hub.reception.content(RIVERBEND, row["id"])
    assert refused.value.status == 410


async def test_lowered_lets_it_go(story):
    """What a person raised by mistake goes out again once an officer lowers it with a reason."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    plan = await plan_of(story)
    await story.hub.labels.change(SENDER, plan, await wish(story, plan, "raise", "hiv"))
    await story.hub.labels.change(STAFF, plan, await wish(story, plan, "lower", "hiv"))
    await story.runs()
    releases = await story.rows("select withheld from release order by at desc limit 1")
    told = await story.rows("select kind, detail from event where kind like 'label.%%' order by id")

    assert [{"withheld": 0}] == releases
    assert ["label.raised", "label.lowered"] == [row["kind"] for row in told]
    assert [{"element": "/goals/0", "categories": ["hiv"]}] * 2 == [row["detail"] for row in told]


async def test_next_version_keeps_it(story):
    """A raise holds for the next version of the same plan."""
    await story.sends_sample(*GRANT)
    await story.runs()
    plan = await plan_of(story)
    await story.hub.labels.change(SENDER, plan, await wish(story, plan, "raise", "hiv"))
    await story.rows("update plan set state = 'routed', due = now() returning 1")
    await story.runs()
    (row,) = await story.rows("select withheld from release order by at desc limit 1")

    assert row["withheld"] > 0


@pytest.mark.parametrize(
    ("who", "direction", "categories", "reason", "code"),
    [
        (SENDER, "lower", ("sud",), "a mistake", "forbidden"),
        (STAFF, "lower", ("sud",), " ", "reason_needed"),
        (STAFF, "raise", ("general",), "", "unknown_category"),
        (STAFF, "raise", ("unlabelled",), "", "unknown_category"),
        (RIVERBEND, "raise", ("hiv",), "", "not_found"),
    ],
)
async def test_refused(story, who, direction, categories, reason, code):  # a table of cases
    """Only who may does, with a category there is and, to lower, a reason."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    plan = await plan_of(story)
    asked = await wish(story, plan, direction, *categories, reason=reason)
    with pytest.raises(Refused) as refused:
        await story.hub.labels.change(who, plan, asked)
    assert code == refused.value.code


async def test_stale(story):
    """A change of content that nobody saw as it is now is refused."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    plan = await plan_of(story)
    seen = await wish(story, plan, "raise", "hiv")
    other = LabelWish("raise", seen.element, "0" * 64, ("hiv",))
    with pytest.raises(Refused) as refused:
        await story.hub.labels.change(STAFF, plan, other)
    assert refused.value.code == "moved_on"
