"""What a message's comments and sub-ids look like, for the author of an HL7 v2 profile.

`outlining` calls it inside the reader child. It binds nothing: whether `1.1` belongs to `1`, which
comments go on with a text and what a label means is the sender's to say.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.formats.hl7v2.segments import Segment

_DOTTED: Final = re.compile(r"\d{1,3}(?:\.\d{1,3})+")
_LABEL: Final = re.compile(r"(?<!\w)([A-Z]{2,12})\s*:")
_CODE: Final = re.compile(r"[A-Z0-9]{1,3}")
_OFTEN: Final = 2


def remarks(segments: Sequence[Segment]) -> list[str]:
    """Return what nobody can bind without the sender: dotted ids, kinds and labels of comments."""
    return list(_remarks(segments))


def _remarks(segments: Sequence[Segment]) -> Iterator[str]:
    if any(one.name == "OBX" and _DOTTED.fullmatch(one.peek(4)) for one in segments):
        yield "OBX-4, dotted sub-ids (`sub_ids: dotted` if 1.1 belongs to 1)"
    comments = [one for one in segments if one.name == "NTE"]
    kinds = sorted({one.peek(2) for one in comments if _CODE.fullmatch(one.peek(2))})
    if len(kinds) > 1:
        yield f"NTE-2, {', '.join(kinds)} (`comments.continues` if one goes on with a text)"
    found = Counter(label for one in comments for label in _LABEL.findall(one.peek(3)))
    labels = sorted(label for label, count in found.items() if count >= _OFTEN)
    if labels:
        yield f"NTE-3, the labels {', '.join(labels)} (`comments.fields`)"
