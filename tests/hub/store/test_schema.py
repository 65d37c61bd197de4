"""The schema goes forward from nothing and from the version before, and never starts on another."""

from __future__ import annotations

import psycopg
import pytest

from hub.errors import Misconfigured
from hub.store import schema


@pytest.fixture
def empty(databases):
    """Give an empty database."""
    name = "icp_empty"
    databases._do("create database {}", name)  # noqa: SLF001  # the fixture's own server
    yield databases._server.dsn(name)  # noqa: SLF001  # the fixture's own server
    databases.drop(name)


def test_from_nothing(empty):
    """An empty database is brought to the newest revision."""
    assert schema.upgrade(empty) == schema.newest()


@pytest.mark.parametrize("before", [f"{number:04}" for number in range(1, 12)])
def test_from_before(empty, before):
    """A database of a version before goes forward and keeps its rows."""
    schema.upgrade(empty, before)
    with psycopg.connect(empty) as connection:
        connection.execute("insert into organisation (id, kind, name) values ('x', 'mco', 'X')")
    schema.upgrade(empty)
    with psycopg.connect(empty) as connection:
        kept = connection.execute("select name from organisation where id = 'x'").fetchone()

    assert kept == ("X",)
    assert schema.current(empty) == schema.newest()


def test_twice(empty):
    """Upgrading what is newest changes nothing."""
    schema.upgrade(empty)

    assert schema.upgrade(empty) == schema.newest()


def test_refused(empty):
    """A database of another version is refused, and the command to run is named."""
    with pytest.raises(Misconfigured, match="icp-hub db upgrade"):
        schema.check(empty)


TOLD_BEFORE = """
insert into organisation (id, kind, name, part2_source) values ('m', 'mco', 'M', 'no'),
  ('p', 'pcmh', 'P', 'program');
insert into member (id, mco, member_id) values ('mem', 'm', 'K1');
insert into request (id, kind, member, mco, party, asker, contact, state, urgency, reason, name,
  actor, at, due_at) values ('rqt', 'plan', 'mem', 'm', 'p', 'm', '', 'answered', 'soon',
  'reassessment', 'Sam', 'act', '2026-11-01', '2026-11-04');
insert into request_entry (request, mco, party, organisation, kind, name, actor, at) values
  ('rqt', 'm', 'p', 'p', 'promise', 'N', 'nurse', '2026-11-02'),
  ('rqt', 'm', 'p', 'm', 'remind', 'Sam', 'act', '2026-11-03');
insert into returned_document (id, request, member, mco, party, digest, size, media_type, name,
  actor, at, matters) values ('doc', 'rqt', 'mem', 'm', 'p', 'd', 1, 'x', 'N', 'nurse',
  '2026-11-03', '[["general", "yes", "unknown"]]');
insert into event (kind, noun, at, organisations, actor, detail) values
  ('request.asked', 'rqt', '2026-11-01', '{}', 'act',
    '{"consents": [], "rules": ["HI-01"], "policy": "1"}'),
  ('request.promised', 'rqt', '2026-11-02', '{}', 'nurse',
    '{"consents": ["cns"], "rules": ["P2-02"], "policy": "1"}'),
  ('request.reminded', 'rqt', '2026-11-03', '{}', 'act', '{"state": "asked"}'),
  ('document.returned', 'rqt', '2026-11-03', '{}', 'nurse',
    '{"document": "doc", "consents": ["cns"], "rules": ["P2-02"], "policy": "1"}');
"""


def test_what_was_told_before(empty):
    """Requests of a version before are disclosures by what their events say they stood on."""
    schema.upgrade(empty, "0020")
    with psycopg.connect(empty) as connection:
        connection.execute(TOLD_BEFORE)
    schema.upgrade(empty)
    with psycopg.connect(empty) as connection:
        found = connection.execute(
            "select what, teller, hearer, decision->>'purpose', decision->'consents',"
            " decision->'released'->0->>1 from request_disclosure order by at"
        ).fetchall()

    assert found == [
        ("request_plan", "m", "p", "TREAT", [], "no"),
        ("step_promise", "p", "m", "CAREMGT", ["cns"], "yes"),
        ("document", "p", "m", "CAREMGT", ["cns"], "yes"),
    ]
