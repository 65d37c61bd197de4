"""The resources of a document and the references between them; nothing is ever fetched.

A Bundle's entries, the Bundles in it, and contained resources are found by full URL, by type and
id, and by `#id`. A reference leads to a resource in this document or nowhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.fhir.nodes import Fate, Node

_LITERAL: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/.*)?")
_BUNDLES: Final = 3


class Resource(Sealed):
    """One resource: where it is, what kind, and whether it may be taken as fact."""

    __slots__ = (
        "inner",
        "kind",
        "labels",
        "node",
        "origin",
        "own_id",
        "released",
        "taken",
        "url",
        "within",
    )

    def __init__(self, node: Node, url: str, within: Resource | None) -> None:
        self.node = node
        self.kind = node.said("resourceType")
        self.own_id = node.said("id")
        self.url = url
        self.within = within
        self.inner: dict[str, Resource] = {}
        self.labels: frozenset[str] = frozenset()
        self.origin = False
        self.taken = False
        self.released = False


class Library(Sealed):
    """Every resource of one document, in its order."""

    __slots__ = ("_by_url", "fates", "resources", "root", "twins")

    def __init__(self, root: Node) -> None:
        self.root = root
        self.fates: dict[str, Fate] = root.fates
        self.resources: list[Resource] = []
        self.twins: list[Resource] = []
        self._by_url: dict[str, Resource] = {}
        for node, url in _entries(root, 0):
            self._shelve(node, url, None)

    def _shelve(self, node: Node, url: str, within: Resource | None) -> None:
        one = Resource(node, url, within)
        if within is not None:
            within.inner[one.own_id.removeprefix("#")] = one
        elif self._twin(one):
            return
        self.resources.append(one)
        for inner in node.each("contained"):
            if isinstance(inner.value, dict):
                self._shelve(inner, "", one if within is None else within)

    def _twin(self, one: Resource) -> bool:
        """File a resource by its names; say whether the very same one was there before."""
        names = [
            name for name in (one.url, f"{one.kind}/{one.own_id}" if one.own_id else "") if name
        ]
        held = next((self._by_url[name] for name in names if name in self._by_url), None)
        if held is not None:
            if held.node.value == one.node.value:
                one.node.claim("ignored")
                return True
            self.twins.append(one)
        for name in names:
            self._by_url.setdefault(name, one)
        return False

    def find(self, reference: str, frm: Resource) -> Resource | None:
        """Return the resource a reference names, seen from the resource that makes it."""
        if reference.startswith("#"):
            holder = frm.within or frm
            return holder if reference == "#" else holder.inner.get(reference[1:])
        found = self._by_url.get(reference) or self._by_url.get(reference.partition("#")[0])
        if found is not None:
            return found
        literal = _LITERAL.fullmatch(reference)
        return self._by_url.get(literal[1]) if literal is not None else None

    def of(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of these kinds, in the document's order."""
        return (one for one in self.resources if one.kind in kinds)


def _entries(root: Node, depth: int) -> Iterator[tuple[Node, str]]:
    if root.said("resourceType") != "Bundle":
        yield root, ""
        return
    root.drop("resourceType", "id", "type", "total", "link", "signature")
    for entry in root.each("entry"):
        entry.drop("fullUrl", "link", "search", "response", "request")
        inner = entry.part("resource")
        if inner is None or not isinstance(inner.value, dict):
            continue
        if inner.said("resourceType") == "Bundle" and depth < _BUNDLES:
            yield from _entries(inner, depth + 1)
        else:
            yield inner, entry.said("fullUrl")
