"""An installation to be loaded: folder, database, directory, roster, processes, and a practice.

`benchmarks.line` opens it. Everything is what an operator would have: `hub serve`, `hub work` and
the practice are processes of their own, secrets go by standard input, and all of it is taken down
at the end.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import yaml

from benchmarks import documents, load
from benchmarks.documents import MCO, PRACTICE
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.settings import Settings
from hub.web.credentials import admit_sftp_key, issue_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KINDS = {
    "ccda": ("adapters.formats.ccda:ADAPTER", "application/xml"),
    "hl7v2": ("adapters.mcos.allegheny_hl7v2:ADAPTER", "x-application/hl7-v2+er7"),
}
_WARM = 40


class Void(Exception):
    """The run proves nothing: what was accepted is not what was delivered, taken and recorded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: how many plans a round, rounds of each number of connections, members."""

    plans: int
    connections: tuple[int, ...] = (8, 32)
    rounds: int = 3
    members: int = 2000
    workers: int = 2
    kind: str = "ccda"
    warm: int = _WARM


@dataclass
class Stage:
    """A running installation."""

    hub: Hub
    settings: Settings
    practice: int
    database: int
    serve: int
    workers: tuple[int, ...]
    sink: int
    keys: dict[str, str]
    sftp: asyncssh.SSHKey
    serials: load.Serials
    sent: list[load.Sent]


@asynccontextmanager
async def stage(plan: Plan) -> AsyncIterator[Stage]:
    """Build an installation, run its processes, and take everything down at the end."""
    home = _home()
    http, sftp, practice = _ports(3)
    settings = replace(
        Settings(),
        home=home,
        http_port=http,
        sftp_port=sftp,
        public_url=f"http://127.0.0.1:{http}",
        private_networks=True,
    )
    try:
        upgrade_database(settings)
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(Hub(settings))
            secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
            keys, ssh = await _people(hub, plan, practice, secret)
            serve = stack.enter_context(_child("serve", settings))
            sink = stack.enter_context(_sink(practice, http, secret, keys[PRACTICE]))
            workers = [stack.enter_context(_child("work", settings)) for _ in range(plan.workers)]
            stack.callback(_end, serve, sink, *workers)
            await asyncio.to_thread(load.wait_for, "127.0.0.1", http, 60.0)
            await _roster(http, keys[MCO], plan.members)
            pid = postmaster(home / "postgres")
            yield Stage(
                hub=hub,
                settings=settings,
                practice=practice,
                database=pid,
                serve=serve.pid,
                workers=tuple(worker.pid for worker in workers),
                sink=sink.pid,
                keys=keys,
                sftp=ssh,
                serials=load.Serials(plan.members, _maker(plan.kind)),
                sent=[],
            )
    finally:
        stop_database(settings)
        shutil.rmtree(home, ignore_errors=True)


def _home() -> Path:
    """Return a new folder that the database's own user may pass through."""
    home = Path(tempfile.mkdtemp(prefix="icp-bench-"))
    home.chmod(0o755)
    return home


def postmaster(root: Path) -> int:
    """Return the pid of the embedded server under a folder."""
    return int((root / "pgdata/postmaster.pid").read_text("ascii").split()[0])


def _maker(kind: str) -> Any:  # a function of (member, serial, secret)
    if kind == "hl7v2":
        return lambda member, serial, secret: documents.mdm(member, serial, secret=secret)
    return lambda member, serial, secret: documents.care_plan(member, serial, secret=secret)


async def _people(
    hub: Hub, plan: Plan, practice: int, secret: str
) -> tuple[dict[str, str], asyncssh.SSHKey]:
    """Load the directory, and issue the keys of sender and practice."""
    directory = {
        "organisations": [
            {"id": MCO, "kind": "mco", "name": "Bench Health Plan", "part2_source": "mixed"},
            {"id": PRACTICE, "kind": "pcmh", "name": "Bench Family Medicine"},
        ],
        "contacts": [
            {
                "id": "con-bench",
                "organisation": PRACTICE,
                "name": "Nadia Brandt RN",
                "roles": ["plan"],
                "endpoint": "end-bench",
                "from": "2026-01-01",
                "verified_on": "2026-01-01",
            }
        ],
        "endpoints": [
            {
                "id": "end-bench",
                "organisation": PRACTICE,
                "kind": "webhook",
                "format": "ccda",
                "address": f"http://127.0.0.1:{practice}/plans",
                "secrets": {"secret": secret},
            }
        ],
        "bindings": [{"organisation": MCO, "adapters": [KINDS[plan.kind][0]]}],
    }
    await hub.rosters.load_directory(OPERATOR, yaml.safe_dump(directory).encode())
    scopes = {
        MCO: ("submissions.write", "submissions.read", "rosters.write"),
        PRACTICE: ("deliveries.read", "deliveries.answer"),
    }
    keys = {}
    for name, allowed in scopes.items():
        keys[name] = (await issue_key(hub.office(), OPERATOR, name, "bench", allowed)).secret
    ssh = asyncssh.generate_private_key("ssh-ed25519")
    await admit_sftp_key(hub.office(), OPERATOR, MCO, MCO, ssh.get_fingerprint())
    return keys, ssh


async def _roster(port: int, key: str, members: int) -> None:
    client = await load.connected("127.0.0.1", port)
    headers = {"authorization": f"Bearer {key}", "content-type": "text/csv"}
    wire = load.request("POST", "/v1/rosters/full", documents.roster(members), headers)
    status, body = await client.exchange(wire)
    client.close()
    if status != 200:
        raise Void(f"the roster was answered {status}: {body.decode()[:300]}")


def _ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _end(*processes: subprocess.Popen[bytes]) -> None:
    """Tell all of them to end before any is waited for."""
    for process in processes:
        process.terminate()


class _Running:
    """A child process that is ended when its block is left."""

    def __init__(self, argv: list[str], environment: dict[str, str], told: str = "") -> None:
        self._argv, self._environment, self._told = argv, environment, told

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, "-m", *self._argv],
            cwd=Path(__file__).resolve().parent.parent,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None, "asked for"
        self._process.stdin.write(self._told.encode())
        self._process.stdin.close()
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _child(command: str, settings: Settings) -> _Running:
    names = ("home", "http_port", "sftp_port", "public_url")
    given = {f"ICP_HUB_{name.upper()}": str(getattr(settings, name)) for name in names}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ICP_HUB_")}
    return _Running(["hub", command], {**kept, **given, "ICP_HUB_PRIVATE_NETWORKS": "yes"})


def _sink(port: int, hub: int, secret: str, token: str) -> _Running:
    told = json.dumps({"port": port, "hub": hub, "secret": secret, "token": token})
    return _Running(["benchmarks.sink"], dict(os.environ), f"{told}\n")
