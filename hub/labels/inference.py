"""Label a plan: every unit by its codes, words, arrived labels, links, header and sender.

`label` is called by the release step for each plan version, and by the console's preview. It only
ever raises protection: what the document says of itself can add a category, never take one away.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING

from consent.terms import (
    CATEGORIES,
    MENTAL_HEALTH,
    PSYCHOTHERAPY_NOTE,
    RESTRICTED,
    SEXUAL_HEALTH,
    SUD,
    SUD_COUNSELLING_NOTE,
    UNLABELLED,
)
from hub.canonical import said
from hub.labels.changes import changed
from hub.labels.codes import code_signs, read_table
from hub.labels.drafting import RANK, UNCHANGED, Draft, origin_of
from hub.labels.folding import fold
from hub.labels.labelling import GENERAL, ElementLabel, Labelling
from hub.labels.stating import MERE, around, noticed, refused, signs_of, take_for_part2
from hub.labels.units import LINKS, PARTIES, UNREAD, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consent.terms import Origin
    from hub.canonical import Plan
    from hub.labels.labelling import Source
    from hub.stored import LabelChange

_ARRIVED = read_table("arrived")
_NOTES = frozenset({PSYCHOTHERAPY_NOTE, SUD_COUNSELLING_NOTE})
_STRONG = CATEGORIES - GENERAL - {MENTAL_HEALTH, SEXUAL_HEALTH}
_OPEN = frozenset({"", "N", "M", "L", "U", "NORMAL"})
_QUIET = frozenset({*UNREAD, *PARTIES})


def label(plan: Plan, source: Source, changes: Sequence[LabelChange] = ()) -> Labelling:
    """Return the label of every unit of a plan; a unit that fails is `unlabelled`. Never raises.

    `changes` are what people raised or lowered in this plan or an earlier version, oldest first.
    """
    found = units(plan)
    people = changed(found, changes) if changes else {}
    words = [unit.words for unit in found]
    folded, whole = fold(words), [" ".join(texts) for texts in words]
    signs = signs_of(folded, whole)
    drafts = []
    for index, unit in enumerate(found):
        draft = Draft(unit, people.get(unit.pointer, UNCHANGED))
        drafts.append(draft)
        if index in signs:
            draft.see(signs[index])
        try:
            _own(draft, source)
        except Exception as error:  # noqa: BLE001  # one bad unit is withheld, the rest go on
            unit.failure = type(error).__name__
        if unit.failure:
            draft.add(UNLABELLED, f"failed:{unit.failure}")
            draft.origin = "unknown"
    printed = noticed(drafts)
    around(plan, source, drafts, folded)
    _inherit(drafts)
    _header(plan, source, drafts)
    _attachments(drafts, source)
    if printed:
        take_for_part2(drafts)
    told = refused(plan, drafts, whole)
    elements = {draft.unit.pointer: _settled(draft, source) for draft in drafts}
    return Labelling(elements, source.minor_basis, printed, told)


def _own(draft: Draft, source: Source) -> None:
    """Label a unit by its own codes, the labels it arrived with, and its sender."""
    value = draft.unit.value
    for code in draft.unit.codes:
        if code.code and (signs := code_signs(code.system, code.code)):
            draft.see(signs)
    claimed: Origin = getattr(value, "part2_origin", "unknown")
    arrived = getattr(value, "labels", ())
    if arrived and _arrived(draft, arrived):
        claimed = "yes"
    if draft.changed is not UNCHANGED:
        draft.settle()
    draft.origin = origin_of(draft, source, claimed)


def _arrived(draft: Draft, labels: Iterable[str]) -> bool:
    """Add what the labels on an element mean; say whether they declare Part 2 (rule P2-21)."""
    part2, marked = False, ""
    for word in labels:
        plain = word.strip().upper()
        part2 = part2 or plain in _ARRIVED["part2"]
        if word in CATEGORIES:
            if word not in GENERAL:
                draft.keep(word, f"arrived:{word}")
        elif plain in _ARRIVED["categories"]:
            for category in _ARRIVED["categories"][plain]:
                draft.keep(category, f"arrived:{plain}")
        else:
            marked = plain if plain in _ARRIVED["marks"] else "unknown"
    if marked == "unknown" or (marked and not draft.categories):
        draft.keep(RESTRICTED, f"arrived:{marked}")
    return part2


def _inherit(drafts: list[Draft]) -> None:
    """Let labels flow along links: what answers a sensitive concern gives it away."""
    if not any(draft.categories for draft in drafts):
        return
    rows: defaultdict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        rows[draft.unit.pattern].append(draft)
    for pattern, fields in LINKS.items():
        named = [(field, _named(rows[f"/{field}/*"])) for field in fields]
        for draft in rows[pattern]:
            for field, by_id in named:
                names = getattr(draft.unit.value, field)
                for other in (one for name in names for one in by_id.get(name, ())):
                    draft.take(other, f"link:{field}")
            if draft.changed.lowered:
                draft.lower()


def _named(drafts: list[Draft]) -> Mapping[str, list[Draft]]:
    """Return by id the units that have a category to give."""
    by_id: defaultdict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        name = getattr(draft.unit.value, "id", None) if draft.categories else None
        if name:
            by_id[name].append(draft)
    return by_id


def _header(plan: Plan, source: Source, drafts: list[Draft]) -> None:
    """Where the whole document is marked restricted and nothing explains it, restrict all of it."""
    marked = said(plan.header.confidentiality).strip().upper()
    if marked in _OPEN or (marked != "V" and (source.behavioral or source.part2 != "no")):
        return
    if not any(_explains(draft, _NOTES if marked == "V" else _STRONG) for draft in drafts):
        for draft in drafts:
            if draft.unit.pattern not in _QUIET:
                draft.add(RESTRICTED, "header:V" if marked == "V" else "header:R")


def _explains(draft: Draft, wanted: frozenset[str]) -> bool:
    """Say whether a unit explains a marked document: a grave category, or more than mere words."""
    if draft.categories & wanted:
        return True
    if wanted is not _STRONG or draft.changed.lowered:
        return False
    return any(not one.startswith(MERE) for one in draft.because)


def _attachments(drafts: list[Draft], source: Source) -> None:
    """Label each attachment as the most sensitive of the document: its bytes aren't read."""
    enclosed = [draft for draft in drafts if draft.unit.pattern == "/attachments/*"]
    for draft in enclosed:
        for other in drafts:
            draft.take(other, "document:union")
        if source.part2 == "mixed":
            draft.add(SUD, "source:mixed")
            draft.origin = max(draft.origin, "unknown", key=RANK.__getitem__)


def _settled(draft: Draft, source: Source) -> ElementLabel:
    """Return the label; a unit that shows nothing is general, or mental health by its sender."""
    narrative = draft.unit.pattern not in _QUIET
    behavioral = source.behavioral and MENTAL_HEALTH not in draft.changed.lowered
    if not draft.categories and behavioral and narrative:
        draft.add(MENTAL_HEALTH, "source:behavioral")
    if source.part2 == "program":
        draft.because |= {"source:program"}
    return _label(draft.categories, draft.origin, draft.because, noticed=draft.noticed)


@functools.lru_cache(maxsize=1024)
def _label(
    categories: frozenset[str], origin: Origin, because: frozenset[str], *, noticed: bool
) -> ElementLabel:
    """Return a label; most units of a plan share one."""
    told = tuple(sorted(because))
    if noticed:
        return ElementLabel(categories or GENERAL, "yes", told, origin)
    return ElementLabel(categories or GENERAL, origin, told)
