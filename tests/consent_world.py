"""Requests and consents for the consent tests, built from the short words the case files use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import yaml

from consent import (
    AuditGrant,
    Consent,
    Emergency,
    Exemption,
    Expiry,
    Matter,
    Parties,
    Policy,
    Recipient,
    Request,
    Requirement,
    read_pack,
)
from consent.rules import rules_of
from consent.states import SHIPPED

PACKS = Path(__file__).parent / "consent" / "packs"
CASES = Path(__file__).parent / "consent" / "cases"
ALL_STATEMENTS = frozenset(
    {"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"}
)
MCO = Parties(organisations=frozenset({"mco"}))
PRACTICE = Parties(organisations=frozenset({"practice"}))
TREATING = Parties(classes=frozenset({"treating_provider"}))
YEAR_END = Expiry(on=date(2026, 12, 31))

FORMS = {
    "tpo": {
        "recipients": TREATING,
        "purposes": frozenset({"TREAT", "HPAYMT", "HOPERAT"}),
        "categories": frozenset({"general", "sud"}),
        "expires": Expiry(never=True),
    },
    "specific": {"categories": frozenset({"sud"})},
    "roi": {
        "recipients": Parties(organisations=frozenset({"cbo"})),
        "categories": frozenset({"general", "mental_health"}),
    },
    "hiv": {"categories": frozenset({"hiv"})},
    "sud_counselling": {"categories": frozenset({"sud_counselling_note"})},
    "psychotherapy": {"categories": frozenset({"psychotherapy_note"})},
    "proceedings": {"categories": frozenset({"sud"}), "purposes": frozenset({"LEGAL"})},
    "refusal": {"recipients": Parties(), "purposes": frozenset(), "disclosers": Parties()},
    "restriction": {"recipients": Parties(), "purposes": frozenset(), "disclosers": Parties()},
}
"""What each kind of form says when a case says nothing else."""


def make_consent(kind, **changes):
    """Return a complete consent of a kind, signed and recorded on 10 January 2026."""
    base = Consent(
        id="c1",
        member="m1",
        kind=kind,
        disclosers=MCO,
        recipients=PRACTICE,
        purposes=frozenset({"TREAT"}),
        signed_on=date(2026, 1, 10),
        signed_by="m1",
        expires=YEAR_END,
        statements=ALL_STATEMENTS,
        recorded_at=datetime.fromisoformat("2026-01-10T15:00:00+00:00"),
        recorded_by="officer-1",
    )
    return replace(base, **{**FORMS[kind], **changes})


def make_request(*matters, **changes):
    """Return a request by the MCO to the member's practice, for treatment, on 15 June 2026."""
    base = Request(
        member="m1",
        birth_date=date(1980, 5, 1),
        discloser="mco",
        recipient=Recipient(
            organisation="practice",
            person="doctor",
            kind="covered_entity",
            classes=frozenset({"treating_provider"}),
        ),
        purpose="TREAT",
        at=datetime.fromisoformat("2026-06-15T12:00:00-04:00"),
        matters=frozenset(matter(one) for one in matters),
    )
    return replace(base, **changes)


def matter(word):
    """Return the matter written as `category/origin/basis`, the last two optional."""
    return Matter(*word.split("/"))


def spelled(one):
    """Return a matter as the case files write it."""
    parts = [one.category, one.part2_origin, one.minor_basis]
    while len(parts) > 1 and parts[-1] == ("", "no", "unknown")[len(parts) - 1]:
        parts.pop()
    return "/".join(parts)


def told(decision):
    """Return a decision in the shape of a case's `expect`."""
    reasons = {}
    for one in decision.reasons:
        sign = "+" if one.effect == "permit" else "-"
        word = f"{sign}{one.rule}" + (f" {one.consent}" if one.consent else "")
        reasons.setdefault(spelled(one.matter), []).append(word)
    return {
        "outcome": decision.outcome,
        "withhold": sorted(spelled(one) for one in decision.withhold),
        "reasons": reasons,
        "errors": [" ".join(one) for one in decision.errors],
        "notices": list(decision.notices),
        "held_for": list(decision.held_for),
        "conflicts": [list(one) for one in decision.conflicts],
    }


def read_cases():
    """Return every case of every file, each with the file's name in its own."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.extend({**case, "id": f"{path.stem}: {case['name']}"} for case in cases)
    return found


def case_inputs(case):
    """Return (request, consents, policy, rules) of a case."""
    asked = values(case.get("request", {}))
    if "recipient" in asked:
        asked["recipient"] = Recipient(**values(asked["recipient"]))
    consents = [
        make_consent(one["form"], **values({k: v for k, v in one.items() if k != "form"}))
        for one in case.get("consents", [])
    ]
    policy = Policy(**{key: _policy(key, value) for key, value in case.get("policy", {}).items()})
    given = make_request(*case["matters"], **asked)
    broken = case.get("break")
    if broken is None:
        return given, consents, policy, None
    rules = [_broken(one) if one.id == broken else one for one in rules_of(policy.packs)]
    return given, consents, policy, rules


def values(given):
    """Return the fields of a consent as YAML writes them, as the types they have."""
    return {key: _value(key, value) for key, value in given.items()}


def _policy(key, value):
    """Return a policy's YAML value as the type its field has; packs are named by their file."""
    if key == "packs":
        return SHIPPED + tuple(read_pack((PACKS / one).read_text("utf-8")) for one in value)
    if key == "necessary":
        return {purpose: frozenset(words) for purpose, words in value.items()}
    kinds = {"audit_grants": AuditGrant, "exemptions": Exemption, "required_by": Requirement}
    if key in kinds:
        return tuple(
            kinds[key](**{name: _value(name, word) for name, word in one.items()}) for one in value
        )
    return frozenset(value) if isinstance(value, list) else value


def _broken(rule):
    def check(_ask):
        raise KeyError

    return replace(rule, check=check)


def _value(key, value):
    """Return a YAML value as the type its field has."""
    if key in {"recipients", "disclosers"}:
        return Parties(**{name: frozenset(words) for name, words in value.items()})
    if key == "emergency":
        return Emergency(**{name: _value(name, word) for name, word in value.items()})
    if key == "expires":
        return Expiry(**{name: _value(name, word) for name, word in value.items()})
    if key in {"at", "revoked_at", "recorded_at", "event_at", "declared_at"}:
        return datetime.fromisoformat(value)
    if key == "starts" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return frozenset(value) if isinstance(value, list) else value
