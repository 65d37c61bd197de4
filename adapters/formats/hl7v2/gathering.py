"""What is gathered from one message while its segments are walked, and the plan made of it.

Filled by the mapping modules (`identity`, `document`, `problems`, …), frozen by `plan`. It writes
the place of every value, keeps what nobody took as residue, and counts both, so that the tally
adds up. It lives for one message and is never shared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes, escapes, parting
from adapters.formats.hl7v2.above import Above
from adapters.profiles import Cuts
from hub.canonical import (
    Absent,
    Allergy,
    Ask,
    Assessment,
    Attachment,
    Concern,
    Coverage,
    Directive,
    Finding,
    Goal,
    Header,
    Intervention,
    Medication,
    Member,
    Note,
    Outcome,
    Place,
    Plan,
    Reading,
    Residue,
    Sealed,
    Tally,
    TeamMember,
    Text,
    folded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.formats.hl7v2.habits import Habits
    from adapters.formats.hl7v2.segments import Message, Segment

_KINDS: Final[dict[str, Callable[..., Any]]] = {
    "concerns": Concern,
    "goals": Goal,
    "interventions": Intervention,
    "outcomes": Outcome,
    "assessments": Assessment,
    "medications": Medication,
    "allergies": Allergy,
    "advance_directives": Directive,
    "asks": Ask,
    "notes": Note,
    "attachments": Attachment,
}
_CONFIDENTIALITY: Final = "ULMNRV"
_NULLS: Final = {datatypes.NULL: "none"}
"""A null is the sender's word that there is nothing, or nothing any more."""


@lru_cache(maxsize=65536)
def place(at: str, rule: str = "hl7v2") -> Place:
    """Return the place `at`; the same value for the same place, since places are frozen."""
    return Place(at, "segment", rule)


