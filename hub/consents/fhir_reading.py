"""A FHIR R4 Consent as consents of ours, and every point where it can't be kept as written.

The API and the import call `read`. One resource may give several records: its permission, and a
refusal for each denied exception. What we can't hold never makes a permission wider nor a refusal
narrower: such a permission isn't taken, such a refusal is taken whole. Each time a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from consent.records import Consent, Expiry
from consent.terms import LEGAL, TPO
from hub.canonical import Sealed
from hub.consents import codes
from hub.consents.fhir_pieces import (
    Directory,
    coded,
    day,
    entries,
    extras,
    flag,
    instant,
    moment,
    span_end,
    text,
)
from hub.consents.fhir_rules import Rule, rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from consent.terms import Authority, Kind, Method

_AUTHORITIES: Final = frozenset(
    {"member", "minor", "parent", "guardian", "personal_representative", "poa", "relative"}
)
_KINDS: Final = frozenset(codes.POLICIES)
_LIMITS: Final = frozenset({"refusal", "restriction"})

NOTES: Final[dict[str, str]] = {
    "not_consent": "this isn't a Consent resource; send one",
    "status": "its status isn't `active`: it is a draft, was rejected, or has ended",
    "scope": "its scope isn't `patient-privacy`; only consents to disclose are kept here",
    "modifier": "it holds a modifier extension nobody here knows; its meaning can't be told",
    "no_rule": "it has no provision, so it names neither data nor recipient nor purpose",
    "narrowed": "a permission has a condition that can't be held; the permission isn't taken",
    "stricter": "a refusal has a condition that can't be held; it is taken without the condition",
    "exception": "a permission inside a refusal can't be held; the refusal is taken whole",
    "code": "a code isn't known here; it adds nothing to a permission",
    "party": "a party isn't in the directory; a permission to it reaches nobody",
    "dated": "the day it was made is missing or no whole day",
    "signer": "it doesn't say by what authority somebody else signed; that must be shown",
}
"""Note codes and what they mean. They name elements of the resource, never what it holds."""
FATAL: Final = frozenset({"not_consent", "status", "scope", "modifier"})


@dataclass(frozen=True, slots=True)
class Note:
    """One point at which a resource can't be kept as written, and the element it is about."""

    code: str
    at: str = "Consent"

    @property
    def words(self) -> str:
        """What it means for a person."""
        return NOTES[self.code]


@dataclass(frozen=True, slots=True, repr=False)
class Read(Sealed):
    """What a resource gave: records, notes, identifiers of the member, and a scan or none."""

    consents: tuple[Consent, ...]
    notes: tuple[Note, ...] = ()
    member: tuple[str, ...] = ()
    scan: tuple[bytes, str] | None = None

    @property
    def fatal(self) -> bool:
        """Whether the resource isn't something that may be kept at all."""
        return any(one.code in FATAL for one in self.notes)


def read(resource: object, directory: Directory, at: datetime, *, ended: bool = False) -> Read:
    """Return the consents of a resource, as made at `at`; never raises for what it holds.

    Ids, recording and approval are the hub's to give: ids are the resource's own, numbered. With
    `ended`, resources that aren't active any more are read too.
    """
    found = _fatal(resource, ended=ended)
    if found or not isinstance(resource, dict):
        return Read((), tuple(found))
    notes: list[Note] = []
    frame = _frame(resource, directory, at, notes)
    consents = tuple(_records(resource, frame, directory, notes))
    who = directory.named(resource.get("patient"))
    return Read(consents, tuple(dict.fromkeys(notes)), who, directory.attached(resource))


def _fatal(resource: object, *, ended: bool) -> list[Note]:
    if not isinstance(resource, dict) or resource.get("resourceType") != "Consent":
        return [Note("not_consent")]
    found = []
    allowed = {"active", "inactive"} if ended else {"active"}
    if text(resource.get("status")) not in allowed:
        found.append(Note("status", "Consent.status"))
    if "patient-privacy" not in coded(resource.get("scope")):
        found.append(Note("scope", "Consent.scope"))
    found += [
        Note("modifier", f"Consent.{name}")
        for name in ("modifierExtension", "implicitRules")
        if resource.get(name)
    ]
    return found


