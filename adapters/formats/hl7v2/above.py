"""What stands above a segment while a message is walked: the item that a comment would be about.

Set by `observations`, `labelled`, `headings` and `listed`, read by `remarks` and `subids`. One
value for each message, kept by its `Gathering`; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.canonical import Sealed

if TYPE_CHECKING:
    from adapters.formats.hl7v2.segments import Segment


@dataclass(slots=True, repr=False)
class Above(Sealed):
    """The item that the segment before made, and what OBX-4 has said so far.

    `aside` says that a segment nobody reads stands right above: a comment may be about that one,
    `parted` that one was.
    `item` is its list and number, `onto` the item itself where a comment may go on with its text.
    `subs` says whether the message's sub-ids tell anything; `named` are the items whose id one is:
    list, number, sub-id and place. `ids` are the ids of each list's items so far, `doubled` those
    that two items are called. `near` is the number of the item that stands at a sub-id of its list
    (-1 where several do), `last` the sub-id of each list's last item, whatever the profile says.
    `segments` finds a segment by its place, made when it is first asked. `met` are the declared
    parts of a report, and fields by observation, that the message has.
    """

    item: tuple[str, int] | None = None
    onto: dict[str, Any] | None = None
    subs: bool | None = None
    named: list[tuple[str, int, str, str]] = field(default_factory=list)
    aside: bool = False
    parted: bool = False
    ids: set[tuple[str, str]] = field(default_factory=set)
    doubled: set[tuple[str, str]] = field(default_factory=set)
    near: dict[tuple[str, str], int] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def nothing(self) -> None:
        """Forget the item: what stands above now made none."""
        self.item = self.onto = None
