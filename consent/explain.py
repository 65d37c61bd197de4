"""A decision in sentences, and the table of rules, for people.

The privacy officer's pages and the decision receipt show `explain`; `docs/consent-rules.md` is
`rule_table`, and a test fails when the two differ. Names no person and no content, only categories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent.duties import PARTS
from consent.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consent.decision import Decision, Reason
    from consent.ruling import Rule
    from consent.terms import Matter

_HEAD = """# Consent rules

Generated from `consent/rules.py`; don't edit. Each rule is one function, its sentence the one a
privacy officer signs. Every matter is denied unless a rule permits it, any forbid beats every
permit, and a rule that fails denies the matter it was asked about.

| rule | stands on | says |
|---|---|---|
"""


def explain(decision: Decision, rules: Sequence[Rule] = RULES) -> tuple[str, ...]:
    """Return the decision as sentences: outcome, each reason, then failures and conflicts.

    `rules` are those it was made under, where a policy has packs of its own: `rules_of`.
    """
    known = {one.id: one for one in rules}
    lines = [_outcome(decision)]
    lines += [_because(reason, known.get(reason.rule)) for reason in decision.reasons]
    lines += [
        f"Rule {rule} failed ({error}), so what it was asked about is withheld."
        for rule, error in decision.errors
    ]
    lines += [
        f"Refusal {refusal} and consent {grant} contradict each other; a person should decide."
        for refusal, grant in decision.conflicts
    ]
    return tuple(lines)


def rule_table() -> str:
    """Return docs/consent-rules.md."""
    rows = [(one.id, one.citation, one.sentence) for one in RULES]
    rows += [(one.id, one.citation, one.sentence) for one in PARTS]
    body = "".join(f"| {name} | {citation} | {says} |\n" for name, citation, says in rows)
    return _HEAD + body


def _outcome(decision: Decision) -> str:
    if decision.outcome == "deny":
        waits = ", ".join(decision.held_for) or "something to send"
        return f"Nothing goes. It waits for: {waits}."
    if not decision.withhold:
        return "Everything goes."
    return f"The plan goes without: {', '.join(_named(one) for one in sorted(decision.withhold))}."


def _because(reason: Reason, known: Rule | None) -> str:
    verb = "may go" if reason.effect == "permit" else "is withheld"
    consent = f", consent {reason.consent}" if reason.consent else ""
    clause = f" ({known.citation}): {known.sentence}" if known else "."
    return f"{_named(reason.matter)} {verb} by {reason.rule}{consent}{clause}"


def _named(matter: Matter) -> str:
    """Return a matter's category and origin in words."""
    origin = {"yes": ", Part 2", "unknown": ", origin unknown"}.get(matter.part2_origin, "")
    return matter.category.replace("_", " ") + origin
