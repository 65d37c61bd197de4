"""The elements of a plan that can leave alone, each with its sensitivity labels and Part 2 origin.

Readers build them with what the source said; `hub.labels` decides every element's categories again
from codes, words and source, so an element's own `labels` can raise but never lower its protection.
"""

from __future__ import annotations

from typing import Literal

from hub.canonical.person import Party
from hub.canonical.piece import Piece
from hub.canonical.values import Code, Domain, Origin, Text


class Concern(Piece, frozen=True, kw_only=True, gc=False):
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


class Goal(Piece, frozen=True, kw_only=True, gc=False):
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


class Approval(Piece, frozen=True, kw_only=True, gc=False):
    """Who approved a flexible service, and when."""

    status: Text = None
    by: Party | None = None
    on: Text = None


class Spent(Piece, frozen=True, kw_only=True, gc=False):
    """One amount spent, as a decimal string."""

    on: Text = None
    amount: Text = None


class Flexible(Piece, frozen=True, kw_only=True, gc=False):
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


class Intervention(Piece, frozen=True, kw_only=True, gc=False):
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


class Outcome(Piece, frozen=True, kw_only=True, gc=False):
    """What was found when it was looked at; values keep their units verbatim in `text`."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    date: Text = None
    goals: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Medication(Piece, frozen=True, kw_only=True, gc=False):
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


class Allergy(Piece, frozen=True, kw_only=True, gc=False):
    """An allergy or intolerance."""

    id: str | None = None
    text: Text = None
    codes: tuple[Code, ...] = ()
    reaction: Text = None
    severity: Text = None
    status: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Directive(Piece, frozen=True, kw_only=True, gc=False):
    """An advance directive."""

    text: Text = None
    codes: tuple[Code, ...] = ()
    date: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Ask(Piece, frozen=True, kw_only=True, gc=False):
    """What the plan wants of whom by when."""

    text: Text = None
    of: Responsible | None = None
    due: Text = None
    party: Party | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Note(Piece, frozen=True, kw_only=True, gc=False):
    """Narrative kept where no entry carries it; `section` is its title, `code` its section code."""

    section: Text = None
    text: Text = None
    code: Code | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Criterion(Piece, frozen=True, kw_only=True, gc=False):
    """One criterion for being in the plan's program, met or not, with its evidence."""

    text: Text = None
    code: Code | None = None
    met: bool | None = None
    evidence: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Assessment(Piece, frozen=True, kw_only=True, gc=False):
    """A screening or assessment and its result."""

    name: Text = None
    date: Text = None
    result: Text = None
    codes: tuple[Code, ...] = ()
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Attachment(Piece, frozen=True, kw_only=True, gc=False):
    """A file carried by the document; its bytes travel beside the plan, found by `sha256`."""

    name: Text = None
    media_type: Text = None
    sha256: str | None = None
    bytes: int | None = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"


class Residue(Piece, frozen=True, kw_only=True, gc=False):
    """What stood in the document and fits no field: kept, never dropped."""

    text: Text = None
    label: Text = None
    labels: tuple[str, ...] = ()
    part2_origin: Origin = "unknown"
