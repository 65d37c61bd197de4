"""What pages and API routes may ask of the hub, as protocols; the store implements them.

Pages never decide: they ask. Every method that changes something takes the `Actor` who asks and
writes its event in the same transaction. Reads run under row-level security for one organisation,
unless the actor belongs to the hub's own staff (`organisation` None).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from consent.records import Consent
    from hub.canonical import Plan
    from hub.correspondence import Given, ReplyKind, Said
    from hub.doubting import Decision, Doubt

Role = Literal["mco", "pcmh", "provider", "privacy", "integration", "operations"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the account or credential id, their organisation, name shown, roles and scopes.

    `organisation` is the id of the MCO or PCMH; the hub's own staff (privacy officer, integration,
    operations) belong to organisation `hub` and see across organisations as their role allows.
    """

    id: str
    organisation: str
    name: str
    roles: tuple[Role, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterResult:
    """What a roster or attribution file did: counts of rows; `refused` says why nothing changed.

    `problems` are (row number from 1, code) of rows that could not be taken.
    """

    id: str
    rows: int
    added: int
    changed: int
    dropped: int
    refused: str | None
    problems: tuple[tuple[int, str], ...] = ()


class Desk(Protocol):
    """Reads for pages and API: named queries under the asker's scope."""

    async def ask(
        self, query: str, organisation: str | None, **given: object
    ) -> list[dict[str, Any]]:
        """Run a named query of `hub/store/queries`; None: across organisations (staff)."""

    async def note(self, actor: Actor, kind: str, noun: str, **detail: object) -> None:
        """Record an event of an access (viewed, signed in, refused)."""


@dataclass(frozen=True, slots=True, repr=False)
class Earlier(Sealed):
    """The version to compare a newer one with, as the asker may see it, and who took it if any."""

    plan: Plan
    version: int
    taken_by: str | None = None


class Reception(Protocol):
    """What the practice does with a delivery. Another practice's delivery is `Refused` 404."""

    async def shown(self, actor: Actor, delivery: str) -> None:
        """Record that the delivery was opened, once."""

    async def content(self, actor: Actor, delivery: str) -> tuple[bytes, str, str]:
        """Ask consent again and return (released bytes, media type, file name).

        `Refused` 404 for another's, 410 when consent no longer permits it; recorded either way.
        """

    async def plan(self, actor: Actor, delivery: str, *, listed: bool = False) -> Plan:
        """Ask consent again and return the released plan (what was withheld is not in it).

        Recorded as viewed, or as `listed` when only a worklist shows what it asks.
        """

    async def earlier(self, actor: Actor, delivery: str) -> Earlier | None:
        """Ask consent again for the version the practice took last, and return it as released.

        Where none was taken it is the last one that arrived. None: there is none, or it may not
        be opened any more. Recorded either way.
        """

    async def acknowledge(self, actor: Actor, delivery: str, name: str) -> datetime:
        """Record that the named person took it; a second time returns the first instant."""

    async def answer(self, actor: Actor, delivery: str, given: Given) -> datetime:
        """Record the practice's answer; all but `accept` and `meeting` need a reason (422).

        A return takes the plan back from the practice: it is never shown there again.
        """

    async def said(self, actor: Actor, delivery: str) -> tuple[Said, ...]:
        """Return a delivery's answers with the sender's replies, oldest first; both sides may."""

    async def reply(
        self, actor: Actor, answer: str, kind: ReplyKind, reason: str, name: str
    ) -> datetime:
        """Record what the sender says to an answer; to keep the plan as it is needs a reason."""


class Plans(Protocol):
    """Plan content for those who may see it whole: the sending MCO and the privacy officer."""

    async def plan(self, actor: Actor, plan: str) -> Plan:
        """Return a plan as it was read; `Refused` 404 when it is not theirs. Recorded as viewed."""

    async def earlier(self, actor: Actor, plan: str) -> Earlier | None:
        """Return the version before, as it was read; None for a first one. Recorded as viewed."""

    async def source(self, actor: Actor, submission: str) -> bytes:
        """Return the bytes an MCO handed in; `Refused` 404 when they are not theirs. Recorded."""

    async def resolve_member(self, actor: Actor, plan: str, member: str) -> None:
        """Operations or the MCO names the member of an UNMATCHED plan; it goes on from there."""

    async def retry(self, actor: Actor, noun: str) -> None:
        """Let a quarantined submission, unroutable plan or undeliverable delivery go again."""


@dataclass(frozen=True, slots=True, repr=False)
class Doubtful(Sealed):
    """A plan that waits for a person: its content now, its doubts, and the document it came from.

    `digest` is of the plan as shown; a decision about another one is refused. `source` is the
    digest of the document's own bytes.
    """

    id: str
    mco: str
    plan: Plan
    digest: str
    doubts: tuple[Doubt, ...]
    submission: str
    source: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True, repr=False)
