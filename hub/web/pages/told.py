"""What a person is told after a form did its work, and when something is refused. Words only."""

from __future__ import annotations

DONE: dict[str, str] = {
    "activated": "The profile is in force: the next document of the sender is read by it.",
    "rolled_back": "Taken back: what was in force before is in force again.",
    "acknowledged": "Acknowledged. The sender now sees who took the plan, and when.",
    "answered": "Your answer was recorded and the sender was told.",
    "copy_made": "The copy waits here to be printed.",
    "copy_given": "Recorded: the copy was given.",
    "code_taken": "Thank you. The sender now sees who took the plan, and when.",
    "assigned": "Handed over. It stands under “Mine” in their worklist.",
    "unassigned": "It is with nobody by name now.",
    "returned": "The plan was taken back; the sender and operations were told.",
    "request_made": "Asked. Their designated person was told by mail that something waits.",
    "request_attempt": "The attempt was recorded; both sides see it.",
    "request_promise": "Recorded. Nobody is reminded before that day.",
    "request_answer": "Your answer was recorded; the other side sees it.",
    "request_refuse": "Recorded, with the reason; the other side sees it.",
    "request_withdraw": "The request was taken back. Nobody is reminded of it any more.",
    "request_remind": "They are reminded by mail; the reminder is counted.",
    "document_given": "The document was kept; the health plan finds it at its request or plan.",
    "replied": "Your reply was recorded; the practice sees it beside its answer.",
    "uploaded": "The document was taken in. It is being read; this page says what became of it.",
    "taken": "Taken down and kept. It is being read; this page says what became of it.",
    "duplicate": "The same bytes had come before. Below is what became of the first.",
    "one_settled": "Recorded. The other values of this plan still wait.",
    "settled": "Recorded. Every doubt of that plan is settled, and it goes on by itself.",
    "retried": "It goes again now. Open this page again in a moment.",
    "kept": "Kept. The history tells who changed what and why; plans that waited are tried again.",
    "treating": "Recorded. Requests about the member ask by it from now on.",
    "planned": "Planned. From that day's first delivery on the new values are used.",
    "withdrawn": "The planned change was taken back; nothing will change.",
    "cleared": "The flag is gone. It comes back if something to them fails for good again.",
    "decided": "Decided. The practice sees what became of its proposal.",
    "proposed": "Thank you. The staff of the hub check it; until then everything stays as it is.",
    "resolved": "The member was named; the plan goes on from there.",
    "granted": "The consent was recorded. Plans that waited for it are decided again now.",
    "ended": "The event was recorded. What was queued under the consent has stopped.",
    "scanned": "The scan was attached; it is kept encrypted.",
    "batch": "The file was approved. Plans that waited for its consents are decided again now.",
    "raised": "The label was raised. What is held or queued is decided again.",
    "lowered": "The label was lowered. What is held or queued is decided again.",
    "revoked": "The consent was revoked. What was queued under it has stopped.",
    "approved": "The consent was approved. Plans that waited for it are decided again now.",
    "again": "The plan is decided again now. Open this page again in a moment.",
    "asked": "The sender was asked for the consent. The plan stays held meanwhile.",
    "denied": "Recorded: the plan does not go, and its sender sees why.",
    "incident": "The incident is open. What was queued to that practice has stopped.",
    "step": "Recorded.",
    "recalled": "Thank you. Your answer was recorded.",
    "emergency": "Recorded. The plan is open to you for one hour; the privacy officer was told.",
    "reviewed": "The review was recorded.",
    "password": "Your password was changed. Your other sessions have ended.",
    "totp": "Sign-in codes are on. You will be asked for one when you sign in next.",
    "totp_off": "Sign-in codes are off.",
    "signed_out": "You are signed out.",
}

REFUSED: dict[str, tuple[str, str]] = {
    "no_longer_released": (
        "This plan may no longer be opened",
        (
            "The consent it was released under no longer covers it, so the hub does not show it."
            " What you took before stays in your own records. If you need it for care, ask the"
            " sender or the privacy officer for a new release."
        ),
    ),
    "no_longer_asked": (
        "This may no longer be shown",
        (
            "The consents on file no longer let the hub show it to you. Where it was a request,"
            " nobody is reminded of it any more."
        ),
    ),
    "emergency_over": (
        "The time for this emergency is over",
        "A plan opened in an emergency is shown for one hour. Invoke it again if you must.",
    ),
    "sample_gone": (
        "The sample is no longer here",
        "Samples are kept for half an hour, for your session only. Choose the file again.",
    ),
    "csrf": ("This form is too old", "Open the page again and send the form once more."),
    "other_site": (
        "This request came from another site",
        "The hub takes forms from its own pages only. Open the page from the navigation.",
    ),
    "forbidden": (
        "This page belongs to another role",
        "Your account does not have the role that may open it. Nothing was changed.",
    ),
}

STATUS: dict[int, tuple[str, str]] = {
    400: ("The request can't be read", "Go back and send the form again."),
    401: ("Please sign in", "The name, password or code is wrong, or it is too soon."),
    403: ("Not allowed", "Your account may not do this. Nothing was changed."),
    404: (
        "There is nothing here",
        "It does not exist, or it belongs to another organisation.",
    ),
    405: ("Not from here", "This address does not take this request."),
    408: ("Nothing came", "The connection was too slow. Send it again."),
    409: ("It has moved on", "Somebody or something was quicker. Open the page again."),
    410: ("No longer available", "It may no longer be opened."),
    413: ("Too large", "The document is larger than the hub takes."),
    415: ("Not this kind", "The hub does not take this kind of request here."),
    421: ("Wrong address", "This is not the hub's own host name."),
    422: ("Something is missing", "Go back, complete the form and send it again."),
    429: ("Too many requests", "Wait a moment and try again."),
    500: ("The hub failed", "Nothing was lost. Quote the request id to its operator."),
    503: ("The hub can't answer now", "Try again in a moment."),
}

HINTED = frozenset({400, 409, 413, 415, 422, 429})
"""Statuses whose own detail helps the person; it never holds member data."""
