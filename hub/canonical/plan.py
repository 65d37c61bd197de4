"""One Integrated Care Plan in the canonical template, schema `icp/1`. Frozen, sealed, no I/O.

Readers produce it, renderers consume it. Field names are the wire names (CANONICAL.md): renaming
one is a new schema version, adding an optional one is a minor change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.canonical.elements import (
    Allergy,
    Ask,
    Assessment,
    Attachment,
    Concern,
    Criterion,
    Directive,
    Goal,
    Intervention,
    Medication,
    Note,
    Outcome,
    Residue,
)
from hub.canonical.person import Member, Party
from hub.canonical.piece import Piece
from hub.canonical.place import Place
from hub.canonical.values import Absent, SourceId, Text

PlanKind = Literal[
    "icp",
    "pcsp",
    "isp",
    "poc",
    "refusal",
    "isp_request",
    "flexible_service_request",
    "outreach_request",
    "response",
    "report",
]
PlanStatus = Literal["draft", "active", "completed", "revoked", "unknown"]


class Replaced(Piece, frozen=True, kw_only=True, gc=False):
    """The version this one replaces; `source_ids` are the ids of that document, where given."""

    set_id: str | None = None
    version: int | None = None
    source_ids: tuple[SourceId, ...] = ()


class Related(Piece, frozen=True, kw_only=True, gc=False):
    """A document this one does not replace: it adds to it, or says the same in another form."""

    how: Literal["appends", "transforms"] = "appends"
    set_id: str | None = None
    version: int | None = None
    source_ids: tuple[SourceId, ...] = ()


class Period(Piece, frozen=True, kw_only=True, gc=False):
    """A span of time, each end at the precision given."""

    start: Text = None
    end: Text = None


class Header(Piece, frozen=True, kw_only=True, gc=False):
    """What the document is, who wrote it, for whom, and which version."""

    kind: PlanKind = "icp"
    set_id: str | None = None
    version: int | None = None
    source_ids: tuple[SourceId, ...] = ()
    replaces: Replaced | None = None
    related: tuple[Related, ...] = ()
    title: Text = None
    status: PlanStatus = "unknown"
    written_on: Text = None
    period: Period | None = None
    language: Text = None
    program: Text = None
    purpose: Text = None
    criteria: tuple[Criterion, ...] = ()
    author: Party | None = None
    custodian: Party | None = None
    owner: Party | None = None
    steward: Party | None = None
    recipients: tuple[Party, ...] = ()
    confidentiality: Text = None


class Coverage(Piece, frozen=True, kw_only=True, gc=False):
    """The member's coverage as the document states it; a claim, checked against the roster."""

    mco: Text = None
    line_of_business: Text = None
    member_id: Text = None
    enrolled_on: Text = None
    county: Text = None
    care_managed_by: Literal["mco", "htc", "health_home", "none"] | None = None


class TeamMember(Piece, frozen=True, kw_only=True, gc=False):
    """Somebody on the care team."""

    party: Party = Party()
    role: Text = None
    lead: bool | None = None
    relationship: Text = None
    involvement: Text = None


class Risk(Piece, frozen=True, kw_only=True, gc=False):
    """The member's risk stratum and how it was found."""

    level: Literal["low", "moderate", "high"] | None = None
    score: Text = None
    tool: Text = None
    assessed_on: Text = None
    reason: Text = None


class Outreach(Piece, frozen=True, kw_only=True, gc=False):
    """One attempt to reach the member."""

    on: Text = None
    method: Text = None
    by: Text = None
    result: Text = None


class Meeting(Piece, frozen=True, kw_only=True, gc=False):
    """A care team meeting."""

    on: Text = None
    place: Text = None
    participants: tuple[Party, ...] = ()


class Agreement(Piece, frozen=True, kw_only=True, gc=False):
    """Whether the member agreed to the plan, how, and what was tried."""

    offered_on: Text = None
    decision: Literal["accepted", "declined", "pending"] | None = None
    signed_by: Party | None = None
    signed_on: Text = None
    method: Text = None
    copy_given_on: Text = None
    copy_channel: Text = None
    outreach: tuple[Outreach, ...] = ()
    reoutreach_due: Text = None
    meeting: Meeting | None = None


class Review(Piece, frozen=True, kw_only=True, gc=False):
    """When the plan was and will be reviewed."""

    last: Text = None
    next_due: Text = None
    reason: Text = None


class Plan(Piece, frozen=True, kw_only=True, gc=False):
    """One plan. `places` maps the JSON pointer of every leaf value to where it was read."""

    schema: Literal["icp/1"] = "icp/1"
    header: Header = Header()
    member: Member = Member()
    coverage: Coverage = Coverage()
    team: tuple[TeamMember, ...] = ()
    risk: Risk | None = None
    assessments: tuple[Assessment, ...] = ()
    strengths: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    barriers: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    concerns: tuple[Concern, ...] | Absent = ()
    goals: tuple[Goal, ...] | Absent = ()
    interventions: tuple[Intervention, ...] | Absent = ()
    outcomes: tuple[Outcome, ...] | Absent = ()
    medications: tuple[Medication, ...] | Absent = ()
    allergies: tuple[Allergy, ...] | Absent = ()
    advance_directives: tuple[Directive, ...] | Absent = ()
    crisis_plan: Text = None
    agreement: Agreement | None = None
    review: Review | None = None
    asks: tuple[Ask, ...] = ()
    notes: tuple[Note, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    residue: tuple[Residue, ...] = ()
    places: Mapping[str, Place] = msgspec.field(default_factory=dict)
