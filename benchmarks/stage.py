"""An installation to be loaded: folder, database, directory, roster, processes, and a practice.

`line`, `durability`, `adversity` open it. Everything is what an operator would have: `hub serve`,
`hub work` and the practice are processes of their own, secrets go by standard input, and all of it
is taken down at the end. A process may be killed and started again by its name.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import asyncssh
import yaml

from benchmarks import documents, load
from benchmarks.documents import MCO, PRACTICE
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.settings import Settings
from hub.store.binaries import ENVIRONMENT
from hub.web.credentials import admit_sftp_key, issue_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

KINDS = {
    "ccda": ("adapters.formats.ccda:ADAPTER", "application/xml"),
    "hl7v2": ("adapters.mcos.allegheny_hl7v2:ADAPTER", "x-application/hl7-v2+er7"),
}
_WARM = 40
_START_SECONDS = 60.0
_LOWEST_PORT, _PORTS = 20_000, 12_000


class Void(Exception):
    """The run proves nothing: what was accepted is not what was delivered, taken and recorded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: how many plans a round, rounds of each number of connections, members.

    `adapters` are bound beside the kind's own; `environment` is for the hub's processes, `preload`
    also for PostgreSQL's; `practice` are the practice's manners: `delay` in s, `busy` a share.
    """

    plans: int
    connections: tuple[int, ...] = (8, 32)
    rounds: int = 3
    members: int = 2000
    workers: int = 2
    kind: str = "ccda"
    warm: int = _WARM
    adapters: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    preload: Mapping[str, str] = field(default_factory=dict)
    practice: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Stage:
    """A running installation; `running` are its processes by name: serve, work-0, …, practice."""

    hub: Hub
    settings: Settings
    practice: int
    database: int
    running: dict[str, Running]
    keys: dict[str, str]
    sftp: asyncssh.SSHKey
    serials: load.Serials
    sent: list[load.Sent]

    @property
    def serve(self) -> int:
        """The pid of `hub serve`."""
        return self.running["serve"].process.pid

    @property
    def workers(self) -> tuple[int, ...]:
        """The pids of `hub work`."""
        return tuple(r.process.pid for name, r in self.running.items() if name.startswith("work"))

    @property
    def sink(self) -> int:
        """The pid of the practice."""
        return self.running["practice"].process.pid


@asynccontextmanager
async def stage(plan: Plan) -> AsyncIterator[Stage]:
    """Build an installation, run its processes, and take everything down at the end."""
    home = new_home()
    http, sftp, practice = free_ports(3)
    settings = replace(
        Settings(),
        home=home,
        http_port=http,
        sftp_port=sftp,
        public_url=f"http://127.0.0.1:{http}",
        private_networks=True,
    )
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(_database(settings, plan.preload))
            hub = await stack.enter_async_context(Hub(settings))
            secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
            keys, ssh = await _people(hub, plan, practice, secret)
            told = {"port": practice, "hub": http, "secret": secret, "token": keys[PRACTICE]}
            names = ("serve", *(f"work-{number}" for number in range(plan.workers)))
            running = {name: child(name.partition("-")[0], settings, plan) for name in names}
            running["practice"] = _practice({**told, **plan.practice})
            for each in running.values():
                stack.enter_context(each)
            stack.callback(_end, running)
            await listening(http)
            await _roster(http, keys[MCO], plan.members)
            pid = postmaster(home / "postgres")
            yield Stage(
                hub=hub,
                settings=settings,
                practice=practice,
                database=pid,
                running=running,
                keys=keys,
                sftp=ssh,
                serials=load.Serials(plan.members, _maker(plan.kind)),
                sent=[],
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _database(settings: Settings, preload: Mapping[str, str]) -> Iterator[None]:
    """Run the embedded server, with `preload` in its environment: it inherits nothing of ours."""
    ENVIRONMENT.update(preload)
    try:
        upgrade_database(settings)
        yield
    finally:
        stop_database(settings)
        for name in preload:
            del ENVIRONMENT[name]


async def listening(port: int) -> None:
    """Wait until `serve` listens; `Void` when it doesn't."""
    try:
        await asyncio.to_thread(load.wait_for, "127.0.0.1", port, _START_SECONDS)
    except TimeoutError:
        raise Void(f"serve does not listen after {_START_SECONDS:.0f} s") from None


def new_home() -> Path:
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
        "bindings": [{"organisation": MCO, "adapters": [KINDS[plan.kind][0], *plan.adapters]}],
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


def free_ports(count: int) -> list[int]:
    """Return free ports below those the system gives out by itself: nobody takes them meanwhile."""
    found: list[int] = []
    while len(found) < count:
        port = _LOWEST_PORT + secrets.randbelow(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found += [port] if port not in found else []
    return found


def _end(running: Mapping[str, Running]) -> None:
    """Tell all of them to end before any is waited for."""
    for each in running.values():
        each.process.terminate()


class Running:
    """A child process that is ended when its block is left."""

    process: subprocess.Popen[bytes]

    def __init__(self, argv: list[str], environment: dict[str, str], told: str = "") -> None:
        self._argv, self._environment, self._told = argv, environment, told

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start it; its own process, its words by standard input."""
        self.process = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, "-m", *self._argv],
            cwd=Path(__file__).resolve().parent.parent,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert self.process.stdin is not None, "asked for"
        self.process.stdin.write(self._told.encode())
        self.process.stdin.close()

    def kill(self) -> None:
        """`kill -9` it and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


def child(command: str, settings: Settings, plan: Plan) -> Running:
    """Return `icp-hub serve` or `work` of an installation, to be entered."""
    names = ("home", "http_port", "sftp_port", "public_url")
    given = {f"ICP_HUB_{name.upper()}": str(getattr(settings, name)) for name in names}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ICP_HUB_")}
    ours = {**given, "ICP_HUB_PRIVATE_NETWORKS": "yes", **plan.environment, **plan.preload}
    return Running(["hub", command], {**kept, **ours})


def _practice(told: Mapping[str, Any]) -> Running:
    return Running(["benchmarks.sink"], dict(os.environ), f"{json.dumps(told)}\n")
