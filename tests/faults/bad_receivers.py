"""Practices that are down, slow, full, gone or lying, in front of a hub with short patience.

`test_faults.py` and `python -m tests.faults receivers` use it. The hub is real, in this process;
the practice is `tests.receivers.HookSink`. Patience is short so that the last attempt comes soon.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.channels.addresses import Guard
from hub.channels.posting import Poster
from hub.channels.webhook import Webhook
from tests.database import Databases
from tests.faults import documents
from tests.faults.outcome import Outcome
from tests.receivers import SECRET, Answer, HookSink
from tests.simulator import STAFF, Play, play

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTEMPTS = 3
NORTHSIDE = "pcmh-northside"

CASES: dict[str, tuple[tuple[Answer, ...], tuple[str, str, str]]] = {
    "500 for ever": ((Answer(500),) * 9, ("undeliverable", "http_500", "operations")),
    "503 once": ((Answer(503),), ("sent", "http_204", "")),
    "429 with Retry-After": (
        (Answer(429, {"retry-after": "0"}),),
        ("sent", "http_204", ""),
    ),
    "gone": ((Answer(410),), ("undeliverable", "endpoint_gone", "operations")),
    "redirect": (
        (Answer(302, {"location": "http://127.0.0.1:1/"}),),
        ("undeliverable", "redirected", "operations"),
    ),
    "refuses": ((Answer(400),), ("undeliverable", "http_400", "operations")),
    "silent for ever": (
        (Answer(deed="hang"),) * 9,
        ("undeliverable", "no_answer", "operations"),
    ),
    "cut before the body": ((Answer(deed="cut_before_body"),), ("sent", "http_204", "")),
    "reset after the effect": ((Answer(deed="cut"),), ("sent", "http_204", "")),
    "garbage": ((Answer(deed="garbage"),) * 9, ("undeliverable", "cut_after_body", "operations")),
    "10 GB answer": ((Answer(200, deed="flood"),), ("sent", "http_200", "")),
    "10 GB of refusal": ((Answer(500, deed="flood"),), ("sent", "http_204", "")),
    "trickled answer": ((Answer(200, deed="trickle"),), ("sent", "http_200", "")),
}
"""Each practice: what it does first, and the delivery's state, code and owner in the end."""


@asynccontextmanager
async def short_patience(
    conninfo: str, folder: Path, people: Sequence[documents.Member], seconds: float = 0.6
):
    """Open a hub that gives up after three quick attempts of so many seconds, with a roster."""
    changes = {"roster_max_drop": 1.0, "retry_seconds": 0.02, "max_attempts": ATTEMPTS}
    async with play(conninfo, folder, **changes) as stage:
        await stage.hub.rosters.load_roster(
            STAFF, documents.MCO, "full", documents.roster(list(people))
        )
        poster = Poster(Guard(allow_http_private=True), stage.hub.clock, seconds=seconds)
        stage.hub.channels["webhook"] = Webhook(poster)
        yield stage
        await poster.close()


async def hook(stage: Play, pcmh: str, url: str) -> None:
    """Let a practice take its deliveries at a URL."""
    await stage.rows(
        "update endpoint set kind = 'webhook', address = %s, secrets = %s"
        " where organisation = %s returning 1",
        *(url, stage.hub.seal(json.dumps({"secret": SECRET}).encode()), pcmh),
    )


async def ended(stage: Play, seconds: float = 20.0) -> bool:
    """Walk the line, retries too, until nothing is due; say whether that came."""
    async with asyncio.timeout(seconds):
        while await stage.rows("select 1 from delivery where due is not null"):
            await stage.runs()
            await asyncio.sleep(0.02)
    return True


async def one(stage: Play, case: str) -> tuple[tuple[str, str, str], HookSink]:
    """Send one plan to the practice of a case; return (state, code, owner) and the practice."""
    script, _ = CASES[case]
    async with HookSink(script) as sink:
        await hook(stage, documents.PCMH, sink.url)
        who, number = documents.member(0), 1 + list(CASES).index(case)
        file = documents.extract(who, number)
        await stage.sends(documents.MCO, file.content, file.name)
        await stage.runs()
        await ended(stage)
    (row,) = await stage.rows("select state, code, owner from delivery order by seq desc limit 1")
    return (row["state"], row["code"], row["owner"]), sink


async def run(runs: int, seed: int) -> Outcome:
    """Play every case `runs` times; every plan ends with the practice or with a named person."""
    outcome = Outcome("receivers", runs * len(CASES), seed)
    databases = Databases()
    try:
        for _ in range(runs):
            _, conninfo = databases.fresh()
            with tempfile.TemporaryDirectory() as folder:
                people = [documents.member(0)]
                async with short_patience(conninfo, Path(folder), people) as stage:
                    for case, (_, wanted) in CASES.items():
                        found, sink = await one(stage, case)
                        if found != wanted:
                            outcome.problems.append(f"{case}: {found}, not {wanted}")
                        outcome.lost += found[0] == "sent" and not sink.effects
                        outcome.doubled += len(sink.effects) > 1
    finally:
        databases.stop()
    return outcome
