"""The reading desk: row-level security holds for every query, and no query changes anything."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from hub.asked import Actor
from hub.store.desk import PostgresDesk, queries

GIVEN = {
    "submission": "sub_1",
    "plan": "pln_1",
    "delivery": "del_1",
    "member": "mem_1",
    "consent": "cns_1",
    "mco": "mco-a",
    "member_id": "1",
    "noun": "sub_1",
    "event": 1,
    "state": None,
    "cursor": None,
    "limit": 10,
    "whose": "mco-a",
    "width": 4,
    "start": 0,
    "end": 8,
}
MINE = (
    *("submission_by_id", "submissions_page", "plans_of_submission", "deliveries_of_submission"),
    *("deliveries_page", "delivery_by_id", "member_by_key", "member_by_id", "events_of_noun"),
    "event_leaf",
)
ROWS = """
insert into organisation (id, kind, name) values ('mco-a', 'mco', 'A'), ('mco-b', 'mco', 'B'),
  ('pcmh-c', 'pcmh', 'C'), ('pcmh-d', 'pcmh', 'D');
insert into endpoint (id, organisation, kind) values ('end-c', 'pcmh-c', 'mailbox');
insert into member (id, mco, member_id) values ('mem_1', 'mco-a', '1');
insert into submission (id, mco, channel, actor, name, media_type, digest, size, received_at, state)
  values ('sub_1', 'mco-a', 'api', 'a', '', '', 'd', 1, now(), 'read');
insert into plan (id, seq, submission, mco, kind, chain, version, member, state, digest, size,
  made_at)
  values ('pln_1', 1, 'sub_1', 'mco-a', 'icp', 'c', 1, 'mem_1', 'released', 'd', 1, now());
insert into release values ('rel_1', 'pln_1', 'mco-a', 'pcmh-c', 'con', 'mem_1', now(), '{}', 0,
  '{}', 'd', 'd', 1, 'application/pdf', 'f', 'pdf');
insert into delivery (id, release, plan, mco, pcmh, member, contact, endpoint, channel, state,
  made_at)
  values ('del_1', 'rel_1', 'pln_1', 'mco-a', 'pcmh-c', 'mem_1', 'con', 'end-c', 'mailbox', 'sent',
  now());
insert into consent (id, member, record, recorded_at) values ('cns_1', 'mem_1', '{}', now());
insert into event (kind, noun, at, organisations, actor, detail)
  values ('submission.read', 'sub_1', now(), '{mco-a}', 'hub', '{}');
insert into leaf values (0, 1, 'h');
insert into tree_head values (1, 'r', now(), 's', 'k', 'f');
"""


class Still:
    """A clock that stands still."""

    def now(self):
        """Return always the same instant."""
        return datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
async def desk(database):
    """Fill a database with one row of everything and open the desk."""
    async with database.line() as connection:
        await connection.execute(ROWS)
    return PostgresDesk(database, Still())


def given(name):
    text = queries()[name].decode()
    return {key: value for key, value in GIVEN.items() if f"%({key})s" in text}


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize("whose", ["mco-b", "pcmh-d", "", "nobody"])
async def test_others_see_nothing(desk, name, whose):
    """Whatever is asked, another organisation's rows are not in the answer."""
    assert [] == await desk.ask(name, whose, **given(name))


@pytest.mark.parametrize("name", MINE)
async def test_owners_see_it(desk, name):
    """The sender finds its row by every query."""
    assert 1 == len(await desk.ask(name, "mco-a", **given(name)))


@pytest.mark.parametrize(
    ("name", "rows"),
    [("delivery_by_id", 1), ("deliveries_page", 1), ("submission_by_id", 0), ("event_leaf", 0)],
)
async def test_practices(desk, name, rows):
    """The practice sees the delivery to it, not the submission or events behind it."""
    assert rows == len(await desk.ask(name, "pcmh-c", **given(name)))


@pytest.mark.parametrize("name", MINE)
async def test_staff_sees_it(desk, name):
    """Across organisations the staff finds it."""
    assert 1 == len(await desk.ask(name, None, **given(name)))


async def test_consents_are_not_an_organisations_to_read(desk):
    """An organisation may not even ask for consents."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await desk.ask("consent_owner", "mco-a", consent="cns_1")


@pytest.mark.parametrize("whose", [None, "mco-a"])
async def test_queries_change_nothing(desk, monkeypatch, whose):
    """A query that would change something fails in either scope."""
    monkeypatch.setattr(
        desk, "_queries", {"bad": b"update submission set state = 'received' returning id"}
    )
    with pytest.raises(
        (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)
    ):
        await desk.ask("bad", whose)


async def test_the_scope_ends_with_the_question(desk):
    """A connection used for one organisation serves the staff next with all rows."""
    await desk.ask("submissions_page", "mco-b", **given("submissions_page"))
    assert 1 == len(await desk.ask("submissions_page", None, **given("submissions_page")))


async def test_note(desk):
    """A noted access is an event its actor's organisation can see."""
    await desk.note(Actor("acc_1", "mco-b", "B"), "plan.viewed", "pln_1", by="page")
    rows = await desk.ask("events_of_noun", "mco-b", noun="pln_1", cursor=None, limit=9)
    assert [("acc_1", {"by": "page"})] == [(r["actor"], r["detail"]) for r in rows]
