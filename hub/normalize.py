"""Step two: a submission's reading becomes plan versions, or the submission is quarantined.

The pipeline reads the bytes through the guarded reader and hands the reading here. Pure: nothing is
stored, nothing is sent. A plan's chain is what its versions share: the source's own set id, or the
sender's member and kind of plan; it is a digest, since source identifiers may name a person. A plan
that names the document before it gets the chain of that from `hub.pipeline.following`.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from hub import doubting, succession
from hub.audit import Event
from hub.canonical import Finding, Plan, Reading, said
from hub.canonical.check import check
from hub.hours import day_of
from hub.ids import new_id
from hub.stored import Draft, SubmissionOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from hub.stored import ClaimedSubmission

PLANS_PER_SUBMISSION = 100_000
MAX_ATTEMPTS = 4


def plans_of(
    submission: ClaimedSubmission, reader: str, reading: Reading, now: datetime
) -> tuple[SubmissionOutcome, list[Draft]]:
    """Return what became of the submission, and a draft of each plan in it."""
    if quarantined(reading):
        return _quarantined(submission, reader, reading, now), []
    drafts = [_draft(submission, i, plan, now) for i, plan in enumerate(reading.plans)]
    if len(drafts) == 1:  # what its reader could not tell for sure is about this plan
        unsure = tuple(f for f in reading.findings if f.code in doubting.PERSONS)
        drafts = [replace(drafts[0], findings=(*drafts[0].findings, *unsure))] if unsure else drafts
    detail = {"reader": reader, "plans": len(drafts), "findings": _counts(reading.findings)}
    outcome = SubmissionOutcome(
        id=submission.id,
        fence=submission.fence,
        state="read",
        reader=reader,
        findings=reading.findings,
        tally=reading.coverage,
        plans=len(drafts),
        events=(_event("submission.read", submission, now, detail),),
    )
    return outcome, drafts


def quarantined(reading: Reading) -> bool:
    """Say whether nothing in a reading can go on: no plan, too many, or one with nothing in it."""
    nothing = len(reading.plans) == 1 and any(f.code == "nothing_read" for f in reading.findings)
    return nothing or not 0 < len(reading.plans) <= PLANS_PER_SUBMISSION


def _quarantined(
    submission: ClaimedSubmission, reader: str, reading: Reading, now: datetime
) -> SubmissionOutcome:
    findings = reading.findings
    if not any(f.severity == "error" for f in findings):
        nothing = Finding("error", "nothing_read", "no plan was found in the document")
        findings = (*findings, nothing)
    codes = sorted({f.code for f in findings if f.severity == "error"})
    return SubmissionOutcome(
        id=submission.id,
        fence=submission.fence,
        state="quarantined",
        reader=reader,
        findings=findings,
        tally=reading.coverage,
        events=(_event("submission.quarantined", submission, now, {"codes": codes}),),
    )


def _draft(submission: ClaimedSubmission, index: int, plan: Plan, now: datetime) -> Draft:
    return Draft(
        id=new_id("pln"),
        seq=submission.seq * PLANS_PER_SUBMISSION + index,
        submission=submission.id,
        mco=submission.mco,
        chain=chain_of(submission.mco, plan),
        version=1,
        plan=_placed(plan, submission.digest),
        findings=check(plan, today=day_of(now)),
    )


def chain_of(mco: str, plan: Plan) -> str:
    """Return the digest that the versions of one plan share, as far as the plan itself can say.

    A document without a set id of its own that replaces one of a set is the next version of that.
    One that only names the document before it waits for that one's chain, and never has the
    member's; an addendum is a plan of its own.
    """
    header = plan.header
    set_id, before = succession.set_of(plan), succession.sought(plan)
    own = succession.own_digests(plan)
    parts: tuple[str, ...]
    if succession.adds(plan) and own:
        parts = (mco, "document", *own)
    elif set_id:
        parts = (mco, "set", set_id, header.kind)
    elif before:
        parts = (mco, "after", *(exact for exact, _ in before))
    else:
        parts = (mco, "member", "/".join(member_keys(plan)), header.kind, said(header.program))
    return sha256("\x1f".join(parts).encode()).hexdigest()


def member_keys(plan: Plan) -> tuple[str, ...]:
    """Return the ids by which the plan says the payer knows its member, in a steady order."""
    keys = [said(plan.coverage.member_id)]
    keys += [i.value for i in plan.member.identifiers if i.kind in {"plan", "medicaid"}]
    return tuple(dict.fromkeys(key.strip() for key in keys if key.strip()))


def _placed(plan: Plan, digest: str) -> Plan:
    """Give the places their document, kept once per plan and not per place."""
    if not plan.places:
        return plan
    pointer, first = next(iter(plan.places.items()))
    named = structs.replace(first, document=first.document or f"sha256:{digest}")
    return replace(plan, places={**plan.places, pointer: named})


def _counts(findings: tuple[Finding, ...]) -> dict[str, int]:
    return {
        severity: sum(f.severity == severity for f in findings)
        for severity in ("error", "warning", "note")
    }


def _event(
    kind: str, submission: ClaimedSubmission, now: datetime, detail: dict[str, object]
) -> Event:
    return Event(
        kind=kind, noun=submission.id, at=now, organisations=(submission.mco,), detail=detail
    )
