"""What credentials of systems may be allowed, and which kind of organisation may be given what.

Issuing checks against these tables; the routes name one scope each. A scope says what may be asked,
never whose: that is always the credential's own organisation.
"""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "submissions.write": "hand in documents",
    "submissions.read": "see what became of one's own submissions and plans",
    "deliveries.read": "see deliveries; as their practice, fetch their content",
    "deliveries.answer": "acknowledge and answer deliveries as their practice",
    "consents.read": "see the consents of one's own members",
    "consents.write": "record and revoke consents of one's own members",
    "system/Consent.rs": "read and search FHIR Consents of one's own members",
    "system/Consent.c": "create FHIR Consents of one's own members",
    "directory.read": "read the directory",
    "directory.write": "change the directory",
    "rosters.write": "load rosters and attributions",
    "audit.read": "read one's own events and their proofs",
    "notices.write": "change where status notices go",
}

_SENDER = frozenset(SCOPES) - {"deliveries.answer", "directory.read", "directory.write"}
_PRACTICE = frozenset({"deliveries.read", "deliveries.answer", "audit.read", "notices.write"})
FOR_KIND: dict[str, frozenset[str]] = {
    "mco": _SENDER,
    "pcmh": _PRACTICE,
    "hub": frozenset({"directory.read", "directory.write", "audit.read"}),
    "other": frozenset({"audit.read"}),
}
