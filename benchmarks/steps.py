"""The steps of the line, one by one: CPU per call of each reader, rule, renderer and seal.

`run` measures every step over synthetic documents in this process, the sandbox's round trip with
its child's CPU too. Readers are set against their floors (`readers`), by CPU and by instructions
(`counting`).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
import tempfile
import time
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import counting, documents, limits, readers
from benchmarks.readers import COUNTED, GATES, READERS
from benchmarks.report import Figure, set_against
from benchmarks.timing import cpu_seconds, cpu_us
from consent.decision import decide
from consent.records import Policy
from hub import matching, release
from hub.canonical import Document, Plan
from hub.canonical.check import check
from hub.canonical.wire import decode_plan, encode, frame
from hub.channels.addresses import Guard
from hub.channels.posting import Poster
from hub.clock import SystemClock
from hub.directory import Contact, Organisation, RosterMember, Route
from hub.labels import label, source_of
from hub.normalize import member_keys
from hub.ports import Binding, Endpoint
from hub.questioning import ask
from hub.render.scanning import searchable
from hub.sandbox.checking import checked
from hub.sandbox.reader import SandboxReader
from hub.stored import Draft, Facts
from hub.vault.folder import FolderVault
from hub.vault.keys import LocalKeyFile
from hub.vault.sealing import seal, unseal
from hub.withholding import leaks, withhold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_MCO = Organisation(documents.MCO, "mco", "Bench Health Plan", part2_source="mixed")
_PCMH = Organisation(documents.PRACTICE, "pcmh", "Bench Family Medicine")
_CONTACT = Contact("con-bench", _PCMH.id, "Nadia Brandt RN", ("plan",), "end-bench")


def run(seconds: float, found: Mapping[str, Figure]) -> dict[str, Figure]:
    """Measure every step; `found` holds the limits measured before."""
    figures: dict[str, Figure] = {}
    for name, call in calls().items():
        figures[name] = Figure(cpu_us(call, seconds), "µs CPU")
    for kind in READERS:
        floor = figures.pop(f"floor_{kind}")
        figures[f"{kind}_floor"] = floor
        read = figures[f"read_{kind}"]
        gate = None if kind in COUNTED and counting.tool() else GATES.get(kind)
        figures[f"read_{kind}"] = set_against(read, f"{kind}_floor", floor, gate)
    figures["sandbox"] = asyncio.run(_sandboxed(max(1.0, seconds * 4)))
    post = asyncio.run(_posted(max(1.0, seconds * 4)))
    figures["webhook_post"] = set_against(post, "http_out", found.get("http_out"))
    figures["vault_put"] = _kept(max(1.0, seconds * 4))
    figures |= _instructions()
    against = found.get("floor")
    ordinary = ("read_ccda", "check", "release", "wire_encode", "frame", "unframe", "seal")
    total = sum(figures[name].value or 0.0 for name in ordinary)
    figures["steps_total"] = set_against(Figure(total, "µs CPU"), "floor", against)
    return figures


def _instructions() -> dict[str, Figure]:
    """Return the instructions of the readers in `COUNTED`, set against their floors'."""
    names = [f"{side}_{kind}" for kind in sorted(COUNTED) for side in ("floor", "read")]
    unit = f"instructions ({counting.tool() or 'no perf, no valgrind'})"
    told = {name: Figure(n, unit) for name, n in counting.counted(names).items()}
    figures: dict[str, Figure] = {}
    for kind in sorted(COUNTED):
        floor = figures[f"instructions_floor_{kind}"] = told[f"floor_{kind}"]
        figures[f"instructions_read_{kind}"] = set_against(
            told[f"read_{kind}"], f"instructions_floor_{kind}", floor, GATES[kind]
        )
    return figures


def calls() -> dict[str, Callable[[], object]]:
    """Return every step as a call without arguments."""
    found: dict[str, Callable[[], object]] = {}
    for kind in READERS:
        found |= readers.calls(kind)
    ccda, given = readers.loaded(READERS["ccda"]), readers.document("ccda")
    plain = documents.care_plan(documents.person(1), 1)
    draft, member, way, facts = _case(ccda.read(Document(plain)).plans[0])
    found["release"] = lambda: release.release(draft, member, way, facts, NOW)
    reading = ccda.read(given)
    return found | _rules(reading.plans[0]) | _carried(reading, given.content)


