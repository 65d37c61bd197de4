"""What a document says of itself, and what stands around a unit: notice, refusal, plan, row.

`hub.labels.inference` calls it between a unit's own label and the links. A printed notice of 42 CFR
2.32 makes all of a plan possibly a Part 2 record; a refusal is told to the question of release; a
word that leans on the plan and a neighbour's label only ever add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consent.terms import SUD, SUD_SIGNED, UNLABELLED
from hub.canonical.place import refusal_day
from hub.canonical.redisclosure import noticing
from hub.canonical.refusal import refusing, speaks_of_release
from hub.labels.drafting import RANK, origin_of
from hub.labels.lexicon import word_signs
from hub.labels.neighbours import beside
from hub.labels.wordings import leaning, may_lean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.canonical import Plan
    from hub.labels.codes import Sign
    from hub.labels.drafting import Draft
    from hub.labels.folding import Folded
    from hub.labels.labelling import Source

NOTICE: Final[Sign] = (SUD, "notice:42cfr2")
MERE: Final = ("word:", "row:")
"""What explains no mark of a whole document: words, and what stands beside them."""


def signs_of(folded: Folded, whole: Sequence[str]) -> dict[int, set[Sign]]:
    """Return what words show of each unit, and which units print a notice of 42 CFR 2.32.

    `whole`: each unit's words as one text.
    """
    signs = word_signs(folded)
    for index in noticing(whole):
        signs.setdefault(index, set()).add(NOTICE)
    return signs


def noticed(drafts: Iterable[Draft]) -> bool:
    """Say whether the document prints a Part 2 notice that no privacy officer set aside."""
    return any(NOTICE[1] in one.because and SUD in one.categories for one in drafts)


def take_for_part2(drafts: Iterable[Draft]) -> None:
    """Take everything for Part 2 records, but for what its sender says is none (2.12(d), 2.32)."""
    for draft in drafts:
        ordinary = getattr(draft.unit.value, "part2_origin", "unknown") == "no"
        if not ordinary or draft.categories & SUD_SIGNED:
            draft.noticed = True
            draft.because |= {"document:notice"}


def refused(plan: Plan, drafts: Sequence[Draft], whole: Sequence[str]) -> frozenset[str]:
    """Return what the document says its member refuses, less what an officer looked at.

    A refusal that its adapter read as one is not asked for here: `hub.refusing` holds its plan.
    """
    told: set[str] = set()
    for index, topics in refusing(whole).items():
        draft = drafts[index]
        read = refusal_day(plan.places.get(f"{draft.unit.pointer}/text")) is not None
        if draft.changed.lowered or read:
            continue
        draft.because |= {f"refused:{topic}" for topic in topics}
        told |= topics
    return frozenset(told)


def around(plan: Plan, source: Source, drafts: list[Draft], folded: Folded) -> None:
    """Let what stands around a unit count: the plan it is in, its row, the heading over it."""
    try:
        _lean(drafts, source, folded)
        for draft, other in beside(plan.places, drafts):
            draft.beside(other)
    except Exception as error:  # noqa: BLE001  # what can't be judged by its place is withheld
        for draft in drafts:
            draft.add(UNLABELLED, f"failed:{type(error).__name__}")


def _shows(draft: Draft) -> bool:
    """Say whether a unit shows substance use; a form's line on what may be shared does not."""
    if not draft.categories & SUD_SIGNED:
        return False
    mere = all(one.startswith(MERE) for one in draft.because)
    return not (mere and speaks_of_release(" ".join(draft.unit.words)))


def _lean(drafts: Sequence[Draft], source: Source, folded: Folded) -> None:
    """Read ambiguous words in a plan that shows substance use, where nothing explains them."""
    if not any(_shows(one) for one in drafts):
        return
    texts = may_lean(folded)
    for draft in drafts:
        words = draft.unit.words
        if texts.isdisjoint(words) or SUD in draft.changed.lowered:
            continue
        if draft.categories & SUD_SIGNED:
            continue
        word = leaning(text for text in words if text in texts)
        if word:
            draft.add(SUD, f"word:{word}?")
            draft.origin = max(
                draft.origin, origin_of(draft, source, "unknown"), key=RANK.__getitem__
            )
