"""Who is who inside one C-CDA: every element's identifier, its anchor in the narrative, its words.

Built once per document, before any section is written, so that links between elements are made of
identifiers that are certain to be in the document. A link to something that isn't there is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import uuid5

from hub.canonical import Sealed, each
from hub.render.ccda_codes import HOUSE
from hub.render.ccda_text import null, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.canonical import Code, Plan, Text

NOT_STATED = "Not stated"
_BRIEF = 80


class Element(Protocol):
    """What every element of a plan that has an entry offers."""

    @property
    def text(self) -> Text:
        """The source's words."""


@dataclass(slots=True, repr=False, eq=False)  # not frozen: a plan has dozens, made in half the time
class Slot(Sealed):
    """One element's `<id/>`, its anchor (an XML ID), its escaped words, and why it has none."""

    id: str
    anchor: str
    words: str
    null: str

    @property
    def brief(self) -> str:
        """The words cut to a length that many links may repeat, entities left whole."""
        if len(self.words) <= _BRIEF:
            return self.words
        cut = self.words[:_BRIEF]
        entity = cut.rfind("&")
        return (cut if ";" in cut[entity:] or entity < 0 else cut[:entity]) + "…"

    @property
    def content(self) -> str:
        """The words as narrative that entries point at."""
        return f'<content ID="{self.anchor}">{self.words or NOT_STATED}</content>'

    @property
    def text(self) -> str:
        """The entry's `text`: a pointer into the narrative, or why there are no words."""
        if not self.words:
            return f'<text nullFlavor="{self.null}"/>'
        return f'<text><reference value="#{self.anchor}"/></text>'

    @property
    def refers(self) -> str:
        """The anchor when there are words behind it, else empty."""
        return self.anchor if self.words else ""

    @property
    def entry_reference(self) -> str:
        """An Entry Reference (22.4.122) to this element's entry."""
        return f"{_REFERENCE}{self.id}{_REFERRED}"


_REFERENCE = (
    '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.122"/>'
)
_REFERRED = '<code nullFlavor="NP"/><statusCode code="completed"/></act>'
UNKNOWN_REFERENCE = f'{_REFERENCE}<id nullFlavor="UNK"/>{_REFERRED}'
"""An Entry Reference that says honestly: it refers to something the source doesn't name."""


@dataclass(frozen=True, slots=True, repr=False)
class Row(Sealed):
    """The slots of one kind of element, in the plan's order, and by the plan's own ids."""

    slots: tuple[Slot, ...]
    by_id: dict[str, Slot]

    def among(self, ids: tuple[str, ...]) -> list[Slot]:
        """Return the slots of the ids that exist, each once."""
        if not ids:
            return []
        if len(ids) == 1:
            one = self.by_id.get(ids[0])
            return [one] if one else []
        return [self.by_id[one] for one in dict.fromkeys(ids) if one in self.by_id]


_NO_ROW = Row((), {})


@dataclass(frozen=True, slots=True, repr=False)
class Slots(Sealed):
    """Every element of one document that has an entry."""

    concerns: Row
    goals: Row
    interventions: Row
    outcomes: Row
    medications: Row
    allergies: Row
    directives: Row
    asks: Row


def slots_of(plan: Plan, set_id: str) -> Slots:
    """Return the slots of every element; identifiers are stable for one set of versions."""
    base = str(uuid5(HOUSE, set_id))[:-2]
    return Slots(
        concerns=_row("concern", each(plan.concerns), base + "c0"),
        goals=_row("goal", each(plan.goals), base + "c1"),
        interventions=_row("intervention", each(plan.interventions), base + "c2"),
        outcomes=_row("outcome", each(plan.outcomes), base + "c3"),
        medications=_row("medication", each(plan.medications), base + "c4"),
        allergies=_row("allergy", each(plan.allergies), base + "c5"),
        directives=_row("directive", each(plan.advance_directives), base + "c6"),
        asks=_row("ask", plan.asks, base + "c7"),
    )


def _row(kind: str, elements: Sequence[Element], root: str) -> Row:
    if not elements:
        return _NO_ROW
    slots: list[Slot] = []
    by_id: dict[str, Slot] = {}
    taken: set[str] = set()
    for number, element in enumerate(elements, 1):
        own: str | None = getattr(element, "id", None)
        text = words(element.text) or _display(getattr(element, "codes", ()))
        anchor = f"{kind}-{number}"
        extension = (words(own) if own else "") or anchor
        if extension in taken:
            extension = _fresh(anchor, taken)
        taken.add(extension)
        slot = Slot(
            f'<id root="{root}" extension="{extension}"/>',
            anchor,
            text,
            "" if text else null(element.text),
        )
        slots.append(slot)
        if own:
            by_id.setdefault(own, slot)
    return Row(tuple(slots), by_id)


def _fresh(extension: str, taken: set[str]) -> str:
    while extension in taken:
        extension += "~"
    return extension


def _display(codes: Iterable[Code]) -> str:
    return next(filter(None, (words(code.display) for code in codes)), "")
