"""The provisions of a FHIR R4 Consent as flat rules: what is permitted, what is refused.

Called by `fhir_reading`. R4 nests exceptions in exceptions; our records are flat, and any refusal
beats every permission, so a permission with denied exceptions is several rules, while a refusal
with permitted exceptions stays whole. Conditions we can't hold drop a permission, never a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from consent.checking import PURPOSES
from consent.records import Parties
from consent.terms import CATEGORIES, GENERAL, LEGAL, UNLABELLED
from hub.canonical import Sealed
from hub.consents import codes
from hub.consents.fhir_pieces import Directory, coded, codings, entries, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONDITIONS: Final = ("class", "code", "dataPeriod", "data")
"""Parts of a provision that narrow it and that a record of ours can't hold."""
_DEEPEST: Final = 8
Told = tuple[str, str]
_NOBODY: Final = Parties()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rule(Sealed):
    """One flat rule: permission or refusal, who, what, what for, when."""

    deny: bool
    disclosers: Parties = _NOBODY
    recipients: Parties = _NOBODY
    intermediary: str = ""
    purposes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    period: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Rules(Sealed):
    """The rules of a resource, what couldn't be held, and whether there was no provision at all."""

    rules: tuple[Rule, ...]
    notes: tuple[Told, ...]
    bare: bool = False


def rules(resource: Mapping[str, Any], directory: Directory) -> Rules:
    """Return the flat rules of a resource, the permission first."""
    inside = directory.within(resource)
    custodians = _organisations(resource, inside)
    root = resource.get("provision")
    if not isinstance(root, dict):
        out = set(coded(resource.get("policyRule"))) & {"OPTOUT"}
        return Rules((Rule(deny=bool(out), disclosers=custodians),), (), bare=True)
    walk = _Walk(inside, custodians)
    walk.take(root, "Consent.provision", Rule(deny=False), 0)
    return Rules(tuple(walk.found), tuple(walk.notes))


