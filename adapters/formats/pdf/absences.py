"""Values that say nothing is there, by the words a profile lists under `absent`, are no values.

Called by the readers of forms before a plan is filled. Only a whole value counts. It never makes an
explicit absence: a dash in a cell says less than *known to be none*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import structs

from adapters.formats.pdf.claims import Found
from adapters.formats.pdf.nothings import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.profiles import Profile

_OURS: Final = ("choice", "box", "table heading", "block number")
F = TypeVar("F", bound=Found)
Rows = dict[str, list[Any]]


def present(
    profile: Profile, values: Mapping[str, F], rows: Mapping[str, list[Any]]
) -> tuple[dict[str, F], Rows, list[F]]:
    """Return the values and rows without what is absent, and what was."""
    words = {same(word) for word in profile.absent}
    gone: list[F] = []

    def kept(held: Mapping[str, F]) -> dict[str, F]:
        said = {name: one for name, one in held.items() if not _says_nothing(one, words)}
        gone.extend(one for name, one in held.items() if name not in said)
        return {name: _whole(one, words) for name, one in said.items()}

    if not words:
        return dict(values), {name: list(found) for name, found in rows.items()}, gone
    said = kept(values)
    lines = {name: [row for one in found if (row := kept(one))] for name, found in rows.items()}
    return said, lines, gone


def _says_nothing(found: Found, words: set[str]) -> bool:
    """Say whether a value is such a word and the sender's own: a box's option is the profile's."""
    return same(found.text) in words and not found.place.rule.startswith(_OURS)


def _whole(found: F, words: set[str]) -> F:
    """Return a value without those of its paragraphs that say nothing."""
    parts: tuple[Any, ...] = getattr(found, "parts", ())
    said = tuple(one for one in parts if same(one.text) not in words)
    return found if said == parts else structs.replace(found, parts=said)
