"""People and organisations in a plan: the member and the parties around them. Never printed."""

from __future__ import annotations

from typing import Literal

from hub.canonical.piece import Piece
from hub.canonical.values import Absent, Identifier, Text


class Party(Piece, frozen=True, kw_only=True, gc=False):
    """A person or organisation as a document names it; everything is optional."""

    name: Text = None
    role: Text = None
    organization: Text = None
    identifiers: tuple[Identifier, ...] = ()
    phone: Text = None
    email: Text = None
    address: Text = None


class Name(Piece, frozen=True, kw_only=True, gc=False):
    """A member's name in its parts, as given."""

    family: Text = None
    given: tuple[str, ...] = ()
    prefix: Text = None
    suffix: Text = None
    preferred: Text = None


class Address(Piece, frozen=True, kw_only=True, gc=False):
    """A postal address; `confidential` addresses never reach a household member (HR-19)."""

    use: Text = None
    lines: tuple[str, ...] = ()
    city: Text = None
    state: Text = None
    postal_code: Text = None
    county: Text = None
    confidential: bool = False


class Telecom(Piece, frozen=True, kw_only=True, gc=False):
    """A way to reach somebody; digits are kept as given."""

    kind: Literal["phone", "email", "fax", "url", "sms", "other"] = "phone"
    use: Text = None
    value: Text = None


class Member(Piece, frozen=True, kw_only=True, gc=False):
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
