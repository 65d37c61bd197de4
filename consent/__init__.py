"""Consent: what may leave, to whom, and why. An island: standard library only, pure functions.

The hub builds a `Request`, hands over the member's consents and a `Policy`, and gets a `Decision`
that names its rules. Nothing here does I/O, reads a clock, or prints a record.
"""

from consent.decision import RECORD_EMERGENCY, STRIP_ADDRESSES, Decision, Reason, decide
from consent.duties import DUTIES, Duty
from consent.explain import explain, rule_table
from consent.forms import deficiencies
from consent.notices import TEXTS, notices, scope
from consent.officers import AuditGrant, Emergency, Exemption, Requirement
from consent.packs import Pack, read_pack
from consent.policies import Entry, PolicyFile, read_policy
from consent.records import Consent, Expiry, Parties, Policy, Recipient, Request
from consent.registry import Registry, conflicts, in_force
from consent.terms import CATEGORIES, Matter

__all__ = [
    "CATEGORIES",
    "DUTIES",
    "RECORD_EMERGENCY",
    "STRIP_ADDRESSES",
    "TEXTS",
    "AuditGrant",
    "Consent",
    "Decision",
    "Duty",
    "Emergency",
    "Entry",
    "Exemption",
    "Expiry",
    "Matter",
    "Pack",
    "Parties",
    "Policy",
    "PolicyFile",
    "Reason",
    "Recipient",
    "Registry",
    "Request",
    "Requirement",
    "conflicts",
    "decide",
    "deficiencies",
    "explain",
    "in_force",
    "notices",
    "read_pack",
    "read_policy",
    "rule_table",
    "scope",
]
