"""What a change in the consent registry does to plans on their way: it stops or frees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from consent.records import Expiry
from hub.asked import Actor
from hub.consents.importing import KEPT, Row, fresh
from hub.ids import new_id
from hub.release import permitted
from tests.faults.consent_races import arena
from tests.simulator import STAFF
from tests.stories.test_races import _queued

SECOND = Actor("second", "hub", "Second", ("privacy",))


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Open a hub whose sender's every record needs a consent."""
    async with arena(conninfo, tmp_path) as opened:
        yield opened


async def sends(stage, late=0.0):
    """Begin to send what is queued, on a node whose clock is so many seconds behind."""
    now = stage.hub.clock.now() - timedelta(seconds=late)
    return await stage.hub.line.begin_sending(9, permitted(lambda: now), now)


async def ends_with_an_event(stage, consent):
    """Let a consent end with an event."""
    await stage.rows(
        "update consent set record = jsonb_set(record, '{expires}', '{\"event\": \"discharge\"}')"
        " where id = %s returning 1",
        consent,
    )


@pytest.mark.parametrize("late", [0, 3])
async def test_an_event_stops_what_is_queued(stage, late):
    """Once the event is recorded nothing leaves under the consent, on no node."""
    _, consent = await _queued(stage)
    await ends_with_an_event(stage, consent)
    await stage.hub.registry.happened(STAFF, consent, datetime.now(UTC))

    assert [] == await sends(stage, late)
    assert ["stopped"] == await stage.states("delivery")


async def test_without_the_event_it_goes(stage):
    """As long as the event isn't recorded, what is queued goes."""
    _, consent = await _queued(stage)
    await ends_with_an_event(stage, consent)

    assert 1 == len(await sends(stage))


async def test_a_narrower_form_stops_what_is_queued(stage):
    """What replaced a consent decides: a form that names another recipient stops the delivery."""
    _, consent = await _queued(stage)
    old = await stage.hub.registry.consent(consent)
    other = replace(old.recipients, organisations=frozenset({"cbo-9"}), classes=frozenset())
    new = replace(old, id=new_id("cns"), recipients=other)
    await stage.hub.registry.supersede(STAFF, consent, new)

    assert [] == await sends(stage)


async def test_a_file_frees_what_is_held_once_approved(stage):
    """A grant of an imported file carries only after the second person's approval."""
    member, consent = await _queued(stage)
    registry = stage.hub.registry
    old = await registry.consent(consent)
    await registry.revoke(STAFF, consent, datetime.now(UTC), "written")
    assert [] == await sends(stage)
    again = replace(old, signed_by="signed anew", expires=Expiry(never=True))
    made = fresh(again, member, STAFF.id, bulk=True)
    made = replace(made, recorded_at=stage.hub.clock.now())
    (row,) = (Row(number=1, verdict="good", consent=made),)
    assert row.verdict in KEPT
    _, mco = await registry.owner(consent)
    batch = await registry.keep(STAFF, mco, sha256(b"file").hexdigest(), [row], {})
    await stage.runs(deliver=False)
    before = await stage.states("plan")
    await registry.approve_batch(SECOND, batch.id)
    await stage.runs(deliver=False)
    after = await stage.states("plan")

    assert (["held"], ["released"]) == (before, after)
