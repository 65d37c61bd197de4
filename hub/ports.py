"""What the steps need from the world, as protocols and the frozen nouns they exchange.

Steps import this module and nothing real; only `main.py` knows which store, vault, clock, channels
and sandbox stand behind it. Nothing here does I/O. The store's ports are in `hub/stored.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.canonical import Document, Finding, Reading

Folder = Literal["receipts", "outbox"]


class Clock(Protocol):
    """The one source of wall-clock time: deadlines only, never order."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes kept in the vault: their plain SHA-256 in hex, and their size in bytes."""

    digest: str
    size: int


class VaultWriter(Protocol):
    """A streaming write into the vault; nothing exists under a digest before `commit` returns."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""

    async def commit(self) -> Stored:
        """Make everything written durable and return its address."""

    async def abort(self) -> None:
        """Forget everything written; safe to call twice and after `commit`."""


class Vault(Protocol):
    """Encrypted bytes by digest. Durable when a call returns; `Trouble` when it can't be."""

    async def put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        """Keep several objects with one wait for the disk; the same bytes twice are kept once."""

    async def get(self, digest: str) -> bytes:
        """Return the bytes whose SHA-256 is `digest`, verified; `Trouble` if missing or damaged."""

    def writer(self) -> VaultWriter:
        """Open a streaming write."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Which adapter reads a sender's documents: a dotted path, and a YAML profile or none."""

    adapter: str
    profile: str | None = None
    version: str = "1"


class Reader(Protocol):
    """The guarded way to an adapter: a sandboxed child with time, memory and type limits."""

    async def read(self, bindings: Sequence[Binding], document: Document) -> tuple[str, Reading]:
        """Return (the adapter's name@version or "", its reading); never raises for a document."""


Format = Literal[
    "ccda",
    "ccda-5.0",
    "ccda-companion",
    "ccda-dual",
    "csv",
    "fhir",
    "hl7v2",
    "html",
    "json",
    "pdf",
    "pdf-member",
    "ppr",
]
"""What an endpoint may take: the names of `hub.render.RENDERERS`; a test holds the two together."""


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint(Sealed):
    """Where and how a practice or MCO takes deliveries; `secrets` never leave this value."""

    id: str
    organisation: str
    kind: Literal["mailbox", "webhook", "sftp", "mllp", "direct", "fhir"]
    address: str = ""
    format: Format = "ccda"
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Parcel(Sealed):
    """One delivery's exact bytes; every attempt carries the same `delivery` id and digest.

    `notice` is what must lie beside a file that can't show it by itself (P2-20), or nothing.
    """

    delivery: str
    content: bytes
    media_type: str
    file_name: str
    digest: str
    links: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the wire said: `sent` (taken) or `confirmed` (machine proof of arrival), and a code."""

    transport: Literal["sent", "confirmed"]
    code: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a connection: whose (`hub.ending.OF`), its SHA-256 in hex, and its end."""

    of: str
    mark: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe that worked came to: a code, and the certificates the other side showed.

    `unseen` are kinds of certificates that it could not look at.
    """

    code: str
    certificates: tuple[Certificate, ...] = ()
    unseen: frozenset[str] = frozenset()


class Channel(Protocol):
    """One way out. Raises `Trouble` with its kind; never decides about consent or retries."""

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Send the parcel once."""

    async def probe(self, endpoint: Endpoint) -> Look:
        """Connect and prove who we are, send nothing of any plan; return that it works."""


@dataclass(frozen=True, slots=True, repr=False)
class Envelope(Sealed):
    """Who hands in bytes, by which channel and under which name."""

    organisation: str
    channel: Literal["api", "sftp", "mllp", "direct", "phone"]
    actor: str
    name: str = ""
    media_type: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A durable acceptance; `duplicate_of` is the first submission with the same bytes."""

    submission: str
    digest: str
    size: int
    received_at: datetime
    duplicate_of: str | None = None
    replayed: bool = False


class Upload(Protocol):
    """Bytes on their way in; nothing is accepted before `commit` returns."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes; `Refused` 413 above the size limit."""

    async def commit(self) -> Accepted:
        """Make the submission durable; `Refused` for an empty one or a misused key."""

    async def abort(self) -> None:
        """Forget what was written; safe to call twice."""


@dataclass(frozen=True, slots=True, repr=False)
class OutFile(Sealed):
    """One file a sender may fetch: its name, size in bytes and time."""

    name: str
    size: int
    at: datetime


class Inbox(Protocol):
    """What an inbound file channel needs of the hub."""

    async def sign_in(self, user: str, key_fingerprint: str) -> str | None:
        """Return the organisation whose `user` holds this key (SHA256:… form), or None."""

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""

    async def files(self, organisation: str, folder: Folder) -> list[OutFile]:
        """List what the organisation may fetch from a folder, newest 1,000."""

    async def file(self, organisation: str, folder: Folder, name: str) -> bytes:
        """Return one file's bytes; `Refused` 404 when it is not theirs or not there."""


class MllpInbox(Protocol):
    """What the MLLP server needs of the hub."""

    async def caller(self, certificate: str, address: str) -> str | None:
        """Return whose client certificate (hex SHA-256) or, with none, whose network this is."""

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""

    async def read_of(self, submission: str) -> tuple[Finding, ...] | None:
        """Return the findings of a submission's reading, or None while it is not read."""


@dataclass(frozen=True, slots=True, repr=False)
class DirectPartner(Sealed):
    """Whose Direct address it is: the organisation and its kind, the endpoint and its options."""

    endpoint: str
    organisation: str
    kind: str
    address: str
    options: Mapping[str, str] = field(default_factory=dict)


Disposition = Literal["processed", "dispatched", "failed"]
"""What became of a Direct message, as its receiver's system tells (RFC 8098)."""


@dataclass(frozen=True, slots=True)
class DirectReport:
    """What a partner's system says of a delivery: for which address, and what became of it."""

    delivery: str
    recipient: str
    disposition: Disposition


class DirectInbox(Protocol):
    """What the Direct server needs of the hub."""

    async def partner(self, address: str) -> DirectPartner | None:
        """Return whose Direct address this is, or None."""

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""

    async def report(self, partner: DirectPartner, report: DirectReport) -> bool:
        """Keep a notification; False when it is of no delivery that went to this partner."""

    async def owe(
        self, partner: DirectPartner, original: str, dispositions: Sequence[Disposition], chain: str
    ) -> None:
        """Make our notifications of a message due; `chain` (PEM) signed that message."""
