"""`python -m tests.cda_depth`: how much of every whole C-CDA of the shared corpora a plan holds.

The source is read anew here, never by an adapter's own code: the words of each narrative, each
coded entry of the four care-plan sections, each relation between two of them. Prints what falls
short by vendor, and ends with 1 when something does. It never prints what a document says.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from adapters.formats.ccda import ADAPTER
from hub.canonical import Document, each, wire
from tests.reading_laws import LEAST_KEPT, cda_root, narrative_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import etree

    from hub.canonical import Plan

CORPORA = Path(__file__).parents[2] / "shared" / "corpora" / "ccda"
V3 = "{urn:hl7-org:v3}"
console = Console(highlight=False, soft_wrap=True, markup=False)
_C = "2.16.840.1.113883.10.20.22.4."
FOUR = {
    "75310-3": "concerns",
    "61146-7": "goals",
    "62387-6": "interventions",
    "11383-7": "outcomes",
}
KINDS = {
    _C + "121": "goals",
    _C + "132": "concerns",
    _C + "136": "concerns",
    _C + "131": "interventions",
    _C + "146": "interventions",
    _C + "144": "outcomes",
}
LINKS = frozenset(
    {
        ("goals", "concerns"),
        ("interventions", "goals"),
        ("interventions", "concerns"),
        ("outcomes", "goals"),
        ("outcomes", "interventions"),
    }
)
_STATEMENTS = frozenset(
    V3 + name
    for name in (
        *("act", "observation", "procedure", "encounter"),
        *("substanceAdministration", "supply", "organizer"),
    )
)
_PEOPLE = (f"{V3}author", f"{V3}performer", f"{V3}informant")
_REFERENCE = _C + "122"
_NAMELESS = frozenset(
    {
        *("ASSERTION", "CONC", "DOCCLIN", "SEV", "225773000", *FOUR),
        *("362956003", "29308-4", "64572001", "75326-9", "75323-6", "282291009"),
    }
)
"""Codes that say only that there is a concern, a preference, a diagnosis or a procedure."""
_RANKS = frozenset({"394849002", "394848005", "441808003"})
"""Priorities, which a plan tells in words."""


@dataclass(slots=True)
class Depth:
    """What one document's plan holds of what its source says; the lists name places."""

    vendor: str
    sections: int = 0
    words: int = 0
    missing: int = 0
    short: list[str] = field(default_factory=list)
    entries: int = 0
    unmapped: list[str] = field(default_factory=list)
    links: int = 0
    unlinked: list[str] = field(default_factory=list)
    codes: int = 0
    uncoded: list[str] = field(default_factory=list)
    refused: str = ""


@dataclass(slots=True)
class _Node:
    """A statement of the source that the template knows: what it is, where, and its ids."""

    kind: str
    at: str
    ids: tuple[tuple[str | None, str | None], ...]
    element: etree._Element


def measured(content: bytes, vendor: str = "") -> Depth | None:
    """Return how much of a whole CDA document its plan holds, none where it is none."""
    root = cda_root(content)
    if root is None or root.find(f"{V3}component") is None:
        return None
    depth = Depth(vendor)
    reading = ADAPTER.read(Document(content))
    if not reading.plans:
        depth.refused = next((one.code for one in reading.findings if one.severity == "error"), "")
        return depth
    for number, words, missing in narrative_kept(root, reading):
        depth.sections += 1
        depth.words += words
        depth.missing += missing
        if missing > words * (1 - LEAST_KEPT):
            depth.short.append(f"section {number}: {missing} of {words} words")
    _entries(root, reading.plans[0], depth)
    _relations(root, reading.plans[0], depth)
    return depth


def spelt(element: etree._Element) -> str:
    """Return an element's place by the positions of its ancestors, as the reader writes it."""
    steps = []
    while (parent := element.getparent()) is not None:
        place = sum(1 for one in element.itersiblings(preceding=True) if isinstance(one.tag, str))
        steps.append(f"/*[{place + 1}]")
        element = parent
    return "/*" + "".join(reversed(steps))


