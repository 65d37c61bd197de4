"""Which plan a file of a zip belongs to, which documents are one, and who is the same person.

Called by the reader once every document is read. A file goes beside a plan only when that is
certain: by its name, by its XDM folder, or because its own words name the member. Two members are
never put together, and a file nobody is sure of is told and attached to none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from adapters.formats.filewords import worded
from hub.canonical import Name, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.archive.unpacking import Part
    from hub.canonical import Member, Plan

_WORD = re.compile(r"[^\W_]+")


def same_member(one: Member, other: Member) -> bool:
    """Say whether two documents are about one person: an id in common, or name and birth date."""
    if set(one.identifiers) & set(other.identifiers):
        return True
    named = one.name != Name() and one.name == other.name
    return named and one.birth_date is not None and one.birth_date == other.birth_date


def older(plan: Plan, other: Plan) -> bool:
    """Say whether another plan is a newer version of the same document about the same member."""
    mine, theirs = plan.header, other.header
    if not mine.set_id or mine.set_id != theirs.set_id:
        return False
    versions = mine.version is not None and theirs.version is not None
    return (
        versions
        and (mine.version or 0) < (theirs.version or 0)
        and same_member(plan.member, other.member)
    )


def home(part: Part, media: str, held: Sequence[tuple[Part, Plan]], *, xdm: bool) -> int | None:
    """Return the number of the plan a file belongs to, or none where that is not certain."""
    for alike in (_named_alike, _beside if xdm else _none, _naming):
        found = [at for at, (other, plan) in enumerate(held) if alike(part, other, plan, media)]
        members = [held[at][1].member for at in found]
        if found and all(same_member(members[0], each) for each in members[1:]):
            return found[0]
    return None


def _named_alike(part: Part, other: Part, _: Plan, __: str) -> bool:
    return part.stem == other.stem and part.folder == other.folder


def _beside(part: Part, other: Part, _: Plan, __: str) -> bool:
    return part.folder == other.folder


def _none(_: Part, __: Part, ___: Plan, ____: str) -> bool:
    return False


def _naming(part: Part, _: Part, plan: Plan, media: str) -> bool:
    """Say whether a file's own words name the member: an id, or the names and the birth date."""
    text = " ".join(f"{heading} {words}" for heading, words in worded(part.content, media))
    words = set(_words(text))
    if not words:
        return False
    member = plan.member
    if any(one.value and _holds(text, one.value) for one in member.identifiers):
        return True
    names = _words(f"{said(member.name.family)} {' '.join(member.name.given[:1])}")
    born = said(member.birth_date)
    return bool(names) and words.issuperset(names) and any(one in text for one in _dates(born))


def _holds(text: str, value: str) -> bool:
    """Say whether an id of some length stands in a text by itself."""
    return len(value) >= 5 and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None  # noqa: PLR2004  # shorter ones stand anywhere


def _dates(born: str) -> tuple[str, ...]:
    """Return the ways a birth date is written on paper here."""
    year, _, rest = born.partition("-")
    month, _, day = rest.partition("-")
    if not day:
        return ()
    short = f"{int(month)}/{int(day)}/{year}" if month.isdigit() and day.isdigit() else born
    return born, f"{month}/{day}/{year}", short, f"{month}-{day}-{year}"


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
