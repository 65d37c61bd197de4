"""Values their sender cut short: HL7 v2.7 marks each with the truncation character of MSH-2.5.

Called by the reader before a message is mapped. The value is taken as it came, mark and all, and a
warning says where it was cut, since nobody can tell what is missing (HL7 v2.9, 2.5.5.2). A message
that declares no such character is not looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering


def noted(into: Gathering) -> None:
    """Add a warning for each field with a value that ends in the truncation character."""
    seps = into.seps
    mark = seps.truncation
    if not mark or into.message.text.find(mark, len("MSH|^~\\&#")) < 0:
        return
    ends = "".join(map(re.escape, (seps.component, seps.repetition, seps.sub)))
    cut = re.compile(rf"{re.escape(mark)}(?:[{ends}]|$)")
    for segment in into.message.segments[1:]:
        for number, value in segment.left():
            if mark in value and cut.search(value):
                what = "a value its sender cut short, taken as far as it goes; ask for the whole"
                into.find("warning", "truncated_value", what, f"{segment.place}-{number}")