class Gathering(Sealed):
    """The plan of one message in the making; `current` is the item notes and results belong to."""

    __slots__ = (
        "above",
        "answers",
        "beside",
        "concern",
        "coverage",
        "cuts",
        "enclosed",
        "enclosures",
        "event",
        "fields",
        "findings",
        "flow",
        "goal",
        "habits",
        "header",
        "headings",
        "intervention",
        "items",
        "kind",
        "labels",
        "member",
        "message",
        "observed",
        "order",
        "origin",
        "pending",
        "pieces",
        "places",
        "seps",
        "singles",
        "team",
        "unread",
        "words",
    )

    def __init__(
        self, message: Message, habits: Habits, headings: Mapping[str, str] | None = None
    ) -> None:
        self.message = message
        self.seps = message.seps
        self.habits = habits
        self.headings = habits.headings() if headings is None else headings
        self.fields = habits.fields() if habits.sections else {}
        self.flow = self.kind = self.event = self.beside = ""
        self.origin = "unknown"
        self.labels: tuple[str, ...] = ()
        self.places: dict[str, Place] = {}
        self.findings: list[Finding] = []
        self.header: dict[str, Any] = {}
        self.member: dict[str, Any] = {}
        self.coverage: dict[str, Any] = {}
        self.singles: dict[str, Any] = {}
        self.words: dict[str, list[str]] = {}
        self.items: dict[str, list[dict[str, Any]]] = {name: [] for name in _KINDS}
        self.team: dict[TeamMember, None] = {}
        self.enclosures: dict[str, bytes] = {}
        self.enclosed: list[tuple[Reading, str]] = []
        self.unread = False
        self.pending: Any = None
        self.pieces: list[Any] = []
        self.concern: dict[str, Any] | None = None
        self.goal: dict[str, Any] | None = None
        self.intervention: dict[str, Any] | None = None
        self.answers: dict[str, int] = {}
        self.order: Segment | None = None
        self.observed: Text = None
        self.above = Above()
        self.cuts: Cuts[tuple[Segment, int]] = Cuts()

    def find(self, severity: Any, code: str, message: str, at: str) -> None:  # noqa: ANN401  # Finding checks it
        """Note a finding at a place; the message never repeats the document."""
        self.findings.append(Finding(severity, code, message, place(at)))

    def text(self, segment: Segment, number: int) -> Text:
        """Take a field's first component as a leaf."""
        raw = segment.take(number)
        if not raw:
            return None
        if self.seps.component in raw or self.seps.repetition in raw:
            raw = datatypes.first(raw, self.seps).split(self.seps.component, 1)[0]
        return datatypes.leaf(raw, self.seps)

    def time(self, segment: Segment, number: int) -> Text:
        """Take a time; one that can't be stays in the segment, and so in the residue, as text."""
        raw = segment.peek(number)
        if not raw:
            return None
        bare = datatypes.head(raw, self.seps)
        if not bare:
            return self.text(segment, number)
        value = datatypes.iso(bare)
        if value is None:
            message = "no such time, it is kept as text beside the plan"
            self.find("warning", "odd_time", message, f"{segment.place}-{number}")
            return None
        segment.take(number)
        return value

    def repetitions(self, segment: Segment, number: int) -> list[str]:
        """Take a field's repetitions, without empty and null ones."""
        raw = segment.take(number)
        if not raw:
            return []
        return [r for r in raw.split(self.seps.repetition) if r and r != datatypes.NULL]

    def put(self, root: str, key: str, value: object, segment: Segment, number: int | str) -> None:
        """Set one field of `header`, `member` or `coverage`; the first value given stays."""
        target: dict[str, Any] = getattr(self, root)
        if value is None or value in ((), "") or key in target:
            return
        target[key] = value
        self.places[f"/{root}/{key}"] = place(f"{segment.place}-{number}")

    def add(self, into: str, segment: Segment, **given: tuple[object, int | str]) -> dict[str, Any]:
        """Append an item to a list of the plan: each field with the number of its source field."""
        items = self.items[into]
        base = f"/{into}/{len(items)}/"
        item: dict[str, Any] = {}
        for key, (value, number) in given.items():
            if value is None or value in ((), ""):
                continue
            item[key] = value
            self.places[base + key] = place(f"{segment.place}-{number}")
        items.append(item)
        return item

    def joined(self, member: TeamMember, segment: Segment, number: int | str) -> None:
        """Add somebody to the care team, once for each role."""
        if member not in self.team:
            self.places[f"/team/{len(self.team)}"] = place(f"{segment.place}-{number}")
            self.team[member] = None

    def say(self, into: str, text: str, at: str) -> None:
        """Append to a list of plain text (`strengths`, `barriers` …)."""
        lines = self.words.setdefault(into, [])
        self.places[f"/{into}/{len(lines)}"] = place(at)
        lines.append(text)

    def raise_confidentiality(self, code: str, at: str) -> None:
        """Set the header's confidentiality to the higher of what was said so far and `code`."""
        before = str(self.header.get("confidentiality", ""))
        if (
            code
            and code in _CONFIDENTIALITY
            and _CONFIDENTIALITY.find(code) > _CONFIDENTIALITY.find(before)
        ):
            self.header["confidentiality"] = code
            self.places["/header/confidentiality"] = place(at)

    def current(self) -> str:
        """Name the item that notes, variances and results belong to, by its id."""
        item = self.intervention or self.goal or self.concern
        return str(item["id"]) if item else ""

    def empty(self) -> bool:
        """Say whether nothing of a plan was read: no item, no note, no file, no words."""
        held = any(self.items.values()) or self.words or self.singles or self.enclosed
        return not held

    def plan(self) -> tuple[Plan, Tally]:
        """Return the frozen plan and the tally of its segments."""
        residue, tally = self._rest()
        member = dict(self.member)
        for key in ("identifiers", "race", "addresses", "telecoms"):
            if key in member and not isinstance(member[key], Absent):
                member[key] = tuple(member[key])
        header = dict(self.header)
        if "recipients" in header:
            header["recipients"] = tuple(header["recipients"])
        lists: dict[str, Any] = {
            name: self._frozen(name) for name, items in self.items.items() if items
        }
        lists |= {name: tuple(lines) for name, lines in self.words.items()}
        lists |= self.singles
        plan = Plan(
            header=Header(**header),
            member=Member(**member),
            coverage=Coverage(**self.coverage),
            team=tuple(self.team),
            residue=residue,
            places=self.places,
            **lists,
        )
        return plan, tally

    def _frozen(self, name: str) -> tuple[Any, ...]:
        kind = _KINDS[name]
        origin = self.origin
        made = []
        for item in self.items[name]:
            if "goals" in item:
                item["goals"] = tuple(item["goals"])
            if "concerns" in item:
                item["concerns"] = tuple(item["concerns"])
            if "interventions" in item:
                item["interventions"] = tuple(item["interventions"])
            if self.labels:
                item["labels"] = tuple(dict.fromkeys((*item.get("labels", ()), *self.labels)))
            item["part2_origin"] = origin
            made.append(kind(**item))
        return tuple(made)

    def _rest(self) -> tuple[tuple[Residue, ...], Tally]:
        """Keep what nobody took, one residue for each segment, and count everything.

        What rules left of a field is a residue of its own.
        """
        residue: list[Residue] = []
        mapped = ignored = rest = 0
        places, origin = self.places, self.origin
        for segment in self.message.segments:
            mapped += segment.mapped
            ignored += segment.ignored
            fields = segment.fields
            if fields.count("") == len(fields) - 1:
                continue
            left = segment.left()
            rest += len(left)
            name = segment.name
            said = [f"{name}-{number}: {_NULLS.get(value, value)}" for number, value in left]
            text = "; ".join(said)
            text = folded(escapes.unescaped(text, self.seps))
            places[f"/residue/{len(residue)}"] = place(segment.place)
            residue.append(Residue(text=text, label=name, labels=self.labels, part2_origin=origin))  # type: ignore[arg-type]  # yes, no or unknown by construction
        for one, at in parting.rests(self):
            rest += 1
            places[f"/residue/{len(residue)}"] = at
            residue.append(one)
        return tuple(residue), Tally(mapped + ignored + rest, mapped, rest, ignored)
