"""A whole hub of real processes over an embedded PostgreSQL, to be killed and looked into.

`Stage` makes a home in a temporary folder, loads the directory and a roster as an operator would,
and starts `icp-hub serve` and `icp-hub work` as children with their output in files. A child that
ends without having been killed here is started again and counted: a hub should not need it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import asyncssh
import psycopg
import yaml
from psycopg.rows import dict_row

from hub.demo import world
from hub.main import OPERATOR, Hub, upgrade_database
from hub.settings import Settings
from hub.store.embedded import EmbeddedPostgres
from hub.web.credentials import admit_sftp_key, issue_key
from tests.faults import documents
from tests.faults.outcome import console
from tests.receivers import SECRET

PATIENCE = 180.0


@dataclass
class Child:
    """One process of the hub: its name, and where in its log its own lines start."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    start: int
    killed: bool = False

    def ready(self) -> bool:
        """Say whether it has said that it serves or works."""
        with self.log.open("rb") as file:
            file.seek(self.start)
            return b"hub.serving" in (said := file.read()) or b"hub.working" in said


class Stage:
    """A hub's home and processes; an async context manager that leaves nothing behind."""

    def __init__(
        self, hook: str, *, workers: int = 2, members: int = 40, **changes: object
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="icp-faults-"))
        self.folder.chmod(0o755)
        (self.folder / "logs").mkdir()
        (self.folder / "tmp").mkdir(mode=0o1777)
        self.settings = Settings(
            home=self.folder / "home",
            http_port=free_port(),
            sftp_port=free_port(),
            private_networks=True,
            retry_seconds=1.0,
            **changes,
        )
        self.members = [documents.member(number) for number in range(members)]
        self.names = ["serve", *(f"work-{number}" for number in range(workers))]
        self.children: dict[str, Child] = {}
        self.kills: Counter[str] = Counter()
        self.died: Counter[str] = Counter()
        self.keys: dict[str, str] = {}
        self._hook = hook
        self._keepers: list[asyncio.Task[None]] = []
        self._closing = False

    async def __aenter__(self) -> Self:
        """Make the database, load who is who, and start every process."""
        self.settings.home.mkdir(mode=0o755)
        await asyncio.to_thread(upgrade_database, self.settings)
        async with Hub(self.settings) as hub:
            await hub.rosters.load_directory(OPERATOR, self._directory())
            file = documents.roster(self.members)
            await hub.rosters.load_roster(OPERATOR, documents.MCO, "full", file)
            await self._admit(hub)
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self.names]
        await self.served()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End every process, the database too, and remove the folder; tell what went before."""
        self._closing = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for child in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            await child.process.wait()
        await asyncio.to_thread(self.postgres.stop)
        if kind is not None:
            console.print(self.logs()[-4000:].decode(errors="replace"), markup=False)
        shutil.rmtree(self.folder)

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database's server."""
        return EmbeddedPostgres(self.settings.home / "postgres")

    def sftp(self, *words: str) -> list[str]:
        """Return the command of the OpenSSH client for this hub."""
        options = (
            *("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no"),
            *("UserKnownHostsFile=/dev/null", "ConnectTimeout=5", "LogLevel=ERROR"),
        )
        said = [part for option in options for part in ("-o", option)]
        key, port = str(self.folder / "key"), str(self.settings.sftp_port)
        who = f"{documents.MCO}@127.0.0.1"
        return ["sftp", "-q", "-F", "/dev/null", *said, "-i", key, "-P", port, *words, who]

    async def rows(self, statement: str, *given: object) -> list[dict]:
        """Look into the database as its owner."""
        connection = await psycopg.AsyncConnection.connect(
            self.postgres.dsn(), autocommit=True, row_factory=dict_row
        )
        async with connection:
            return await (await connection.execute(statement, given)).fetchall()

    async def served(self) -> None:
        """Wait until SFTP answers."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.settings.sftp_port)
            except OSError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return

    async def kill(self, name: str) -> bool:
        """`kill -9` a child; its keeper starts it again. Says whether there was one."""
        child = self.children.get(name)
        if child is None or child.process.returncode is not None:
            return False
        child.killed = True
        child.process.kill()
        self.kills["serve" if name == "serve" else "worker"] += 1
        await child.process.wait()
        return True

    async def kill_postgres(self) -> None:
        """`kill -9` the postmaster, and start it again as any node's start would."""
        pid = int((self.settings.home / "postgres/pgdata/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        self.kills["postmaster"] += 1
        await asyncio.to_thread(self.postgres.ensure)

    async def settled(self, seconds: float, *, hurry: bool = False) -> bool:
        """Wait until nothing is due any more; say whether that came.

        `hurry` shortens every lease to three seconds.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError):
                (row,) = await self.rows(
                    "select (select count(*) from submission where due is not null)"
                    " + (select count(*) from plan where due < now() + interval '1 minute')"
                    " + (select count(*) from delivery where due is not null) as due"
                )
                if row["due"] == 0:
                    return True
                if hurry:
                    await self._hurry()
            await asyncio.sleep(0.5)
        return False

    async def _hurry(self) -> None:
        for table in ("submission", "plan", "delivery"):
            await self.rows(
                f"update {table} set lease_until = least(lease_until, now() + interval '3 s')"  # noqa: S608  # a literal of ours
                " where due is not null returning 1"
            )

    def logs(self) -> bytes:
        """Return everything the processes printed."""
        return b"".join(file.read_bytes() for file in sorted((self.folder / "logs").iterdir()))

    async def _keep(self, name: str) -> None:
        """Run one child for ever, as a service manager would."""
        while not self._closing:
            log = self.folder / "logs" / name
            with log.open("ab") as sink:
                start = sink.tell()
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "hub", name.partition("-")[0]),
                    stdout=sink,
                    stderr=sink,
                    env=self.environment(),
                )
            child = Child(name, process, log, start)
            self.children[name] = child
            await process.wait()
            if not child.killed:
                self.died[name.partition("-")[0]] += 1
                await asyncio.sleep(0.5)

    def environment(self) -> dict[str, str]:
        """Return what a process of this hub finds in its environment."""
        given = {k: v for k, v in os.environ.items() if not k.startswith("ICP_HUB_")}
        names = ("home", "http_port", "sftp_port", "retry_seconds", "max_attempts")
        ours = {f"ICP_HUB_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        here = {"TMPDIR": str(self.folder / "tmp"), "ICP_HUB_PRIVATE_NETWORKS": "yes"}
        return given | ours | here

    def _directory(self) -> bytes:
        known = world.load()
        mailbox = {"kind": "mailbox", "format": "json"}
        ends = [{**end, **mailbox} for end in known["endpoints"]]
        for end in ends:
            if end["organisation"] == documents.PCMH:
                end |= {"kind": "webhook", "address": self._hook, "secrets": {"secret": SECRET}}
        kept = {k: known[k] for k in ("organisations", "contacts")}
        bound = [b for b in known["bindings"] if b["organisation"] == documents.MCO]
        return yaml.safe_dump({**kept, "endpoints": ends, "bindings": bound}).encode()

    async def _admit(self, hub: Hub) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        file = self.folder / "key"
        file.touch(mode=0o600)
        file.write_bytes(key.export_private_key("openssh"))
        office, mco = hub.office(), documents.MCO
        await admit_sftp_key(office, OPERATOR, mco, mco, key.get_fingerprint())
        for name, scopes in ((mco, "mco"), (documents.PCMH, "pcmh")):
            issued = await issue_key(office, OPERATOR, name, "faults", world.SCOPES[scopes])
            self.keys[name] = issued.secret


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
