"""The limits of this machine: the least CPU each unavoidable step takes, and the ceiling of it all.

`run` measures each primitive once, with the best technique that CPython and wheels offer, over the
same synthetic care plan that the line is loaded with. Their sum is the floor (µs per plan); cores
divided by it is the ceiling (plans per second) to which `line` sets what the hub delivers.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from benchmarks import documents, load
from benchmarks.readers import parsed
from benchmarks.report import Figure
from benchmarks.timing import calibration, cpu_seconds, cpu_us, wall_us

CORES = 2
BATCH = 64


def run(dsn: str, server: int, seconds: float) -> dict[str, Figure]:
    """Measure every limit; `dsn` and `server`: a PostgreSQL and its process."""
    found = {"calibration": Figure(calibration(), "µs CPU")}
    found |= _compute(seconds)
    found |= _disk(seconds)
    found |= _database(dsn, server, seconds)
    found |= _http(seconds)
    floor = sum(figure.value or 0.0 for figure in found.values() if figure.part)
    found["floor"] = Figure(floor, "µs CPU/plan")
    found["ceiling"] = Figure(CORES * 1e6 / floor, "plans/s")
    found["calibration_after"] = Figure(calibration(), "µs CPU")
    return found


def walked(root: etree._Element) -> list[Any]:
    """Visit every element once in C order and take what it holds: the floor of a reader."""
    return [(each.tag, each.items(), each.text) for each in root.iter(etree.Element)]


def rendered(rows: list[Any]) -> bytes:
    """Write a document of about the same size from string parts: the floor of a renderer."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3">']
    for tag, items, text in rows:
        name = tag[16:]
        inside = " ".join([f'{key}="{value}"' for key, value in items])
        parts.append(f"<{name} {inside}>{text or ''}</{name}>")
    parts.append("</ClinicalDocument>")
    return "".join(parts).encode()


def _compute(seconds: float) -> dict[str, Figure]:
    content = documents.care_plan(documents.person(1), 1)
    cipher, nonce = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(12)
    packer, opener = zstandard.ZstdCompressor(1), zstandard.ZstdDecompressor()
    packed = packer.compress(content)
    sealed = cipher.encrypt(nonce, packed, None)
    root = parsed(content)
    rows = walked(root)
    plan = msgspec.json.encode(rows)
    out = rendered(rows)

    def part(call: Any, *, part: bool = True) -> Figure:  # any callable
        return Figure(cpu_us(call, seconds), "µs CPU", part=part)

    return {
        "sha256_in": part(lambda: hashlib.sha256(content).digest()),
        "zstd": part(lambda: packer.compress(content)),
        "aes_gcm": part(lambda: cipher.encrypt(nonce, packed, None)),
        "open_and_unpack": part(lambda: opener.decompress(cipher.decrypt(nonce, sealed, None))),
        "xml_parse": part(lambda: parsed(content)),
        "xml_walk": part(lambda: walked(root)),
        "json_encode": part(lambda: msgspec.json.encode(rows)),
        "seal_plan": part(lambda: cipher.encrypt(nonce, packer.compress(plan), None)),
        "render_parts": part(lambda: rendered(rows)),
        "seal_rendered": part(lambda: cipher.encrypt(nonce, packer.compress(out), None)),
        "sha256_out": part(lambda: hashlib.sha256(out).digest()),
        "event_hashes": part(lambda: [hashlib.sha256(out[:200]).digest() for _ in range(8)]),
    }