def _frame(
    resource: Mapping[str, Any], directory: Directory, at: datetime, notes: list[Note]
) -> Consent:
    """Return the record all rules of a resource share: who signed, when, how, until when."""
    own = extras(resource)
    signed = day(resource.get("dateTime"))
    if signed is None:
        notes.append(Note("dated", "Consent.dateTime"))
    authority, name = _signer(resource, directory, own, notes)
    return Consent(
        id=text(resource.get("id")) or "consent",
        member="",
        kind="roi",
        signed_on=signed,
        signed_by=name,
        authority=authority,
        proven=any(flag(one.get("verified")) for one in entries(resource, "verification")),
        proof=_first(own, "proof"),
        method=_method(resource, own),
        witness=_first(own, "witness"),
        statements=frozenset(filter(None, own.get("statement", ()))),
        supersedes=_first(own, "supersedes"),
        revoked_at=instant(_first(own, "revoked")),
        recorded_at=at,
    )


def _records(
    resource: Mapping[str, Any], frame: Consent, directory: Directory, notes: list[Note]
) -> Iterator[Consent]:
    """Yield one record a rule; a resource without a rule still says what its policy says."""
    found = rules(resource, directory)
    notes.extend(Note(*one) for one in found.notes)
    if found.bare:
        notes.append(Note("no_rule", "Consent.provision"))
    for number, rule in enumerate(found.rules):
        made = _record(resource, frame, rule)
        yield made if number == 0 else replace(made, id=f"{frame.id}.{number + 1}")


def _record(resource: Mapping[str, Any], frame: Consent, rule: Rule) -> Consent:
    own = extras(resource)
    ends = Expiry(never=_first(own, "never") == "true", event=_first(own, "event"))
    ends = replace(ends, event_at=instant(_first(own, "happened")))
    on, at = span_end(rule.period.get("end"))
    starts = moment(rule.period.get("start"))
    return replace(
        frame,
        kind=_kind(resource, rule),
        disclosers=rule.disclosers,
        recipients=rule.recipients,
        intermediary=rule.intermediary,
        purposes=rule.purposes,
        categories=rule.categories,
        starts=starts,
        expires=replace(ends, on=on, at=at),
    )


def _kind(resource: Mapping[str, Any], rule: Rule) -> Kind:
    """Return the kind of form: as it says itself, else by its policy and what it names."""
    policies = {c for one in entries(resource, "category") for c in coded(one)}
    policies |= set(coded(resource.get("policyRule")))
    said: Any = next((word for word in sorted(policies & _KINDS)), None)
    if rule.deny:
        limit: Kind = "restriction" if policies & codes.RESTRICTIONS else "refusal"
        return said if said in _LIMITS else limit
    if said and said not in _LIMITS:
        return said  # type: ignore[no-any-return]  # one of the kinds, checked above
    alone: dict[frozenset[str], Kind] = {
        frozenset({"hiv"}): "hiv",
        frozenset({"psychotherapy_note"}): "psychotherapy",
        frozenset({"sud_counselling_note"}): "sud_counselling",
    }
    if rule.categories in alone:
        return alone[rule.categories]
    if LEGAL in rule.purposes:
        return "proceedings"
    if policies & codes.PART2:
        general = rule.recipients.classes and rule.purposes and rule.purposes <= TPO
        return "tpo" if general else "specific"
    return "roi"


def _signer(
    resource: Mapping[str, Any],
    directory: Directory,
    own: Mapping[str, list[str]],
    notes: list[Note],
) -> tuple[Authority, str]:
    """Return by what authority and who signed; another than the patient must show theirs."""
    performers = entries(resource, "performer")
    said: Any = _first(own, "authority")
    name = next((text(one.get("display")) for one in performers if one.get("display")), "")
    if said in _AUTHORITIES:
        return said, name
    patient = text(_mapping(resource.get("patient")).get("reference"))
    if not performers:
        return "member", ""
    if all(text(one.get("reference")) in {"", patient} for one in performers):
        return "member", name or "the member"
    notes.append(Note("signer", "Consent.performer"))
    return "personal_representative", name or directory.label(performers[0])


def _method(resource: Mapping[str, Any], own: Mapping[str, list[str]]) -> Method:
    said: Any = _first(own, "method")
    if said in {"paper", "electronic", "verbal"}:
        return said  # type: ignore[no-any-return]  # one of the three, checked above
    return "paper" if "sourceAttachment" in resource else "electronic"


def _first(own: Mapping[str, list[str]], name: str) -> str:
    return next(iter(own.get(name, ())), "")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
