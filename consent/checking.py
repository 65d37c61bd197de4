"""What is wrong with a form before it is kept: each fault with its clause and what to do about it.

The API, the import and the privacy officer's form ask `check`. `deficiencies` says what the law's
own list lacks; this adds what makes a form impossible, what keeps it from carrying a release, and
what only a person can complete. Never decides about a release, never changes a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from consent import terms
from consent.forms import STANDARD, deficiencies, perpetual
from consent.signing import unapproved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from consent.records import Consent, Policy

Weight: TypeAlias = Literal["impossible", "deficient", "waits", "incomplete"]
"""`impossible`: not a form at all, never kept. `deficient`: kept, carries nothing. `waits`: kept,
carries once a second person approved. `incomplete`: carries; something should still be added."""

PURPOSES = terms.TPO | {terms.BTG, terms.LEGAL, "ETREAT", "COC", "COVERAGE", "PATRQT", "PUBHLTH"}
PURPOSES |= {"HRESCH"}
"""Purposes a form may name: HL7 v3 ActReason, and LEGAL."""

_NAMES = {"2.31": "42 CFR", "164.508": "45 CFR"}
_DO = {
    "patient name": "the form must hold the member's name",
    "discloser": "name who may disclose: an organisation or a class",
    "description": "name at least one kind of information",
    "recipient": "name who may receive: a person, an organisation or a class",
    "purpose": "name at least one purpose",
    "right to revoke": "the form must say how it can be revoked",
    "revocable": "the form must say how it can be revoked",
    "expiry": "state a day, an event, or `never` where that is allowed",
    "signature": "record who signed",
    "date": "record the day it was signed",
    "written": "a spoken consent can't carry this; have it signed",
    "conditioning": "the form must say what follows from refusing to sign",
    "consequences of refusing": "the form must say what follows from refusing to sign",
    "redisclosure": "the form must say that what is disclosed may be redisclosed",
    "intermediary's participants": (
        "with an intermediary, name its participants or the class treating_provider alone"
    ),
    "proceedings consent stands alone": "a consent for proceedings names that purpose and no other",
    "subject": "the form must hold the member's name",
    "how much and what kind": "name at least one kind of information",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a form: its weight, element, clause, and what to do. Holds no member data."""

    weight: Weight
    element: str
    clause: str
    todo: str


def check(consent: Consent, policy: Policy, today: date) -> tuple[Fault, ...]:
    """Return every fault of a form, the gravest first; `today` is the day in the member's zone."""
    found = [*_impossible(consent, today), *_lacking(consent), *_signer(consent)]
    found += [*_waiting(consent, policy), *_incomplete(consent)]
    return tuple(found)


def possible(faults: tuple[Fault, ...]) -> bool:
    """Say whether a form with these faults may be kept at all."""
    return all(one.weight != "impossible" for one in faults)


def _impossible(consent: Consent, today: date) -> Iterator[Fault]:
    """Yield what no form can say: unknown words, days out of order."""
    for element, given, known in (
        ("purposes", consent.purposes, PURPOSES),
        ("categories", consent.categories, terms.CATEGORIES - {terms.UNLABELLED}),
    ):
        if given - known:
            words = ", ".join(sorted(known))
            yield Fault("impossible", element, "house terms", f"choose from: {words}")
    if consent.signed_on is not None and consent.signed_on > today:
        yield Fault(
            "impossible", "date", _clause(consent, "date"), "it can't be signed after today"
        )
    begins = consent.starts or consent.signed_on
    if consent.expires.on is not None and begins is not None and consent.expires.on < begins:
        yield Fault("impossible", "expiry", "HR-06", "it ends before it begins; check the days")
    ends = consent.expires
    if sum(map(bool, (ends.on, ends.at, ends.event, ends.never))) > 1 and ends.never:
        yield Fault("impossible", "expiry", "HR-06", "it can't both end and never end")


def _lacking(consent: Consent) -> Iterator[Fault]:
    for name in deficiencies(consent):
        clause, _, element = name.partition(" ")
        what = element or clause
        yield Fault("deficient", what, _cited(clause, consent), _DO[what])
    if perpetual(consent):
        todo = "only a consent for treatment, payment and operations may end with `none`"
        yield Fault("deficient", "expiry", "HR-03", todo)


def _signer(consent: Consent) -> Iterator[Fault]:
    """Yield what is wrong with who signed and what shows it (2.31(a)(8), HR-17, HR-18)."""
    clause = _clause(consent, "signature")
    if consent.authority == "relative":
        todo = "a relative without authority can't sign; the member or a representative must"
        yield Fault("deficient", "authority", "HR-17", todo)
    elif consent.authority not in terms.OWN and not consent.proven:
        todo = "see and record what shows the signer's authority"
        yield Fault("deficient", "authority", clause, todo)
    elif consent.authority not in terms.OWN and not consent.proof:
        todo = "write down what showed the signer's authority: an order, a power, a birth record"
        yield Fault("incomplete", "proof of authority", clause, todo)


def _waiting(consent: Consent, policy: Policy) -> Iterator[Fault]:
    if unapproved(consent, policy):
        todo = "a second person approves it; not the one who recorded it"
        yield Fault("waits", "approval", "HR-20", todo)


def _incomplete(consent: Consent) -> Iterator[Fault]:
    if consent.method == "verbal" and not consent.witness:
        yield Fault("deficient", "witness", "house rule", "record who heard the spoken word")
    if consent.method == "paper" and not consent.scan:
        yield Fault("incomplete", "scan", "house rule", "attach the scan of the signed paper")


def _clause(consent: Consent, element: str) -> str:
    """Return the clause under which a kind of form wants its signature or date."""
    clauses = {
        "2.31": {"signature": "42 CFR 2.31(a)(8)", "date": "42 CFR 2.31(a)(9)"},
        "164.508": dict.fromkeys(("signature", "date"), "45 CFR 164.508(c)(1)(vi)"),
        "act148": dict.fromkeys(("signature", "date"), "35 P.S. 7607(c)"),
        "limit": dict.fromkeys(("signature", "date"), "45 CFR 164.522(a)"),
    }
    return clauses[STANDARD[consent.kind]][element]


def _cited(clause: str, consent: Consent) -> str:
    """Return a clause with the title it stands in, `42 CFR 2.31(a)(1)`; else a form's own one."""
    for start, title in _NAMES.items():
        if clause.startswith(start):
            return f"{title} {clause}"
    return _clause(consent, "signature")
