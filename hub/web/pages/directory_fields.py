"""The fields of the directory's forms: what a person fills in for each kind of row, and back.

`hub.web.pages.directory_form` and `own_contacts` use it. What a form does not hold, as an
endpoint's options, stays as it is; an address that bears a secret is never shown. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from hub.directory import OwnClocks
from hub.errors import Refused
from hub.hours import USUAL
from hub.provider_directory.comparing import safe
from hub.provider_directory.entries import (
    EndpointEntry,
    EndpointKind,
    OrganisationEntry,
    Tier,
    made,
)
from hub.provider_directory.stranding import PURPOSES
from hub.web.pages import directory_words as words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.provider_directory.entries import DirectoryFile, Entry, Kind
    from hub.web.pages.filled import Form

_OURS = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")
NO_CLOCKS = OwnClocks()
STANDS_IN = "stands_in"
_FEW = 300
_LONG = 500


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `shape` is text, day, time, number, choice, many or tick.

    `options` are (value, words): of a choice all there are, of a text only suggestions.
    """

    name: str
    label: str
    shape: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form's fields in groups, each with its heading."""

    groups: tuple[tuple[str, tuple[Field, ...]], ...]
    values: Mapping[str, list[str]] = field(default_factory=dict)

    def fields(self) -> Iterable[Field]:
        """Yield every field."""
        return (one for _, group in self.groups for one in group)


def sheet(
    kind: Kind, known: DirectoryFile, entry: Entry | None, typed: Mapping[str, list[str]] | None
) -> Sheet:
    """Return the form of a row, filled with what stands or with what was typed before."""
    groups = _GROUPS[kind](known, entry)
    given = typed if typed is not None else _values(groups, entry)
    return Sheet(groups, given)


_Groups = tuple[tuple[str, tuple[Field, ...]], ...]


def _organisation(known: DirectoryFile, entry: Entry | None) -> _Groups:
    others = _options((o.id, o.name) for o in known.organisations if o is not entry)
    identity: tuple[Field, ...] = (
        Field("name", "Name", wanted=True),
        Field("kind", "Kind", "choice", words.options("KINDS"), wanted=True),
        Field("npi", "NPI", hint="ten digits; the check digit is verified"),
        Field("tier", "Place in its hierarchy", "choice", words.options("TIERS", *_words(Tier))),
        Field("part_of", "Part of", options=others, hint="the id of the organisation above it"),
        Field("active", "Active", "tick", hint="nothing is sent to a practice that is not"),
    )
    if entry is None:
        ident = Field("id", "Id", hint="small letters, digits and -; it never changes", wanted=True)
        identity = (ident, *identity)
    part2 = (
        Field("part2_source", "Under 42 CFR Part 2", "choice", words.options("PART2")),
        Field("behavioral", "Behavioral health", "tick"),
    )
    return (
        ("The organisation", identity),
        ("Hours, by which clocks count", _HOURS),
        ("Clocks of its own; empty: the usual", _CLOCKS),
        ("Substance use and behavioral health", part2),
    )


_HOURS = (
    Field("hours.zone", "Time zone", hint="like America/New_York"),
    Field("hours.opens", "Opens", "time"),
    Field("hours.closes", "Closes", "time"),
    Field("hours.days", "Days", "many", words.options("DAYS")),
    Field("hours.holidays", "Public holidays", hint="like US or US-PA; empty: none are kept"),
    Field("hours.closed", "Further days off", hint="like 2026-12-24, 2026-12-31"),
)
_CLOCKS = (
    Field("clocks.technical", "Until the wire has it, hours", "number"),
    Field("clocks.person", "Until somebody took it, business days", "number"),
    Field("clocks.agreement", "Until it is answered, business days", "number"),
    Field("clocks.step", "Between two reminders, business days", "number"),
)
_VERIFIED = "the day somebody made sure of them at that address; no plan is sent before"
_SPAN = (
    Field("from", "From", "day", hint="a day to come takes effect by itself"),
    Field("to", "Until and with", "day"),
)


