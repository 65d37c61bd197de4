"""Claims, leases and fences against a model: nothing is lost, nobody stale changes anything."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from psycopg.rows import dict_row

from hub.store.work import MAX_GAP_SECONDS, claim, gap

TABLE = """
create table job (id text primary key, seq bigint generated always as identity, due timestamptz,
  lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0)
"""


class Work(RuleBasedStateMachine):
    """Two nodes claim and finish rows; the model says who holds which fence."""

    conninfo = ""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.do("drop table if exists job")
        self.do(TABLE)
        self.rows: dict[str, dict] = {}
        self.held: list[tuple[str, int]] = []

    def do(self, statement, given=()):
        async def run():
            async with await psycopg.AsyncConnection.connect(
                self.conninfo, row_factory=dict_row
            ) as connection:
                if statement == "claim":
                    return await claim(connection, "job", *given)
                cursor = await connection.execute(statement, given)
                return await cursor.fetchall() if cursor.description else cursor.rowcount

        return self.runner.run(run())

    @rule()
    def add(self):
        name = f"job-{len(self.rows)}"
        self.do("insert into job (id, due) values (%s, now())", (name,))
        self.rows[name] = {"fence": 0, "leased": False, "done": False}

    @rule(limit=st.integers(1, 4))
    def claim_some(self, limit):
        free = [n for n, row in self.rows.items() if not row["done"] and not row["leased"]]
        got = self.do("claim", (limit,))
        names = [row["id"] for row in got]

        assert names == free[:limit]
        for row in got:
            model = self.rows[row["id"]]
            model.update(fence=model["fence"] + 1, leased=True)
            self.held.append((row["id"], row["fence"]))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def finish(self, data):
        name, fence = data.draw(st.sampled_from(self.held))
        changed = self.do(
            "update job set due = null, lease_until = null where id = %s and fence = %s",
            (name, fence),
        )
        model = self.rows[name]

        assert changed == int(fence == model["fence"])
        if changed:
            model.update(done=True, leased=False)

    @precondition(lambda self: any(r["leased"] for r in self.rows.values()))
    @rule(data=st.data())
    def node_dies(self, data):
        name = data.draw(st.sampled_from([n for n, r in self.rows.items() if r["leased"]]))
        self.do("update job set lease_until = now() - interval '1 s' where id = %s", (name,))
        self.rows[name]["leased"] = False

    @invariant()
    def nothing_lost(self):
        rows = self.do("select id, fence, due is null as done from job")

        assert {r["id"]: (r["fence"], r["done"]) for r in rows} == {
            name: (row["fence"], row["done"]) for name, row in self.rows.items()
        }

    def teardown(self):
        self.runner.close()


def test_model(conninfo):
    """Any order of adding, claiming, finishing and dying agrees with the model."""
    Work.conninfo = conninfo
    case = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415  # only here

    run_state_machine_as_test(Work, settings=case)


@pytest.mark.parametrize("attempt", [1, 2, 5, 40])
def test_gap(attempt):
    """Gaps grow, keep half their length in spite of jitter, and end at the cap."""
    whole = min(30.0 * 2 ** (attempt - 1), MAX_GAP_SECONDS)

    assert whole / 2 <= gap(attempt, 30.0) <= whole
