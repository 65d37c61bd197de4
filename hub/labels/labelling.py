"""The nouns of labelling: what a sender is, one unit's label, and the labels of a whole plan.

`hub.labels.label` makes them; the release step turns them into matters for consent and hands them
to `hub.withholding`. They hold categories and machine words, never the member's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from consent import Matter
from consent.terms import GENERAL as GENERAL_CONTENT
from consent.terms import SUD_SIGNED
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from consent.terms import MinorBasis, Origin
    from hub.directory import Organisation

GENERAL = frozenset({GENERAL_CONTENT})
_TAKEN_OVER: Final = ("row:", "link:")


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
    """One unit's categories and origin; `because` are machine words such as `icd10cm:F10`.

    `aside` is the origin it would have without the notice that its document prints (2.32): consent
    must open both what it holds and the Part 2 record it came in, so a notice never opens anything.
    """

    categories: frozenset[str]
    part2_origin: Origin
    because: tuple[str, ...] = ()
    aside: Origin | None = None

    def kinds(self) -> Iterator[tuple[str, Origin]]:
        """Yield each category with the Part 2 origin that consent is asked about."""
        if self.aside is None:
            yield from ((category, self.part2_origin) for category in self.categories)
            return
        yield GENERAL_CONTENT, self.part2_origin
        for category in self.categories - GENERAL:
            yield category, self.part2_origin if category in SUD_SIGNED else self.aside


@dataclass(frozen=True, slots=True, repr=False)
class Labelling(Sealed):
    """Every unit of a plan by JSON pointer, in document order, and what holds of all of it.

    `noticed`: it prints a notice of 42 CFR 2.32. `refused`: categories, or `any`, that its member
    does not want released, by its own words.
    """

    elements: Mapping[str, ElementLabel]
    minor_basis: MinorBasis = "unknown"
    noticed: bool = False
    refused: frozenset[str] = frozenset()

    @property
    def matters_at(self) -> Mapping[str, frozenset[Matter]]:
        """The matters of each unit, as consent and withholding want them."""
        known: dict[int, frozenset[Matter]] = {}
        found = {}
        for pointer, one in self.elements.items():
            matters = known.get(id(one))
            if matters is None:
                matters = known[id(one)] = frozenset(
                    Matter(category, origin, self.minor_basis) for category, origin in one.kinds()
                )
            found[pointer] = matters
        return found


def matters(labelling: Labelling) -> frozenset[Matter]:
    """Return the distinct kinds of content in a plan: what consent decides about."""
    return _kinds(labelling, labelling.elements.values())


def matters_beside(labelling: Labelling) -> frozenset[Matter]:
    """Return the kinds of content in a plan beside the lines that state a refusal of it.

    What only took a label over from such a line, by its row or a link, is not counted.
    """
    own = [one for one in labelling.elements.values() if _by_itself(one)]
    return _kinds(labelling, own)


def _by_itself(one: ElementLabel) -> bool:
    if any(why.startswith("refused:") for why in one.because):
        return False
    return not one.because or not all(why.startswith(_TAKEN_OVER) for why in one.because)


def _kinds(labelling: Labelling, elements: Iterable[ElementLabel]) -> frozenset[Matter]:
    distinct = {id(one): one for one in elements}.values()
    kinds = {kind for one in distinct for kind in one.kinds()}
    return frozenset(Matter(*kind, labelling.minor_basis) for kind in kinds)
