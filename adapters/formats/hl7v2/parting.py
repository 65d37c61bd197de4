"""Fields of a message of which a profile's rules took only a part: the rest stays beside the plan.

Called by `declared` and `listed`, which take the fields that rules name, and by the gathering at
the end. A rule reads the first repetition of a field, or one component of it; the components and
words that no rule took are residue under the field's own name, and the other repetitions too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.hl7v2 import datatypes, valuing
from hub.canonical import Place, Residue, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_BETWEEN = "^"
"""What divides components in the texts that transforms are given."""

Field = tuple["Segment", int]


def took(field: Field, part: int, transforms: Sequence[str], into: Gathering) -> None:
    """Note what a rule took of a field that still stands in its segment; `part` 0 is all of it."""
    segment, number = field
    raw = datatypes.first(segment.peek(number), into.seps)
    texts = [valuing.words(one, into.seps) for one in raw.split(into.seps.component)]
    key = (segment.place, number)
    into.cuts.note(key, field, _BETWEEN.join(texts))
    if part:
        start = sum(len(one) + 1 for one in texts[: part - 1])
        into.cuts.took(key, field, texts[part - 1], transforms, start)
    else:
        into.cuts.took(key, field, _BETWEEN.join(texts), transforms)


def take(fields: Iterable[Field], into: Gathering) -> None:
    """Take the first repetition of each field, and leave the others in the segment."""
    for segment, number in fields:
        _, _, others = segment.take(number).partition(into.seps.repetition)
        if others.strip(into.seps.repetition):
            segment.fields[number] = others


def rests(into: Gathering) -> Iterator[tuple[Residue, Place]]:
    """Yield the words that no rule took of a field, its components divided by blanks."""
    for (segment, number), rest in into.cuts.rests():
        text = f"{segment.name}-{number}: {folded(rest.replace(_BETWEEN, ' '))}"
        at = Place(f"{segment.place}-{number}", "segment", "cut off")
        labels, origin = into.labels, into.origin
        yield Residue(text=text, label=segment.name, labels=labels, part2_origin=origin), at  # type: ignore[arg-type]  # yes, no or unknown by construction
