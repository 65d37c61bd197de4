"""A signed form as the API takes and shows it, and the faults that keep one from being recorded.

The consent routes share it. What a form lacks is `consent.checking`'s to say; a form that can't be
one at all is refused with every fault named, the others are recorded with theirs.
"""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from pydantic import AwareDatetime, Field

from consent.checking import Fault, check, possible
from consent.comparing import ZONE
from consent.records import Consent, Expiry, Parties, Policy
from consent.registry import local_day
from consent.terms import Authority, Kind, Method
from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.web.replies import Body, Name, Word

Words = Annotated[frozenset[Word], Field(max_length=50)]


class Named(Body):
    """Organisations and persons by id, classes by word."""

    organisations: Words = frozenset()
    persons: Words = frozenset()
    classes: Words = frozenset()


class Ends(Body):
    """When a consent ends: a day, an instant, an event, or never."""

    on: date | None = None
    at: AwareDatetime | None = None
    event: Word | None = None
    never: bool = False


class Signed(Body):
    """A signed consent, refusal or restriction, as the form says (42 CFR 2.31, 45 CFR 164.508)."""

    kind: Kind
    disclosers: Named = Named()
    recipients: Named = Named()
    intermediary: Word | None = None
    purposes: Words = frozenset()
    categories: Words = frozenset()
    signed_on: date | None = None
    signed_by: Name | None = None
    authority: Authority = "member"
    proven: bool = False
    proof: Name | None = None
    method: Method = "paper"
    witness: Name | None = None
    starts: AwareDatetime | date | None = None
    expires: Ends = Ends()
    statements: Words = frozenset()
    bulk: bool = False


def made_of(given: Signed, member: str, actor: Actor, now: datetime) -> Consent:
    """Return the record of a form, made now by an actor."""
    return Consent(
        id=new_id("cns"),
        member=member,
        kind=given.kind,
        disclosers=Parties(**given.disclosers.model_dump()),
        recipients=Parties(**given.recipients.model_dump()),
        intermediary=given.intermediary or "",
        purposes=given.purposes,
        categories=given.categories,
        signed_on=given.signed_on,
        signed_by=given.signed_by or "",
        authority=given.authority,
        proven=given.proven,
        proof=given.proof or "",
        method=given.method,
        witness=given.witness or "",
        starts=given.starts,
        expires=Expiry(
            on=given.expires.on,
            at=given.expires.at,
            event=given.expires.event or "",
            never=given.expires.never,
        ),
        statements=given.statements,
        recorded_at=now,
        recorded_by=actor.id,
        bulk=given.bulk,
    )


def plain(consent: Consent) -> dict[str, Any]:
    """Return a consent as JSON, its sets in a steady order."""
    found: dict[str, Any] = msgspec.to_builtins(consent, order="deterministic")
    return found


def faults_of(consent: Consent, now: datetime, policy: Policy) -> tuple[Fault, ...]:
    """Return every fault of a form, as of today."""
    return check(consent, policy, local_day(now, ZONE))


def sound(consent: Consent, now: datetime, policy: Policy) -> tuple[Fault, ...]:
    """Return a form's faults; `Refused` 422 with all of them when it can't be a form at all."""
    faults = faults_of(consent, now, policy)
    if not possible(faults):
        detail = "this can't be a consent; see `faults` for what to change"
        raise Refused("no_consent", detail, status=422, faults=told(faults))
    return faults


def told(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    """Return faults as JSON."""
    return [msgspec.to_builtins(one) for one in faults]
