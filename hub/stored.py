"""What the line keeps and hands from step to step: claimed work, the facts it needs, its outcomes.

The pipeline asks a `Line` for these and gives outcomes back; the store implements it. Rows hold
identifiers, states, codes and digests. Plan content is in the vault, never in these values' rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from hub.audit import Event  # noqa: TC001  # part of public signatures read at run time
from hub.brief import Brief
from hub.canonical import Finding, Plan, Sealed, Tally
from hub.hours import USUAL, Hours
from hub.succession import Known  # noqa: TC001  # part of public signatures read at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from consent.records import Consent
    from hub.directory import Attribution, Contact, Organisation, RosterMember, RoutingRule
    from hub.ports import Binding, Endpoint


@dataclass(frozen=True, slots=True, repr=False)
class ClaimedSubmission(Sealed):
    """A submission under a lease; every outcome must carry its `fence`."""

    id: str
    seq: int
    mco: str
    name: str
    media_type: str
    digest: str
    fence: int
    attempts: int
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedPlan:
    """A plan version under a lease that still has steps to walk."""

    id: str
    seq: int
    submission: str
    mco: str
    kind: str
    chain: str
    version: int
    state: str
    digest: str
    fence: int
    attempts: int
    member: str | None = None
    reason: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelChange:
    """One person's change of one element's sensitive categories (HR-21).

    `at` is the element's pointer in the plan they saw, `element` its own id or nothing, `digest`
    the SHA-256 of its content in hex.
    """

    direction: Literal["raise", "lower"]
    categories: frozenset[str]
    at: str
    element: str = ""
    digest: str = ""


class Newest(NamedTuple):
    """The newest of a chain: its highest version, and what is on its way or was sent last.

    `stands` is the plan the practice has or will have: that one, or the one it says the same as.
    """

    version: int = 0
    seq: int = 0
    stands: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The version of a chain whose release is in force, with its newest delivery.

    `meaning` is of the plan as read, `told` of what was released of it; empty where unknown.
    """

    plan: str
    version: int
    release: str
    meaning: str
    told: str
    notices: tuple[str, ...]
    pcmh: str
    contact: str
    endpoint: str
    format: str
    state: str


@dataclass(frozen=True, slots=True)
class Documents:
    """What is on file under the names a batch asks for, by (mco, name, role), newest first.

    `had` is, of each chain that is to be withdrawn, the newest delivery a practice has or may have.
    """

    known: Mapping[tuple[str, str, str], tuple[Known, ...]] = field(default_factory=dict)
    had: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Facts(Sealed):
    """What the steps may ask about one batch, read in one go before they run."""

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    members: Mapping[tuple[str, str], tuple[RosterMember, ...]] = field(default_factory=dict)
    by_id: Mapping[str, RosterMember] = field(default_factory=dict)
    attributions: Mapping[str, tuple[Attribution, ...]] = field(default_factory=dict)
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    heads: Mapping[str, int] = field(default_factory=dict)
    consents: Mapping[str, tuple[Consent, ...]] = field(default_factory=dict)
    versions: Mapping[str, Newest] = field(default_factory=dict)
    standing: Mapping[str, Standing] = field(default_factory=dict)
    labels: Mapping[str, tuple[LabelChange, ...]] = field(default_factory=dict)
    """What people changed about labels, by chain, oldest first."""
    rules: Mapping[str, tuple[RoutingRule, ...]] = field(default_factory=dict)
    """Which contact gets what, by practice."""
    had: Mapping[str, Standing] = field(default_factory=dict)
    """The newest delivery that a practice has or may have, of each chain to be withdrawn."""


@dataclass(frozen=True, slots=True, repr=False)
class Draft(Sealed):
    """A plan on its way: its row's identifiers and its content in memory."""

    id: str
    seq: int
    submission: str
    mco: str
    chain: str
    version: int
    plan: Plan
    findings: tuple[Finding, ...] = ()
    digest: str = ""
    size: int = 0
    fence: int | None = None
    meaning: str = ""
    adopted: bool = False
    """It found its chain when the document before it came; its row has another chain yet."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """Exact content cleared for one contact under one decision."""

    id: str
    pcmh: str
    contact: str
    member: str
    decision: Mapping[str, object]
    withheld: int
    notices: tuple[str, ...]
    plan_digest: str
    digest: str
    size: int
    media_type: str
    file_name: str
    format: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One release on its way to one endpoint; `after` is the version the practice had before."""

    id: str
    endpoint: str
    channel: str
    brief: Brief = Brief()
    after: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PlanOutcome(Sealed):
    """Where a plan stands after the steps that could run, with their events."""

    draft: Draft
    state: str
    member: str | None = None
    pcmh: str | None = None
    contact: str | None = None
    reason: Mapping[str, object] = field(default_factory=dict)
    release: ReleaseRow | None = None
    delivery: DeliveryRow | None = None
    events: tuple[Event, ...] = ()
    retry_in: float | None = None
    head: int = 0
    """How often the member's consents had changed when the decision was made."""
    same_as: str = ""
    """The earlier version that says the same, where the plan is `unchanged`."""
    seen: int = 0
    """How many plans were on file that may be the document it waits for, when that was decided."""


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """What became of a claimed submission."""

    id: str
    fence: int
    state: str
    reader: str = ""
    findings: tuple[Finding, ...] = ()
    tally: Tally = Tally()
    plans: int = 0
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Sending(Sealed):
    """A delivery whose consent was asked again and which may be attempted now."""

    id: str
    plan: str
    release: str
    mco: str
    pcmh: str
    endpoint: Endpoint
    digest: str
    media_type: str
    file_name: str
    fence: int
    attempts: int
    hours: Hours = USUAL
    person_days: int = 2


