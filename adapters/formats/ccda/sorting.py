"""Decides what every statement is and hands it to the reader of that kind; keeps what none takes.

Called by the section walk and by readers for what stands inside their statements. A template says
what a statement is; failing that its mood and class do, and failing those its section. It makes
no element itself: a statement nobody reads becomes residue, so that nothing vanishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats import classing
from adapters.formats.ccda import (
    carework,
    clinical,
    concerns,
    interventions,
    people,
    privacy,
    teamwork,
)
from adapters.formats.ccda.saying import negation
from adapters.formats.ccda.tags import FAMILIES, PLANNED_MOODS
from adapters.formats.ccda.values import codes, rendered, statement_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.statements import Statement

    Reader = Callable[["Sorter", Statement, Scope, Draft | None], None]

_WHOLLY_OWN = frozenset({"records"})
_PARENTS = frozenset({"goals", "interventions", "outcomes", "concerns"})
_STRUCTURE = frozenset({"sequenceNumber", "seperatableInd", "realmCode", "typeId"})


class Sorter:
    """Places statements of one document."""

    __slots__ = ("gathering",)

    def __init__(self, gathering: Gathering) -> None:
        self.gathering = gathering

    def place(self, statement: Statement, scope: Scope, parent: Draft | None = None) -> None:
        """Give a statement to the reader of its kind."""
        if statement.fate:
            return
        _READERS[_family(statement, scope, parent)](self, statement, scope, parent)

    def known(self, statement: Statement, draft: Draft) -> None:
        """Remember which element a statement's ids lead to, and that it is in the plan."""
        for key in statement.ids:
            held = self.gathering.known.setdefault(key, [])
            if draft not in held:
                held.append(draft)
        self.gathering.fated(statement, "mapped")

    def rest(self, statement: Statement, draft: Draft | None, scope: Scope) -> None:
        """Deal with whatever a reader left: statements inside, authors, and parts as residue."""
        for sub in statement.subs:
            if not sub.fate:
                self.place(sub, scope, draft)
        if not statement.parts:
            return
        label = f"{draft.family if draft else scope.kind or statement.kind}."
        for name, held in statement.parts.items():
            for element, at in held:
                if name == "author":
                    people.entry_author(self.gathering, element, at, scope, draft)
                elif name not in _STRUCTURE and (text := rendered(self.gathering, element)):
                    self.gathering.spare(text, label + name, at, scope, draft)
        statement.parts.clear()

    def residue(self, statement: Statement, scope: Scope, parent: Draft | None) -> None:
        """Keep a statement that fits no element, whole, and deal with those inside it."""
        gathering = self.gathering
        text, _ = statement_words(gathering, statement)
        pieces = [text]
        for name in list(statement.parts):
            if name == "author" or name in _STRUCTURE:
                continue
            for element, _ in statement.parts.pop(name):
                piece = rendered(gathering, element)
                pieces.append("" if piece in text else piece)
        whole = "; ".join(piece for piece in pieces if piece)
        if statement.negated and whole:
            whole = f"{negation(statement)}{whole}"
        gathering.fated(statement, "residue" if whole else "ignored")
        label = f"{scope.title or scope.kind}: {statement.kind}" if scope.title else statement.kind
        gathering.spare(whole, label, statement.at, scope, parent)
        self.rest(statement, parent, scope)


def _family(statement: Statement, scope: Scope, parent: Draft | None) -> str:
    if (statement.foreign or not statement.roots) and privacy.is_marking(statement):
        return "marking"
    if statement.kind == "observationMedia":
        return "media"
    if statement.kind == "supply" and parent is not None and parent.family == "medications":
        return "record"  # an order to supply what an element is about is a detail of it
    for root in statement.roots:
        family = FAMILIES.get(root)
        if family is not None:
            return _settled(family, statement, scope, parent)
    return _by_mood(statement, scope) or _by_class(statement, scope, parent)


def _by_mood(statement: Statement, scope: Scope) -> str:
    if statement.mood == "GOL":
        return "goal"
    if statement.mood in PLANNED_MOODS and scope.kind not in _WHOLLY_OWN:
        return "activity" if statement.kind != "organizer" else "holder"
    return ""


