"""What is asked, done and returned in a request, as frozen values, and the port that keeps it.

Pages and API build `Opening`, `Taken` and `Brought`; the store gives rows and `Thread` back. Words,
contact data and documents are about a member: these values refuse to be printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from consent.decision import Decision
    from consent.records import Consent
    from consent.terms import Matter
    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.directory import Organisation, RosterMember

Kind = Literal["plan", "outreach", "correction"]
Urgency = Literal["routine", "soon", "urgent"]
Step = Literal["attempt", "promise", "answer", "refuse", "withdraw", "remind"]
Field = Literal["phone", "address", "email", "language", "best_time"]
View = Literal["asked", "asking", "done"]


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(Sealed):
    """One try to reach a member: the day, how (`rules.HOW`), what came of it (`rules.CAME`)."""

    on: date
    how: str
    came: str
    words: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Opening(Sealed):
    """A request as somebody makes it; `to` empty: whom the roster or the asker's side names.

    `due` None: by urgency. `field` and `says` are a correction's; the hub adds what stands now.
    """

    kind: Kind
    member: str
    name: str
    reason: str
    to: str = ""
    urgency: Urgency = "routine"
    due: date | None = None
    words: str = ""
    attempts: tuple[Attempt, ...] = ()
    field: Field | None = None
    says: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Taken(Sealed):
    """One step somebody takes: an attempt, a day promised, an answer, a refusal and its code."""

    step: Step
    name: str
    code: str = ""
    words: str = ""
    on: date | None = None
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Brought(Sealed):
    """A document that comes back: its bytes, what they are, and what a reader made of them.

    `noun` is the request or the delivery it answers; `name` is the person who gives it.
    """

    noun: str
    name: str
    content: bytes
    media_type: str
    reader: str = ""
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Content(Sealed):
    """What is told: a person's words, a document's bytes and what was read of it.

    `matters` are what consent was asked about when a document was kept; it is asked them again.
    """

    words: str = ""
    document: bool = False
    plans: tuple[Plan, ...] = ()
    matters: frozenset[Matter] = frozenset()


NOTHING = Content()
"""No words and no document: only that there is a request about the member."""


@dataclass(frozen=True, slots=True, repr=False)
class Telling(Sealed):
    """What one organisation is about to tell another of a member, as consent is asked about it."""

    member: RosterMember
    discloser: Organisation
    to: Organisation
    person: str
    treating: bool
    consents: tuple[Consent, ...]
    content: Content = NOTHING


Ask: TypeAlias = "Callable[[Telling], Decision]"
"""The one consent question, asked about a `Telling`; anything withheld means: not so."""


@dataclass(frozen=True, slots=True, repr=False)
class Reached(Sealed):
    """One field of a member's contact data: what the roster says, and an accepted correction."""

    field: Field
    roster: str
    corrected: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Thread(Sealed):
    """A request with all that was done about it, as the asker or the asked may see it.

    `mine`: the viewer is the one who is asked. `covered` False: consent no longer lets the viewer
    see the other side's words. `reach` is empty where it may not be shown.
    """

    row: Mapping[str, Any]
    mine: bool
    covered: bool
    words: str
    entries: tuple[Mapping[str, Any], ...]
    documents: tuple[Mapping[str, Any], ...]
    reach: tuple[Reached, ...]
    correction: Mapping[str, Any] | None = None


class Requests(Protocol):
    """Requests of the actor's organisation. Another's is `Refused` 404, whoever else's it is."""

    async def open(self, actor: Actor, given: Opening) -> str:
        """Ask consent, then keep the request and tell the asked contact; return its id.

        `Refused` 404: no such member of theirs; 409: consent says no, it was asked before, or
        nobody is there to ask; 422: something is missing or wrong.
        """

    async def listed(
        self, actor: Actor, view: View | None, cursor: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return rows: of a view by due date, or all of them newest first after a cursor.

        A row whose member consent no longer lets the viewer know of has `family` None.
        """

    async def thread(self, actor: Actor, request: str) -> Thread:
        """Ask consent again and return the request; 410 where the asked may see it no more."""

    async def take(self, actor: Actor, request: str, taken: Taken) -> str:
        """Record a step and return the state after it; 409: not now, 422: not so."""

    async def bring(self, actor: Actor, brought: Brought) -> str:
        """Keep a returned document for the MCO; a request is answered by it. Return its id."""

    async def returned(self, actor: Actor, noun: str | None = None) -> list[dict[str, Any]]:
        """Return documents given or got, newest first, all or those of one request or delivery."""

    async def document(self, actor: Actor, document: str) -> tuple[bytes, dict[str, Any]]:
        """Ask consent again and return a document's bytes and row; each fetching is recorded.

        The row says the ids of the `notices` it must be handed out with, and the consents' `scope`.
        """

    async def reach(self, actor: Actor, member: str) -> Sequence[Reached]:
        """Return the contact data of a member the actor may make requests about, or nothing."""

    async def parties(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the organisations an MCO may ask."""