def _families(plan: Plan, at: str) -> dict[str, set[str]]:
    """Return the elements read from a statement or from inside it, by family."""
    found: dict[str, set[str]] = {}
    for pointer, place in plan.places.items():
        if place.at == at or place.at.startswith(f"{at}/"):
            _, family, number, *_ = (*pointer.split("/"), "", "")
            found.setdefault(family, set()).add(number)
    return found


def _entries(root: etree._Element, plan: Plan, depth: Depth) -> None:
    """Count the coded entries of the four sections, and those no element was read from."""
    said = {word for text in _told_by(plan) for word in text.split()}
    for section in root.iter(f"{V3}section"):
        code = section.find(f"{V3}code")
        kind = FOUR.get(code.get("code") or "") if code is not None else None
        if kind is None or (section.get("nullFlavor") and not section.find(f"{V3}entry")):
            continue
        for entry in section.iterchildren(f"{V3}entry"):
            for statement in entry:
                if statement.tag in _STATEMENTS and _coded(statement):
                    depth.entries += 1
                    _codes(statement, said, depth)
                    at = spelt(statement)
                    held = _families(plan, at)
                    if not (set(held) - {"residue", "notes", "team"}):
                        depth.unmapped.append(f"{kind} {at}")


def _codes(statement: etree._Element, said: set[str], depth: Depth) -> None:
    """Count the codes in an entry, and those that stand nowhere in the plan."""
    for name in ("code", "value", "translation"):
        for one in statement.iter(V3 + name):
            code = one.get("code")
            if code in _NAMELESS | _RANKS or any(True for _ in one.iterancestors(*_PEOPLE)):
                continue
            if code and one.get("codeSystem"):
                depth.codes += 1
                if not {code, f"({code})", f"({code});", f"{code},", f"({code}),"} & said:
                    depth.uncoded.append(f"code {code} {spelt(one)}")


def _told_by(plan: Plan) -> Iterator[str]:
    data = wire.plain(plan)
    data.pop("places", None)
    stack = [data]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list):
            stack += one


def _coded(statement: etree._Element) -> bool:
    if (
        statement.get("nullFlavor")
        or statement.find(f"{V3}reference/{V3}externalDocument") is not None
    ):
        return False  # an entry that only names another document is no element of a plan
    if statement.get("negationInd") == "true":  # one that names nothing is an absence
        named = statement.iter(f"{V3}code", f"{V3}value")
        return any(one.get("code") not in {None, *_NAMELESS} for one in named)
    return any(
        one.get("code") or one.get("value") for one in statement.iter(f"{V3}code", f"{V3}value")
    )


def _nodes(root: etree._Element) -> Iterator[_Node]:
    for element in root.iter(*_STATEMENTS):
        roots = {one.get("root") for one in element.iterchildren(f"{V3}templateId")}
        kind = next((KINDS[one] for one in roots if one in KINDS), None)
        if kind is not None:
            ids = tuple(
                (one.get("root"), one.get("extension"))
                for one in element.iterchildren(f"{V3}id")
                if one.get("root") or one.get("extension")
            )
            yield _Node(kind, spelt(element), ids, element)


def _relations(root: etree._Element, plan: Plan, depth: Depth) -> None:
    """Count the relations between elements of the four kinds, and those no link tells."""
    nodes = list(_nodes(root))
    by_id: dict[tuple[str | None, str | None], list[_Node]] = {}
    for node in nodes:
        for key in node.ids:
            by_id.setdefault(key, []).append(node)
    by_element = {node.element: node for node in nodes}
    held = _linked(plan)
    for node in nodes:
        for other in _related(node, by_id, by_element):
            pair = (node.kind, other.kind)
            if pair in LINKS or pair[::-1] in LINKS:
                depth.links += 1
                if not _told(plan, held, node, other):
                    depth.unlinked.append(f"{node.kind} {node.at} to {other.kind} {other.at}")


