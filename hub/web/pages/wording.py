"""The hub's machine words as sentences for people: states, reasons, events, consents.

Templates reach them through `filters`; forms take their choices from here. A word nobody wrote a
sentence for is shown as it is, never hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hub import matching, routing, succession
from hub.answers import CODES, REPLIES
from hub.audit import KINDS
from hub.ending import OF
from hub.web.pages import request_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.correspondence import AnswerKind, ReplyKind

STATE: dict[str, str] = {
    "received": "received",
    "sent": "waiting to be taken",
    "undeliverable": "not deliverable",
    "unroutable": "no contact",
    "doubtful": "to be confirmed",
    "denied": "does not go",
    "unchanged": "no change",
    "unmatched": "member unclear",
    "quarantined": "can't be read",
    "promised": "answer promised",
}

TONES: dict[tuple[str, str], str] = {
    ("submission", "quarantined"): "bad",
    ("submission", "read"): "good",
    ("plan", "doubtful"): "warn",
    ("plan", "unmatched"): "bad",
    ("plan", "unroutable"): "bad",
    ("plan", "held"): "warn",
    ("plan", "denied"): "bad",
    ("plan", "released"): "good",
    ("plan", "unchanged"): "good",
    ("delivery", "sent"): "warn",
    ("delivery", "overdue"): "bad",
    ("delivery", "undeliverable"): "bad",
    ("delivery", "stopped"): "warn",
    ("delivery", "acknowledged"): "good",
    ("delivery", "answered"): "good",
    ("delivery", "returned"): "bad",
    ("request", "asked"): "warn",
    ("request", "promised"): "warn",
    ("request", "overdue"): "bad",
    ("request", "answered"): "good",
    ("request", "refused"): "bad",
}

MEDIA: dict[str, str] = {
    "application/pdf": "PDF",
    "application/xml": "XML, like a C-CDA",
    "application/json": "JSON, like FHIR",
    "x-application/hl7-v2+er7": "HL7 v2 message",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbook",
    "application/rtf": "RTF text",
    "application/zip": "ZIP archive",
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
    "image/tiff": "TIFF picture",
    "text/plain": "text or CSV",
    "application/octet-stream": "unknown kind",
}

CATEGORIES: dict[str, str] = {
    "general": "General health and care",
    "sud": "Substance use",
    "mental_health": "Mental health",
    "hiv": "HIV",
    "std": "Sexually transmitted disease",
    "sdv": "Sexual or domestic violence",
    "sexual_health": "Sexual and reproductive health",
    "psychotherapy_note": "Psychotherapy notes",
    "sud_counselling_note": "Substance use counselling notes",
    "minor": "Care a minor consented to",
    "restricted": "Restricted at the member's wish",
}

KINDS_OF_CONSENT: dict[str, str] = {
    "tpo": "Treatment, payment and operations (42 CFR 2.31, single consent)",
    "specific": "Named recipient (42 CFR 2.31)",
    "roi": "Release of information (45 CFR 164.508)",
    "sud_counselling": "Substance use counselling notes (42 CFR 2.31(b))",
    "psychotherapy": "Psychotherapy notes (45 CFR 164.508)",
    "hiv": "HIV-related information (35 P.S. 7607)",
    "refusal": "Refusal: the member says no",
    "restriction": "Restriction agreed with the member",
    "proceedings": "Legal proceedings (42 CFR 2.31(d))",
}

PURPOSES: dict[str, str] = {
    "TREAT": "Treatment",
    "HPAYMT": "Payment",
    "HOPERAT": "Health care operations",
    "CAREMGT": "Care management",
    "LEGAL": "Legal proceedings",
    "BTG": "Medical emergency",
}

PURPOSES_OF_A_FORM: dict[str, str] = {k: v for k, v in PURPOSES.items() if k != "BTG"}
"""What a form may name: an emergency is nothing a member signs."""

DENIALS: dict[str, str] = {
    "refused": "The member refuses, or won't sign",
    "not_their_home": "The practice isn't the member's medical home",
    "not_permitted": "The law does not let it go, with or without consent",
    "sent_in_error": "The sender says it was sent in error",
}

EMERGENCIES: dict[str, str] = {
    "emergency": "A medical emergency (42 CFR 2.51(a)(1))",
    "disaster": "A declared disaster, and the program is closed (42 CFR 2.51(a)(2))",
}

REVIEWS: dict[str, str] = {
    "justified": "Justified: an emergency in which consent couldn't be obtained",
    "not_justified": "Not justified: open an incident",
}

PARTS: dict[str, str] = {
    "/header/criteria": "Criteria", "/header/recipients": "Recipients",
    "/member/addresses": "Addresses", "/member/telecoms": "Telephone and mail",
    "/agreement": "Agreement", "/agreement/outreach": "Outreach", "/agreement/meeting": "Meeting",
    "/team": "Care team", "/own_words": "In the member's own words", "/crisis_plan": "Crisis plan",
    "/advance_directives": "Advance directives", "/asks": "Asks", "/residue": "What fits no field",
}  # fmt: skip


BECAUSE: dict[str, str] = {
    "raised": "a person raised it:",
    "lowered": "the privacy officer lowered it:",
    "arrived": "the label came with the document:",
    "link": "through what it is linked to:",
    "document": "of the document as a whole:",
    "source": "by who sent it:",
    "word": "by a word in it:",
    "refused": "the document says that its member refuses release of:",
    "row": "by what stands beside it or over it in the document:",
    "notice": "it prints the notice on redisclosure of",
    "failed": "it could not be read:",
}


def because(word: str) -> str:
    """Return what a label stands on, in words; codes are told as they are."""
    kind, _, what = word.partition(":")
    return f"{BECAUSE.get(kind, f'by its {kind} code')} {what.replace('_', ' ')}"


def part(pointer: str) -> str:
    """Return the name of a part of a plan by its pointer."""
    return PARTS.get(pointer) or pointer.rpartition("/")[2].replace("_", " ").capitalize()


CLASSES: dict[str, str] = {
    "treating_provider": "My treating providers",
    "health_plan": "Health plans",
    "payer": "Payers",
}

AUTHORITIES: dict[str, str] = {
    "member": "The member",
    "minor": "The member, a minor",
    "parent": "A parent",
    "guardian": "A guardian",
    "personal_representative": "A personal representative",
    "poa": "Under a power of attorney",
    "relative": "A relative",
}

METHODS: dict[str, str] = {
    "paper": "On paper",
    "electronic": "Electronically",
    "verbal": "Spoken, before a witness",
}

CONSENT_EVENTS: dict[str, str] = {
    "consent.granted": "Recorded",
    "consent.approved": "Approved by a second person",
    "consent.scanned": "The scan of the paper was attached",
    "consent.superseded": "Replaced by a newer form",
    "consent.ended": "The event it ends with occurred",
    "consent.revoked": "Revoked",
}

STATEMENTS: dict[str, str] = {
    "patient_name": "The member's name",
    "right_to_revoke": "The right to revoke, and how",
    "redisclosure": "That it may be disclosed further",
    "refusal_consequences": "What refusing to sign means",
}

PLAN_KINDS: dict[str, str] = {
    "icp": "Integrated Care Plan",
    "pcsp": "Person-Centered Service Plan",
    "isp": "Individual Service Plan",
    "poc": "Plan of Care",
    "refusal": "Care Plan Refusal",
    "isp_request": "Service Plan Request",
    "flexible_service_request": "Flexible Service Request",
    "outreach_request": "Outreach Request",
    "response": "Response",
    "report": "Clinical Report",
}

DISCLOSED: dict[str, str] = {**PLAN_KINDS, **request_words.TOLD}
ASKS, STEPS = request_words.ASKS, request_words.STEPS
UNTOLD, LOOKS = request_words.UNTOLD, request_words.LOOKS

ANSWERS: dict[str, str] = {
    "accept": "Accepted",
    "accepted": "Accepted",
    "dispute": "Disputed",
    "disputed": "Disputed",
    "cannot_reach": "Can't reach the member",
    "propose": "Changes proposed",
    "changes_proposed": "Changes proposed",
    "return": "Given back",
    "returned": "Given back",
    "meeting": "A meeting is asked for",
    "meeting_asked": "A meeting is asked for",
    "close": "To be closed",
    "closed": "To be closed",
    "none": "No answer yet",
}

TRANSPORT: dict[str, str] = {
    "waiting": "waiting",
    "sending": "on its way",
    "sent": "with the practice",
    "confirmed": "arrived",
    "failed": "failed",
    "stopped": "stopped",
}

PERSON: dict[str, str] = {
    "none": "not opened",
    "shown": "opened",
    "acknowledged": "acknowledged",
}

CHANNELS: dict[str, str] = {
    "mailbox": "this console",
    "webhook": "their system (webhook)",
    "sftp": "their SFTP server",
    "mllp": "their interface engine (MLLP)",
    "direct": "their Direct address",
    "fhir": "their FHIR server",
    "status": "status notices",
}

CERTIFICATES: dict[str, str] = OF

LINKS: dict[str, str] = {
    "own": "our own certificates",
    "mailbox": "console",
    "webhook": "webhook",
    "sftp": "SFTP",
    "mllp": "MLLP",
    "direct": "Direct",
    "fhir": "FHIR server",
    "status": "status notices",
    "mail": "mail server",
}

WAYS_IN: dict[str, str] = {
    "sftp": "SFTP",
    "mllp": "HL7 v2 (MLLP)",
    "direct": "Direct",
    "api": "API or upload",
    "phone": "phone form",
}

_WAITS: dict[str, str] = {
    "consent:sud": "a consent that covers substance use records and names this practice",
    "consent:sud_counselling_note": "a consent for substance use counselling notes alone",
    "consent:psychotherapy_note": "an authorization for psychotherapy notes alone",
    "consent:hiv": "an HIV consent that names this practice",
    "consent:restricted": "a consent that names what the member restricted",
    "basis:mental_health": "who consented to the minor's mental health care: the minor or a parent",
    "court_order": "a court order; it never goes by consent",
    "label": "a person to label its content; the hub could not",
    "notice_printed": "the document prints a 42 CFR Part 2 notice, so all of it is taken for such"
    " records: a consent that covers them, or a privacy officer who lowers the notice's label",
    "refusal_stated": "a privacy officer: the document itself says that the member refuses release;"
    " register the refusal, or a consent signed later; where it is none, lower that line's label;"
    " read from a consent segment, mend the profile that took it for one",
    "never:household": "nothing: it never goes where a household member may see it",
    "never:proxy": "nothing: it never goes to a minor's proxy",
    "repair:scan": "integration staff: withheld words were still in the rendered document",
    "repair:reread": "integration staff: the rendered document could not be read back",
    "repair:notice": "integration staff: a notice the law asks for was not in the document",
}
_WAITS_FOR: dict[str, str] = {
    "authorization": "an authorization that covers {}",
    "written_consent": "a written consent that covers {}",
    "signature": "the signature of whoever controls the care: {}",
    "restriction": "the end of a restriction agreed with the member ({})",
    "refusal": "the member's decision: a refusal stands against it ({})",
    "repair": "integration staff: a rule failed ({})",
    "no_basis": "a legal basis for the purpose {}",
    "consent": "a consent that covers {}",
}


def waits(word: str) -> str:
    """Return a machine word of `held_for` as what a plan waits for."""
    head, _, rest = word.partition(":")
    sentence = _WAITS_FOR.get(head)
    return _WAITS.get(word) or (sentence.format(category(rest)) if sentence else word)


def category(word: str) -> str:
    """Return a category in the words of a sentence."""
    known = CATEGORIES.get(word)
    if not known:
        return word
    return known if known.isupper() else known[0].lower() + known[1:]


def matched(code: str) -> str:
    """Return why no single member fits, or what is wrong with the document it speaks of."""
    return matching.REASONS.get(code) or succession.REASONS.get(code, code)


def routed(code: str) -> str:
    """Return why no contact can be found."""
    return routing.REASONS.get(code, code)


def happened(kind: str) -> str:
    """Return what an event says happened."""
    return KINDS.get(kind, kind)


def answer(kind: str) -> str:
    """Return an answer in words."""
    return ANSWERS.get(kind, kind)


def code_of(code: str, kind: str) -> str:
    """Return what the reason code of an answer means."""
    return CODES[cast("AnswerKind", kind)].get(code, code)


def replied(kind: str) -> str:
    """Return a reply in words."""
    words = REPLIES[cast("ReplyKind", kind)]
    return words[:1].upper() + words[1:]


def place(found: Mapping[str, Any] | None) -> str:
    """Return where a finding was made."""
    return str(found.get("at", "")) if found else ""
