"""The phone form as it was typed: what is missing in it, and the form document it becomes.

`hub.web.pages.phone` shows and sends it. Everything wrong is found at once and named by its field,
never by what was typed. The document is what `adapters.formats.phone` reads. It has no place for a
consent: what a member permits is recorded by the privacy officer alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from hub.canonical import Sealed
from hub.errors import Refused
from hub.hours import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.asked import Actor
    from hub.web.pages.filled import Form

MEDIA_TYPE: Final = "application/vnd.icp-hub.phone+json"
MOST_ROWS: Final = 10
LONG: Final = 2000
_AHEAD: Final = timedelta(minutes=5)

HOW: Final = {"phone": "by phone", "in_person": "in person", "voice_mail": "from a voice mail"}
STATEMENTS: Final = {
    "phone": "I read it back to the caller, who said that it is right",
    "in_person": "I read it back to the person, who said that it is right",
    "voice_mail": "I heard the voice mail again, and this is what it says",
}
ZONES: Final = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Los_Angeles": "Pacific",
    "UTC": "UTC",
}
WHOSE: Final = {
    "mco": "the health plan",
    "pcmh": "the medical home",
    "member": "the member",
    "provider": "another provider",
    "community": "a community organisation",
    "other": "somebody else",
}
DOMAINS: Final = {
    "": "not said",
    "medical": "medical",
    "behavioral": "behavioral",
    "social": "social",
    "ltss": "long-term services",
    "functional": "functional",
    "dental": "dental",
}
CALL: Final = {
    "caller": "Who called",
    "organization": "Their organisation",
    "call_back": "Call-back number",
    "taken_by": "Who took the call",
}
MEMBER: Final = {
    "id": "Member id",
    "family": "Family name",
    "given": "Given name",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a row: how it is named, what may be chosen, and whether a row needs it."""

    name: str
    label: str
    known: Mapping[str, str] | None = None
    day: bool = False
    wanted: bool = False


PARTS: Final[dict[str, tuple[str, tuple[Column, ...]]]] = {
    "concerns": (
        "concern",
        (Column("text", "Concern", wanted=True), Column("domain", "Kind", DOMAINS)),
    ),
    "goals": (
        "goal",
        (Column("text", "Goal", wanted=True), Column("due", "By when", day=True)),
    ),
    "interventions": (
        "intervention",
        (
            Column("text", "What is done", wanted=True),
            Column("responsible", "Responsible", WHOSE, wanted=True),
            Column("party", "Name of who does it"),
            Column("frequency", "How often"),
        ),
    ),
    "asks": (
        "ask",
        (
            Column("text", "What is asked", wanted=True),
            Column("of", "Of whom", WHOSE, wanted=True),
            Column("due", "Due", day=True, wanted=True),
        ),
    ),
}
"""The plan's parts that have rows: what one is called, and its fields; the first says it."""


@dataclass(slots=True, repr=False)
class Filled(Sealed):
    """A form that was read: the document it becomes, and (field, sentence) of what is missing."""

    document: dict[str, Any] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def content(self) -> bytes:
        """Return the form document's bytes."""
        return msgspec.json.encode(self.document)


def read(form: Form, key: str, actor: Actor, now: datetime) -> Filled:
    """Return what was typed as a form document, with everything that is missing in it."""
    filled = Filled()
    call = {name: _text(form, filled, name, label) for name, label in CALL.items()}
    how = _one(form, filled, "how", "How it was taken", HOW)
    zone = _one(form, filled, "zone", "Time zone", ZONES)
    call |= {"at": _instant(form, filled, zone, now), "zone": zone, "how": HOW.get(how, "")}
    member = {n: _text(form, filled, f"member-{n}", label) for n, label in MEMBER.items()}
    born = _day(form, filled, "member-birth_date", "Birth date", wanted=True)
    if born and born > day_of(now):
        filled.missing.append(("member-birth_date", "the birth date lies in the future"))
    member["birth_date"] = born.isoformat() if born else ""
    parts = {part: _rows(form, filled, part) for part in PARTS}
    notes = _text(form, filled, "notes", "Notes", longest=LONG, wanted=False)
    if not any(parts.values()) and not notes:
        filled.missing.append(("concerns-0-text", "write down what the plan says"))
    if not form.ticked("attested"):
        filled.missing.append(("attested", "tick that it was read back, or heard again"))
    attested = {"statement": STATEMENTS.get(how, ""), "by": actor.name, "account": actor.id}
    filled.document = {
        "form": "icp-phone/1",
        "key": key,
        "call": call,
        "attested": attested,
        "member": member,
        **parts,
        "notes": notes,
    }
    return filled


def shown_rows(form: Form | None, more: str = "") -> dict[str, int]:
    """Return how many rows each part shows; `more` is the part that gets another."""
    rows = {}
    for part in PARTS:
        given = form.text(f"{part}-rows", "Rows") if form is not None else "1"
        asked = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else 1  # noqa: PLR2004  # two digits
        rows[part] = min(max(asked, 1) + (part == more), MOST_ROWS)
    return rows


def _rows(form: Form, filled: Filled, part: str) -> list[dict[str, str]]:
    """Return the rows of a part in which anything was typed."""
    _, columns = PARTS[part]
    rows = []
    for number in range(shown_rows(form)[part]):
        names = {column.name: f"{part}-{number}-{column.name}" for column in columns}
        free = [names[column.name] for column in columns if column.known is None]
        if any(form.text(name, "Row", longest=10**6) for name in free):
            cells = {c.name: _cell(form, filled, names[c.name], c) for c in columns}
            rows.append({name: text for name, text in cells.items() if text})
    return rows


def _cell(form: Form, filled: Filled, name: str, column: Column) -> str:
    if column.known is not None:
        return _one(form, filled, name, column.label, column.known)
    if column.day:
        found = _day(form, filled, name, column.label, wanted=column.wanted)
        return found.isoformat() if found else ""
    return _text(form, filled, name, column.label, longest=LONG, wanted=column.wanted)


def _text(  # a field, its name, and how it is asked for
    form: Form,
    filled: Filled,
    name: str,
    label: str,
    *,
    longest: int = 200,
    wanted: bool = True,
) -> str:
    try:
        return form.text(name, label, longest=longest, wanted=wanted)
    except Refused as refusal:
        filled.missing.append((name, refusal.detail))
        return ""


def _one(form: Form, filled: Filled, name: str, label: str, known: Mapping[str, str]) -> str:
    try:
        return form.one(name, label, known)
    except Refused as refusal:
        filled.missing.append((name, refusal.detail))
        return ""


def _day(form: Form, filled: Filled, name: str, label: str, *, wanted: bool) -> date | None:
    try:
        found = form.day(name, label)
    except Refused as refusal:
        filled.missing.append((name, refusal.detail))
        return None
    if found is None and wanted:
        filled.missing.append((name, f"fill in “{label}”"))
    return found


def _instant(form: Form, filled: Filled, zone: str, now: datetime) -> str:
    """Return the instant of the call with its offset; it may not lie in the future."""
    day = _day(form, filled, "on", "Day of the call", wanted=True)
    time = _text(form, filled, "at", "Time of the call")
    if day is None or not time or not zone:
        return ""
    try:
        at = datetime.fromisoformat(f"{day.isoformat()}T{time}").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        filled.missing.append(("at", "“Time of the call” is a time like 14:05"))
        return ""
    if at > now + _AHEAD:
        filled.missing.append(("on", "the call lies in the future"))
    return at.isoformat()
