"""Organisations, contacts, members and attributions as frozen values, and what is asked of them.

Matching and routing read these; the store fills them. A name in a document never enters here: the
directory decides who gets a plan, the document only claims.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  # part of public signatures read at run time
from typing import Literal

from hub.canonical import Sealed
from hub.hours import USUAL, Hours

OrganisationKind = Literal["mco", "pcmh", "other"]
Purpose = Literal["plan", "consent", "urgent"]
"""What a contact is designated for: plans, consents and releases of information, urgent matters."""


def within(starts: date | None, ends: date | None, on: date) -> bool:
    """Say whether a day lies in a span of days; both ends inclusive, an open end is None."""
    return (starts is None or starts <= on) and (ends is None or on <= ends)


@dataclass(frozen=True, slots=True)
class OwnClocks:
    """Clocks an organisation asks for in place of the hub's usual ones; None: the usual.

    `technical` in hours, `person`, `agreement` and `step` in business days.
    """

    technical: float | None = None
    person: int | None = None
    agreement: int | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An MCO, a medical home or another party; `part2_source`: no, mixed or program (HR-01)."""

    id: str
    kind: OrganisationKind
    name: str
    npi: str = ""
    part2_source: Literal["no", "mixed", "program"] = "no"
    behavioral: bool = False
    active: bool = True
    hours: Hours = USUAL
    clocks: OwnClocks = field(default=OwnClocks())


@dataclass(frozen=True, slots=True, repr=False)
class Contact(Sealed):
    """A designated point of contact; dates are inclusive.

    `roles`: plan, consent, urgent; liaison and responsible person of an organisation; manager of a
    practice; owner and supervisor at an MCO; operations at the hub; technical: who mends a
    connection, on any side. `mobile` (E.164): where texts go beside mails; empty: none.
    """

    id: str
    organisation: str
    name: str
    roles: tuple[str, ...]
    endpoint: str | None = None
    backup: str | None = None
    starts: date | None = None
    ends: date | None = None
    verified_on: date | None = None
    email: str = ""
    phone: str = ""
    mobile: str = ""

    def serves(self, role: str, on: date) -> bool:
        """Say whether the contact holds the role on that day."""
        return role in self.roles and within(self.starts, self.ends, on)

    def verified(self, on: date) -> bool:
        """Say whether somebody had verified the contact by that day."""
        return self.verified_on is not None and self.verified_on <= on


@dataclass(frozen=True, slots=True, repr=False)
class RosterMember(Sealed):
    """A member as one MCO's roster has them; `birth_date` ISO, `sex` as the roster gives it.

    `naming` is the secret that ids of released elements are made with.
    """

    id: str
    mco: str
    member_id: str
    medicaid: str = ""
    family: str = ""
    given: str = ""
    birth_date: str = ""
    sex: str = ""
    active: bool = True
    naming: str = ""
    county: str = ""
    line_of_business: str = ""
    program: str = ""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Which of a practice's contacts gets what is about some members; empty fits all of them.

    Rules are asked by `position`; dates are inclusive, an open end is None.
    """

    id: str
    organisation: str
    position: int
    contact: str
    purpose: Purpose = "plan"
    mco: str | None = None
    county: str = ""
    line_of_business: str = ""
    program: str = ""
    starts: date | None = None
    ends: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether the rule is in force on that day."""
        return within(self.starts, self.ends, on)

    def fits(self, member: RosterMember | None) -> bool:
        """Say whether the rule is about a member, as the roster has them; of nobody: about all."""
        if self.mco and (member is None or member.mco != self.mco):
            return False
        wanted = (self.county, self.line_of_business, self.program)
        given = (member.county, member.line_of_business, member.program) if member else ("", "", "")
        return all(not w or folded(w) == folded(g) for w, g in zip(wanted, given, strict=True))


def folded(word: str) -> str:
    """Return a county or a program as rules compare it: no case, no blanks, no "County".

    >>> folded(" ALLEGHENY  County ")
    'allegheny'
    """
    return " ".join(word.casefold().split()).removesuffix(" county")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A member's medical home for a span of days; both ends inclusive, an open end is None."""

    member: str
    pcmh: str
    starts: date | None = None
    ends: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether the attribution is active on that day."""
        return within(self.starts, self.ends, on)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a plan goes, or why it can't: `problem` is one of `hub.routing.REASONS`.

    `rule` is the routing rule that decided, `passed` the contacts before who don't serve that day.
    """

    pcmh: str | None = None
    contact: Contact | None = None
    endpoint: str | None = None
    problem: str | None = None
    rule: str = ""
    passed: tuple[str, ...] = ()
