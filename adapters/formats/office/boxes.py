"""Which side of its words a check box stands on: `Yes [x] No [ ]` is not `[x] No`.

Called by `binding` before a mark is given to the words behind it. Where boxes may stand behind
their words nothing is bound, and a person looks: read the other way, an answer is its opposite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.office.flow import EMPTY, MARKED
from adapters.formats.office.labels import matched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.formats.office.flow import Word
    from adapters.formats.pdf.layout import Tokens

_SEVERAL = 2


def behind(words: Sequence[Word]) -> bool:
    """Say whether words stand before the first of several boxes, and none, or an aside, at last."""
    boxes = [at for at, word in enumerate(words) if word.text in {EMPTY, MARKED}]
    if len(boxes) < _SEVERAL or not boxes[0]:
        return False
    last = words[boxes[-1] + 1 :]
    return not last or (last[0].text.startswith("(") and last[-1].text.endswith(")"))


def answered(words: Sequence[Word], options: Iterable[Sequence[Tokens]]) -> bool:
    """Say whether a declared option stands right before the first box: its box is behind it."""
    first = next((at for at, word in enumerate(words) if word.text in {EMPTY, MARKED}), 0)
    printed = [one for given in options for one in given if one]
    starts = ((max(first - len(one), 0), one) for one in printed)
    return bool(first) and any(matched(words, at, one) == first for at, one in starts)


def unwritten(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words of an option that the form surely prints: those up to its colon, if any.

    What stands behind `Other:` somebody wrote, whether the box is marked or not.
    """
    stop = next((at for at, word in enumerate(words, 1) if word.text.endswith(":")), len(words))
    return words[:stop]
