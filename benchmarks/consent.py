"""Consent, decided: CPU of one decision on a large plan, and whether it grows with the registry.

A plan of 200 elements is labelled; its matters are decided against 50 consents of the member, all
on point, most of them spent. Then the same decision is taken out of a registry of few members and
one of many: the ratio of the two must stay near one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

from benchmarks.report import Figure, set_against
from benchmarks.timing import cpu_us
from consent import Consent, Expiry, Matter, Parties, Policy, Recipient, Request, decide

ELEMENTS, FORMS = 200, 50
FEW, MANY = 10, 20_000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAID = frozenset({"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"})


def run(seconds: float) -> dict[str, Figure]:
    """Measure one decision, and the same one in a registry 2,000 times as large."""
    asked, held, policy = _asked("m1"), _file("m1"), Policy()
    assert decide(asked, held, policy).outcome == "permit"
    decision = Figure(cpu_us(lambda: decide(asked, held, policy), seconds), "µs CPU")
    few, many = (_registry(count) for count in (FEW, MANY))
    small = Figure(cpu_us(lambda: decide(asked, few["m1"], policy), seconds), "µs CPU")
    large = Figure(cpu_us(lambda: decide(asked, many["m1"], policy), seconds), "µs CPU")
    limit = Figure(1000.0, "µs CPU")
    return {
        "consent_limit": limit,
        "consent_decision": set_against(decision, "consent_limit", limit, "<= 1"),
        "consent_few_members": small,
        "consent_many_members": set_against(large, "consent_few_members", small, "<= 1.25"),
    }


def _asked(member: str) -> Request:
    """Return the question for 200 elements: what they are about, each kind of content once."""
    kinds = list(product(("general", "sud", "hiv", "mental_health", "std"), ("no", "yes")))
    elements = [Matter(*kinds[number % len(kinds)]) for number in range(ELEMENTS)]
    return Request(
        member=member,
        birth_date=date(1980, 5, 1),
        discloser="mco",
        recipient=Recipient(
            organisation="practice",
            person="doctor",
            kind="covered_entity",
            classes=frozenset({"treating_provider"}),
        ),
        purpose="TREAT",
        at=NOW,
        matters=frozenset(elements),
    )


def _file(member: str) -> list[Consent]:
    """Return 50 forms of a member: one stands, the others are spent or concern somebody else."""
    first = Consent(
        id="c0",
        member=member,
        kind="tpo",
        disclosers=Parties(organisations=frozenset({"mco"})),
        recipients=Parties(classes=frozenset({"treating_provider"})),
        purposes=frozenset({"TREAT", "HPAYMT", "HOPERAT"}),
        categories=frozenset({"general", "sud", "mental_health"}),
        signed_on=date(2026, 1, 10),
        signed_by=member,
        expires=Expiry(never=True),
        statements=SAID,
        recorded_at=NOW - timedelta(days=300),
        recorded_by="officer",
        approved_by="second",
    )
    spent = [
        replace(
            first,
            id=f"c{number}",
            kind=("tpo", "specific", "hiv", "refusal")[number % 4],
            categories=frozenset({"hiv"}) if number % 4 > 1 else first.categories,
            expires=Expiry(on=date(2026, 1 + number % 10, 1)),
        )
        for number in range(1, FORMS)
    ]
    return [first, *spent]


def _registry(members: int) -> dict[str, list[Consent]]:
    """Return a registry by member, as the store's index has it."""
    return {
        f"m{number}": _file(f"m{number}")[: FORMS if number == 1 else 1]
        for number in range(1, members + 1)
    }
