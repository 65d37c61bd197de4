"""The events of the audit ledger: one for every state change, written in its own transaction.

Every step and page that changes something makes an `Event` and hands it to the store together with
the change. An event names nouns by the identifiers we made; it never holds member data or text from
outside, only codes, counts and digests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: dict[str, str] = {
    "submission.received": "bytes were made durable and accepted",
    "submission.duplicate": "the same bytes had come before",
    "submission.read": "an adapter made plans of a submission",
    "submission.quarantined": "a submission can't be read",
    "submission.renormalised": "a submission was read again from its bytes by today's adapters",
    "submission.requeued": "a person asked for a submission to be read again",
    "plan.read": "a plan version was made",
    "plan.doubtful": "values that matter were read with doubt; a person's turn",
    "plan.confirmed": "a person confirmed a doubtful value against the source",
    "plan.corrected": "a person corrected a doubtful value, with a reason",
    "plan.rejected": "a person took a doubtful value out of the plan, kept as residue",
    "plan.settled": "every doubt about a plan was settled; it goes on by itself",
    "plan.matched": "a plan's member was found on the roster",
    "plan.unmatched": "no single member fits the plan",
    "plan.routed": "the designated contact was found",
    "plan.unroutable": "no designated contact could be found",
    "plan.released": "exact content was cleared for one contact under one decision",
    "plan.held": "consent holds the plan back",
    "plan.unchanged": "a plan says what the version before said; nothing was sent again",
    "plan.superseded": "a newer version took a plan's place",
    "delivery.queued": "a release was queued for its channel",
    "delivery.sending": "consent was asked again and permitted the attempt",
    "delivery.sent": "the wire took the bytes",
    "delivery.notified": "the practice's system told by Direct what became of the bytes",
    "delivery.retry": "an attempt failed and will be repeated",
    "delivery.undeliverable": "attempts were given up; a person's turn",
    "delivery.stopped": "consent at the moment of sending said no",
    "delivery.superseded": "a newer version took the place of one nobody had taken or answered",
    "delivery.shown": "the contact opened the plan",
    "delivery.downloaded": "the contact fetched the released bytes",
    "delivery.compared": "an earlier delivery was opened to tell what a newer one changes",
    "delivery.listed": "what a plan asks was shown in the contact's worklist",
    "delivery.assigned": "a delivery was handed to a colleague inside the practice",
    "delivery.printed": "a print packet with a return code was made of a delivery",
    "delivery.acknowledged": "a named person took the plan",
    "delivery.answered": "the practice answered",
    "delivery.returned": "the practice gave the plan back: not its patient, or not any more",
    "answer.replied": "the sender replied to an answer",
    "delivery.overdue": "nobody took the plan in time",
    "delivery.escalated": "a silence lasted too long and the next person was told",
    "delivery.exhausted": "everybody on the ladder was told; it stays with the last of them",
    "delivery.recovered": "the silence ended after people had been told of it",
    "consent.granted": "a consent was recorded",
    "consent.revoked": "a consent was revoked",
    "consent.approved": "a second person approved a consent",
    "plan.previewed": "somebody looked at what recipients would see; nothing was released",
    "plan.consent_asked": "the sender was asked for a consent that a plan waits for",
    "plan.denied": "the privacy officer decided that a held plan does not go",
    "plan.decided_again": "the privacy officer let a held plan be decided again",
    "members.searched": "somebody searched for members; the words of the search are not kept",
    "emergency.invoked": "a plan was opened for medical personnel without consent",
    "emergency.not_found": "an emergency was invoked and no single member fits",
    "emergency.denied": "an emergency was invoked and no rule let the plan be opened",
    "emergency.viewed": "whoever invoked an emergency read the plan again within its time",
    "emergency.reviewed": "the privacy officer reviewed an emergency",
    "accounting.made": "an accounting of disclosures was made for a member",
    "incident.opened": "a release went wrong; what was queued to that practice stopped",
    "incident.step": "something was done about an incident",
    "incident.closed": "an incident was closed by name",
    "recall.asked": "a practice was asked to destroy or return what it got",
    "recall.answered": "a practice answered a recall",
    "delivery.consent_revoked": "a consent it was released under was revoked; its practice is told",
    "consent.superseded": "another consent took a consent's place",
    "consent.scanned": "the scan of a signed paper was attached to a consent",
    "consent.ended": "the event a consent ends with was recorded",
    "consent.viewed": "somebody read a consent, its scan or its history",
    "consent.copied": "a member's copy of a consent was made",
    "consent.imported": "a file of consents was kept, waiting for a second person",
    "consent.batch_approved": "a second person approved a file of consents",
    "decision.explained": "somebody asked what consent would say; nothing was released",
    "directory.changed": "an organisation, contact, endpoint, routing rule or binding changed",
    "directory.planned": "a change of an organisation or endpoint was planned for a day to come",
    "directory.withdrawn": "somebody took a planned change back",
    "directory.plan_refused": "a planned change could not be made on its day",
    "directory.proposed": "a practice proposed a correction of its own contact",
    "directory.decided": "somebody accepted or declined a practice's proposal",
    "directory.cleared": "a person took the flag from a contact whose deliveries had failed",
    "profile.activated": "a sender's profile was put in force",
    "profile.rolled_back": "a sender's profile was taken back for the one before",
    "roster.loaded": "a roster or attribution file took effect",
    "treating.recorded": "that somebody treats a member was recorded, corrected or ended",
    "roster.refused": "a roster or attribution file was refused whole",
    "copy.made": "a member's own copy of a plan was made, to be printed",
    "copy.printed": "a member's copy was opened for printing",
    "copy.given": "a member's copy was handed over or posted by a named person",
    "connection.fails": "a probe found that a connection fails; its owner was told",
    "connection.works": "a connection that failed works again; its owner was told",
    "connection.ends": "a certificate of a connection ends soon; its owner was told",
    "notice.sent": "a status notice was sent to an organisation",
    "notice.failed": "a status notice could not be sent",
    "access.signed_in": "somebody signed in",
    "sample.read": "somebody read a sample at the workbench; nothing of it was kept",
    "fields.counted": "somebody had filled fields counted over stored plans",
    "access.refused": "somebody was refused",
    "access.key_issued": "a credential was issued",
    "access.key_revoked": "a credential was revoked",
    "label.raised": "a person raised the label of an element of a plan",
    "label.lowered": "a privacy officer lowered the label of an element of a plan, with a reason",
    "submission.fetched": "its sender downloaded a document as it was handed in",
    "plan.viewed": "somebody read a plan in the console or by API",
    "request.asked": "an organisation asked another for something about a member",
    "request.not_asked": "a request was not made: consent says no, or the same is open",
    "request.listed": "a request was shown in the list of an organisation that consent lets see it",
    "request.viewed": "somebody read a request",
    "request.attempt": "an attempt to reach the member was recorded",
    "request.promised": "the asked organisation said by when it answers",
    "request.reminded": "the asking organisation had the asked one reminded",
    "request.overdue": "a request was not answered by its day",
    "request.escalated": "a request stayed unanswered and the next person was told",
    "request.exhausted": "everybody on the ladder was told of a request; it stays with the last",
    "request.recovered": "a request ended after people had been told of it",
    "request.answered": "the asked organisation answered a request",
    "request.refused": "the asked organisation refused a request, with a reason",
    "request.withdrawn": "the asking organisation took a request back",
    "request.stopped": "consent, an incident or the directory took an open request its ground",
    "request.may_ask_again": "consent covers a stopped request again: it may be made anew",
    "request.confirmed": "a roster says what an accepted correction said",
    "document.returned": "a practice gave a document back to the MCO",
    "document.fetched": "somebody fetched a returned document",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One fact for the ledger; `organisations` are those who may see it."""

    kind: str
    noun: str
    at: datetime
    organisations: tuple[str, ...] = ()
    actor: str = "hub"
    detail: Mapping[str, object] = field(default_factory=dict)


def event_bytes(number: int, event: Event) -> bytes:
    """Return the canonical JSON bytes of an event, the leaf data of the Merkle log."""
    return json.dumps(
        {
            "n": number,
            "kind": event.kind,
            "noun": event.noun,
            "at": event.at.isoformat(),
            "organisations": list(event.organisations),
            "actor": event.actor,
            "detail": event.detail,
        },
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