def _contact(known: DirectoryFile, entry: Entry | None) -> _Groups:
    ends = _options(
        (e.id, f"{words.word('CHANNELS', e.kind)}, {e.format}") for e in known.endpoints
    )
    new = (stands_in_field(known),) if entry is None and known.contacts else ()
    order = (*new, backup_field(known, entry))
    return (
        ("The person", contact_person()),
        ("What they are for, and when", (roles_field(), *_SPAN, *order)),
        (
            "How plans reach them",
            (
                Field("endpoint", "Endpoint", "choice", (("", "none"), *ends)),
                Field("verified_on", "Verified on", "day", hint=_VERIFIED),
            ),
        ),
    )


def contact_person() -> tuple[Field, ...]:
    """Return who a contact is and how people reach them."""
    return (
        Field("name", "Name and credentials", wanted=True),
        Field("email", "Mail"),
        Field("phone", "Phone"),
        Field("mobile", "Mobile for texts", hint="like +15551234567; empty: no texts"),
    )


def roles_field() -> Field:
    """Return the field of what a contact is for."""
    return Field("roles", "For", "many", words.options("ROLES"), wanted=True)


def backup_field(known: DirectoryFile, entry: Entry | None) -> Field:
    """Return the field of who steps in, among the organisation's own contacts."""
    mine = _options((c.id, c.name) for c in known.contacts if c is not entry)
    hint = "who steps in next; their own backup comes after them"
    return Field("backup", "Backup", "choice", (("", "nobody"), *mine), hint)


def stands_in_field(known: DirectoryFile) -> Field:
    """Return the field of whom a new contact is a backup of; it is no part of their own row."""
    mine = _options((c.id, c.name) for c in known.contacts)
    hint = "a second contact for a purpose is somebody's backup, or a routing rule tells them apart"
    return Field(STANDS_IN, "Backup of", "choice", (("", "nobody"), *mine), hint)


def span_fields() -> tuple[Field, ...]:
    """Return the fields of coverage dates."""
    return _SPAN


def _endpoint(_: DirectoryFile, entry: Entry | None) -> _Groups:
    kept = isinstance(entry, EndpointEntry) and safe(entry.address) != entry.address
    hint = "it bears a secret and is not shown; empty: it stays as it is" if kept else ""
    return (
        (
            "The endpoint",
            (
                Field("kind", "Kind", "choice", words.options("CHANNELS", *_words(EndpointKind))),
                Field("format", "Format", "choice", words.formats()),
                Field("address", "Address", hint=hint),
                Field("paused", "Paused", "tick", hint="nothing is sent; it waits and is not lost"),
            ),
        ),
    )


def _rule(known: DirectoryFile, _: Entry | None) -> _Groups:
    people = _options((c.id, f"{c.name} ({', '.join(c.roles)})") for c in known.contacts)
    senders = _options((o.id, o.name) for o in known.organisations if o.kind == "mco")
    return (
        (
            "Whose; what is empty fits everybody",
            (
                Field("position", "Asked as number", "number", hint="the first that fits decides"),
                Field("county", "County"),
                Field("line_of_business", "Line of business"),
                Field("program", "Program"),
                Field("mco", "Sender", "choice", (("", "every sender"), *senders)),
            ),
        ),
        (
            "What goes to whom, and when",
            (
                Field("purpose", "Purpose", "choice", words.options("ROLES", *PURPOSES)),
                Field("contact", "Contact", "choice", people, wanted=True),
                *_SPAN,
            ),
        ),
    )


_GROUPS: dict[Kind, Any] = {
    "organisation": _organisation,
    "contact": _contact,
    "endpoint": _endpoint,
    "rule": _rule,
}


def _options(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair[1].casefold(), pair[0])))[:_FEW]


def _words(literal: Any) -> tuple[str, ...]:  # noqa: ANN401  # a Literal's values
    return tuple(literal.__args__)


