"""What stands above a segment while a message is walked: the item that a comment would be about.

Set by `observations`, `labelled`, `headings` and `listed`, read by `remarks` and `subids`. One
value for each message, kept by its `Gathering`; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub.canonical import Sealed


@dataclass(slots=True, repr=False)
class Above(Sealed):
    """The item that the segment before made, and what OBX-4 has said so far.

    `item` is its list and number, `onto` the item itself where a comment may go on with its text.
    `subs` says whether the message's sub-ids tell anything; `named` are the items whose id one is:
    list, number, sub-id and place.
    """

    item: tuple[str, int] | None = None
    onto: dict[str, Any] | None = None
    subs: bool | None = None
    named: list[tuple[str, int, str, str]] = field(default_factory=list)

    def nothing(self) -> None:
        """Forget the item: what stands above now made none."""
        self.item = self.onto = None
