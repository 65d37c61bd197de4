"""The nouns of labelling: what a sender is, one unit's label, and the labels of a whole plan.

`hub.labels.label` makes them; the release step turns them into matters for consent and hands them
to `hub.withholding`. They hold categories and machine words, never the member's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consent import Matter
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consent.terms import MinorBasis, Origin
    from hub.directory import Organisation

GENERAL = frozenset({"general"})


@dataclass(frozen=True, slots=True)
class Source:
    """What we know of the sender, from the directory and never from the document.

    `part2`: `program` sends nothing but Part 2 records, `mixed` some, `no` none that it knows of.
    `behavioral` plans hold mental health content unless proved otherwise. `minor_basis`: who
    consented to the care the plan is about, where the member is a minor and somebody knows.
    """

    part2: Literal["no", "mixed", "program"] = "no"
    behavioral: bool = False
    minor_basis: MinorBasis = "unknown"


def source_of(sender: Organisation) -> Source:
    """Return what labelling needs to know of a sender."""
    return Source(part2=sender.part2_source, behavioral=sender.behavioral)


@dataclass(frozen=True, slots=True)
class ElementLabel:
    """One unit's categories and origin; `because` are machine words such as `icd10cm:F10`."""

    categories: frozenset[str]
    part2_origin: Origin
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Labelling(Sealed):
    """Every unit of a plan by JSON pointer, in document order."""

    elements: Mapping[str, ElementLabel]
    minor_basis: MinorBasis = "unknown"

    @property
    def matters_at(self) -> Mapping[str, frozenset[Matter]]:
        """The matters of each unit, as consent and withholding want them."""
        known: dict[int, frozenset[Matter]] = {}
        found = {}
        for pointer, one in self.elements.items():
            matters = known.get(id(one))
            if matters is None:
                matters = known[id(one)] = frozenset(
                    Matter(category, one.part2_origin, self.minor_basis)
                    for category in one.categories
                )
            found[pointer] = matters
        return found


def matters(labelling: Labelling) -> frozenset[Matter]:
    """Return the distinct kinds of content in a plan: what consent decides about."""
    distinct = {id(one): one for one in labelling.elements.values()}.values()
    kinds = {(one.categories, one.part2_origin) for one in distinct}
    return frozenset(
        Matter(category, origin, labelling.minor_basis)
        for categories, origin in kinds
        for category in categories
    )
