"""The composition root: the one file that knows which store, vault, clock, channels are real.

The CLI opens a `Hub` and lets it `serve`, `work` or both. Everything wrong is refused early: a
missing key, a database of another version, an unknown setting end here as `Misconfigured`.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import psycopg
import structlog
import uvicorn

from hub.canonical import Document
from hub.channels.addresses import Guard
from hub.channels.mailbox import Mailbox
from hub.channels.notify import Notifier
from hub.channels.posting import Poster
from hub.channels.sftp_push import SftpPush
from hub.channels.sftp_server import SftpSettings
from hub.channels.sftp_server import serve as serve_sftp
from hub.channels.webhook import Webhook
from hub.clock import SystemClock, Ticker
from hub.delivery import Retry
from hub.errors import HubError, Misconfigured, Trouble
from hub.intake import Desk, VaultUpload
from hub.pipeline import Engine, run
from hub.ports import Binding
from hub.release import permitted
from hub.sandbox.reader import SandboxReader, read_once
from hub.store import accepting, chasing, schema, sealing, work
from hub.store.answering import PostgresReception
from hub.store.consenting import PostgresRegistry
from hub.store.credentials import PostgresCredentials
from hub.store.desk import PostgresDesk
from hub.store.embedded import EmbeddedPostgres
from hub.store.group import Group
from hub.store.inboxing import PostgresInbox
from hub.store.line import PostgresLine
from hub.store.people import PostgresPeople
from hub.store.planning import PostgresPlans
from hub.store.pool import Database
from hub.store.rosters import PostgresRosters
from hub.vault.ledger_key import LedgerKey
from hub.vault.opening import open_keys, open_vault
from hub.vault.sealing import seal, unseal
from hub.web.application import World, create

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from fastapi import FastAPI

    from hub.audit import Event
    from hub.canonical import Reading
    from hub.ports import Accepted, Channel, Envelope, Stored
    from hub.settings import Settings

log = structlog.get_logger()

CONCURRENT_READERS = 1
CLOCK_APART = 5.0


def conninfo(settings: Settings) -> str:
    """Return the database's address, starting the embedded server when none is set."""
    if settings.database_url:
        return settings.database_url
    return EmbeddedPostgres(settings.home / "postgres").ensure()


READERS = ("ccda", "hl7v2", "tabular", "pdf")
"""The formats read without a sender's own adapter; their code is found by name, never imported."""


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us."""

    def install_signal_handlers(self) -> None:
        """Install none."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def read_file(settings: Settings, file: Path, sender: str) -> tuple[str, Reading]:
    """Read a file in the sandbox with a sender's adapters, or with the formats' own."""
    bindings: tuple[Binding, ...]
    if sender:
        bindings = asyncio.run(_bindings(settings, sender))
    else:
        bindings = tuple(Binding(f"adapters.formats.{form}:ADAPTER") for form in READERS)
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return read_once(bindings, Document(content, file.name, "", digest, sender))


async def _bindings(settings: Settings, sender: str) -> tuple[Binding, ...]:
    async with Hub(settings) as hub:
        found = await hub.line.bindings(sender)
    if not found:
        raise Misconfigured("--sender", f"no adapter is bound to `{sender}`; load the directory")
    return found


async def examine(settings: Settings) -> list[tuple[str, str]]:
    """Check everything that must be there; return (what, problem or nothing)."""
    found = [("settings", "")]
    try:
        async with Hub(settings) as hub:
            found += [("database", ""), ("schema", ""), ("keys", "")]
            kept = (await hub.vault.put_many([b"the doctor was here"]))[0]
            await hub.vault.get(kept.digest)
            found.append(("vault", ""))
            async with hub.database.line() as connection:
                cursor = await connection.execute("select now() as now")
                row = (await cursor.fetchall())[0]
            apart = abs((hub.clock.now() - row["now"]).total_seconds())
            off = "" if apart < CLOCK_APART else f"{apart:.0f} s from the database's; set it"
            found.append(("clock", off))
            for form in READERS:
                name, reading = await hub.reader.read(
                    (Binding(f"adapters.formats.{form}:ADAPTER"),), Document(b"?", "doctor")
                )
                codes = {f.code for f in reading.findings}
                broken = "can't be loaded" if "adapter_failed" in codes else ""
                found.append((f"reader {form} {name}", broken))
    except HubError as error:
        found.append((type(error).__name__.lower(), str(error)))
    return found


