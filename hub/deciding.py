"""What consent would say of a member's matters to a recipient, and why: nothing is released.

`POST /v1/decisions` and the privacy officer's pages call `question`, `explained`, `count`. The very
`decide` that releases answers, so an explanation can't differ from a release. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from consent.decision import Decision, Reason, decide
from consent.explain import explain
from consent.records import Policy, Recipient, Request
from consent.rules import RULES
from consent.terms import CATEGORIES, SUD_SIGNED, TREATING, UNLABELLED, Matter
from hub.errors import Refused
from hub.labels import Labelling, Source, label, matters

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from consent.records import Consent
    from consent.terms import Origin, RecipientKind
    from hub.canonical import Plan
    from hub.consents.ports import Folk
    from hub.directory import Organisation

_CLASSES = {"pcmh": frozenset({TREATING}), "mco": frozenset({"health_plan"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: to whom, what for, when. `kind` and `classes` stand in for the directory's."""

    discloser: str
    organisation: str
    person: str = ""
    purpose: str
    at: datetime
    kind: RecipientKind | None = None
    classes: frozenset[str] | None = None


def question(folk: Folk, asked: Asked, about: Collection[Matter]) -> Request:
    """Return the question put to consent; `Refused` 422 for parties the directory doesn't know."""
    sender = folk.organisations.get(asked.discloser)
    home = folk.organisations.get(asked.organisation)
    if sender is None or (home is None and asked.kind is None):
        told = "the directory has no such organisation; say its `kind` and `classes`, or load it"
        raise Refused("unknown_party", told, status=422)
    known = home is not None and home.kind in _CLASSES
    person = folk.contacts.get(asked.person)
    if asked.person and (person is None or person.organisation != asked.organisation):
        raise Refused("unknown_party", "that person is no contact of the recipient", status=422)
    return Request(
        member=folk.member.id,
        birth_date=_born(folk.member.birth_date),
        discloser=sender.id,
        recipient=Recipient(
            organisation=asked.organisation,
            person=asked.person,
            kind=asked.kind or ("covered_entity" if known else "other"),
            classes=_classes(home, asked),
        ),
        purpose=asked.purpose,
        at=asked.at,
        matters=frozenset(about),
        discloser_is_part2_source=sender.part2_source != "no",
    )


def labelled(plan: Plan, sender: Organisation) -> Labelling:
    """Return the labels of a plan as the release step would see them."""
    return label(plan, Source(part2=sender.part2_source, behavioral=sender.behavioral))


def everything(sender: Organisation) -> frozenset[Matter]:
    """Return one matter for each category, for a question about a member without a plan."""
    declared: Origin = "unknown" if sender.part2_source != "no" else "no"
    return frozenset(
        Matter(category, "unknown" if category in SUD_SIGNED else declared)
        for category in CATEGORIES - {UNLABELLED}
    )


def explained(
    asked: Request,
    consents: Sequence[Consent],
    policy: Policy,
    labelling: Labelling | None = None,
) -> dict[str, Any]:
    """Return the decision as JSON-able data: outcome, each matter with its rules and clauses."""
    decision = decide(asked, consents, policy)
    found: dict[str, Any] = {
        "outcome": decision.outcome,
        "matters": [_matter(one, decision) for one in sorted(asked.matters)],
        "held_for": list(decision.held_for),
        "consents": list(decision.consents),
        "conflicts": [list(pair) for pair in decision.conflicts],
        "notices": list(decision.notices),
        "duties": list(decision.duties),
        "errors": [list(error) for error in decision.errors],
        "policy": decision.policy_version,
        "at": asked.at.isoformat(),
        "sentences": list(explain(decision)),
    }
    if labelling is not None:
        found["elements"] = _elements(labelling, decision)
    return found


def plan_matters(labelling: Labelling) -> frozenset[Matter]:
    """Return what a labelled plan raises."""
    return matters(labelling)


def _elements(labelling: Labelling, decision: Decision) -> dict[str, int]:
    """Return how many of a plan's units would stay behind."""
    units = labelling.matters_at.values()
    behind = sum(bool(one & decision.withhold) for one in units)
    return {"all": len(labelling.elements), "withheld": behind}


def _matter(matter: Matter, decision: Decision) -> dict[str, Any]:
    return {
        "category": matter.category,
        "part2_origin": matter.part2_origin,
        "minor_basis": matter.minor_basis,
        "goes": matter in decision.released,
        "reasons": [_reason(one) for one in decision.reasons if one.matter == matter],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    known = _rules().get(reason.rule, ("", ""))
    return {
        "rule": reason.rule,
        "clause": known[0],
        "says": known[1],
        "effect": reason.effect,
        "consent": reason.consent,
    }


def _rules() -> Mapping[str, tuple[str, str]]:
    return {one.id: (one.citation, one.sentence) for one in RULES}


def _classes(home: Organisation | None, asked: Asked) -> frozenset[str]:
    if asked.classes is not None:
        return asked.classes
    return _CLASSES.get(home.kind, frozenset()) if home is not None else frozenset()


def _born(text: str) -> date:
    """Return a roster's birth date; one that can't be read is taken as a minor's (protected)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