def _rules(plan: Plan) -> dict[str, Callable[[], object]]:
    """Return the steps between reading and sending."""
    draft, member, way, facts = _case(plan)
    source = source_of(_MCO)
    asked = ask(draft, member, way, facts, NOW, Policy())
    labelling, question, decision = asked.labelling, asked.question, asked.decision
    assert decision.withhold, "the thread must be withheld"
    kept = withhold(plan, labelling, decision.withhold)
    cover = release._cover(draft, decision, (_MCO, _PCMH), way, (), NOW)  # noqa: SLF001  # the same
    renders = import_module("hub.render").render
    out = renders("ccda", kept.plan, cover)
    return {
        "check": lambda: check(plan, date(2026, 11, 22)),
        "match": lambda: matching.match(plan, member_keys(plan), _MCO.id, facts.members),
        "label": lambda: label(plan, source),
        "decide": lambda: decide(question, (), Policy()),
        "withhold": lambda: withhold(plan, labelling, decision.withhold),
        "render_ccda": lambda: renders("ccda", kept.plan, cover),
        "render_json": lambda: renders("json", kept.plan, cover),
        "render_pdf": lambda: renders("pdf", kept.plan, cover),
        "scan": lambda: leaks(searchable(out), kept.phrases),
        "release_withheld": lambda: release.release(draft, member, way, facts, NOW),
    }


def _carried(reading: Any, content: bytes) -> dict[str, Callable[[], object]]:  # a reading
    """Return what carrying costs: wire, frames, seals."""
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        keys = LocalKeyFile(Path(folder) / "vault.keys")
    digest = hashlib.sha256(content).hexdigest()
    wired, framed, sealed = encode(reading.plans[0]), frame(reading), seal(content, digest, keys)
    return {
        "wire_encode": lambda: encode(reading.plans[0]),
        "wire_decode": lambda: decode_plan(wired),
        "frame": lambda: frame(reading),
        "unframe": lambda: checked(framed),
        "seal": lambda: seal(content, digest, keys),
        "unseal": lambda: unseal(sealed, digest, keys),
    }


def _case(plan: Plan) -> tuple[Draft, RosterMember, Route, Facts]:
    """Return what the release step is given for one plan."""
    who = documents.person(1)
    member = RosterMember(
        id="mem-1",
        mco=_MCO.id,
        member_id=who.member_id,
        family=who.family,
        given=who.given,
        birth_date=who.birth_date,
        sex=who.sex,
    )
    draft = Draft("pln-1", 1, "sub-1", _MCO.id, "chain", 1, plan)
    facts = Facts(
        organisations={_MCO.id: _MCO, _PCMH.id: _PCMH},
        members={(_MCO.id, who.member_id): (member,)},
        by_id={member.id: member},
        endpoints={"end-bench": Endpoint("end-bench", _PCMH.id, "webhook")},
    )
    return draft, member, Route(_PCMH.id, _CONTACT, "end-bench"), facts


async def _sandboxed(seconds: float) -> Figure:
    """Measure a document's round trip through the reader child, both sides' CPU."""
    document = readers.document("ccda")
    reader = SandboxReader()
    bindings = (Binding(READERS["ccda"], None, "1"),)
    try:
        for _ in range(10):
            _, reading = await reader.read(bindings, document)
            assert reading.plans, "the child must read the document"
        before, count = cpu_seconds(os.getpid()), 0
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            await reader.read(bindings, document)
            count += 1
        return Figure((cpu_seconds(os.getpid()) - before) / count * 1e6, "µs CPU, both sides")
    finally:
        await reader.close()


async def _posted(seconds: float) -> Figure:
    """Measure the signed webhook post of a whole document, our side's CPU only."""
    body = documents.care_plan(documents.person(1), 1)
    secret = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    poster = Poster(Guard(allow_http_private=True), SystemClock())
    with limits.Bare() as (port, _):
        address = f"http://127.0.0.1:{port}/plans"
        end = Endpoint("end-bench", "pcmh", "webhook", address, secrets={"secret": secret})
        head = {"content-type": "application/xml"}
        count, start, until = 0, 0.0, 0.0
        loop = asyncio.get_running_loop()
        while not until or loop.time() < until:
            await asyncio.gather(*(poster.post(end, "del_1", head, body) for _ in range(8)))
            if not until:
                start, until = time.process_time(), loop.time() + seconds
            else:
                count += 8
        spent = time.process_time() - start
        await poster.close()
    return Figure(spent / count * 1e6, "µs CPU")


def _kept(seconds: float) -> Figure:
    """Measure what keeping one object costs, in batches of 64, fsync and its threads too."""
    content = documents.care_plan(documents.person(1), 1)
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        vault = FolderVault(Path(folder) / "vault", LocalKeyFile(Path(folder) / "vault.keys"))
        count, start, until = 0, time.process_time(), time.perf_counter() + seconds
        while time.perf_counter() < until:
            batch = [content + secrets.token_bytes(16) for _ in range(limits.BATCH)]
            asyncio.run(vault.put_many(batch))
            count += len(batch)
        return Figure((time.process_time() - start) / count * 1e6, "µs CPU/object")
