"""What is gathered while a document is read: drafts of elements, their places, findings, files.

Every mapping writes here. A draft links to drafts, so that ids are given once at the end. Nothing
in here is a plan yet: `finishing` makes it one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import house
from adapters.formats.fhir.datatypes import codes as codes_of
from adapters.formats.fhir.datatypes import iso, text
from hub.canonical import Absent, Code, Finding, Place, Sealed

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Library, Resource
    from adapters.formats.fhir.nodes import Node
    from hub.canonical.finding import Severity

_DATED: Final = frozenset({"onset", "start", "end", "due", "date", "written_on", "birth_date"})


class Draft(Sealed):
    """An element in the making: its fields so far, and the drafts it links to."""

    __slots__ = ("at", "data", "family", "gathering", "id", "labels", "linked", "number", "origin")

    def __init__(self, gathering: Gathering, family: str, number: int, at: str) -> None:
        self.gathering = gathering
        self.family = family
        self.number = number
        self.at = at
        self.id = ""
        self.data: dict[str, Any] = {}
        self.linked: dict[str, dict[int, tuple[Draft, str]]] = {}
        self.labels: set[str] = set()
        self.origin = False

    @property
    def pointer(self) -> str:
        """The pointer of the element in the plan."""
        return f"/{self.family}/{self.number}"

    def put(self, name: str, value: Any, at: str) -> None:  # noqa: ANN401  # any field's value
        """Set a field and the place it was read at; nothing is set for none or no words."""
        if value is None or value == "":
            return
        if name in _DATED and isinstance(value, str) and not iso(value):
            self.gathering.find("odd_time", "is not a legal time; kept word for word", at)
        self.data[name] = value
        self.gathering.leaf(f"{self.pointer}/{name}", at, self.family)

    def take(self, name: str, node: Node | None, part: str) -> None:
        """Set a field from a leaf of the document, or from the reason it has none."""
        if node is not None and name not in self.data:
            self.put(name, *text(node, part))

    def coded(self, node: Node | None, *, but: tuple[str, ...] = ()) -> None:
        """Add a concept's codes that are not there yet; systems in `but` are ours to know."""
        for code, at in codes_of(node, beside=False):
            if not (code.system or "").startswith(but or "\0"):
                self.code(code, at)

    def code(self, code: Code, at: str) -> None:
        """Add a code, each part with its place, unless it is there."""
        held: list[Code] = self.data.setdefault("codes", [])
        if code in held:
            return
        where = f"{self.pointer}/codes/{len(held)}"
        for name in ("system", "code", "display"):
            if getattr(code, name):
                self.gathering.leaf(f"{where}/{name}", at, "code")
        held.append(code)

    def link(self, name: str, to: Draft, at: str) -> None:
        """Link to another element, once."""
        self.linked.setdefault(name, {}).setdefault(to.number, (to, at))

    def overlay(self, node: Node, kind: type) -> None:
        """Take the fields our own renderer could not say in FHIR from its extension."""
        for name, value, at in house.fields(node, kind):
            if name in self.data:
                self.gathering.forget(f"{self.pointer}/{name}", self.data[name])
            self.data[name] = value
            if name == "codes":
                self.data[name] = list(value)
            self.gathering.spread(f"{self.pointer}/{name}", value, at)


class Gathering(Sealed):
    """Everything read so far from one document."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.places: dict[str, Place] = {}
        self.findings: list[Finding] = []
        self.told: set[tuple[str, str]] = set()
        self.drafts: dict[str, list[Draft]] = {}
        self.made: dict[int, list[Draft]] = {}
        self.absent: dict[str, Absent] = {}
        self.header: dict[str, Any] = {}
        self.coverage: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        self.enclosures: dict[str, bytes] = {}
        self.labels: frozenset[str] = frozenset()
        self.origin = False
        self.member: Resource | None = None
        self.plan: Resource | None = None

    def leaf(self, pointer: str, at: str, rule: str) -> None:
        """Remember where a leaf was read."""
        self.places[pointer] = Place(at, "pointer", rule)

    def forget(self, pointer: str, value: object = "") -> None:
        """Drop the places of a value that another one takes the place of."""
        for below in house.leaves(value):
            self.places.pop(pointer + below, None)

    def spread(self, pointer: str, value: object, at: str) -> None:
        """Remember one place for every leaf of a value made of parts."""
        for below in house.leaves(value):
            self.leaf(pointer + below, at, pointer.split("/")[1])

    def find(self, code: str, message: str, at: str, severity: Severity = "warning") -> None:
        """Record a finding at a place; its message never holds what the document says."""
        one = Finding(severity, code, message, Place(at, "pointer", code))
        if (code, at) not in self.told:
            self.told.add((code, at))
            self.findings.append(one)

    def new(self, family: str, node: Node, one: Resource | None) -> Draft:
        """Begin an element of a family, protected as the resource it is read from."""
        held = self.drafts.setdefault(family, [])
        draft = Draft(self, family, len(held), node.at)
        if one is not None:
            draft.labels |= one.labels
            draft.origin = one.origin
            self.made.setdefault(id(one), []).append(draft)
        held.append(draft)
        return draft

    def of(self, one: Resource | None, family: str) -> Draft | None:
        """Return the first element of a family read from a resource."""
        found = self.made.get(id(one), ()) if one is not None else ()
        return next((draft for draft in found if draft.family == family), None)

    def note(self, words: str, title: str, at: str, one: Resource | None) -> Draft | None:
        """Keep words as a note under a title."""
        if not words:
            return None
        draft = self.new("notes", one.node if one is not None else self.library.root, one)
        draft.at = at
        draft.put("section", title, at)
        draft.put("text", words, at)
        return draft

    def annotations(self, node: Node, title: str, one: Resource) -> None:
        """Keep a resource's annotations (`note`) as notes."""
        for note in node.each("note"):
            words, at = note.take("text")
            self.note(words, title, at, one)

    def refers(self, node: Node | None, frm: Resource) -> Resource | None:
        """Return the resource a Reference leads to here; one that leads nowhere is a finding."""
        if node is None:
            return None
        reference = node.said("reference")
        if not reference:
            return None
        found = self.library.find(reference, frm)
        if found is None:
            self.find(
                "dangling_reference",
                "leads to nothing in this document; send both together",
                node.at,
            )
            return None
        node.drop("reference", "display", "type")
        return found