def stop_database(settings: Settings) -> None:
    """Stop the embedded server, if it is ours."""
    if not settings.database_url:
        EmbeddedPostgres(settings.home / "postgres").stop()


def upgrade_database(settings: Settings) -> str:
    """Bring the database to this version's schema and return its revision."""
    return schema.upgrade(conninfo(settings))


class Hub:
    """Everything real, opened. Use as an async context manager."""

    def __init__(self, settings: Settings, *, readers: int = CONCURRENT_READERS) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self._readers = readers

    async def __aenter__(self) -> Self:
        """Open the database, vault, keys and channels; refuse what is misconfigured."""
        settings = self.settings
        self.conninfo = await asyncio.to_thread(conninfo, settings)
        await asyncio.to_thread(schema.check, self.conninfo)
        home = settings.home.resolve()
        keys = open_keys(settings.key_provider, home / "keys")
        vault_url = settings.vault_url or (home / "vault").as_uri()
        self.keys = keys
        self.vault = await asyncio.to_thread(open_vault, vault_url, keys)
        self.ledger_key = LedgerKey(home / "keys")
        self.database = Database(self.conninfo)
        await self.database.open()
        self.poster = Poster(Guard(allow_http_private=settings.private_networks), self.clock)
        self.reader = SandboxReader(
            children=self._readers,
            memory_mb=settings.reader_memory_mb,
            seconds=settings.reader_seconds,
        )
        self._wire()
        return self

    def _wire(self) -> None:
        """Join the parts; nothing here does I/O."""
        settings, database, clock = self.settings, self.database, self.clock
        self.line = PostgresLine(database, self.unseal, settings.acknowledge_hours * 3600.0)
        self.registry = PostgresRegistry(database, clock)
        self.reception = PostgresReception(database, self.vault, clock, permitted(clock.now))
        self.plans = PostgresPlans(database, self.vault, clock)
        self.rosters = PostgresRosters(database, clock, settings.roster_max_drop, self.seal)
        self.sftp_push = SftpPush(Guard(allow_http_private=settings.private_networks))
        self.channels: dict[str, Channel] = {
            "mailbox": Mailbox(),
            "webhook": Webhook(self.poster),
            "sftp": self.sftp_push,
        }
        self._keeping: Group[bytes, Stored] = Group(self._keep_many)
        self._accepting: Group[accepting.Arrival, Accepted] = Group(self._accept_many)
        self.intake = Desk(self.vault, self._keeping.put, self._accept, clock, settings.max_bytes)
        self.desk = PostgresDesk(database, clock)
        self.people = PostgresPeople(database, self.seal, self.unseal)
        self.credentials = PostgresCredentials(database)
        self.inbox = PostgresInbox(database, self.desk, lambda e: VaultUpload(self.intake, e))

    async def __aexit__(self, *_: object) -> None:
        """Close everything that was opened."""
        await self.reader.close()
        await self.poster.close()
        await self.sftp_push.close()
        await self.database.close()

    def seal(self, secret: bytes) -> bytes:
        """Return a secret sealed for a database row."""
        digest = hashlib.sha256(secret).hexdigest()
        return bytes.fromhex(digest) + seal(secret, digest, self.keys)

    def unseal(self, sealed: bytes) -> bytes:
        """Return a secret sealed by `seal`."""
        return unseal(sealed[32:], sealed[:32].hex(), self.keys)

    async def _keep_many(self, contents: Sequence[bytes]) -> Sequence[Stored]:
        return await self.vault.put_many(contents)

    async def _accept_many(
        self, arrivals: Sequence[accepting.Arrival]
    ) -> Sequence[Accepted | Exception]:
        return await accepting.accept(self.database, arrivals)

    async def _accept(self, envelope: Envelope, stored: Stored, at: datetime) -> Accepted:
        return await self._accepting.put(accepting.Arrival(envelope, stored, at))

    def engine(self) -> Engine:
        """Return what the worker walks the line with."""
        return Engine(
            line=self.line,
            vault=self.vault,
            reader=self.reader,
            channels=self.channels,
            clock=self.clock,
            retry=Retry(
                lambda attempt: work.gap(attempt, self.settings.retry_seconds),
                self.settings.max_attempts,
            ),
            public_url=self.settings.public_url.rstrip("/"),
        )

    def application(self) -> FastAPI:
        """Return the web application: API and console."""
        return create(
            World(
                settings=self.settings,
                clock=self.clock,
                inbox=self.intake,
                desk=self.desk,
                people=self.people,
                credentials=self.credentials,
                reception=self.reception,
                plans=self.plans,
                registry=self.registry,
                rosters=self.rosters,
                reader=self.reader,
                vault=self.vault,
                bindings=self.line.bindings,
            )
        )

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve HTTP and SFTP until `stop`."""
        settings = self.settings
        host_key = settings.home / "keys" / "sftp_host_key"
        sftp = await serve_sftp(
            self.inbox,
            SftpSettings(host_key, host=settings.sftp_host, port=settings.sftp_port),
        )
        config = uvicorn.Config(
            self.application(),
            host=settings.http_host,
            port=settings.http_port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=30,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve())
        log.info("hub.serving", http=settings.http_port, sftp=sftp.port)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        await sftp.close()

    async def trace(self, noun: str) -> list[dict[str, Any]]:
        """Return every event of a noun and of what came of it, in order."""
        return await self.desk.ask("trace", None, noun=noun)

    async def work(self, stop: asyncio.Event) -> None:
        """Walk the line, tick and notify until `stop`."""
        wake = asyncio.Event()
        ticker = Ticker(
            self.conninfo,
            {
                "seal": (1.0, self.seal_ledger),
                "overdue": (15.0, lambda: chasing.mark_overdue(self.database, self.clock.now())),
                "notices": (1.0, lambda: chasing.make_notices(self.database)),
            },
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run(self.engine(), wake, stop))
            tasks.create_task(self._listen(wake, stop))
            tasks.create_task(ticker.run(stop))
            tasks.create_task(self._notify(stop))

    async def _listen(self, wake: asyncio.Event, stop: asyncio.Event) -> None:
        """Wake the worker at once when PostgreSQL says so; its own poll is the net."""
        while not stop.is_set():
            try:
                connection = await self.database.listener()
                async with connection:
                    while not stop.is_set():
                        async for _ in connection.notifies(timeout=1.0):
                            wake.set()
            except psycopg.Error as error:
                log.warning("listener.connection_lost", error=type(error).__name__)
                await asyncio.sleep(1.0)

    async def seal_ledger(self) -> None:
        """Append waiting events to the log and keep the new head outside the database too."""
        signer = sealing.Signer(self.ledger_key.key_id, self.ledger_key.sign)
        while True:
            head = await sealing.seal_events(self.database, signer, self.clock.now())
            if head is None:
                return
            self.ledger_key.keep(*head)

    async def verify_ledger(self) -> sealing.Verdict:
        """Check the whole ledger against its events, its heads and the heads kept outside."""
        return await sealing.verify(self.database, self.ledger_key.check, self.ledger_key.kept())

    async def _notify(self, stop: asyncio.Event) -> None:
        """Send status notices until `stop`."""
        while not stop.is_set():
            try:
                claimed = await chasing.claim_notices(self.database, 64, self.unseal)
                await asyncio.gather(*(self._notify_one(*one) for one in claimed))
            except (psycopg.Error, Trouble) as error:
                log.warning("notices.trouble", error=type(error).__name__)
                claimed = []
            if not claimed:
                try:
                    await asyncio.wait_for(stop.wait(), timeout=1.0)
                except TimeoutError:
                    continue

    async def _notify_one(self, row: dict[str, object], event: Event, endpoint: object) -> None:
        notice = {
            "id": row["id"],
            "kind": event.kind,
            "noun": event.noun,
            "at": event.at.isoformat(),
            **{k: v for k, v in event.detail.items() if k in {"submission", "plan"}},
        }
        code, retry_in = "sent", None
        try:
            await Notifier(self.poster).notify(endpoint, notice)  # type: ignore[arg-type]  # an Endpoint by construction
        except Trouble as trouble:
            attempts = int(str(row["attempts"]))
            over = trouble.kind == "permanent" or attempts >= self.settings.max_attempts
            code = trouble.code
            retry_in = None if over else work.gap(attempts, self.settings.retry_seconds)
        await chasing.finish_notice(self.database, row, code, retry_in)