class Settled(Sealed):
    """What a person decided about one doubt of the plan they were shown, counted from 0."""

    digest: str
    number: int
    decision: Decision
    value: str = ""
    target: str = ""
    reason: str = ""


class Confirming(Protocol):
    """Plans with doubtful values, for integration staff and the sending MCO; 404 for others."""

    async def doubtful(self, actor: Actor, plan: str) -> Doubtful:
        """Return a plan that waits, recorded as viewed; 409 when it waits no longer."""

    async def settle(self, actor: Actor, plan: str, settled: Settled) -> int:
        """Record a decision; return how many doubts are left. With the last the plan goes on.

        `Refused` 409: it was settled or replaced meanwhile, 422: a value that does not fit.
        """


class Filling(Protocol):
    """Which fields of the template stored plans fill, for counting; never what they hold."""

    def fields(self, mco: str, most: int) -> AsyncIterator[tuple[str, int, frozenset[str]]]:
        """Yield (reader, plans in all, fields) of a sender's newest plans, `most` of a reader."""


class Registry(Protocol):
    """The consent registry. Records are never edited: revoked, superseded, approved are stamps."""

    async def of_member(self, member: str) -> tuple[Consent, ...]:
        """Return a member's consents, those no longer in force too."""

    async def grant(self, actor: Actor, consent: Consent) -> tuple[str, ...]:
        """Record a consent; return its deficiencies (empty: valid). Held plans go again."""

    async def revoke(self, actor: Actor, consent: str, at: datetime, how: str) -> None:
        """Revoke; stops what is queued. `Refused` 404: none; 409: already revoked."""

    async def approve(self, actor: Actor, consent: str) -> None:
        """Approve a back-dated or bulk grant as a second person (HR-20); 409: the same."""


class Rosters(Protocol):
    """Members, attributions and the directory, by file."""

    async def load_roster(
        self, actor: Actor, mco: str, kind: Literal["full", "delta"], content: bytes
    ) -> RosterResult:
        """Load a roster CSV (STANDARDS §6.3) under its sanity gates; all of it or nothing."""

    async def load_directory(self, actor: Actor, content: bytes) -> Mapping[str, int]:
        """Load organisations, contacts, endpoints and bindings from YAML; counts by kind."""

    async def dump_directory(self, actor: Actor) -> bytes:
        """Return the directory as the same YAML, secrets left out."""


@dataclass(frozen=True, slots=True, repr=False)
class Account(Sealed):
    """A person who signs in: `password` is an argon2id hash, `totp` the opened base-32 seed."""

    id: str
    organisation: str
    login: str
    name: str
    roles: tuple[Role, ...]
    password: str
    totp: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Session(Sealed):
    """A signed-in person's session; `csrf` must come back with every form they send."""

    account: str
    organisation: str
    name: str
    roles: tuple[Role, ...]
    csrf: str


@dataclass(frozen=True, slots=True)
class Lock:
    """When an account locks: after `free` failures, `first` seconds, doubled up to `longest`."""

    free: int = 5
    first: float = 60.0
    longest: float = 900.0


