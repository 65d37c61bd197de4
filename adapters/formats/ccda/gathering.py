"""What is being gathered from one document: drafts of elements, places, findings and the tally.

Made once per reading by the adapter and handed to every reader of a part. Elements stay drafts
until every link is known, since the plan's own types are frozen. It holds member data and never
leaves the reading.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, cast

from adapters.formats.ccda import narrative, statements
from adapters.formats.ccda.times import iso
from hub.canonical import Absent, Code, Finding, Party, Place, Text

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.habits import Habits
    from adapters.formats.ccda.statements import Fate, Statement
    from hub.canonical.finding import Severity
    from hub.canonical.values import Origin

NULLS: dict[str, Absent] = {
    "NI": Absent("unknown"),
    "UNK": Absent("unknown"),
    "NASK": Absent("unknown"),
    "NAV": Absent("unknown"),
    "ASKU": Absent("asked"),
    "MSK": Absent("masked"),
    "NA": Absent("none"),
}
"""What a nullFlavor says; OTH and NP say nothing by themselves."""


RESTRICTED = frozenset({"restricted"})


@dataclass(slots=True)
class Scope:
    """The section an element stands in, with the protection everything in it inherits.

    `sealed` says that its own confidentiality restricts what has none of its own.
    """

    number: int = 0
    at: str = ""
    title: str = ""
    code: Code | None = None
    kind: str = ""
    counted: bool = True
    text: etree._Element | None = None
    labels: frozenset[str] = frozenset()
    sealed: bool = False
    origin: Origin = "unknown"
    drafts: list[Draft] = field(default_factory=list)


class Draft:
    """An element in the making: its fields so far, its links by the ids the source uses."""

    near: Draft | None = None
    joined: tuple[str, ...] = ()
    refs: tuple[tuple[str, str], ...] = ()
    inner: tuple[tuple[Draft, str], ...] = ()
    progress: tuple[str, str] | None = None
    linked: dict[str, list[str]] | None = None
    types: str | None = None
    levelled: bool = False
    repeated: bool = False
    _place: Place | None = None

    def __init__(self, gathering: Gathering, family: str, number: int, scope: Scope) -> None:
        self.gathering = gathering
        self.family = family
        self.places = gathering.places
        self.pointer = f"/{family}/{number}/"
        self.scope = scope
        self.at = ""
        self.data: dict[str, Any] = {}
        self.labels = scope.labels
        self.origin = scope.origin

    @property
    def marks(self) -> frozenset[str]:
        """The labels of its own markings and its section's; its own level counts before that's."""
        labels = self.labels | self.scope.labels
        near = self.near is not None and self.near.levelled
        return labels | RESTRICTED if self.scope.sealed and not (self.levelled or near) else labels

    def put(self, name: str, value: object, at: str, confidence: float = 1.0) -> None:
        """Set a field and the place it was read at; nothing is set for none or no words."""
        if value is None or value == "":
            return
        self.data[name] = value
        place = self._place
        if place is None or place.at != at or confidence != 1.0:
            place = self._place = Place(at, "xpath", self.family, confidence)
        self.places[self.pointer + name] = place

    def coded(self, codes: list[Code], at: str) -> None:
        """Add codes that are not there yet, each part of a code with its place."""
        held: list[Code] = self.data.setdefault("codes", [])
        for code in codes:
            if code not in held:
                self._code(f"{self.pointer}codes/{len(held)}/", code, at)
                held.append(code)

    def _code(self, pointer: str, code: Code, at: str) -> None:
        places = self.gathering.places
        place = Place(at, "xpath", "code")
        if code.system:
            places[pointer + "system"] = place
        if code.code:
            places[pointer + "code"] = place
        if code.display:
            places[pointer + "display"] = place

    def says(self, text: str) -> bool:
        """Say whether the element already holds these words, in a field or a code's display."""
        wanted = "".join(text.split()).lower()
        for name in ("text", "name", "result"):
            held = self.data.get(name)
            if isinstance(held, str) and wanted in "".join(held.split()).lower():
                return True
        return any(text == code.display for code in self.data.get("codes", ()))

    def link(self, name: str, target: str, at: str) -> bool:
        """Add a link to an element's id; says whether it was new."""
        if self.linked is None:
            self.linked = {}
        held = self.linked.setdefault(name, [])
        if target in held:
            return False
        self.gathering.leaf(f"{self.pointer}{name}/{len(held)}", at, "link")
        held.append(target)
        return True


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401  # any class
    """Return the fields of a class of parts; words, numbers and absences have none."""
    if kind is Absent or not is_dataclass(kind):
        return ()
    return tuple(one.name for one in fields(kind))


