"""Samples somebody looks at: in this process' memory only, for a short time, for one session only.

Pages put a sample in and ask for it again by an identifier that says nothing. Nothing of it is
written to a disk, a log or the ledger; a restart or half an hour without a look forgets it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.canonical import Sealed
from hub.errors import Refused
from hub.ids import new_id

if TYPE_CHECKING:
    from hub.canonical import Reading
    from hub.canonical.source import Bench
    from hub.ports import Binding

LIFE = timedelta(minutes=30)
LARGEST = 16 * 1024 * 1024
EACH = 4
ALL_BYTES = 192 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Looked(Sealed):
    """One reading of a sample with all that is shown of it, and how long it took in seconds."""

    reading: Reading
    bench: Bench
    seconds: float


@dataclass(slots=True, repr=False)
class Sample(Sealed):
    """A sample on the bench: `first` as its sender's bound adapters read it, `now` as read last.

    `on` is the adapter whose profile is being edited, `text` that profile as it was sent last;
    `left` is what a proposal could not bind.
    """

    owner: str
    sender: str
    sender_name: str
    name: str
    content: bytes
    bindings: tuple[Binding, ...]
    first: Looked
    now: Looked
    seen: datetime
    on: str = ""
    text: str = ""
    left: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: new_id("wb"))

    @property
    def weight(self) -> int:
        """Return about how many bytes it holds."""
        pictures = sum(len(part.image) for part in self.now.bench.source.parts)
        return len(self.content) + 2 * pictures


class Samples:
    """All samples of this process; the oldest give way."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Sample] = OrderedDict()

    def put(self, sample: Sample) -> None:
        """Keep a sample; a person's fifth, and what is too much for all, pushes the oldest out."""
        self._forget_old(sample.seen)
        mine = [one.id for one in self._kept.values() if one.owner == sample.owner]
        for old in mine[: max(0, len(mine) - EACH + 1)]:
            del self._kept[old]
        self._kept[sample.id] = sample
        while len(self._kept) > 1 and sum(one.weight for one in self._kept.values()) > ALL_BYTES:
            self._kept.popitem(last=False)

    def get(self, sample: str, owner: str, at: datetime) -> Sample:
        """Return a session's own sample; `Refused` 404 for another's, an old one, or none."""
        self._forget_old(at)
        found = self._kept.get(sample)
        if found is None or not owner or found.owner != owner:
            raise Refused(
                "sample_gone", "the sample is no longer here; choose it again", status=404
            )
        found.seen = at
        self._kept.move_to_end(sample)
        return found

    def of(self, owner: str, at: datetime) -> list[Sample]:
        """Return a session's samples, the last looked at first."""
        self._forget_old(at)
        return [one for one in reversed(self._kept.values()) if owner and one.owner == owner]

    def forget(self, sample: str, owner: str) -> None:
        """Forget a session's own sample; nothing happens when there is none."""
        found = self._kept.get(sample)
        if found is not None and owner and found.owner == owner:
            del self._kept[sample]

    def _forget_old(self, at: datetime) -> None:
        for old in [one.id for one in self._kept.values() if at - one.seen > LIFE]:
            del self._kept[old]
