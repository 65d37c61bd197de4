"""What a form prints on every document: the words it is known by, and those that mean nothing.

Called by `proposing` for PDF and Word forms. Nothing that could be a value of the member is taken
for the form's own print: what is left out here becomes residue, which costs nobody anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.workshop import shaping, wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.workshop.bound import Bundle, Proposal

TITLE: Final = re.compile(r"\b(?:form|rev\.?|care plan|plan of care|health plan)\b", re.IGNORECASE)
"""What a form calls itself."""
_TITLED: Final = re.compile(r"(?:\d{1,2}|[A-Z])[.)] [^:\d]+")
"""A numbered heading that holds no figure and no label."""
_COUNTED: Final = re.compile(r"^(?:section )?\d{1,2}[.):]? |\d+ of \d+", re.IGNORECASE)
"""What an empty form counts itself: its sections and its pages."""
_EDITION: Final = re.compile(r"\b(?:form|rev|box)\b", re.IGNORECASE)
"""What tells that figures are the form's own: its number, its edition, the sender's address."""


def identifying(
    found: Proposal, outline: Mapping[str, Any], common: Sequence[str], *, several: bool
) -> list[str]:
    """Return what the layout prints on every document; one sample's title may be its own only."""
    titles = [one for one in outline["titles"] if one in common and not _like_a_name(one)]
    if not several:
        titles = [one for one in titles if not re.search(r"\d", one)]
    labels = [one.printed for one in found.singles if one.printed not in found.extra["fields"]]
    return [*titles, *(labels if len(titles) < 1 else [])][:3]


def nobodys(title: str, common: Sequence[str], *, several: bool) -> bool:
    """Say whether a title is the form's own; what is printed large may be the member's name."""
    own = title in common if several else bool(TITLE.search(title)) and ":" not in title
    return own and not _like_a_name(title)


def _like_a_name(title: str) -> bool:
    found = shaping.shape([title])
    return bool((found.get("name") or found.get("comma")) and not TITLE.search(title))


def of_a_field(text: str, fields: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a printed line is the tooltip of a form field, or a part of one."""
    said = {
        part.strip() for one in fields for part in [one["text"], *re.split("[:,]", one["text"])]
    }
    return text in said or wording.guess(text, wording.called()) is not None


def furniture(
    found: Proposal, outline: Mapping[str, Any], print_: Sequence[str], common: Sequence[str]
) -> list[str]:
    """Return printed words that hold no value: titles, headings, what all samples print."""
    labels = {one.printed for one in found.singles}
    labels |= set(found.extra.get("choices", {}).values())
    heads = {text for bundle in found.bundles for text in heads_of(bundle)}
    headings = [bundle.printed for bundle in found.bundles if bundle.printed]
    headings += found.extra.get("drop", [])
    running = [one for one in outline.get("running", ()) if one in common]
    loud = [one for one in outline["loud"] if not wording.telling(one)]
    said = [*headings, *loud, *print_, *running]
    lists = {one for held in found.extra.get("lists", {}).values() for one in held}
    titled = [one for one in outline["lines"] if one in common and _TITLED.fullmatch(one)]
    said += [one for one in titled if wording.printed(one) not in lists]
    above = {one for one in headings if one not in common and wording.section(one) is None}
    lines = set(outline["lines"]).difference(common) if common else above
    return [
        one
        for one in dict.fromkeys(said)
        if one and one not in labels | heads | above | lines and not _figured(one)
    ]


def _figured(text: str) -> bool:
    """Say whether a line holds a figure that no empty form prints: a date, a count, a number."""
    rest = _COUNTED.sub("", text)
    return any(map(str.isdigit, rest)) and not _EDITION.search(rest)


def heads_of(bundle: Bundle) -> set[str]:
    """Return every printed head of a table, bound or not."""
    return {one.printed for one in bundle.columns} | {one for one, _ in bundle.left}