class Gathering:
    """Everything read so far from one document."""

    def __init__(self, root: etree._Element, habits: Habits) -> None:
        self.root = root
        self.habits = habits
        self.places: dict[str, Place] = {}
        self.findings: list[Finding] = []
        self.drafts: dict[str, list[Draft]] = {}
        self.absent: dict[str, Absent] = {}
        self.known: dict[str, list[Draft]] = {}
        self.noted: set[str] = set()
        self.scopes: list[Scope] = []
        self.header = Scope(title="header")
        self.member_ids: set[str] = set()
        self.authors: set[str] = set()
        self.people: dict[str, Party] = {}
        self.authored: set[str] = set()
        self.coverage: dict[str, str] = {}
        self.lone: dict[str, Any] = {}
        self.lent: dict[str, int] = {}
        self.enclosures: dict[str, bytes] = {}
        self.document_labels: frozenset[str] = frozenset()
        self.document_origin: Origin = "unknown"
        self.written = ""
        self.guarded = False
        self.items = 0
        self.recognised = 0
        self.fates: dict[str, int] = {"mapped": 0, "residue": 0, "ignored": 0}

    def let_go(self) -> None:
        """Forget drafts and sections, which know each other, so that they are freed at once."""
        for scope in (*self.scopes, self.header):
            scope.drafts.clear()
        for held in (self.scopes, self.drafts, self.known):
            held.clear()

    def aside(self) -> Gathering:
        """Return an empty gathering, for what is read only to be compared."""
        return Gathering(self.root, self.habits)

    def leaf(self, pointer: str, at: str, rule: str) -> None:
        """Remember where a leaf was read."""
        self.places[pointer] = Place(at, "xpath", rule)

    def place(self, at: str, rule: str) -> Place:
        """Return a place in this document."""
        return Place(at, "xpath", rule)

    def spread(self, pointer: str, value: object, at: str, rule: str) -> None:
        """Remember one place for every leaf of a value made of parts."""
        if value is not None:
            self._scatter(pointer, value, Place(at, "xpath", rule))

    def _scatter(self, pointer: str, value: object, place: Place) -> None:
        kind = type(value)
        if kind is tuple or kind is list:
            for number, item in enumerate(cast("tuple[object, ...]", value)):
                self._scatter(f"{pointer}/{number}", item, place)
            return
        names = _names(cast("Any", kind))
        if not names:
            self.places[pointer] = place
            return
        for name in names:
            item = getattr(value, name)
            if type(item) is str:
                self.places[f"{pointer}/{name}"] = place
            elif item is not None and item != ():
                self._scatter(f"{pointer}/{name}", item, place)

    def find(self, code: str, message: str, at: str, severity: Severity = "warning") -> None:
        """Record a finding at a place; its message never holds what the document says."""
        self.findings.append(Finding(severity, code, message, Place(at, "xpath", code)))

    def new(self, family: str, at: str, scope: Scope) -> Draft:
        """Begin an element of a family."""
        held = self.drafts.setdefault(family, [])
        draft = Draft(self, family, len(held), scope)
        draft.at = at
        held.append(draft)
        scope.drafts.append(draft)
        return draft

    def spare(
        self, text: str, label: str, at: str, scope: Scope, near: Draft | None = None
    ) -> None:
        """Keep what fits no field, under the protection of the element it stood beside."""
        if not text or (near is not None and near.says(text)):
            return
        draft = self.new("residue", at, scope)
        draft.put("text", text, at)
        draft.put("label", label, at)
        if near is not None:
            draft.near = near

    def fated(self, statement: Statement, fate: Fate) -> None:
        """Settle a statement's fate, once."""
        if not statement.fate:
            statement.fate = fate
            self.fates[fate] += 1

    def item(self, fate: Fate) -> None:
        """Count one item of the source that isn't a statement, with its fate."""
        self.items += 1
        self.fates[fate] += 1

    def referred(self, reference: str) -> etree._Element | None:
        """Return the narrative element that `#id` names, anywhere in the document."""
        mark = reference.removeprefix("#")
        target = self.marks.get(mark)
        if target is not None:
            self.lent[mark] = self.lent.get(mark, 0) + 1
        return target

    @functools.cached_property
    def marks(self) -> dict[str, etree._Element]:
        """Every narrative element with an `ID`, by that id."""
        return narrative.marked(self.root)

    @functools.cached_property
    def referring(self) -> set[str]:
        """Every id that an entry anywhere refers to; made only for a narrative that says more."""
        return {(one.get("value") or "").removeprefix("#") for one in self.root.iter("reference")}

    @functools.cached_property
    def entries(self) -> dict[str, etree._Element]:
        """Every statement by its ids; made only where a reference leads to no element."""
        return statements.entries(self.root)

    def time(self, element: etree._Element, at: str) -> Text:
        """Return a time in ISO 8601, an explicit absence, or an illegal value word for word."""
        value = element.get("value")
        if not value:
            return NULLS.get(element.get("nullFlavor") or "")
        legal = iso(value)
        if legal is None:
            self.find("odd_time", "is not a legal time; kept word for word", at)
            return " ".join(value.split())
        return legal
