"""Opens an installation: which store, vault, clock and channels are real is known here.

Everything wrong is refused early: a missing key, a database of another version, an unknown setting
end here as `Misconfigured`. `serving` and `working` run what is opened.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Self

from hub.channels.addresses import Guard
from hub.channels.direct_send import DirectSend
from hub.channels.fhir_send import FhirSend
from hub.channels.mail import Mailer
from hub.channels.mailbox import Mailbox
from hub.channels.mllp_send import MllpSend
from hub.channels.posting import Poster
from hub.channels.requesting import Requester
from hub.channels.sftp_push import SftpPush
from hub.channels.webhook import Webhook
from hub.clock import SystemClock
from hub.clocks import Limits
from hub.delivery import Retry
from hub.ending import steps
from hub.intake import Desk, VaultUpload
from hub.main import directing, serving, starting, texting, working
from hub.main.database import conninfo
from hub.main.laws import policy_of
from hub.main.returns import Sorted
from hub.normalize import chain_of
from hub.pipeline import Engine
from hub.questioning import telling
from hub.release import permitted
from hub.sandbox.reader import SandboxReader
from hub.store import schema, sealing
from hub.store.accepting import PostgresArrivals
from hub.store.activating import PostgresProfiles
from hub.store.answering import PostgresReception
from hub.store.confirming import PostgresConfirming
from hub.store.copying import PostgresCopies
from hub.store.credentials import PostgresCredentials
from hub.store.desk import PostgresDesk
from hub.store.direct_partners import PostgresDirectInbox
from hub.store.directories import PostgresDirectory
from hub.store.dropping import PostgresDrops
from hub.store.filling import PostgresFilling
from hub.store.inboxing import PostgresInbox
from hub.store.labels import PostgresLabels
from hub.store.line import PostgresLine
from hub.store.linking import PostgresLinking
from hub.store.mllp_peers import PostgresMllpInbox
from hub.store.officing import PostgresOfficer
from hub.store.people import PostgresPeople
from hub.store.planning import PostgresPlans
from hub.store.pool import Database
from hub.store.registering import PostgresConsents
from hub.store.requests.board import PostgresRequests
from hub.store.returning import PostgresReturning
from hub.store.rosters import PostgresRosters
from hub.store.subscribing import PostgresSubscriptions
from hub.store.treating import PostgresTreating
from hub.store.trials import PostgresTrials
from hub.store.work import gap
from hub.store.worklisting import PostgresWorklist
from hub.vault.ledger_key import LedgerKey
from hub.vault.opening import open_keys, open_vault
from hub.vault.sealing import seal, unseal
from hub.web.credentials import Office

if TYPE_CHECKING:
    from consent.records import Policy
    from hub.ports import Channel
    from hub.settings import Settings

CONCURRENT_READERS = 1


class Hub:
    """Everything real, opened. Use as an async context manager."""

    def __init__(self, settings: Settings, *, readers: int = CONCURRENT_READERS) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self._readers = readers

    async def __aenter__(self) -> Self:
        """Open the database, vault, keys and channels; refuse what is misconfigured."""
        settings = self.settings
        starting.check_packages()
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
        await starting.check_clock(self.database, self.clock.now())
        self.poster = Poster(Guard(allow_http_private=settings.private_networks), self.clock)
        self.reader = SandboxReader(
            children=self._readers,
            memory_mb=settings.reader_memory_mb,
            seconds=settings.reader_seconds,
        )
        self.usual = Limits(
            settings.technical_hours,
            settings.person_days,
            settings.agreement_days,
            settings.step_days,
        )
        smtp = settings.smtp_url
        self.mailer = Mailer(smtp, settings.mail_from) if smtp else None
        self.texter = texting.texter(settings, self.clock)
        self.direct_post = directing.post(settings, self.clock)
        self.certificate_days = steps(settings.certificate_days)
        self._wire()
        return self

    def _wire(self) -> None:
        """Join the parts; nothing here does I/O."""
        settings, database, clock = self.settings, self.database, self.clock
        self.policy = policy = policy_of(settings)
        self.line = PostgresLine(database, self.unseal, self.usual, self.seal)
        signer = sealing.Signer(self.ledger_key.key_id, self.ledger_key.sign)
        self._sealer = sealing.Sealer(database, signer, clock, self.ledger_key.keep)
        self.registry = PostgresConsents(database, clock, policy)
        self.reception = PostgresReception(
            database, self.vault, clock, permitted(clock.now, policy), self.seal
        )
        self._wire_practices(policy)
        self.requests = PostgresRequests(
            database,
            self.vault,
            clock,
            (self.seal, self.unseal),
            telling(clock.now, policy),
        )
        self.plans = PostgresPlans(database, self.vault, clock)
        self.profiles, self.trials = PostgresProfiles(database), PostgresTrials(database)
        self.confirming = PostgresConfirming(database, self.vault, clock, chain_of)
        self.labels = PostgresLabels(database, self.vault, clock)
        self.filling = PostgresFilling(database, self.vault)
        self.officer = PostgresOfficer(database, self.vault, clock, self.seal, self.unseal)
        self.rosters = PostgresRosters(
            database,
            clock,
            settings.roster_max_drop,
            (self.seal, self.unseal),
            self.requests.confirm,
        )
        self.treating = PostgresTreating(database, clock)
        self.directory = PostgresDirectory(database, clock, self.seal, self.unseal)
        self._wire_channels()
        arrivals = PostgresArrivals(database, self.vault, clock)
        self.intake = Desk(self.vault, arrivals.take, settings.max_bytes)
        self.desk = PostgresDesk(database, clock)
        self.subscriptions = PostgresSubscriptions(database, clock, self.seal)
        self.people = PostgresPeople(database, self.seal, self.unseal)
        self.credentials = PostgresCredentials(database)
        self.drops = PostgresDrops(database)
        self.inbox = PostgresInbox(self.credentials, self.desk, lambda e: Sorted(self, e))
        self.direct_inbox = PostgresDirectInbox(
            database, clock, lambda e: VaultUpload(self.intake, e)
        )
        self.mllp_inbox = PostgresMllpInbox(database, lambda e: VaultUpload(self.intake, e))

    def _wire_practices(self, policy: Policy) -> None:
        """Join what practices work with: their list, codes, links and copies on paper."""
        database, clock, may = self.database, self.clock, permitted(self.clock.now, policy)
        self.worklist = PostgresWorklist(database, self.vault, clock, may, (self.seal, self.unseal))
        self.returning = PostgresReturning(database, clock)
        key = self.ledger_key
        self.linking = PostgresLinking(
            database, clock, key.sign, lambda told, signed: key.check(key.key_id, told, signed)
        )
        self.copies = PostgresCopies(database, self.vault, clock, self.seal, self.unseal, may)

    def _wire_channels(self) -> None:
        """Join the ways out."""
        guard = Guard(allow_http_private=self.settings.private_networks)
        self.sftp_push, self.mllp_send = SftpPush(guard), MllpSend(guard)
        self.fhir_send = FhirSend(Requester(guard), self.clock)
        self.channels: dict[str, Channel] = {
            "mailbox": Mailbox(),
            "webhook": Webhook(self.poster),
            "sftp": self.sftp_push,
            "mllp": self.mllp_send,
            "direct": DirectSend(self.direct_post),
            "fhir": self.fhir_send,
        }

    async def __aexit__(self, *_: object) -> None:
        """Close everything that was opened."""
        await self.reader.close()
        await self.poster.close()
        if self.texter is not None:
            await self.texter.close()
        await self.sftp_push.close()
        await self.mllp_send.close()
        await self.fhir_send.close()
        if self.direct_post is not None:
            await self.direct_post.close()
        await self.database.close()

    def seal(self, secret: bytes) -> bytes:
        """Return a secret sealed for a database row."""
        digest = hashlib.sha256(secret).hexdigest()
        return bytes.fromhex(digest) + seal(secret, digest, self.keys)

    def unseal(self, sealed: bytes) -> bytes:
        """Return a secret sealed by `seal`."""
        return unseal(sealed[32:], sealed[:32].hex(), self.keys)

    def engine(self) -> Engine:
        """Return what the worker walks the line with."""
        return Engine(
            line=self.line,
            vault=self.vault,
            reader=self.reader,
            channels=self.channels,
            clock=self.clock,
            retry=Retry(
                lambda attempt: gap(attempt, self.settings.retry_seconds),
                self.settings.max_attempts,
            ),
            public_url=self.settings.public_url.rstrip("/"),
            confirm_below=self.settings.confirm_below,
            policy=self.policy,
        )

    def office(self) -> Office:
        """Return what issuing credentials needs."""
        return Office(self.desk, self.people, self.credentials, self.clock)

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve HTTP, SFTP and, where they are set, MLLP and Direct until `stop`."""
        await serving.serve(self, stop)

    async def work(self, stop: asyncio.Event) -> None:
        """Walk the line, tick and notify until `stop`."""
        await working.work(self, stop)

    async def trace(self, noun: str) -> list[dict[str, Any]]:
        """Return every event of a noun and of what came of it, in order."""
        return await self.desk.ask("trace", None, noun=noun)

    async def seal_ledger(self) -> None:
        """Append waiting events to the log and keep the new head outside the database too."""
        await self._sealer.seal()

    async def verify_ledger(self) -> sealing.Verdict:
        """Check the whole ledger against its events, its heads and the heads kept outside."""
        return await sealing.verify(self.database, self.ledger_key.check, self.ledger_key.kept())