def _settled(family: str, statement: Statement, scope: Scope, parent: Draft | None) -> str:
    """Bend a template's family to where the statement stands."""
    if family == "problem":
        if scope.kind in _WHOLLY_OWN or (parent is not None and parent.family not in _PARENTS):
            return "record"
        return "concern"
    if family == "medication" and scope.kind in _WHOLLY_OWN:
        return "record"
    if family == "activity" and statement.mood == "EVN" and scope.kind == "medications":
        return "record"
    return family


def _by_class(statement: Statement, scope: Scope, parent: Draft | None) -> str:
    if parent is not None:
        return _inside(statement, scope, parent)
    kind = _BY_SECTION.get((scope.kind, statement.kind))
    if kind is not None:
        return kind
    if statement.kind == "organizer":
        return "holder"
    if scope.kind in _WHOLLY_OWN:
        return "record"
    if statement.kind == "observation":
        return "assessment"
    return "holder" if statement.kind == "act" and statement.subs else "record"


def _inside(statement: Statement, scope: Scope, parent: Draft) -> str:
    """Say what a statement without a telling template is when it stands inside an element."""
    if statement.kind == "organizer":
        return "holder"
    if statement.kind != "observation":
        return "activity" if parent.family == "interventions" else "record"
    measured = parent.family in {"assessments", "interventions", "outcomes"}
    return "assessment" if measured and scope.kind not in _WHOLLY_OWN else "record"


_BY_SECTION = {
    ("concerns", "act"): "concern",
    ("concerns", "observation"): "concern",
    ("goals", "observation"): "assessment",
    ("interventions", "act"): "activity",
    ("interventions", "procedure"): "activity",
    ("interventions", "encounter"): "activity",
    ("interventions", "supply"): "activity",
    ("interventions", "substanceAdministration"): "activity",
    ("outcomes", "observation"): "outcome",
    ("medications", "substanceAdministration"): "medication",
    ("allergies", "act"): "allergy",
    ("allergies", "observation"): "allergy",
    ("advance_directives", "observation"): "directive",
    ("coverage", "act"): "coverage",
    ("team", "act"): "teammate",
}


def _hold(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a statement that only groups others: its own words are residue, the rest is placed."""
    sorter.residue(statement, scope, parent)


def _mark(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a privacy annotation: it protects the element around it, or the section's elements."""
    if privacy.is_part(statement.element):
        sorter.residue(statement, scope, parent)
        return
    gathering = sorter.gathering
    labels, part2 = privacy.read(statement.element)
    gathering.guarded = gathering.guarded or part2 or bool(labels)
    if scope.kind == "markings":
        gathering.document_labels |= labels - {"restricted"}
        gathering.document_origin = "yes" if part2 else gathering.document_origin
    elif parent is not None:
        parent.labels |= labels
        parent.levelled = parent.levelled or privacy.has_level(statement.element)
        parent.origin = "yes" if part2 else parent.origin
    else:
        scope.labels |= labels
        scope.sealed = scope.sealed and not (labels or part2)
        scope.origin = "yes" if part2 else scope.origin
    sorter.residue(statement, scope, parent)


def _fund(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read how something planned is paid for (Planned Coverage); its words are residue too."""
    if parent is not None and parent.family == "interventions" and "code" in statement.parts:
        element, at = statement.parts["code"][0]
        if "funding" not in parent.data:
            parent.put("funding", classing.funding(codes(element)), at)
    for sub in statement.subs:
        _fund(sorter, sub, scope, parent)
    sorter.residue(statement, scope, parent)


_READERS: dict[str, Reader] = {
    "concern": concerns.concern,
    "goal": carework.goal,
    "wrapper": interventions.wrapper,
    "activity": interventions.activity,
    "outcome": carework.outcome,
    "progress": carework.progress,
    "priority": carework.priority,
    "reference": carework.reference,
    "medication": clinical.medication,
    "allergy": clinical.allergy,
    "assessment": clinical.assessment,
    "directive": clinical.directive,
    "directives": _hold,
    "media": clinical.media,
    "careteam": teamwork.careteam,
    "teammate": teamwork.teammate,
    "coverage": teamwork.coverage,
    "holder": _hold,
    "funding": _fund,
    "record": Sorter.residue,
    "marking": _mark,
}