def _related(
    node: _Node,
    by_id: dict[tuple[str | None, str | None], list[_Node]],
    by_element: dict[etree._Element, _Node],
) -> Iterator[_Node]:
    for relation in node.element.iterchildren(f"{V3}entryRelationship"):
        for inner in relation:
            if inner in by_element:
                yield by_element[inner]
            roots = {one.get("root") for one in inner.iterchildren(f"{V3}templateId")}
            if _REFERENCE in roots:
                for key in inner.iterchildren(f"{V3}id"):
                    yield from by_id.get((key.get("root"), key.get("extension")), ())


def _linked(plan: Plan) -> set[tuple[str, str]]:
    """Return every link of a plan as a pair of ids, in both directions."""
    found: set[tuple[str, str]] = set()
    for family in (plan.goals, plan.interventions, plan.outcomes):
        for one in each(family):
            for name in ("concerns", "goals", "interventions"):
                found |= {(one.id or "", other) for other in getattr(one, name, ())}
    return found | {(other, one) for one, other in found}


def _told(plan: Plan, held: set[tuple[str, str]], node: _Node, other: _Node) -> bool:
    ours, theirs = _ids(plan, node), _ids(plan, other)
    return any((one, two) in held for one in ours for two in theirs)


def _ids(plan: Plan, node: _Node) -> set[str]:
    items = each(getattr(plan, node.kind))
    numbers = _families(plan, node.at).get(node.kind, set())
    return {items[int(n)].id or "" for n in numbers if n.isdigit() and int(n) < len(items)}


def vendor_of(path: Path) -> str:
    """Return whose document a file of the corpora is, by its folders."""
    parts = path.relative_to(CORPORA).parts
    return "/".join(parts[: 2 if len(parts) > 2 else 1])


def documents(under: Sequence[str] = ()) -> Iterator[Path]:
    """Yield every file of the C-CDA corpora, those whose path holds one of these words."""
    for path in sorted(CORPORA.rglob("*")):
        if path.is_file() and (not under or any(word in str(path) for word in under)):
            yield path


def main() -> int:
    """Measure what is asked for; return 1 where something falls short."""
    parser = argparse.ArgumentParser(prog="python -m tests.cda_depth", description=__doc__)
    parser.add_argument("under", nargs="*", help="words a path holds")
    parser.add_argument("--list", action="store_true", help="name every place that falls short")
    given = parser.parse_args()
    if not CORPORA.is_dir():
        console.print(f"skipped: the shared corpora are not at {CORPORA}")
        return 0
    found = [
        (p, d) for p in documents(given.under) if (d := measured(p.read_bytes(), vendor_of(p)))
    ]
    vendors: dict[str, list[Depth]] = {}
    for path, depth in found:
        vendors.setdefault(depth.vendor, []).append(depth)
        for line in (
            (*depth.short, *depth.unmapped, *depth.unlinked, *depth.uncoded) if given.list else ()
        ):
            console.print(f"{path.relative_to(CORPORA)}: {line}")
    for vendor, depths in vendors.items():
        if any(lacks(one) for one in depths):
            console.print(f"{vendor}: {_summary(depths)}")
    console.print(f"all: {_summary([depth for _, depth in found])}")
    refused = Counter(depth.refused for _, depth in found if depth.refused)
    console.print("refused: " + ", ".join(f"{code} {count}" for code, count in refused.items()))
    return int(any(lacks(depth) for _, depth in found))


def lacks(depth: Depth) -> bool:
    """Say whether a plan lacks anything that its source says."""
    return bool(depth.short or depth.unmapped or depth.unlinked or depth.uncoded)


def _summary(depths: Sequence[Depth]) -> str:
    def total(name: str) -> int:
        return sum(
            len(value) if isinstance(value := getattr(one, name), list) else value for one in depths
        )

    return (
        f"{len(depths)} documents, {total('sections')} narratives of which {total('short')} short, "
        f"{total('missing')} of {total('words')} words missing, {total('unmapped')} of "
        f"{total('entries')} entries unmapped, {total('unlinked')} of {total('links')} links lost, "
        f"{total('uncoded')} of {total('codes')} codes nowhere"
    )


if __name__ == "__main__":
    sys.exit(main())