class _Walk:
    """One walk through nested provisions; collects rules and notes."""

    def __init__(self, directory: Directory, custodians: Parties) -> None:
        self._directory = directory
        self._custodians = custodians
        self.found: list[Rule] = []
        self.notes: list[Told] = []

    def take(self, given: Mapping[str, Any], at: str, outer: Rule, depth: int) -> None:
        """Take one provision and those inside it; what one doesn't say is as in `outer`."""
        deny = given.get("type") != "permit"
        held = self._condition(given, at, deny=deny)
        rule = self._rule(given, at, outer, deny=deny)
        if held:
            self.found.append(rule)
        for number, one in enumerate(entries(given, "provision")):
            where = f"{at}.provision[{number}]"
            if (deny and one.get("type") == "permit") or depth >= _DEEPEST:
                self.notes.append(("exception", where))
            else:
                self.take(one, where, rule, depth + 1)

    def _condition(self, given: Mapping[str, Any], at: str, *, deny: bool) -> bool:
        """Say whether a provision's conditions can be held, or may be left out (a refusal's)."""
        unheld = [name for name in _CONDITIONS if given.get(name)]
        inner = given.get("provision")
        if inner is not None and (
            not isinstance(inner, list) or len(entries(given, "provision")) < len(inner)
        ):
            unheld.append("provision")
        if given.get("type") not in ("permit", "deny"):
            unheld.append("type")
        actions = set(coded(given.get("action")))
        if actions and not actions & codes.DISCLOSING:
            unheld.append("action")
        if any(one.get("modifierExtension") for one in (given, *entries(given, "actor"))):
            unheld.append("modifierExtension")
        word = "stricter" if deny else "narrowed"
        self.notes += [(word, f"{at}.{name}") for name in unheld]
        return deny or not unheld

    def _rule(self, given: Mapping[str, Any], at: str, outer: Rule, *, deny: bool) -> Rule:
        sides, intermediary = self._actors(given, at, deny=deny)
        period = given.get("period")
        purposes = self._purposes(given, at, deny=deny)
        return Rule(
            deny=deny,
            disclosers=sides.get("disclosers", _stated(outer.disclosers, self._custodians)),
            recipients=sides.get("recipients", outer.recipients),
            intermediary=intermediary or outer.intermediary,
            purposes=purposes if given.get("purpose") else outer.purposes,
            categories=self._categories(given, at, deny=deny),
            period=period if isinstance(period, dict) else outer.period,
        )

    def _purposes(self, given: Mapping[str, Any], at: str, *, deny: bool) -> frozenset[str]:
        told = [LEGAL if c == codes.LEGAL_REASON else c for c in coded(given.get("purpose"))]
        return self._words(told, set(told) - PURPOSES, f"{at}.purpose", deny=deny)

    def _categories(self, given: Mapping[str, Any], at: str, *, deny: bool) -> frozenset[str]:
        found: list[str] = []
        odd = set()
        for system, code in codings(given.get("securityLabel")):
            words = _category(system, code, deny=deny)
            found.extend(words)
            odd |= set() if words else {code}
        return self._words(found, odd, f"{at}.securityLabel", deny=deny)

    def _words(self, found: list[str], odd: set[str], at: str, *, deny: bool) -> frozenset[str]:
        """Return known words; a refusal with an unknown one is about everything."""
        if not odd:
            return frozenset(found)
        self.notes.append(("stricter" if deny else "code", at))
        return frozenset() if deny else frozenset(found) - odd

    def _actors(
        self, given: Mapping[str, Any], at: str, *, deny: bool
    ) -> tuple[dict[str, Parties], str]:
        """Return disclosers and recipients, and an intermediary; no role means recipient."""
        named: dict[str, dict[str, set[str]]] = {"disclosers": {}, "recipients": {}}
        intermediary, odd = "", set[str]()
        for one in entries(given, "actor"):
            roles = set(coded(one.get("role")))
            party = self._directory.party(one.get("reference"))
            if party and codes.INTERMEDIARY in roles:
                intermediary = party[1]
                continue
            side = "disclosers" if roles & codes.DISCLOSERS else "recipients"
            if party is None:
                odd.add(side)
                continue
            named[side].setdefault(party[0], set()).add(party[1])
            if party[0] == "organisations" and party[1] not in self._directory.known.values():
                self.notes.append(("party", f"{at}.actor"))
        if odd:
            self.notes.append(("stricter" if deny else "party", f"{at}.actor"))
        sides = {side: _parties(who) for side, who in named.items() if who}
        return sides | (dict.fromkeys(odd, _NOBODY) if deny else {}), intermediary


def _stated(given: Parties, otherwise: Parties) -> Parties:
    return given if given.stated else otherwise


def _parties(named: Mapping[str, set[str]]) -> Parties:
    return Parties(**{kind: frozenset(ids) for kind, ids in named.items()})


def _organisations(resource: Mapping[str, Any], directory: Directory) -> Parties:
    """Return who holds the data, as the resource's `organization` says."""
    found = {}
    for one in entries(resource, "organization"):
        party = directory.party({"type": "Organization", **one})
        if party and party[0] == "organisations":
            found[party[1]] = text(one.get("display"))
    return Parties(organisations=frozenset(found))


def _category(system: str, code: str, *, deny: bool) -> frozenset[str]:
    """Return what a label means; `R` and `V` name no content a permission could be about."""
    if system == codes.CATEGORY:
        return frozenset({code}) & (CATEGORIES - {UNLABELLED})
    if system == codes.LEVEL:
        if code in {"R", "V"}:
            return CATEGORIES - {GENERAL, UNLABELLED} if deny else frozenset()
        return frozenset({GENERAL}) if code in {"U", "L", "M", "N"} else frozenset()
    return codes.READ.get(code, frozenset()) if system == codes.ACT else frozenset()