def _values(groups: _Groups, entry: Entry | None) -> dict[str, list[str]]:
    """Return what stands in a row as a form holds it."""
    row: dict[str, Any] = msgspec.to_builtins(entry) if entry is not None else dict(_FRESH)
    row["hours"] = row.get("hours") or msgspec.to_builtins(USUAL)
    if not _shown(row):
        row["address"] = ""
    return {one.name: _held(_at(row, one.name)) for _, group in groups for one in group}


_FRESH: dict[str, Any] = {"active": True, "position": 100, "purpose": "plan", "format": "pdf"}


def _at(row: Mapping[str, Any], name: str) -> object:
    first, _, rest = name.partition(".")
    value = row.get(first)
    return (value or {}).get(rest) if rest else value


def _held(value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return ["yes"] if value else []
    return (
        [] if value is None else [str(value).removesuffix(":00") if _clock(value) else str(value)]
    )


def _clock(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d\d:\d\d:00", value))


def seen_in(form: Form) -> int:
    """Return the number of the change a form was made from; -1 where it has none."""
    text = form.text("seen", "Version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1  # noqa: PLR2004  # a bigint's digits


def row_of(form: Form, kind: Kind, fields: Iterable[Field], base: Mapping[str, Any]) -> Entry:
    """Return the row a form describes, over what stood before; `Refused` 422 names the field."""
    row = {name: value for name, value in base.items() if value is not None}
    if not row.get("id"):
        row["id"] = ident(form)
    for one in fields:
        if one.name != STANDS_IN:
            _put(row, one.name, _read(form, one))
    entry: Entry = made(kind, row)
    if not isinstance(entry, OrganisationEntry):
        return entry
    hours = None if entry.hours == USUAL else entry.hours
    return replace(entry, hours=hours, clocks=None if entry.clocks == NO_CLOCKS else entry.clocks)


def _put(row: dict[str, Any], name: str, value: object) -> None:
    first, _, rest = name.partition(".")
    if rest:
        inside = {**(row.get(first) or {}), rest: value}
        row[first] = {key: each for key, each in inside.items() if each is not None}
    elif value is None:
        row.pop(first, None)
    elif name != "address" or value or _shown(row):
        row[first] = value


def _shown(row: Mapping[str, Any]) -> bool:
    """Say whether an address may be shown: it bears no secret."""
    address: str = row.get("address", "")
    return safe(address) == address


def ident(form: Form) -> str:
    """Return a new organisation's id."""
    text = form.text("id", "Id", wanted=True)
    if not _OURS.fullmatch(text) or text in {"new", "hub"}:
        raise Refused("incomplete", "“Id” is small letters, digits, dots and -", status=422)
    return text


def _read(form: Form, one: Field) -> Any:  # noqa: ANN401  # what its shape holds
    if one.shape == "tick":
        return form.ticked(one.name)
    if one.shape == "many":
        chosen = form.many(one.name, one.label, [value for value, _ in one.options])
        if one.wanted and not chosen:
            raise Refused("incomplete", f"choose “{one.label}”", status=422)
        return [value for value, _ in one.options if value in chosen]
    if one.shape == "choice":
        return form.one(one.name, one.label, [value for value, _ in one.options]) or None
    if one.shape == "day":
        day = form.day(one.name, one.label)
        return day.isoformat() if day else None
    text = form.text(one.name, one.label, longest=_LONG, wanted=one.wanted)
    return _plain(one, text)


def _plain(one: Field, text: str) -> Any:  # noqa: ANN401  # what its shape holds
    if one.name == "hours.closed":
        return [part for part in re.split(r"[\s,;]+", text) if part]
    if one.name == "part_of" or one.shape in {"number", "time"}:
        if not text:
            return None
        if one.shape == "number" and not re.fullmatch(r"\d{1,4}(\.\d)?", text):
            raise Refused("incomplete", f"“{one.label}” is a number", status=422)
        return f"{text}:00" if one.shape == "time" and text.count(":") == 1 else text
    return text
