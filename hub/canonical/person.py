"""People and organisations in a plan: the member and the parties around them. Never printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.canonical.values import Absent, Identifier, Sealed, Text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Party(Sealed):
    """A person or organisation as a document names it; everything is optional."""

    name: Text = None
    role: Text = None
    organization: Text = None
    identifiers: tuple[Identifier, ...] = ()
    phone: Text = None
    email: Text = None
    address: Text = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Name(Sealed):
    """A member's name in its parts, as given."""

    family: Text = None
    given: tuple[str, ...] = ()
    prefix: Text = None
    suffix: Text = None
    preferred: Text = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address(Sealed):
    """A postal address; `confidential` addresses never reach a household member (HR-19)."""

    use: Text = None
    lines: tuple[str, ...] = ()
    city: Text = None
    state: Text = None
    postal_code: Text = None
    county: Text = None
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Telecom(Sealed):
    """A way to reach somebody; digits are kept as given."""

    kind: Literal["phone", "email", "fax", "url", "sms", "other"] = "phone"
    use: Text = None
    value: Text = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Member(Sealed):
    """The person the plan is about."""

    identifiers: tuple[Identifier, ...] = ()
    name: Name = Name()
    birth_date: Text = None
    sex: Text = None
    gender_identity: Text = None
    pronouns: Text = None
    race: tuple[str, ...] | Absent = ()
    ethnicity: Text = None
    language: Text = None
    interpreter_needed: bool | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    representative: Party | None = None
    cultural_preferences: Text = None
    communication_needs: Text = None
