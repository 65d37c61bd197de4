"""A plan taken by phone, out of its form document: `application/vnd.icp-hub.phone+json`.

The console's form (`hub.web.pages.phone`) writes the document; the line reads it like any other.
Every value's place is the form field it was typed into, as a JSON pointer. Who called, who took it,
when, how and what was attested stand in the plan as its author, its date and its notes. A consent
is never read here: the form has no field for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from hub.canonical import (
    Ask,
    Concern,
    Document,
    Goal,
    Header,
    Identifier,
    Intervention,
    Member,
    Name,
    Note,
    Party,
    Place,
    Plan,
    Reading,
    Tally,
    folded,
    unreadable,
)
from hub.canonical.elements import Responsible  # noqa: TC001  # msgspec resolves it at run time
from hub.canonical.values import Domain  # noqa: TC001  # msgspec resolves it at run time

MEDIA_TYPE: Final = "application/vnd.icp-hub.phone+json"
FORM: Final = "icp-phone/1"
_HEAD: Final = b'{"form":"icp-phone/1"'


class Call(msgspec.Struct, frozen=True):
    """Who called whom, when and how; `at` is an instant with its offset."""

    caller: str
    organization: str
    call_back: str
    taken_by: str
    at: str
    zone: str
    how: str


class Attested(msgspec.Struct, frozen=True):
    """What the signed-in person says of it: the statement's words, their name and account."""

    statement: str
    by: str
    account: str


class Who(msgspec.Struct, frozen=True):
    """The member as the caller named them."""

    id: str
    family: str
    given: str
    birth_date: str


class Worry(msgspec.Struct, frozen=True):
    """A concern."""

    text: str
    domain: Domain | Literal[""] = ""


class Aim(msgspec.Struct, frozen=True):
    """A goal."""

    text: str
    due: str = ""


class Deed(msgspec.Struct, frozen=True):
    """An intervention with the party responsible for it."""

    text: str
    responsible: Responsible
    party: str = ""
    frequency: str = ""


class Wish(msgspec.Struct, frozen=True):
    """What is asked of whom by when."""

    text: str
    of: Responsible
    due: str = ""


class Filled(msgspec.Struct, frozen=True):
    """The whole form document."""

    form: Literal["icp-phone/1"]
    key: str
    call: Call
    attested: Attested
    member: Who
    concerns: tuple[Worry, ...] = ()
    goals: tuple[Aim, ...] = ()
    interventions: tuple[Deed, ...] = ()
    asks: tuple[Wish, ...] = ()
    notes: str = ""


@dataclass(slots=True)
class _Places:
    """Where each value was typed, and which form fields have reached the plan."""

    kept: dict[str, Place] = field(default_factory=dict)

    def put(self, pointer: str, at: str, value: str) -> str | None:
        """Note where a value stands; nothing for an empty one."""
        text = folded(value)
        if not text:
            return None
        self.kept[pointer] = Place(at, "pointer", "form field")
        return text


class PhoneAdapter:
    """Reads one form document into one plan."""

    name = "phone"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Say whether the document is a phone form's: by how it begins, whatever it is called."""
        return document.content.startswith(_HEAD)

    def read(self, document: Document) -> Reading:
        """Read the form document; `not_a_phone_form` where it is damaged."""
        try:
            form = msgspec.json.decode(document.content, type=Filled)
        except (msgspec.DecodeError, ValueError):
            return unreadable("not_a_phone_form", "the form document is damaged, fill it in anew")
        places = _Places()
        plan = _plan(form, places)
        count = sum(1 for _ in _leaves(msgspec.to_builtins(form)))
        mapped = min(len({place.at for place in places.kept.values()}), count)
        return Reading((plan,), (), Tally(count, mapped, 0, count - mapped))


ADAPTER = PhoneAdapter()


