"""What the privacy officer's pages ask of the hub, as protocols and frozen values.

The store implements `Officer`. Every method that changes something takes the `Actor` who asks and
writes its event in the same transaction. Words of people (`told`, `note`, `nature`) are sealed at
rest and never stand in an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consent.records import Consent
    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.directory import RosterMember
    from hub.stored import Due, Facts

EmergencyReason = Literal["emergency", "disaster"]
Review = Literal["justified", "not_justified"]


@dataclass(frozen=True, slots=True, repr=False)
class Sight(Sealed):
    """A plan and everything its decision hangs on, read without changing anything.

    `plan` is None while the member has no plan that was read. `queued` are deliveries of the member
    that wait to be sent.
    """

    member: RosterMember
    facts: Facts
    consents: tuple[Consent, ...]
    id: str = ""
    version: int = 0
    chain: str = ""
    state: str = ""
    plan: Plan | None = None
    queued: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Listed(Sealed):
    """A consent on a worklist with its member as lists show them; `clash` is the other one's id."""

    consent: Consent
    member: Mapping[str, Any]
    clash: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Invoked(Sealed):
    """What a clinician said on opening a plan in an emergency (42 CFR 2.51(c)).

    `medical`: they are medical personnel; `unobtainable`: the member's consent can't be had.
    """

    name: str
    affiliation: str
    reason: EmergencyReason
    nature: str
    family: str
    birth_date: str
    number: str
    medical: bool
    unobtainable: bool


@dataclass(frozen=True, slots=True, repr=False)
class Opened(Sealed):
    """What was decided about an emergency: its id, the decision to keep, the plan that was left."""

    id: str
    decision: Mapping[str, object]
    withheld: int
    plan: Plan


@dataclass(frozen=True, slots=True, repr=False)
class Reported(Sealed):
    """What is known of a release that went wrong when an incident is opened."""

    member: str
    pcmh: str
    delivery: str | None
    cause: str
    told: str
    found_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Step(Sealed):
    """One thing done about an incident; `choice` is a word of `hub.incidents`."""

    kind: str
    choice: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Overseen(Sealed):
    """A request or a document given unasked, its steps, documents, who saw it, what did not pass.

    Words are opened; each step and document has the decision that let it pass, where it is known.
    """

    row: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    documents: tuple[Mapping[str, Any], ...]
    looks: tuple[Mapping[str, Any], ...]
    untold: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """An accounting that was made: its form (pdf, csv, json), counts of rows, SHA-256 in hex."""

    member: str
    form: str
    listed: int
    excluded: int
    digest: str


class Officer(Protocol):
    """The privacy officer's desk; break-glass is the practice's, and reviewed here."""

    async def sight(self, actor: Actor, member: str, plan: str | None = None) -> Sight:
        """Return a member's newest plan, or the one named, for a preview; recorded as previewed.

        `Refused` 404: no such member, or a plan that isn't theirs.
        """

    async def consents(self, most: int) -> list[Listed]:
        """Return grants and limits that are neither revoked nor superseded, with their members."""

    async def disclosures(self, member: str) -> list[dict[str, Any]]:
        """Return everything that left about a member, oldest first, for an accounting."""

    async def accounted(self, actor: Actor, made: Made) -> str:
        """Record that an accounting was made; return its id."""

    async def hold(self, actor: Actor, plan: str, how: str, why: str = "") -> None:
        """Resolve a held plan: `again`, `ask` (tell the sender), or `deny` with a reason's code.

        `Refused` 404: no such plan; 409: it isn't held.
        """

    async def emergency_sights(self, actor: Actor, invoked: Invoked) -> tuple[Sight, ...]:
        """Find the member a clinician names exactly, at every sender; recorded when not found.

        `Refused` 409: nobody with a plan has this name, birth date and number.
        """

    async def own_emergencies(self, actor: Actor) -> list[dict[str, Any]]:
        """Return what the actor opened and may still read."""

    async def open_emergency(
        self, actor: Actor, sight: Sight, invoked: Invoked, opened: Opened
    ) -> str:
        """Record an emergency and keep what may be read; return its id."""

    async def emergency_denied(self, actor: Actor, sight: Sight) -> None:
        """Record that an emergency was invoked and no rule let the plan be opened."""

    async def emergency_plan(self, actor: Actor, emergency: str) -> tuple[Plan, dict[str, Any]]:
        """Return the plan for whoever invoked, recorded. `Refused` 404: not theirs, 410: over."""

    async def emergencies(self, *, reviewed: bool) -> list[dict[str, Any]]:
        """Return emergencies with what was said, oldest unreviewed first."""

    async def review(self, actor: Actor, emergency: str, outcome: Review, note: str) -> None:
        """Record the review; `Refused` 404: none, 409: reviewed before."""

    async def open_incident(self, actor: Actor, reported: Reported) -> str:
        """Open an incident and stop what is queued to that practice for that member."""

    async def incident(self, incident: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return an incident and its steps, oldest first; `Refused` 404."""

    async def incidents(self, *, closed: bool) -> list[dict[str, Any]]:
        """Return incidents, newest first, with the kinds of steps done."""

    async def step(self, actor: Actor, incident: str, step: Step) -> None:
        """Add a step; `Refused` 404: none, 409: it is closed, or not everything was done."""

    async def recalls(self, actor: Actor) -> list[dict[str, Any]]:
        """Return recalls that the actor's practice was asked for, with its answer."""

    async def answer_recall(self, actor: Actor, incident: str, choice: str, name: str) -> None:
        """Record the practice's answer to a recall; `Refused` 404: not theirs, 409: answered."""

    async def suspects(self, most: int) -> list[dict[str, Any]]:
        """Return deliveries that a practice disputed or couldn't place, without an incident."""

    async def requests(self, member: str, most: int) -> list[dict[str, Any]]:
        """Return requests and documents given unasked, newest first; of a member, or all."""

    async def untold(self, member: str, most: int) -> list[dict[str, Any]]:
        """Return what consent did not let one organisation tell another, newest first."""

    async def request(self, actor: Actor, noun: str) -> Overseen:
        """Return a request, or a document given unasked; recorded as viewed. `Refused` 404."""

    async def counts(self) -> dict[str, int]:
        """Return how much waits for the officer, by worklist."""
