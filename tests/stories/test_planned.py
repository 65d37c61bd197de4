"""What operations plan for a day to come: used from that day's first delivery on, and kept told."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from simulator import STAFF, play

from hub.errors import Refused
from hub.hours import USUAL
from hub.provider_directory.entries import file_of
from hub.provider_directory.keeping import Proposed
from hub.store import facts

GRANT = ("mco-susquehanna", "grant_extract.csv")
DELGADO = ("mco-keystone", "delgado_care_plan.xml")
END, HOME = ("endpoint", "end-riverbend"), ("organisation", "pcmh-riverbend")


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def _row(story, key):
    return (await story.hub.directory.standing()).rows()[key]


async def _plans(story, *rows, days=1, **more):
    starts = story.hub.clock.now().date() + timedelta(days=days)
    proposed = Proposed(file_of(*rows), reason="they move", **more)
    return await story.hub.directory.plan(STAFF, proposed, starts)


async def _comes(story):
    """Let the day come that everything is planned for."""
    await story.rows("update directory_planned set starts = current_date - 1 returning id")


async def _formats(story):
    return [one["format"] for one in await story.rows("select format from release order by at, id")]


async def test_from_its_day_on(story):
    """A plan goes as it is taken today; once the day has come the next one goes the new way."""
    end = await _row(story, END)
    await _plans(story, replace(end, format="html"))
    await story.sends_sample(*GRANT)
    await story.runs()
    before = await _formats(story)
    await _comes(story)
    await story.sends_sample(*DELGADO)
    await story.runs()

    assert "html" not in before
    assert [*before, "html"] == await _formats(story)
    assert end == await _row(story, END)


async def test_made_once_with_its_history(story):
    """On its day the row is changed once, told as planned by whom and why; edits between stay."""
    end = await _row(story, END)
    await _plans(story, replace(end, format="html"))
    now = Proposed(file_of(replace(end, options={"note": "x"})), reason="meanwhile")
    await story.hub.directory.change(STAFF, now)
    early = await story.hub.directory.make_planned()
    await _comes(story)
    made = [await story.hub.directory.make_planned() for _ in range(2)]
    told = await story.rows(
        "select way, name, reason from directory_change where noun = 'end-riverbend'"
        " order by id desc limit 1"
    )

    assert (0, [1, 0]) == (early, made)
    assert replace(end, format="html", options={"note": "x"}) == await _row(story, END)
    assert [{"way": "planned", "name": STAFF.name, "reason": "they move"}] == told
    assert ["made"] == [one.state for one in await story.hub.directory.planned("pcmh-riverbend")]
    assert () == await story.hub.directory.planned(None)


async def test_a_practice_that_closes(story):
    """A practice planned to close is told whom it leaves; from that day its plans wait."""
    home = await _row(story, HOME)
    with pytest.raises(Refused) as asked:
        await _plans(story, replace(home, active=False), days=30)
    await _plans(story, replace(home, active=False), days=30, sure=True)
    await _comes(story)
    await story.sends_sample(*GRANT)
    await story.runs()
    waits = await story.rows("select state, reason->>'because' as why from plan")

    assert "would_strand" == asked.value.code
    assert [{"state": "unroutable", "why": "pcmh_closed"}] == waits


async def test_hours(story):
    """Hours planned for a day are those that clocks count by from then on, before it is made."""
    home = await _row(story, HOME)
    await _plans(story, replace(home, hours=replace(USUAL, opens=time(10))))
    await _comes(story)
    async with story.hub.database.line() as connection:
        known = await facts.organisations(connection, [HOME[1]])

    assert time(10) == known[HOME[1]].hours.opens


async def test_secrets_come_with_it(story):
    """Secrets planned for a day are sealed until then, never shown, and used from that day on."""
    end = await _row(story, END)
    secret = "whsec_cGxhbm5lZA=="  # noqa: S105  # a test's
    await _plans(story, replace(end, secrets={"secret": secret}))
    (shown,) = await story.hub.directory.planned("pcmh-riverbend")
    (row,) = await story.rows("select secrets, changed from directory_planned")
    await _comes(story)
    await story.hub.directory.make_planned()
    (kept,) = await story.rows("select secrets from endpoint where id = 'end-riverbend'")

    assert [("secrets", "", "replaced")] == shown.told(end)
    assert secret.encode() not in bytes(row["secrets"])
    assert {} == row["changed"]
    assert secret.encode() in story.hub.unseal(bytes(kept["secrets"]))


async def test_withdrawn(story):
    """What was withdrawn never happens, and can't be withdrawn again."""
    end = await _row(story, END)
    await _plans(story, replace(end, format="html"))
    (one,) = await story.hub.directory.planned(None)
    await story.hub.directory.withdraw(STAFF, one.id)
    await _comes(story)
    made = await story.hub.directory.make_planned()
    with pytest.raises(Refused) as again:
        await story.hub.directory.withdraw(STAFF, one.id)
    with pytest.raises(Refused) as none:
        await story.hub.directory.withdraw(STAFF, "dpl_none")

    assert (0, end) == (made, await _row(story, END))
    assert ("not_open", "not_found") == (again.value.code, none.value.code)