def _plan(form: Filled, places: _Places) -> Plan:
    put = places.put
    call, who = form.call, form.member
    member = Member(
        identifiers=(
            Identifier("plan", put("/member/identifiers/0/value", "/member/id", who.id) or ""),
        ),
        name=Name(
            family=put("/member/name/family", "/member/family", who.family),
            given=(put("/member/name/given/0", "/member/given", who.given) or "",),
        ),
        birth_date=put("/member/birth_date", "/member/birth_date", who.birth_date),
    )
    header = Header(
        set_id=put("/header/set_id", "/member/id", f"phone {who.id}"),
        status="active",
        written_on=put("/header/written_on", "/call/at", call.at),
        author=Party(
            name=put("/header/author/name", "/call/caller", call.caller),
            organization=put(
                "/header/author/organization", "/call/organization", call.organization
            ),
            phone=put("/header/author/phone", "/call/call_back", call.call_back),
        ),
    )
    return Plan(
        header=header,
        member=member,
        concerns=_concerns(form, places),
        goals=_goals(form, places),
        interventions=_interventions(form, places),
        asks=_asks(form, places),
        notes=_notes(form, places),
        places=places.kept,
    )


def _concerns(form: Filled, places: _Places) -> tuple[Concern, ...]:
    return tuple(
        Concern(
            id=f"c{n + 1}",
            text=places.put(f"/concerns/{n}/text", f"/concerns/{n}/text", one.text),
            domain=_chosen(places, f"/concerns/{n}/domain", one.domain),
        )
        for n, one in enumerate(form.concerns)
    )


def _goals(form: Filled, places: _Places) -> tuple[Goal, ...]:
    return tuple(
        Goal(
            id=f"g{n + 1}",
            text=places.put(f"/goals/{n}/text", f"/goals/{n}/text", one.text),
            due=places.put(f"/goals/{n}/due", f"/goals/{n}/due", one.due),
        )
        for n, one in enumerate(form.goals)
    )


def _interventions(form: Filled, places: _Places) -> tuple[Intervention, ...]:
    made = []
    for n, one in enumerate(form.interventions):
        at = f"/interventions/{n}"
        name = places.put(f"{at}/party/name", f"{at}/party", one.party)
        made.append(
            Intervention(
                id=f"i{n + 1}",
                text=places.put(f"{at}/text", f"{at}/text", one.text),
                responsible=_chosen(places, f"{at}/responsible", one.responsible),
                party=Party(name=name) if name else None,
                frequency=places.put(f"{at}/frequency", f"{at}/frequency", one.frequency),
            )
        )
    return tuple(made)


def _asks(form: Filled, places: _Places) -> tuple[Ask, ...]:
    return tuple(
        Ask(
            text=places.put(f"/asks/{n}/text", f"/asks/{n}/text", one.text),
            of=_chosen(places, f"/asks/{n}/of", one.of),
            due=places.put(f"/asks/{n}/due", f"/asks/{n}/due", one.due),
        )
        for n, one in enumerate(form.asks)
    )


def _notes(form: Filled, places: _Places) -> tuple[Note, ...]:
    call, attested = form.call, form.attested
    rows = (
        ("Who called", "/call/caller", f"{call.caller}, {call.organization}, {call.call_back}"),
        ("Taken by", "/call/taken_by", call.taken_by),
        ("Taken when", "/call/at", f"{call.at} {call.zone}"),
        ("Taken how", "/call/how", call.how),
        ("Attestation", "/attested/statement", f"{attested.statement}: {attested.by}"),
        ("Notes", "/notes", form.notes),
    )
    made: list[Note] = []
    for section, at, words in rows:
        pointer = f"/notes/{len(made)}"
        text = places.put(f"{pointer}/text", at, words)
        if text:
            places.kept[f"{pointer}/section"] = Place(at, "pointer", "form section")
            made.append(Note(section=section, text=text))
    return tuple(made)


def _chosen(places: _Places, at: str, word: Any) -> Any:  # noqa: ANN401  # one of a literal's words
    """Return a chosen word, its place noted, or None where none was chosen."""
    return word if places.put(at, at, word) else None


def _leaves(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Yield every filled field of the form."""
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str):
        if value.strip():
            yield value
        return
    for one in value:
        yield from _leaves(one)
