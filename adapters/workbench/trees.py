"""XML laid out as a tree: one row for each element, its attributes and its words.

Places of C-CDA readers are positions (`/*/*[14]/*[1]`); each is one row here. What a claimed
element holds is claimed with it, but a whole section is never claimed by its title alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.xml import opened
from adapters.workbench.laying import MOST, Claims, Layout, short
from hub.canonical.source import Part, Row, Spot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from hub.canonical.source import State

_FRAME: Final = frozenset({"templateId", "typeId", "realmCode", "structuredBody", "component"})
_WIDE: Final = frozenset(
    {"section", "ClinicalDocument", "recordTarget", "patientRole", "patient", "component"}
    | {"structuredBody", "entry", "act", "custodian", "author", "entryRelationship"}
)
"""Elements that a place names for what they are, not for everything below them."""
_VALUED: Final = ("value", "code", "extension", "displayName", "nullFlavor")
_DEEPEST: Final = 24


@dataclass(slots=True, repr=False)
class Tree(Layout):
    """An XML document; `above` gives each spot the one of its parent element."""

    above: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def widened(self, claims: Mapping[str, State]) -> Claims:
        """Return the claims with those of what stands inside a claimed element."""
        wide: Claims = dict(claims)
        for spot, parent in self.above.items():  # parents come before their children
            held = wide.get(parent)
            alone = self.tags[parent] in _WIDE
            if held and spot not in wide and (not alone or self.tags[spot] == "title"):
                wide[spot] = held
        return wide


def tree_of(content: bytes) -> Tree | None:
    """Return an XML document laid out, or None where it does not open."""
    root = opened(content).root
    if root is None:
        return None
    tree = Tree(kind="xml")
    rows: list[Row] = []
    _lay(root, "/*", "", tree, rows)
    tree.parts = [Part(shape="xml", rows=tuple(rows))]
    return tree


def _lay(root: etree._Element, start: str, above: str, tree: Tree, rows: list[Row]) -> None:
    waiting: list[tuple[etree._Element, str, str, int]] = [(root, start, above, 0)]
    while waiting:
        element, at, parent, depth = waiting.pop()
        if len(rows) >= MOST:
            tree.cut = True
            return
        spot = f"x{len(tree.at)}"
        tree.at[at] = spot
        tree.tags[spot] = _local(element.tag)
        if parent:
            tree.above[spot] = parent
        rows.append(_row(element, spot, depth))
        waiting += [
            (child, f"{at}/*[{number}]", spot, depth + 1)
            for number, child in reversed(list(enumerate(element, start=1)))
        ]


def _row(element: etree._Element, spot: str, depth: int) -> Row:
    tag = _local(element.tag)
    hint = " ".join(f'{_local(name)}="{value!s}"' for name, value in element.attrib.items())
    tails = (child.tail or "" for child in element)
    text = " ".join(" ".join([element.text or "", *tails]).split())
    valued = any(name in element.attrib for name in _VALUED)
    quiet = tag in _FRAME or not (text or valued)
    shown = text or (_first(element) if not quiet else "")
    return Row(
        str(element.sourceline or ""),
        (Spot(spot, short(shown), tag, short(hint), "quiet" if quiet else "open"),),
        min(depth, _DEEPEST),
    )


def _first(element: etree._Element) -> str:
    """Return the words of an element that says them in an attribute."""
    return next(
        (
            str(element.attrib[name])
            for name in ("displayName", "value", "extension", "code", "nullFlavor")
            if name in element.attrib
        ),
        "",
    )


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
