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
    "system/*.rs": "read and search everything of FHIR that one may see",
    "system/Task.rs": "read and search FHIR Tasks: deliveries and how far they are",
    "system/Task.u": "acknowledge and answer deliveries by FHIR Task, as their practice",
    "system/CarePlan.rs": "as their practice, read plans as FHIR CarePlans",
    "system/DocumentReference.rs": "as their practice, find released documents",
    "system/Binary.rs": "as their practice, fetch released documents",
    "system/Provenance.rs": "read who made and released a plan",
    "system/AuditEvent.rs": "read one's own events as FHIR AuditEvents",
    "system/Organization.rs": "read oneself and whom one shares plans with",
    "system/Practitioner.rs": "read designated contacts, one's own and of one's deliveries",
    "system/Endpoint.rs": "read one's own endpoints",
    "system/Subscription.rs": "read one's own FHIR Subscriptions",
    "system/Subscription.c": "subscribe to changes of one's own deliveries",
    "system/Subscription.d": "delete one's own FHIR Subscriptions",
    "directory.read": "read the directory",
    "directory.write": "change the directory",
    "rosters.write": "load rosters and attributions",
    "audit.read": "read one's own events and their proofs",
    "notices.write": "change where status notices go",
    "requests.read": "see requests to and of one's organisation, and documents that came back",
    "requests.write": "make and answer requests about a member, give documents back",
}

_CONTENT = frozenset(f"system/{kind}.rs" for kind in ("CarePlan", "DocumentReference", "Binary"))
_ANSWERS = frozenset({"deliveries.answer", "system/Task.u"})
_DIRECTORY = frozenset(
    f"system/{kind}.rs" for kind in ("Organization", "Practitioner", "Endpoint", "AuditEvent")
)
_SENDER = frozenset(SCOPES) - {"directory.read", "directory.write"} - _ANSWERS - _CONTENT
_SYSTEM = frozenset(name for name in SCOPES if name.startswith("system/"))
_REQUESTS = frozenset({"requests.read", "requests.write"})
_CONSENT = frozenset({"system/Consent.rs", "system/Consent.c"})
_OWN = frozenset({"deliveries.read", "audit.read", "notices.write"})
_PRACTICE = (_SYSTEM - _CONSENT) | _ANSWERS | _REQUESTS | _OWN
FOR_KIND: dict[str, frozenset[str]] = {
    "mco": _SENDER,
    "pcmh": _PRACTICE,
    "hub": frozenset({"directory.read", "directory.write", "audit.read"}) | _DIRECTORY,
    "other": frozenset({"audit.read"}) | _REQUESTS,
}
