"""The worklist of a practice with 50,000 open plans: what one page takes at the server.

The rows are put into an embedded PostgreSQL of its own as a release leaves them, words sealed; then
a signed-in person of the practice opens the first page, a page deep in it and a filter, through the
whole application without a network. Consent is asked for each plan shown, as ever. `browsing` then
opens the first page in a browser.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import psycopg
import yaml

from benchmarks import browsing
from benchmarks.report import Figure, set_against
from benchmarks.stage import Void, new_home, postmaster
from benchmarks.timing import cpu_seconds
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.main.serving import application
from hub.settings import Settings
from hub.web.credentials import NewAccount, open_account

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

OPEN, OTHERS = 50_000, 10_000
LIMIT_MS = 300.0
ROUNDS = 7
PAGES: Mapping[str, str] = {
    "worklist_first": "/worklist",
    "worklist_deep": "/worklist?number=400",
    "worklist_overdue": "/worklist?view=overdue",
    "worklist_sender": "/worklist?from=mco-2",
}
_SECRET = "plain words for a bench"  # noqa: S105  # a benchmark's own
_FILL = """
insert into member (id, mco, member_id, family, given, birth_date)
select 'mem_' || n, 'mco-' || n %% 5, 'K' || n, 'Family' || n, 'Given', '1970-01-02'
from generate_series(1, %(all)s) n;
insert into submission (id, mco, channel, actor, name, media_type, digest, size, received_at, state)
select 'sub_' || n, 'mco-' || n %% 5, 'api', 'a', 'x', 'text/xml', n::text, 9, now(), 'read'
from generate_series(1, %(all)s) n;
insert into plan (id, seq, submission, mco, kind, chain, version, member, state, digest, size,
  made_at) select 'pln_' || n, n, 'sub_' || n, 'mco-' || n %% 5, 'icp', 'c' || n, 1, 'mem_' || n,
  'released', 'd', 9, now() from generate_series(1, %(all)s) n;
insert into release (id, plan, mco, pcmh, contact, member, at, decision, withheld, notices,
  plan_digest, digest, size, media_type, file_name, format, words)
select 'rel_' || n, 'pln_' || n, 'mco-' || n %% 5, case when n <= %(open)s then 'pcmh' else 'pcmh-b'
  end, 'con', 'mem_' || n, now(), %(decision)s::jsonb - 'x' || jsonb_build_object('discloser',
  'mco-' || n %% 5), 0, '{}', 'd', 'd', 9, 'application/pdf', 'x', 'pdf', %(words)s
from generate_series(1, %(all)s) n;
insert into delivery (id, release, plan, mco, pcmh, member, contact, endpoint, channel, state,
  made_at, sent_at, acknowledge_due, acknowledged_at, acknowledged_by, risk, asks, ask_due)
select 'del_' || n, 'rel_' || n, 'pln_' || n, 'mco-' || n %% 5, case when n <= %(open)s then 'pcmh'
  else 'pcmh-b' end, 'mem_' || n, 'con', 'end', 'mailbox',
  case when n %% 3 = 0 then 'acknowledged' else 'sent' end, now(), now(),
  now() + make_interval(hours => n %% 400 - 40), case when n %% 3 = 0 then now() end,
  case when n %% 3 = 0 then 'Ada Holt' end, n %% 4, 2, current_date + n %% 60
from generate_series(1, %(all)s) n;
"""
_DECISION = {
    "purpose": "TREAT",
    "discloser": "",
    "recipient": ["pcmh", "con"],
    "released": [["general", "no", "unknown"]],
    "part2_source": False,
    "labels": 0,
}


def run() -> tuple[dict[str, Figure], dict[str, Any], tuple[str, ...]]:
    """Measure the pages; void where a page does not show fifty plans with what they ask."""
    home = new_home()
    settings = replace(Settings(), home=home)
    try:
        upgrade_database(settings)
        found = asyncio.run(_measured(settings))
        seen, notes = browsing.run(settings, "ada", _SECRET)
    finally:
        stop_database(settings)
        shutil.rmtree(home, ignore_errors=True)
    limit = Figure(LIMIT_MS, "ms, with 50,000 open plans")
    figures = {"worklist_limit": limit}
    for name, times in found.items():
        work, waits = [one[0] for one in times], [one[1] for one in times]
        cost = Figure(statistics.median(work), "ms CPU", low=min(work), high=max(work))
        wait = Figure(statistics.median(waits), "ms wall", low=min(waits), high=max(waits))
        figures[name] = set_against(cost, "worklist_limit", limit, "<= 1")
        figures[f"{name}_wall"] = set_against(wait, "worklist_limit", limit, None)
    return figures | seen, {}, notes


async def _measured(settings: Settings) -> dict[str, list[tuple[float, float]]]:
    async with Hub(settings) as hub:
        await _filled(hub)
        app = application(hub)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as client:
            await client.post("/sign-in", data={"login": "ada", "password": _SECRET})
            pid = postmaster(settings.home / "postgres")
            return {name: await _times(client, path, pid) for name, path in PAGES.items()}


async def _times(client: httpx2.AsyncClient, path: str, pid: int) -> list[tuple[float, float]]:
    """Return (CPU of the hub and of PostgreSQL, wall time) of each round, in ms."""
    found = []
    for _ in range(ROUNDS + 1):
        start, spent = time.perf_counter(), time.process_time() + cpu_seconds(pid)
        answer = await client.get(path)
        spent = time.process_time() + cpu_seconds(pid) - spent
        found.append((spent * 1000, (time.perf_counter() - start) * 1000))
        shown = len(re.findall("Call the member about their medicines", answer.text))
        if shown != 50:  # one page
            raise Void(f"{path} answered {answer.status_code} and showed {shown} plans, not 50")
    return found[1:]


async def _filled(hub: Hub) -> None:
    people = [{"id": f"mco-{n}", "kind": "mco", "name": f"Sender {n}"} for n in range(5)]
    people += [{"id": one, "kind": "pcmh", "name": "Practice"} for one in ("pcmh", "pcmh-b")]
    ends = [{"id": "end", "organisation": "pcmh", "kind": "mailbox", "format": "pdf"}]
    told = {"organisations": people, "endpoints": ends}
    await hub.rosters.load_directory(OPERATOR, yaml.safe_dump(told).encode())
    given = {
        "all": OPEN + OTHERS,
        "open": OPEN,
        "decision": json.dumps(_DECISION),
        "words": hub.seal(b'["Call the member about their medicines","2026-12-01"]'),
    }
    async with hub.database.line() as connection:
        for statement in _FILL.split(";\n")[:-1]:
            await connection.execute(statement, given)
    await _analysed(hub)
    account = NewAccount("pcmh", "ada", "Ada Holt", ("pcmh",), _SECRET)
    await open_account(hub.office(), OPERATOR, account)


async def _analysed(hub: Hub) -> None:
    """Let PostgreSQL count what was put in, as it does by itself a minute later."""
    connection = await psycopg.AsyncConnection.connect(hub.database.conninfo, autocommit=True)
    async with connection:
        await connection.execute("vacuum analyze")
