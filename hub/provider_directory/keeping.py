"""What the console and the command line ask of the directory, as one protocol and its values.

The store implements `Directory`. A change writes its history and its event in one transaction; a
person's words of reason stand in the history, never in an event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.asked import Actor
    from hub.directory import RosterMember
    from hub.provider_directory.checking import Remark
    from hub.provider_directory.comparing import Change
    from hub.provider_directory.entries import ContactEntry, DirectoryFile, Kind
    from hub.provider_directory.planning import Planned
    from hub.provider_directory.stranding import Stranded
    from hub.stored import Facts

Way = Literal["console", "file", "fhir", "proposal", "planned"]


@dataclass(frozen=True, slots=True, repr=False)
class Proposed(Sealed):
    """Rows to add or replace, why, and by which way.

    `seen` is what the form was made from: the newest change of each row then (0: none); a row that
    changed since is refused. None: whatever stands (a file). `sure`: what would be stranded, or is
    asked about, was shown and is meant. `strict`: errors refuse; a file is only told them.
    """

    file: DirectoryFile
    reason: str = ""
    way: Way = "console"
    seen: Mapping[tuple[Kind, str], int] | None = None
    sure: bool = False
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was changed, or would be; what is wrong with it; whom it leaves without a contact."""

    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()
    stranded: tuple[Stranded, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked(Sealed):
    """A made-up member at a practice, for asking who would get what is about them."""

    pcmh: str
    member: RosterMember
    known: tuple[str, ...] = field(default=())


class Directory(Protocol):
    """The directory: read, tried out, changed; proposals of practices; contacts that bounced."""

    async def standing(self, organisation: str | None = None) -> DirectoryFile:
        """Return the rows as they stand, secrets left out; None: of every organisation."""

    async def seen(self, kind: Kind, noun: str) -> int:
        """Return the newest change of a row, 0 when it never changed; a form carries it."""

    async def try_out(self, proposed: Proposed) -> Outcome:
        """Say what a change would do; nothing is kept. `Refused` 422: it names what isn't there."""

    async def change(self, actor: Actor, proposed: Proposed) -> Outcome:
        """Change rows, all or none.

        `Refused` 422 for what is wrong, 409 `stale` when a row changed since it was seen, 409
        `would_strand` with the `outcome` in `extra` when it needs a second look.
        """

    async def plan(self, actor: Actor, proposed: Proposed, starts: date) -> Outcome:
        """Keep changes of organisations and endpoints for a day to come, all or none.

        `Refused` as `change` is, weighed as of that day; 422 for a day that isn't to come.
        """

    async def planned(self, organisation: str | None) -> tuple[Planned, ...]:
        """Return what is planned, the earliest first; of one organisation what is over too."""

    async def withdraw(self, actor: Actor, planned_id: str) -> str:
        """Take a planned change back and return whose it was; `Refused` 404 none, 409 over."""

    async def facts(self, asked: Asked) -> Facts:
        """Return what the line would know of a made-up member at a practice, for its own routing.

        `Refused` 404 when there is no such practice.
        """

    async def propose(self, actor: Actor, contact: ContactEntry, seen: int, reason: str) -> str:
        """Keep what a practice says of its own contact; `Refused` 404 for another's contact."""

    async def decide(self, actor: Actor, proposal: str, *, accept: bool, note: str) -> None:
        """Accept a proposal, which changes the contact, or decline it; 409: decided already."""

    async def clear(self, actor: Actor, contact: str) -> None:
        """Take the flag from a contact that bounced; `Refused` 404 when there is none."""