def _disk(seconds: float) -> dict[str, Figure]:
    """Measure waits for the disk; wall time, so they are no part of the floor."""
    content = documents.care_plan(documents.person(1), 1)
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        log = os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        def append() -> None:
            os.write(log, content[:4096])
            os.fdatasync(log)

        def keep() -> None:
            handle = os.open(f"{folder}/new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(handle, content)
            os.fsync(handle)
            os.close(handle)
            Path(f"{folder}/new").replace(f"{folder}/kept")

        found = {
            "fdatasync_4k": Figure(wall_us(append, seconds), "µs wall"),
            "file_fsync_rename": Figure(wall_us(keep, seconds), "µs wall"),
        }
        os.close(log)
    return found


def _database(dsn: str, server: int, seconds: float) -> dict[str, Figure]:
    """Measure PostgreSQL's and our CPU per plan, in batches of 64, committed with fsync."""
    found = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        insert = "insert into floor_row select * from unnest(%s::text[], %s::text[])"

        def rows(size: int) -> None:
            ids = [secrets.token_hex(12) for _ in range(BATCH)]
            connection.execute(insert, (ids, ["x" * size] * BATCH), prepare=True)

        connection.execute("drop table if exists floor_row, floor_work")
        connection.execute("create table floor_row (id text primary key, body text)")
        both = max(1.0, seconds * 3)
        found["pg_rows_plan"] = _both(lambda: rows(1200), server, both)
        found["pg_rows_events"] = _both(lambda: rows(2400), server, both)
        connection.execute(
            "create table floor_work (id bigserial primary key, state smallint default 0)"
        )
        connection.execute("create index on floor_work (id) where state = 0")
        connection.execute(
            "insert into floor_work (state) select 0 from generate_series(1, 200000)"
        )
        connection.execute("analyze floor_work")
        found["pg_claim_ack"] = _both(lambda: _claimed(connection), server, both)
        connection.execute("drop table floor_row, floor_work")
    return found


def _claimed(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute(
        "update floor_work set state = 1 where id in (select id from floor_work where state = 0"
        " order by id limit 64 for update skip locked) returning id",
        prepare=True,
    ).fetchall()
    ids = [row[0] for row in rows]
    connection.execute("update floor_work set state = 2 where id = any(%s)", (ids,), prepare=True)


def _both(call: Any, server: int, seconds: float) -> Figure:  # any callable
    """Return our and the server's CPU per item of a batch."""
    call()
    theirs, ours, end, count = cpu_seconds(server), time.process_time(), seconds, 0
    start = time.perf_counter()
    while time.perf_counter() - start < end:
        call()
        count += BATCH
    spent = cpu_seconds(server) - theirs + time.process_time() - ours
    return Figure(spent / count * 1e6, "µs CPU", part=True)


def _http(seconds: float) -> dict[str, Figure]:
    """Measure both ends of a 60 KB post: bare ASGI under uvicorn, and the raw kept-open client."""
    body = documents.care_plan(documents.person(1), 1)
    with Bare() as (port, process):
        server, client, count = asyncio.run(_posted(port, process, body, max(1.0, seconds * 4)))
    return {
        "http_in": Figure(server / count * 1e6, "µs CPU", part=True),
        "http_out": Figure(client / count * 1e6, "µs CPU", part=True),
    }


async def _posted(port: int, process: int, body: bytes, seconds: float) -> tuple[float, float, int]:
    """Return (server's CPU s, client's CPU s, posts)."""
    clients = [await load.connected("127.0.0.1", port) for _ in range(8)]
    request = load.request("POST", "/", body, {"content-type": "application/xml"})
    counts = [0] * len(clients)

    async def lane(number: int, end: float) -> None:
        while time.perf_counter() < end:
            status, _ = await clients[number].exchange(request)
            assert status == 202, "the bare server must take every post"
            counts[number] += 1

    async def all_lanes(span: float) -> None:
        end = time.perf_counter() + span
        await asyncio.gather(*(lane(n, end) for n in range(len(clients))))

    await all_lanes(0.2)
    counts[:] = [0] * len(clients)
    theirs, ours = cpu_seconds(process), time.process_time()
    await all_lanes(seconds)
    spent = cpu_seconds(process) - theirs, time.process_time() - ours
    for client in clients:
        client.close()
    return *spent, sum(counts)


class Bare:
    """A bare ASGI server in a process of its own; gives (port, pid)."""

    def __enter__(self) -> tuple[int, int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        quiet = ["--no-access-log", "--log-level", "error", "--lifespan", "off"]
        loop = ["--loop", "uvloop", "--http", "httptools"]
        argv = ["-m", "uvicorn", "benchmarks.limits:bare", "--port", str(port), *quiet, *loop]
        root = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen([sys.executable, *argv], cwd=root)  # noqa: S603  # our own server
        load.wait_for("127.0.0.1", port, 20.0)
        return port, self._process.pid

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


async def bare(scope: Any, receive: Any, send: Any) -> None:  # ASGI
    """Take a body whole and answer 202; the least an ASGI application can do."""
    if scope["type"] != "http":
        return
    parts = [part async for part in _body(receive)]
    answer = b'{"bytes":%d}' % len(b"".join(parts))
    head = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 202, "headers": head})
    await send({"type": "http.response.body", "body": answer})


async def _body(receive: Any) -> Any:  # ASGI
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)
