"""What each fault may be taken for on each channel, and the table of it in `docs/faults.md`.

`tests.faults.deliveries` holds thousands of deliveries to it, `tests/hub/channels` one delivery for
each cell, `tests/docs` the page.
"""

from __future__ import annotations

from tests.faults.misbehaving import FAULTS

_HTTP = {
    "refuse": {"transient not_reached", "ambiguous cut_after_body"},
    "half_open": {"ambiguous no_answer", "transient timeout"},
    "slow": {"ambiguous no_answer"},
    "reset_before": {"transient not_reached", "ambiguous cut_after_body"},
    "reset_after": {"ambiguous cut_after_body"},
    "duplicate": set(),
    "certificate": {"permanent certificate"},
}
_UNASKED = {"transient server_failed", "transient connection_lost", "ambiguous sftp_wrong_answer"}
"""An answer nobody asked for ends a session; in doubt is a file that was just being renamed."""

EXPECTED: dict[str, dict[str, set[str]]] = {
    "webhook": _HTTP | {
        "4xx": {"permanent http_400"}, "5xx": {"transient http_503"}, "endless": set(),
        "forged": {"ambiguous cut_after_body"},
    },
    "fhir": _HTTP | {
        "4xx": {"permanent fhir_400"}, "5xx": {"transient fhir_503"},
        "endless": {"ambiguous fhir_answer_too_large", "ambiguous fhir_wrong_answer"},
        "forged": {"ambiguous fhir_entries_missing"},
    },
    "mllp": {
        "refuse": {"transient not_reached", "transient mllp_out", "ambiguous mllp_cut"},
        "half_open": {"ambiguous mllp_no_answer", "transient timeout", "transient mllp_out"},
        "4xx": {"permanent mllp_ar_201"}, "5xx": {"transient mllp_ae_207"},
        "slow": {"ambiguous mllp_no_answer", "transient mllp_out"},
        "reset_before": {"transient not_reached", "ambiguous mllp_cut", "transient mllp_out"},
        "reset_after": {"ambiguous mllp_cut", "transient mllp_out"}, "duplicate": set(),
        "forged": {"ambiguous mllp_wrong_answer"},
        "endless": {"ambiguous mllp_cut", "transient mllp_out"},
        "certificate": {"permanent certificate"},
    },
    "sftp": {
        "refuse": {"transient connection_lost", "transient not_reached"},
        "half_open": {"transient timeout", "transient connection_lost", "transient not_reached"},
        "4xx": {"permanent permission_denied"}, "5xx": {"transient server_failed"},
        "slow": {"ambiguous sftp_no_answer"},
        "reset_before": {"transient connection_lost", "transient server_failed"},
        "reset_after": {"ambiguous sftp_cut"},
        "duplicate": _UNASKED,
        "forged": _UNASKED,
        "endless": _UNASKED,
        "certificate": {"permanent host_key_mismatch"},
    },
    "direct": {
        "refuse": {"transient not_reached"}, "half_open": {"transient timeout"},
        "4xx": {"permanent smtp_550"}, "5xx": {"transient smtp_451"},
        "slow": {"ambiguous smtp_no_answer"},
        "reset_before": {"transient not_reached"},
        "reset_after": {"ambiguous smtp_cut", "ambiguous smtp_no_answer"},
        "duplicate": set(), "forged": {"ambiguous smtp_cut"}, "endless": {"ambiguous smtp_cut"},
        "certificate": {"permanent certificate"},
        "recipient": {"permanent certificate_dates", "permanent certificate_untrusted",
                      "permanent certificate_revoked"},
        "list": {"transient crl_not_had"},
        "notice_twice": set(), "notice_forged": set(),
    },
}  # fmt: skip
"""Kind and code; empty: the fault changes nothing, the delivery is taken."""

LATE = {"ambiguous no_answer", "ambiguous smtp_no_answer", "ambiguous mllp_no_answer",
        "ambiguous sftp_no_answer"}  # fmt: skip
"""What any answer is taken for that comes after the time a channel waits."""

_IN_WORDS = {
    "refuse": "the connection is refused",
    "half_open": "the connection stands, and nothing answers",
    "4xx": "it refuses the document for good",
    "5xx": "it refuses for now",
    "slow": "it takes the document and answers too late",
    "reset_before": "cut before it has the document",
    "reset_after": "cut after it took the document",
    "duplicate": "it answers twice",
    "forged": "it answers something else",
    "endless": "its answer has no end (10 GB)",
    "certificate": "its certificate is expired (SFTP: another host key; Direct: the mail server's)",
    "recipient": "the recipient's own certificate is expired, revoked or of an unknown issuer",
    "list": "the list of revoked certificates can't be had",
    "notice_twice": "its notification comes twice",
    "notice_forged": "somebody forges its notification: unsigned, by another, of another mail",
}
_INTRO = """# What each fault of a receiver is taken for

`transient` is tried again later; `ambiguous` may have arrived and is tried again under the same id,
which the receiver's side drops (MLLP: only where the endpoint says `repeats: ignored`; else a
person's turn; SFTP: the next attempt looks before it writes); `permanent` is a named person's turn
at once, and so is the last attempt of any.
“taken” is a delivery that the fault does not disturb. “none”: no such fault there.

The console's mailbox has no wire. `tests/hub/channels/test_every_fault.py` makes each of these;
`make faults` makes thousands.
"""


def page() -> str:
    """Return `docs/faults.md`."""
    lines = [_INTRO, f"| fault | {' | '.join(EXPECTED)} |", "|---" * (len(EXPECTED) + 1) + "|"]
    for fault in FAULTS:
        cells = [_cell(known.get(fault)) for known in EXPECTED.values()]
        lines.append(f"| {_IN_WORDS[fault]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(known: set[str] | None) -> str:
    if known is None:
        return "none"
    parts = (one.split(" ") for one in sorted(known))
    return "<br>".join(f"{kind} `{code}`" for kind, code in parts) or "taken"