class People(Protocol):
    """Accounts and sessions. Session tokens come as SHA-256; TOTP seeds are sealed at rest."""

    async def attempt(self, login: str, at: datetime, lock: Lock) -> Account | None:
        """Count an attempt to sign in as failed and return the account, or None: locked, unknown.

        Counting comes first, so that twenty attempts at once are twenty failures.
        """

    async def passed(self, account: str, totp_counter: int | None) -> bool:
        """Forget the failures; False when this TOTP counter (30 s steps) was used before."""

    async def open_session(
        self, token: bytes, session: Session, at: datetime, ends: datetime, replaces: bytes | None
    ) -> None:
        """Begin a session, end the one it `replaces`, and record the sign-in."""

    async def session(self, token: bytes, at: datetime, idle: float) -> Session | None:
        """Return a session used less than `idle` seconds ago and not at its end; notes the use."""

    async def close_session(self, token: bytes) -> None:
        """End a session; nothing happens when there is none."""

    async def add_account(self, actor: Actor, account: Account, at: datetime) -> None:
        """Add an account; `Refused` 409: the login is taken, 422: an unknown organisation."""

    async def set_password(
        self, actor: Actor, account: str, password: str, at: datetime, keep: bytes | None = None
    ) -> None:
        """Change a password hash and end the account's sessions but `keep`."""

    async def rehash(self, account: str, password: str) -> None:
        """Write the same password's hash made under newer parameters."""

    async def set_totp(self, actor: Actor, account: str, seed: str, at: datetime) -> None:
        """Set an account's TOTP seed (base 32); an empty one takes it away."""

    async def set_active(self, actor: Actor, account: str, active: bool, at: datetime) -> None:
        """Let an account sign in or stop it at once; `Refused` 404 when there is none."""

    async def accounts(self, organisation: str | None) -> list[dict[str, Any]]:
        """List accounts without their secrets; None: every organisation's."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a bearer secret stands for; `ends_at` is None for an API key."""

    id: str
    organisation: str
    name: str
    scopes: tuple[str, ...]
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential to be kept: an API key, an OAuth client, or an SFTP user's key."""

    id: str
    organisation: str
    name: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """A registered OAuth client (SMART Backend Services) and its public keys."""

    id: str
    organisation: str
    name: str
    scopes: tuple[str, ...]
    jwks: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Grant(Sealed):
    """An access token to be kept: its SHA-256, whose, for what, until when."""

    secret: bytes
    client: Client
    scopes: tuple[str, ...]
    ends: datetime
    at: datetime


class Credentials(Protocol):
    """What systems sign in with. Only SHA-256 of secrets and public keys are ever kept."""

    async def credential(self, secret: bytes) -> Credential | None:
        """Return what a bearer secret's SHA-256 stands for, or None: unknown, revoked, inactive.

        The caller compares `ends_at` with its clock.
        """

    async def add_key(
        self, actor: Actor, key: Issued, prefix: str, secret: bytes, at: datetime
    ) -> None:
        """Keep an API key; `Refused` 422 for an unknown organisation."""

    async def add_client(
        self, actor: Actor, client: Issued, jwks: Mapping[str, Any], at: datetime
    ) -> None:
        """Register an OAuth client, or renew the keys and scopes of one of the organisation's."""

    async def add_sftp_key(
        self, actor: Actor, organisation: str, user: str, fingerprint: str, at: datetime
    ) -> None:
        """Let a key (SHA256:… form) in as `user`; `Refused` 409 when the user is another's."""

    async def revoke(
        self, actor: Actor, organisation: str | None, credential: str, at: datetime
    ) -> None:
        """Revoke a key, client (with its tokens) or `user fingerprint`; `Refused` 404: none.

        None as organisation: whosever it is (staff).
        """

    async def listed(self, organisation: str | None) -> list[dict[str, Any]]:
        """List credentials without secrets: kind, id, organisation, name, scopes, revoked_at."""

    async def client(self, client: str) -> Client | None:
        """Return a client that isn't revoked."""

    async def spend(self, grant: Grant, jti: str, until: datetime) -> bool:
        """Keep an access token; False when this client used the `jti` before. `until`: how long."""

    async def sftp_organisation(self, user: str, fingerprint: str) -> str | None:
        """Return whose SFTP user holds this key, or None."""
