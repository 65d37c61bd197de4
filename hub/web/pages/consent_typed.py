"""What was typed into the consent form, as a consent: strictly to record, gently to look at.

`consent_form` calls it. The same fields are read both ways, so that what is previewed can't be
something else than what is recorded. It judges nothing: `consent.checking` says what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from consent.comparing import ZONE
from consent.records import Consent, Expiry, Parties
from consent.registry import local_day
from hub.errors import Refused
from hub.web.pages import wording
from hub.web.replies import ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from consent.terms import Authority, Kind, Method
    from hub.web.pages.filled import Form

Read = TypeVar("Read")

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Kind and parties",
        ("kind", "disclosers", "recipients", "persons", "classes", "intermediary"),
    ),
    ("What and for what", ("categories", "purposes")),
    ("Signature", ("signed_by", "authority", "proven", "proof", "signed_on", "method", "witness")),
    ("Start, end, statements", ("starts", "ends", "ends_on", "ends_event", "statements")),
    ("Check and record", ()),
)
"""The steps of the form: a title, and the fields that each asks for."""

FIELDS = frozenset(name for _, names in STEPS for name in names) | {"instead"}
SIGNATURE, ENDING = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose consent, who records it and when, and under which id."""

    id: str
    member: str
    actor: str
    now: datetime


def typed_consent(form: Form, about: About, *, strict: bool) -> Consent:
    """Return the form as a consent; strictly `Refused` 422 for what is wrong, gently left out."""

    def take(read: Callable[[], Read], otherwise: Read) -> Read:
        try:
            return read()
        except Refused:
            if strict:
                raise
            return otherwise

    def word(name: str, label: str, known: Any, otherwise: str) -> Any:  # noqa: ANN401  # one of the words
        return take(lambda: form.one(name, label, known), otherwise)

    def words(name: str, label: str, known: Any) -> frozenset[str]:  # noqa: ANN401  # the known words
        return take(lambda: form.many(name, label, known), frozenset())

    def ids(name: str, label: str) -> frozenset[str]:
        return take(lambda: _ids(form, name, label), frozenset())

    def text(name: str, label: str) -> str:
        return take(lambda: form.text(name, label), "")

    return Consent(
        id=about.id,
        member=about.member,
        kind=cast("Kind", word("kind", "Kind of consent", wording.KINDS_OF_CONSENT, "tpo")),
        disclosers=Parties(organisations=ids("disclosers", "Who may disclose")),
        recipients=Parties(
            organisations=ids("recipients", "Who may receive"),
            persons=ids("persons", "Who may receive"),
            classes=words("classes", "Who may receive", wording.CLASSES),
        ),
        intermediary=take(lambda: _id(form, "intermediary"), ""),
        purposes=words("purposes", "For which purposes", wording.PURPOSES_OF_A_FORM),
        categories=words("categories", "What may be disclosed", wording.CATEGORIES),
        signed_on=take(lambda: signed_on(form, about.now), None),
        signed_by=text("signed_by", "Signed by"),
        authority=cast("Authority", word("authority", "As", wording.AUTHORITIES, "member")),
        proven=form.ticked("proven"),
        proof=text("proof", "What proved it"),
        method=cast("Method", word("method", "Given how", wording.METHODS, "paper")),
        witness=text("witness", "Witness"),
        starts=take(lambda: form.day("starts", "In force from"), None),
        expires=take(lambda: expiry(form), Expiry()),
        statements=words("statements", "What the form says", wording.STATEMENTS),
        recorded_at=about.now,
        recorded_by=about.actor,
    )


def checked(form: Form, at: int, now: datetime) -> None:
    """Refuse what is wrong at one step; what is only missing is no mistake yet."""
    if at == SIGNATURE:
        signed_on(form, now)
        method = form.one("method", "Given how", wording.METHODS)
        if method == "verbal" and not form.text("witness", "Witness"):
            raise Refused("witness", "a spoken consent needs its witness's name", status=422)
    if at == ENDING:
        form.day("starts", "In force from")
        expiry(form)


def signed_on(form: Form, now: datetime) -> date | None:
    """Return the day of signature, or None; `Refused` 422 when it lies in the future."""
    signed = form.day("signed_on", "Signed on")
    if signed is not None and signed > local_day(now, ZONE):
        raise Refused("in_the_future", "“Signed on” lies in the future", status=422)
    return signed


def expiry(form: Form) -> Expiry:
    """Return how the consent ends; `Refused` 422 where the day or event chosen isn't given."""
    ends = form.one("ends", "Until", ("on", "event", "never", "unstated"))
    on = form.day("ends_on", "Until the day")
    event = form.text("ends_event", "Until the event")
    if (ends == "on" and on is None) or (ends == "event" and not event):
        raise Refused("ends", "say until which day or event the consent holds", status=422)
    return Expiry(
        on=on if ends == "on" else None,
        event=event if ends == "event" else "",
        never=ends == "never",
    )


def typed_of(consent: Consent) -> dict[str, list[str]]:
    """Return a consent on file as the form's fields, to record what replaces it."""
    ends = "never" if consent.expires.never else "event" if consent.expires.event else "on"
    day = consent.expires.on
    typed: dict[str, list[str]] = {
        "kind": [consent.kind],
        "disclosers": sorted(consent.disclosers.organisations),
        "recipients": sorted(consent.recipients.organisations),
        "persons": sorted(consent.recipients.persons),
        "classes": sorted(consent.recipients.classes),
        "intermediary": [consent.intermediary],
        "categories": sorted(consent.categories),
        "purposes": sorted(consent.purposes),
        "authority": [consent.authority],
        "ends": [ends],
        "ends_on": [day.isoformat() if day else ""],
        "ends_event": [consent.expires.event],
        "instead": [consent.id],
    }
    return {name: given for name, given in typed.items() if any(given)}


def _ids(form: Form, name: str, label: str) -> frozenset[str]:
    """Return ticked ids; ones that don't exist name nobody."""
    known = form.typed().get(name, [])
    return frozenset(ours(found) for found in form.many(name, label, known))


def _id(form: Form, name: str) -> str:
    given = form.text(name, "Intermediary")
    return ours(given) if given else ""
