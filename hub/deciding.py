"""What consent would say of a member's matters to a recipient, and why: nothing is released.

`POST /v1/decisions` and the privacy officer's pages call `question`, `explained`, `count`. The very
`decide` that releases answers, so an explanation can't differ from a release. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consent.decision import Decision, Reason, decide
from consent.explain import explain
from consent.records import Recipient, Request
from consent.rules import rules_of
from consent.terms import CATEGORIES, SUD_SIGNED, TREATING, UNLABELLED, Matter
from hub.errors import Refused
from hub.questioning import born, laws, readdressed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from consent.records import Consent, Policy
    from consent.terms import Origin, RecipientKind
    from hub.consents.ports import Folk
    from hub.directory import Organisation
    from hub.labels import Labelling
    from hub.questioning import Asked

_Says = Mapping[str, tuple[str, str]]
_CLASSES = {"pcmh": frozenset({TREATING}), "mco": frozenset({"health_plan"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked: to whom, what for, when. `kind` and `classes` stand in for the directory's."""

    discloser: str
    organisation: str
    person: str = ""
    purpose: str
    at: datetime
    kind: RecipientKind | None = None
    classes: frozenset[str] | None = None


def question(folk: Folk, asked: Inquiry, about: Collection[Matter], policy: Policy) -> Request:
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
        birth_date=born(folk.member.birth_date),
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
        states=frozenset({policy.home_state}),
        enrolled=folk.member.active,
    )


def about_plan(
    folk: Folk, asked: Inquiry, released: Asked, policy: Policy, at: datetime | None
) -> Request:
    """Return the question a release of a plan puts, for whom and what for is asked.

    Its labels, states, enrolment, instant and channel are the release step's own, and so is the
    contact where the route's practice is asked about without naming a person. `released` is what
    `hub.questioning.ask` found; `at` is another instant to ask about.
    """
    theirs = released.question
    own = asked.organisation == theirs.recipient.organisation
    if own and not asked.person and asked.kind is None and asked.classes is None:
        recipient = theirs.recipient
    else:
        recipient = question(folk, asked, (), policy).recipient
    return readdressed(released, recipient, asked.purpose, at)


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
    decision, says = decide(asked, consents, policy), laws(policy)
    found: dict[str, Any] = {
        "outcome": decision.outcome,
        "matters": [_matter(one, decision, says) for one in sorted(asked.matters)],
        "held_for": list(decision.held_for),
        "consents": list(decision.consents),
        "conflicts": [list(pair) for pair in decision.conflicts],
        "notices": list(decision.notices),
        "duties": list(decision.duties),
        "errors": [list(error) for error in decision.errors],
        "policy": decision.policy_version,
        "at": asked.at.isoformat(),
        "sentences": list(explain(decision, rules_of(policy.packs))),
    }
    if labelling is not None:
        found["elements"] = _elements(labelling, decision)
    return found


def _elements(labelling: Labelling, decision: Decision) -> dict[str, int]:
    """Return how many of a plan's units would stay behind."""
    units = labelling.matters_at.values()
    behind = sum(bool(one & decision.withhold) for one in units)
    return {"all": len(labelling.elements), "withheld": behind}


def _matter(matter: Matter, decision: Decision, says: _Says) -> dict[str, Any]:
    return {
        "category": matter.category,
        "part2_origin": matter.part2_origin,
        "minor_basis": matter.minor_basis,
        "goes": matter in decision.released,
        "reasons": [_reason(one, says) for one in decision.reasons if one.matter == matter],
    }


def _reason(reason: Reason, says: _Says) -> dict[str, Any]:
    known = says.get(reason.rule, ("", ""))
    return {
        "rule": reason.rule,
        "clause": known[0],
        "says": known[1],
        "effect": reason.effect,
        "consent": reason.consent,
    }


def _classes(home: Organisation | None, asked: Inquiry) -> frozenset[str]:
    if asked.classes is not None:
        return asked.classes
    return _CLASSES.get(home.kind, frozenset()) if home is not None else frozenset()
