"""The last look at rendered bytes before they may be queued; whatever it finds holds the release.

`hub.release` calls `fault`. Everything readable is scanned for what was withheld: the bytes as they
stand, and once more read back by our own adapter or a parser. Ids and codes of removed elements
must not come back, and every notice must stand there word for word. Nothing here mends anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical import each
from hub.render.rereading import read_back
from hub.render.scanning import searchable
from hub.withholding import leaks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_OWN_IDS: Final = {
    "ccda": _CDA,
    "ccda-companion": _CDA,
    "ccda-dual": _CDA,
    "ccda-5.0": _CDA,
    "hl7v2": _HL7 + _CDA,
    "ppr": _HL7,
}
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
        return SCAN if _returned(form, said, plans, (whole, kept.plan)) else ""
    except Exception:  # noqa: BLE001  # bytes nobody can read don't leave, whatever is wrong
        return UNREAD


def _missing(notices: Sequence[str], said: str) -> bool:
    """Say whether a notice doesn't stand there whole, however its lines are broken."""
    words = " ".join(said.split())
    return any(" ".join(notice.split()) not in words for notice in notices)


def _returned(form: str, said: str, plans: Sequence[Plan], parts: tuple[Plan, Plan]) -> bool:
    """Say whether an id or a code comes back that the whole plan had and what is left hasn't.

    Readers of C-CDA and HL7 v2 give elements ids of their own, so ids are looked for as written.
    """
    whole, left = parts
    codes, ids = _codes(whole) - _codes(left), _ids(whole) - _ids(left)
    if any(not codes.isdisjoint(_codes(plan)) for plan in plans):
        return True
    ways = _OWN_IDS.get(form)
    if ways is None:
        return any(not ids.isdisjoint(_ids(plan)) for plan in plans)
    return any(way.format(one) in said for one in ids for way in ways)


def _elements(plan: Plan) -> Iterator[Any]:
    """Yield the elements that have codes; most of them have ids too."""
    return (one for name in _CODED for one in each(getattr(plan, name)))


def _ids(plan: Plan) -> set[str]:
    """Return the ids of a plan's elements."""
    return {found for one in _elements(plan) if (found := getattr(one, "id", None))}


def _codes(plan: Plan) -> set[tuple[str, str]]:
    """Return the codes of a plan's elements, with their systems."""
    return {
        (str(code.system), code.code) for one in _elements(plan) for code in one.codes if code.code
    }
