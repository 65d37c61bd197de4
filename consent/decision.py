"""The decision: may this content go to this recipient for this purpose at this instant, and why.

The hub asks when a release is made and again in the transaction that sends it. Four sentences say
how it decides. Every matter is denied unless a rule permits it. Any forbid beats every permit. A
rule that fails denies the matter it was asked about. A plan whose general matters can't go, or of
which nothing could go, doesn't go at all. Pure: the same inputs give the same decision for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consent import terms
from consent.notices import notices
from consent.records import Policy
from consent.registry import conflicts
from consent.rules import check_switches, rules_of
from consent.scene import scene
from consent.weighing import ask_about, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consent.records import Consent, Request
    from consent.ruling import Rule
    from consent.scene import Scene
    from consent.terms import Effect, Matter
    from consent.weighing import OnFile

STRIP_ADDRESSES = "strip_confidential_addresses"
RECORD_EMERGENCY = "record_emergency_and_tell_privacy_officer"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's verdict on one matter, with the consent it relied on or ran into."""

    matter: Matter
    rule: str
    consent: str | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with everything needed to explain and to repeat it. Holds no member data.

    `errors` are (rule id, exception class name). `held_for` are machine words for what would
    release what is withheld. `consents` are the ids relied on. `conflicts` are (refusal, consent)
    ids a person should resolve. `duties` are what the release step must do besides.
    """

    outcome: Literal["permit", "deny"]
    withhold: frozenset[Matter]
    released: frozenset[Matter]
    reasons: tuple[Reason, ...]
    errors: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    duties: tuple[str, ...]
    held_for: tuple[str, ...]
    consents: tuple[str, ...]
    conflicts: tuple[tuple[str, str], ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the rules said of one matter."""

    reasons: tuple[Reason, ...]
    errors: tuple[tuple[str, str], ...]
    cures: tuple[str, ...]

    @property
    def released(self) -> bool:
        effects = {one.effect for one in self.reasons}
        return not self.errors and effects == {"permit"}


def decide(
    request: Request,
    consents: Sequence[Consent],
    policy: Policy | None = None,
    *,
    rules: Sequence[Rule] | None = None,
) -> Decision:
    """Decide one request against every consent on file for the member; never raises."""
    policy = policy or Policy()
    matters = sorted(request.matters)
    try:
        check_switches(policy)
        known = scene(request, policy)
        on_file = weigh(known, consents)
        clashes = conflicts(on_file.consents, request.at, request.member_zone)
        asked = [one for one in rules or rules_of(policy.packs) if _applies(one, known)]
    except Exception as error:  # noqa: BLE001  # whatever fails here must deny
        failed = _Heard((), (("weigh", type(error).__name__),), ("repair:weigh",))
        return _decision(request, dict.fromkeys(matters, failed), policy, (), ())
    heard = {matter: _hear(known, matter, on_file, asked) for matter in matters}
    goes = _released(heard)
    try:
        told = notices(known, goes)
    except Exception as error:  # noqa: BLE001  # what can't carry its notice doesn't go
        failed = _Heard((), (("notices", type(error).__name__),), ("repair:notices",))
        return _decision(request, dict.fromkeys(matters, failed), policy, (), ())
    return _decision(request, heard, policy, told, clashes)


def _applies(rule: Rule, known: Scene) -> bool:
    """Say whether a rule is switched on and, if a pack's, its pack is in force here."""
    asleep = bool(rule.pack) and (rule.pack, rule.id) not in known.awake
    return rule.id not in known.policy.off and not asleep


def _hear(known: Scene, matter: Matter, on_file: OnFile, rules: Sequence[Rule]) -> _Heard:
    """Ask every rule about one matter."""
    reasons, errors, cures = [], [], []
    try:
        ask = ask_about(known, matter, on_file)
    except Exception as error:  # noqa: BLE001  # whatever fails here must deny
        return _Heard((), (("ask", type(error).__name__),), ("repair:ask",))
    for rule in rules:
        try:
            verdict = rule.check(ask)
        except Exception as error:  # noqa: BLE001  # a rule that fails denies (we differ from Cedar)
            errors.append((rule.id, type(error).__name__))
            cures.append(f"repair:{rule.id}")
            continue
        if verdict is not None:
            reasons.append(Reason(matter, rule.id, verdict.consent, verdict.effect))
            cures.extend([verdict.cure] if verdict.cure else [])
    if not reasons and not errors:
        cures.append(f"no_basis:{known.request.purpose}")
    return _Heard(tuple(reasons), tuple(errors), tuple(cures))


def _released(heard: Mapping[Matter, _Heard]) -> frozenset[Matter]:
    """Return what goes: nothing where the general matters can't, or where nothing could."""
    released = frozenset(matter for matter, one in heard.items() if one.released)
    general = {matter for matter in heard if matter.category == terms.GENERAL}
    return released if not general or general & released else frozenset()


def _decision(
    request: Request,
    heard: Mapping[Matter, _Heard],
    policy: Policy,
    told: tuple[str, ...],
    clashes: tuple[tuple[str, str], ...],
) -> Decision:
    goes = _released(heard)
    reasons = tuple(reason for one in heard.values() for reason in one.reasons)
    relied = {one.consent for one in reasons if one.matter in goes and one.consent}
    return Decision(
        outcome="permit" if goes else "deny",
        withhold=frozenset(heard) - goes,
        released=goes,
        reasons=reasons,
        errors=tuple(sorted({error for one in heard.values() for error in one.errors})),
        notices=told,
        duties=_duties(request, policy),
        held_for=tuple(sorted({cure for one in heard.values() for cure in one.cures})),
        consents=tuple(sorted(relied)),
        conflicts=clashes,
        policy_version=policy.version,
    )


def _duties(request: Request, policy: Policy) -> tuple[str, ...]:
    """Return what the release step must do besides withholding (HR-19, 42 CFR 2.51(c))."""
    seen = request.recipient.classes & terms.PROXY_CLASSES
    strip = (STRIP_ADDRESSES,) if seen or policy.strip_confidential_addresses else ()
    return (*strip, RECORD_EMERGENCY) if request.purpose == terms.BTG else strip


def as_kept(decision: Decision) -> dict[str, object]:
    """Return a decision as a row keeps it, to be explained later: words and ids only."""
    return {
        "outcome": decision.outcome,
        "released": [_plain(one) for one in sorted(decision.released)],
        "withheld": [_plain(one) for one in sorted(decision.withhold)],
        "reasons": [[_plain(r.matter), r.rule, r.consent, r.effect] for r in decision.reasons],
        "errors": [list(error) for error in decision.errors],
        "consents": list(decision.consents),
        "notices": list(decision.notices),
        "policy": decision.policy_version,
    }


def _plain(matter: Matter) -> list[str]:
    return [matter.category, matter.part2_origin, matter.minor_basis]