@dataclass(frozen=True, slots=True, repr=False)
class Due(Sealed):
    """A claimed delivery before consent is asked again: what the decision needs."""

    delivery: str
    plan: str
    member: str
    birth_date: str
    decision: Mapping[str, object]
    consents: tuple[Consent, ...]
    organisations: Mapping[str, Organisation]
    facts: Facts = field(default_factory=Facts)
    pcmh: str = ""
    contact: str = ""
    endpoint: str = ""
    labels: int | None = None
    """How many changes of labels the plan's chain has now; None where nothing is about to leave."""
    raised: tuple[str, ...] = ()
    """Categories raised in the chain since the release was decided."""


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What an attempt came to: the delivery's next state, or a retry in so many seconds."""

    id: str
    fence: int
    attempt: int
    state: str
    transport: str
    code: str
    retry_in: float | None = None
    owner: str = ""
    events: tuple[Event, ...] = ()
    acknowledge_due: datetime | None = None


SAME_VERSION = "another text had this version; raise `version` in it"
"""What is told of a profile whose version, under its name, was another text's."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A profile that is or was in force for a sender: its text, and the binding it replaces."""

    id: str
    mco: str
    name: str
    version: str
    digest: str
    text: str
    maker: str
    replaces: str
    state: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan made of a submission; `overtaken` when a later submission has its chain now."""

    id: str
    seq: int
    chain: str
    digest: str
    state: str
    overtaken: bool


@dataclass(frozen=True, slots=True, repr=False)
class StoredReading(Sealed):
    """A submission that was read before, and what was made of it."""

    submission: ClaimedSubmission
    state: str
    plans: tuple[KeptPlan, ...]


class Rereads(Protocol):
    """The store as reading again sees it."""

    async def stored(self, submission: str) -> StoredReading:
        """Return a submission with the plans that were made of it; `Refused` 404 for none."""

    async def finish_again(
        self, read: SubmissionOutcome, fresh: Sequence[PlanOutcome], gone: Sequence[KeptPlan]
    ) -> None:
        """Commit a second reading: new plan versions, and plans that it leaves (`gone`).

        One that was doubtful when it was looked at stays if a person has settled any of it.
        """


class Crowd(Protocol):
    """How many deliveries each endpoint may have under way here."""

    def full(self) -> list[str]:
        """Return the endpoints that may have no more just now."""

    def room(self, endpoint: str) -> int:
        """Return how many more an endpoint may have."""


class Line(Protocol):
    """The store as the pipeline sees it. Each method is one transaction."""

    async def claim_submissions(self, limit: int) -> list[ClaimedSubmission]:
        """Lease submissions that are due."""

    async def claim_plans(self, limit: int) -> list[ClaimedPlan]:
        """Lease plans that have steps left and are due."""

    async def renew(self, claimed: Sequence[ClaimedSubmission]) -> None:
        """Hold on to submissions whose reading takes longer than a lease."""

    async def bound(self, organisations: Collection[str]) -> Mapping[str, tuple[Binding, ...]]:
        """Return the adapters bound to each of several senders; to some there may be none."""

    async def facts(
        self,
        keys: Collection[tuple[str, str]],
        members: Collection[str],
        chains: Collection[str],
        mcos: Collection[str],
    ) -> Facts:
        """Read what the steps need for members by (mco, member id) or by our own id."""

    async def documents(
        self, names: Collection[tuple[str, str]], withdrawn: Collection[str]
    ) -> Documents:
        """Read which plans use these (mco, name), and what practices had of `withdrawn` chains."""

    async def finish(
        self, submissions: Sequence[SubmissionOutcome], plans: Sequence[PlanOutcome]
    ) -> None:
        """Commit outcomes, events and next work in one transaction; stale fences change nothing."""

    async def begin_sending(
        self,
        limit: int,
        permitted: Callable[[Due], str | None],
        now: datetime,
        crowd: Crowd | None = None,
    ) -> list[Sending]:
        """Lease due deliveries, ask `permitted` for each under a lock on its member's consents.

        `permitted` returns None to go on, or the reason to stop. Stopped deliveries are recorded
        and their plans decided anew; the others are `sending` when this returns. Of an endpoint
        no more are taken than `crowd` has room for.
        """

    async def record(self, outcomes: Sequence[SendOutcome]) -> None:
        """Commit what attempts came to."""
