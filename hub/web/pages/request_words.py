"""What pages call requests, their steps and what they told; part of `hub.web.pages.wording`.

Codes in, words out; a code that nobody knows is shown as it is. Nothing is decided here.
"""

from __future__ import annotations

TOLD: dict[str, str] = {
    "request_plan": "Request for the practice's own care plan",
    "request_outreach": "Request to reach the member",
    "request_correction": "Proposed correction of contact data",
    "step_attempt": "Attempt to reach the member, told to the other side",
    "step_promise": "Day of an answer to a request",
    "step_answer": "Answer to a request",
    "step_refuse": "Refusal of a request, with words",
    "step_withdraw": "Request taken back, with words",
    "step_remind": "Reminder of a request, with words",
    "document": "The practice's own care plan, given back",
}
"""What a request told one side of a member, as lists of disclosures call it."""

ASKS: dict[str, str] = {
    "plan": "Request for a practice's own care plan",
    "outreach": "Request to reach the member",
    "correction": "Correction of contact data",
    "document": "Document given back unasked",
}
STEPS: dict[str, str] = {
    "attempt": "Attempt to reach the member",
    "promise": "Answer promised",
    "answer": "Answered",
    "refuse": "Refused",
    "withdraw": "Taken back",
    "remind": "Reminded",
    "document": "A document was given",
}
UNTOLD: dict[str, str] = {
    "request": "A request, not made",
    "step": "A step on a request, not taken",
    "document": "A document, not kept",
    "stop": "An open request, stopped",
}
LOOKS: dict[str, str] = {
    "request.listed": "saw it in a list",
    "request.viewed": "opened it",
    "document.fetched": "fetched the document",
    "access.refused": "asked for it and was refused",
}
