"""The last look at rendered bytes before they may be queued; whatever it finds holds the release.

`hub.release` calls `fault`. Everything readable is scanned for what was withheld: the bytes as they
stand, and once more read back by our own adapter or a parser. Ids and codes of removed elements
must not come back, and every notice must stand there word for word. Nothing here mends anything.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from hub.canonical import Code, each
from hub.errors import Trouble
from hub.render.rereading import read_back
from hub.render.scanning import searchable
from hub.withholding import leaks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from hub.canonical import Plan
    from hub.render.cover import Rendered
    from hub.withholding import Withheld

SCAN, UNREAD, NOTICE = "repair:scan", "repair:reread", "repair:notice"
"""What a release is held for: withheld words in it, bytes that can't be read back, no notice."""

_CODED = (
    "assessments", "concerns", "goals", "interventions", "outcomes", "medications", "allergies",
    "advance_directives",
)  # fmt: skip


_CDA, _HL7 = ('extension="{}"',), ("|{}|", "|{}^", "|{}\r")
_OWN_IDS: Final = {"ccda": _CDA, "ccda-companion": _CDA, "hl7v2": _HL7 + _CDA, "ppr": _HL7}
"""How these formats write an element's id."""


def fault(
    form: str, rendered: Rendered, whole: Plan, kept: Withheld, notices: Sequence[str]
) -> str:
    """Return what holds these bytes back, or nothing. `whole` is the plan before withholding."""
    if not notices and not kept.pointers:
        return ""
    try:
        said = searchable(rendered)
        if _missing(notices, said):
            return NOTICE
        if not kept.pointers:
            return ""
        plans, back = read_back(form, rendered.content)
        if leaks(said, kept.phrases) or leaks(back, kept.phrases):
            return SCAN
        gone = set(_marks(whole)) - set(_marks(kept.plan))
        return SCAN if _returned(form, said, plans, gone) else ""
    except (Trouble, ValueError, LookupError, RuntimeError):  # bytes nobody can read don't leave
        return UNREAD


def _missing(notices: Sequence[str], said: str) -> bool:
    """Say whether a notice doesn't stand there whole, however its lines are broken."""
    words = " ".join(said.split())
    return any(" ".join(notice.split()) not in words for notice in notices)


def _returned(
    form: str, said: str, plans: Sequence[Plan], gone: Collection[tuple[str, ...]]
) -> bool:
    """Say whether an id or a code that only removed elements had comes back.

    Readers of C-CDA and HL7 v2 give elements ids of their own, so ids are looked for as written.
    """
    own = _OWN_IDS.get(form)
    looked = {one for one in gone if own is None or one[0] != "id"}
    if any(not looked.isdisjoint(_marks(plan)) for plan in plans):
        return True
    ids = [one[1] for one in gone if one[0] == "id"]
    return own is not None and any(way.format(one) in said for one in ids for way in own)


def _marks(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield the ids of a plan's elements, and their codes with the systems."""
    for name in _CODED:
        for one in each(getattr(plan, name)):
            found = getattr(one, "id", None)
            if isinstance(found, str) and found:
                yield ("id", found)
            for code in one.codes:
                yield from _code(code)


def _code(code: Code) -> Iterator[tuple[str, ...]]:
    system, word = dataclasses.astuple(code)[:2]
    if isinstance(word, str) and word:
        yield ("code", f"{system}", word)
