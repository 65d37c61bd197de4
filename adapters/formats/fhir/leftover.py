"""Whatever no mapping claimed, kept: clinical codes as notes with the code, files, and residue.

Called last. Walks every resource's leaves; one row per element of a resource, so that a reader sees
`Immunization: …` as one line. Protection is that of the resource. It counts the tally: every leaf
of the document is mapped, residue or ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.fhir import files
from adapters.formats.fhir.datatypes import ABSENT_REASON
from adapters.formats.fhir.entries import Resource
from adapters.formats.fhir.nodes import Node, escaped, leaves
from hub.canonical import Code, Sealed, Tally, folded

if TYPE_CHECKING:
    from adapters.formats.fhir.gathering import Gathering

MACHINERY: Final = ("resourceType", "id", "language", "implicitRules")
_META: Final = ("versionId", "lastUpdated", "profile", "source", "tag")
_QUIET: Final = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "urn:icp:1", "urn:ietf:")


def sweep(gathering: Gathering) -> None:
    """Settle every leaf of every resource; left-over words become residue in their order."""
    held = {id(one.node.value) for one in gathering.library.resources}
    root = gathering.library.root
    resources = list(gathering.library.resources)
    if id(root.value) not in held:
        resources.append(Resource(root, "", None))
    for one in resources:
        _machinery(gathering, one)
        swept = _Sweep(gathering, one, held)
        swept.walk(one.node, one.kind)
        swept.keep()


def _machinery(gathering: Gathering, one: Resource) -> None:
    """Drop what identifies and types a resource and its element, and no more."""
    node = one.node
    if id(one) in gathering.made:
        node.drop("identifier")
    node.drop(*(name for name in MACHINERY if f"{node.at}/{name}" not in node.fates))
    meta = node.part("meta")
    if meta is not None:
        for name in _META:
            if f"{meta.at}/{name}" not in node.fates:
                meta.drop(name)


class _Sweep(Sealed):
    """The walk over one resource; `rows` are the left-over words by the element they stand in."""

    __slots__ = ("gathering", "held", "one", "rows", "untouched")

    def __init__(self, gathering: Gathering, one: Resource, held: set[int]) -> None:
        self.gathering = gathering
        self.one = one
        self.held = held
        self.rows: dict[str, list[str]] = {}
        whole = leaves(one.node.value, one.node.at, one.node.fates)
        self.untouched = not any(fate == "mapped" for _, _, fate in whole)

    def walk(self, node: Node, label: str) -> None:
        """Gather unclaimed words; recursion ends as the document does."""
        if node.at in node.fates:
            return
        if isinstance(node.value, dict):
            self._object(node, label)
        elif isinstance(node.value, list):
            for number, inner in enumerate(node.value):
                self.walk(Node(inner, f"{node.at}/{number}", node.fates), label)
        elif words := node.words():
            node.claim("residue")
            self.rows.setdefault(label, []).append(f"{_named(node.at)}{words}")
        else:
            node.claim("ignored")

    def _object(self, node: Node, label: str) -> None:
        own = node is self.one.node
        if id(node.value) in self.held and not own:
            return
        if node.said("url") == ABSENT_REASON:
            node.claim("ignored")
            return
        if files.is_file(node.value) and f"{node.at}/data" not in node.fates:
            files.enclose(self.gathering, node, self.one, label)
        self._reference(node)
        if _coded(self.gathering, node, self.one, label):
            return
        for key, inner in node.value.items():
            part = Node(inner, f"{node.at}/{escaped(key)}", node.fates)
            self.walk(part, f"{self.one.kind}.{key}" if own else label)

    def _reference(self, node: Node) -> None:
        """Drop a reference to a resource that is in the document: that resource is kept itself."""
        reference = node.said("reference")
        if reference and self.gathering.library.find(reference, self.one) is not None:
            node.drop("reference", "display", "type")
        elif reference and not self.untouched:
            message = "leads to nothing in this document; send both together"
            self.gathering.find("dangling_reference", message, node.at)

    def keep(self) -> None:
        """Make residue of the words; a resource nothing was read of is one row."""
        rows = self.rows
        if self.untouched and rows:
            parts = [
                f"{label.rpartition('.')[2]}: {', '.join(told)}" for label, told in rows.items()
            ]
            rows = {self.one.kind: parts}
        for label, told in rows.items():
            draft = self.gathering.new("residue", self.one.node, self.one)
            draft.put("text", folded("; ".join(told)), self.one.node.at)
            draft.put("label", label, self.one.node.at)


def _named(at: str) -> str:
    """Return the element's own name before its words, unless it is a number or the value itself."""
    name = at.rpartition("/")[2]
    plain = name.isdigit() or name.startswith("value") or name in {"text", "display", "reference"}
    return "" if plain else f"{name} "


def _coded(gathering: Gathering, node: Node, one: Resource, label: str) -> bool:
    """Keep an unclaimed clinical code as a note with that code, so that it is labelled by it."""
    value = node.value
    system, code = node.said("system"), node.said("code")
    if (
        not (system and code)
        or "/meta/" in node.at
        or "value" in value
        or (system.startswith(_QUIET) and "/sid/" not in system)
    ):
        return False
    if f"{node.at}/code" in node.fates:
        return False
    display = node.said("display")
    draft = gathering.note(display or code, label, node.at, one)
    if draft is not None:
        draft.data["code"] = made = Code(system, code, display or None)
        gathering.spread(f"{draft.pointer}/code", made, node.at)
    node.claim()
    return True


def tally(root: Any, fates: dict[str, Any]) -> Tally:  # noqa: ANN401  # JSON of any shape
    """Count every leaf of the document by its fate; what is outside all resources is envelope."""
    counts = {"mapped": 0, "residue": 0, "ignored": 0}
    for _, _, fate in leaves(root, "", fates):
        counts[fate or "ignored"] += 1
    return Tally(sum(counts.values()), **counts)