async def test_can_not_be_made_any_more(story):
    """A change that what was edited meanwhile made wrong is refused on its day, and the next made.

    The ledger holds both.
    """
    end, home = await _row(story, END), await _row(story, HOME)
    moves = replace(end, kind="mllp", format="hl7v2", address="mllp://10.0.0.1:2575")
    await _plans(story, moves, sure=True)
    await story.rows(
        "update directory_planned set changed = changed - 'format' returning id"
    )  # as if HL7 v2 had been taken back meanwhile
    await _plans(story, replace(home, name="Riverbend Family Care"))
    await _comes(story)
    made = await story.hub.directory.make_planned()
    states = {one.kind: one for one in await story.hub.directory.planned("pcmh-riverbend")}
    kinds = await story.rows("select distinct kind from event where kind like 'directory.plan%%'")

    assert 2 == made
    assert ("refused", "made") == (states["endpoint"].state, states["organisation"].state)
    assert "HL7" in states["endpoint"].note
    assert {"directory.planned", "directory.plan_refused"} == {one["kind"] for one in kinds}
    assert end == await _row(story, END)


@pytest.mark.parametrize(
    ("days", "changes", "code"),
    [
        (0, {"format": "html"}, "not_to_come"),
        (-1, {"format": "html"}, "not_to_come"),
        (9000, {"format": "html"}, "not_to_come"),
        (1, {}, "nothing_changes"),
        (1, {"id": "end-new"}, "not_there"),
        (1, {"organisation": "pcmh-orchard"}, "fixed"),
    ],
)
async def test_what_can_not_be_planned(story, days, changes, code):
    """A day that isn't to come, nothing new, a new row or another owner is refused with why."""
    end = await _row(story, END)
    with pytest.raises(Refused) as refused:
        await _plans(story, replace(end, **changes), days=days)

    assert (code, 422) == (refused.value.code, refused.value.status)


async def test_contacts_have_their_own_days(story):
    """A contact is not planned so: its first and last day say it."""
    contact = await _row(story, ("contact", "con-riverbend-1"))
    with pytest.raises(Refused) as refused:
        await _plans(story, contact)

    assert "has_own_days" == refused.value.code


async def test_there_and_back(story):
    """A row that is planned to change and to change back does both, though it stands as before."""
    end = await _row(story, END)
    there = replace(end, format="html")
    await _plans(story, there, days=2)
    await _plans(story, end, days=9)
    with pytest.raises(Refused) as twice:
        await _plans(story, end, days=12)
    rows = await story.rows("select changed from directory_planned order by starts")

    assert [{"format": "html"}, {"format": end.format}] == [one["changed"] for one in rows]
    assert "nothing_changes" == twice.value.code


async def test_edited_on_the_day(story):
    """Who edits a row on the day something was planned for it is told; the later word stays."""
    end = await _row(story, END)
    await _plans(story, replace(end, format="html"))
    seen = await story.hub.directory.seen(*END)
    await _comes(story)
    mine = file_of(replace(end, format="json"))
    with pytest.raises(Refused) as late:
        await story.hub.directory.change(STAFF, Proposed(mine, reason="wrong", seen={END: seen}))
    await story.hub.directory.change(STAFF, Proposed(mine, reason="wrong"))
    again = await story.hub.directory.make_planned()

    assert ("stale", 0) == (late.value.code, again)
    assert "json" == (await _row(story, END)).format


async def test_planned_by_a_file_that_was_told(story):
    """What a file was only told, as of an old NPI, does not undo its planned change on the day."""
    home = await _row(story, HOME)
    wrong = "update organisation set npi = '1234567890' where id = 'pcmh-riverbend' returning id"
    assert await story.rows(wrong)
    closes = replace(home, npi="1234567890", active=False)
    await _plans(story, closes, sure=True, strict=False)
    await _comes(story)
    made = await story.hub.directory.make_planned()

    assert (1, False) == (made, (await _row(story, HOME)).active)
