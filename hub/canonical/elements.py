"""The elements of a plan that can leave alone, each with its sensitivity labels and Part 2 origin.

Readers build them with what the source said; `hub.labels` decides every element's categories again
from codes, words and source, so an element's own `labels` can raise but never lower its protection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.canonical.person import Party
from hub.canonical.values import Code, Domain, Origin, Sealed, Text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Concern(Sealed):
    """A health concern or risk; `onset` at the precision given."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    domain: Domain | None = None
    status: Text = None
    onset: Text = None
    priority: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Goal(Sealed):
    """What is wanted, by when; `concerns` hold the ids of the concerns it answers."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    whose: Text = None
    term: Text = None
    start: Text = None
    due: Text = None
    status: Text = None
    progress: Text = None
    measure: Text = None
    priority: Text = None
    concerns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Approval(Sealed):
    """Who approved a flexible service, and when."""

    status: Text = None
    by: Party | None = None
    on: Text = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Spent(Sealed):
    """One amount spent, as a decimal string."""

    on: Text = None
    amount: Text = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flexible(Sealed):
    """The flexible-service part of an intervention; money is a decimal string."""

    category: Text = None
    requested_by: Party | None = None
    rationale: Text = None
    expected_outcome: Text = None
    ebp: Text = None
    timeline: Text = None
    estimated_cost: Text = None
    conventional_cost: Text = None
    savings: Text = None
    continued: bool | None = None
    approval: Approval | None = None
    gl_code: Text = None
    spent: tuple[Spent, ...] = ()


InterventionKind = Literal[
    "service",
    "referral",
    "task",
    "education",
    "medication_management",
    "flexible_service",
    "meeting",
    "other",
]
Responsible = Literal["mco", "pcmh", "member", "provider", "community", "other"]
Funding = Literal["covered", "flexible", "carved_out", "community", "other"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Intervention(Sealed):
    """What will be or was done, by whom, how often; linked to goals and concerns by their ids."""

    id: str | None = None
    kind: InterventionKind = "other"
    text: Text = None
    codes: tuple[Code, ...] = ()
    domain: Domain | None = None
    responsible: Responsible | None = None
    party: Party | None = None
    frequency: Text = None
    start: Text = None
    end: Text = None
    status: Text = None
    setting: Text = None
    funding: Funding | None = None
    goals: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    evidence: Text = None
    flexible: Flexible | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Outcome(Sealed):
    """What was found when it was looked at; values keep their units verbatim in `text`."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    date: Text = None
    goals: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Medication(Sealed):
    """A medication as the source lists it."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    dose: Text = None
    status: Text = None
    start: Text = None
    end: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Allergy(Sealed):
    """An allergy or intolerance."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    reaction: Text = None
    severity: Text = None
    status: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Directive(Sealed):
    """An advance directive."""

    text: Text = None
    codes: tuple[Code, ...] = ()
    date: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ask(Sealed):
    """What the plan wants of whom by when."""

    text: Text = None
    of: Responsible | None = None
    due: Text = None
    party: Party | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Note(Sealed):
    """Narrative kept where no entry carries it; `section` is its title, `code` its section code."""

    section: Text = None
    text: Text = None
    code: Code | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Criterion(Sealed):
    """One criterion for being in the plan's program, met or not, with its evidence."""

    text: Text = None
    code: Code | None = None
    met: bool | None = None
    evidence: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assessment(Sealed):
    """A screening or assessment and its result."""

    name: Text = None
    date: Text = None
    result: Text = None
    codes: tuple[Code, ...] = ()
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Attachment(Sealed):
    """A file carried by the document; its bytes travel beside the plan, found by `sha256`."""

    name: Text = None
    media_type: Text = None
    sha256: str | None = None
    bytes: int | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Residue(Sealed):
    """What stood in the document and fits no field: kept, never dropped."""

    text: Text = None
    label: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"
