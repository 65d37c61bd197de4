"""The small values every part of a plan is made of. No member data is ever printed by them.

Absent is absent (`None` or an empty list). *Explicitly none* is a value, `Absent`, for sources that
say so ("No known allergies", a nullFlavor). Readers build these; renderers read them through
`said` and `each`, so that neither kind of absence needs a special case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from hub.canonical.piece import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Absent:
    """What the source said instead of a value: `none`, `unknown`, `asked` or `masked`."""

    absent: Literal["none", "unknown", "asked", "masked"]


Text: TypeAlias = str | Absent | None
"""A leaf as the source gave it: words, an explicit absence, or nothing at all."""

Origin: TypeAlias = Literal["yes", "no", "unknown"]
"""Whether an element came from a 42 CFR Part 2 program (2.11, 2.12)."""

Domain: TypeAlias = Literal["medical", "behavioral", "social", "ltss", "functional", "dental"]


class Code(Piece, frozen=True, gc=False):
    """A coded concept: `system` is a URI; a code never replaces the words beside it."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Identifier(Piece, frozen=True, gc=False):
    """A member's or party's identifier; `kind`: medicaid, mbi, plan, mrn, ssn, npi, other."""

    kind: str
    value: str
    assigner: str | None = None


class SourceId(Piece, frozen=True, gc=False):
    """An identifier the source document gave itself; `system` is a URI or an OID as `urn:oid:`.

    `kind` is `message` where it names the message around the document (MSH-10), which no later
    document can mean by it.
    """

    system: str | None = None
    value: str | None = None
    kind: Literal["document", "message"] | None = None


def said(value: Text) -> str:
    """Return the words of a leaf, or the empty string for either kind of absence."""
    return value if isinstance(value, str) else ""


def each(items: tuple[T, ...] | Absent) -> tuple[T, ...]:
    """Return the items of a list, or none for a list that is explicitly absent."""
    return () if isinstance(items, Absent) else items


def folded(text: str | Iterable[str] | None) -> str:
    """Return text with its white space folded to single blanks, as the template keeps it."""
    if text is None:
        return ""
    return " ".join((text if isinstance(text, str) else " ".join(text)).split())
