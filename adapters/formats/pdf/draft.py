"""A plan while it is filled: its JSON, where each leaf was read, and what did not fit.

`filling` makes one and sets its leaves by the rules of a profile, `nothings` and `onesame` settle
what several rows say, the readers add their notes. It transforms nothing and asks no rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from adapters.formats.pdf.claims import Found, Left
from adapters.profiles import Cuts
from hub.canonical import Finding, Place, Sealed, wire

if TYPE_CHECKING:
    from hub import canonical


@dataclass(slots=True, repr=False)
class Draft(Sealed):
    """A plan being filled: its JSON, its places, and what didn't fit."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    refused: list[Found] = field(default_factory=list)
    landed: list[Found] = field(default_factory=list)
    cuts: Cuts[tuple[Found, str]] = field(default_factory=Cuts)
    none: list[tuple[str, Found]] = field(default_factory=list)
    again: set[tuple[str, int]] = field(default_factory=set)
    passed: list[Found] = field(default_factory=list)

    def keep(self, found: Found, label: str) -> None:
        """Keep a value that fits nowhere as residue."""
        self.left.append(Left(found.text, found.place, label))
        self.refused.append(found)

    def note(self, section: tuple[str, Place], text: tuple[str, Place]) -> None:
        """Add a note with its heading."""
        number = len(self.data.setdefault("notes", []))
        self.data["notes"].append({})
        self.put(("notes", str(number), "section"), *section)
        self.put(("notes", str(number), "text"), *text)

    def put(self, path: tuple[str, ...], value: object, place: Place) -> None:
        """Set a leaf and note where it was read."""
        here: Any = self.data
        for name, below in pairwise(path):
            here = _step(here, name, [] if below.isdigit() else {})
        if isinstance(here, list):
            here.append(value)
        else:
            here[path[-1]] = value
        pointer = "/" + "/".join(path)
        if isinstance(value, list) and value:
            self.places.update({f"{pointer}/{n}": place for n in range(len(value))})
        else:
            self.places[pointer] = place

    def plan(self) -> canonical.Plan:
        """Return the filled plan with its residue and places."""
        data = dict(self.data)
        data["residue"] = [{"text": one.text, "label": one.label or None} for one in self.left]
        data["places"] = {
            **{pointer: _json(place) for pointer, place in self.places.items()},
            **{f"/residue/{n}/text": _json(one.place) for n, one in enumerate(self.left)},
            **{
                f"/residue/{n}/label": _json(one.labelled or one.place)
                for n, one in enumerate(self.left)
                if one.label
            },
        }
        return wire.decode_plan(wire.encode(data))


def _json(place: Place) -> dict[str, object]:
    return {
        "at": place.at,
        "kind": place.kind,
        "rule": place.rule,
        "confidence": place.confidence,
    }


def _step(here: Any, name: str, empty: object) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(here, list):
        while len(here) <= int(name):
            here.append({})
        return here[int(name)]
    return here.setdefault(name, empty)
