"""What the API and the command line may ask of the consent registry beyond `hub.asked.Registry`.

The store implements `Consents`. A record is never edited: each change is a stamp set once, or a new
record that replaces it, with its event in the same transaction. Whose consent it is, the caller
checks by `owner` before anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Protocol

from consent.records import Consent  # noqa: TC001  # the same
from hub.asked import Registry
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.asked import Actor
    from hub.consents.importing import Known, Row
    from hub.directory import Contact, Organisation, RosterMember


@dataclass(frozen=True, slots=True, repr=False)
class Version(Sealed):
    """One version of a consent: what was stamped on it, when and by whom, and how it stood then."""

    number: int
    kind: str
    at: datetime
    actor: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class Batch:
    """A file of consents: its id, when and by whom, what it gave, and who approved it."""

    id: str
    organisation: str
    recorded_at: datetime
    recorded_by: str
    counts: Mapping[str, int]
    consents: tuple[str, ...] = ()
    approved_by: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Folk(Sealed):
    """Who a decision is about: the member, and the organisations and contacts it names."""

    member: RosterMember
    organisations: Mapping[str, Organisation]
    contacts: Mapping[str, Contact]

    def names(self) -> dict[str, str]:
        """Return the names of organisations and contacts by id."""
        return {one.id: one.name for one in self.organisations.values()} | {
            one.id: one.name for one in self.contacts.values()
        }


class Consents(Registry, Protocol):
    """The consent registry, whole."""

    async def consent(self, consent: str) -> Consent:
        """Return a consent as it stands; `Refused` 404: none."""

    async def owner(self, consent: str) -> tuple[str, str]:
        """Return (the member's id, their payer's id) of a consent; `Refused` 404: none."""

    async def history(self, consent: str) -> tuple[Version, ...]:
        """Return every version of a consent, oldest first; `Refused` 404: none."""

    async def supersede(self, actor: Actor, consent: str, new: Consent) -> tuple[str, ...]:
        """Record what replaces a consent; return its deficiencies.

        The old one ends at once, except a refusal or restriction whose successor waits for a second
        person: that one ends when the successor is approved. `Refused` 409: it was replaced or
        revoked before, or a limit would be replaced by a grant.
        """

    async def attach(
        self, actor: Actor, consent: str, digest: str, media_type: str, size: int
    ) -> None:
        """Stamp the digest of the signed paper's scan; `Refused` 409: there is one already."""

    async def scan(self, actor: Actor, consent: str) -> tuple[str, str]:
        """Return (digest, media type) of a consent's scan, recorded as viewed; 404: none."""

    async def happened(self, actor: Actor, consent: str, at: datetime) -> None:
        """Record that the event a consent ends with happened; stops what is queued under it.

        `Refused` 409: it names no event, or the event was recorded before.
        """

    async def expiring(
        self, organisation: str | None, until: datetime, limit: int
    ) -> tuple[Consent, ...]:
        """Return standing grants that end by `until`, the next to end first.

        One that another in force carries on for longer is left out.
        """

    async def of_members(self, members: Sequence[str]) -> Mapping[str, tuple[Consent, ...]]:
        """Return the consents of several members, those no longer in force too."""

    async def page(self, organisation: str | None, after: str, limit: int) -> tuple[Consent, ...]:
        """Return consents of an organisation's members (None: all) in the order of their ids."""

    async def parties(self) -> Mapping[str, str]:
        """Return organisation ids by id and by NPI."""

    async def known(self, mco: str, who: Sequence[str]) -> Known:
        """Return a sender's members by the identifiers given, with their consents."""

    async def keep(
        self,
        actor: Actor,
        mco: str,
        digest: str,
        rows: Sequence[Row],
        scans: Mapping[str, tuple[str, str, int]],
    ) -> Batch:
        """Keep an import in one transaction; the same file again is answered with its first batch.

        `rows` are those to keep, `scans` (digest, media type, bytes) by consent id. `Refused` 409:
        a consent was recorded meanwhile that changes what a row would do.
        """

    async def batch(self, organisation: str | None, batch: str) -> Batch:
        """Return a batch; `Refused` 404: none, or another's."""

    async def approve_batch(self, actor: Actor, batch: str) -> int:
        """Approve every consent of a batch as a second person; return how many. 409: the same."""

    async def folk(self, member: str, organisations: Sequence[str], persons: Sequence[str]) -> Folk:
        """Return who a decision is about; `Refused` 404: no such member."""

    async def told(self, actor: Actor, kind: str, noun: str, mco: str, **detail: object) -> None:
        """Record that somebody asked something about a member's consents."""
