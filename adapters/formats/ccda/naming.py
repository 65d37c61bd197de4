"""Spells places out: positions as the reader kept them, to XPaths a person can follow.

Called by `icp-hub read --json` and the console, never while reading. It opens the same bytes the
same way, so the positions mean the same elements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from adapters.formats.ccda.tags import local
from adapters.formats.xml import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from hub.canonical import Place

_STEP = re.compile(r"/\*\[(\d+)\]")


def spelled(document: bytes, places: Mapping[str, Place]) -> dict[str, Place]:
    """Return the same places with names in their paths: `/ClinicalDocument/component[1]/…`."""
    root = opened(document).root
    if root is None:
        return dict(places)
    paths: dict[str, str] = {}
    found: dict[str, Place] = {}
    for pointer, place in places.items():
        if place.at not in paths:
            paths[place.at] = _path(root, place.at) if place.at.startswith("/*") else place.at
        found[pointer] = structs.replace(place, at=paths[place.at])
    return found


def _path(root: etree._Element, at: str) -> str:
    steps = [f"/{local(root.tag)}"]
    here = root
    for position in _STEP.findall(at):
        number = int(position) - 1
        if number >= len(here):
            return at
        child = here[number]
        alike = 1 + sum(1 for _ in child.itersiblings(child.tag, preceding=True))
        steps.append(f"/{local(child.tag)}[{alike}]")
        here = child
    return "".join(steps)
