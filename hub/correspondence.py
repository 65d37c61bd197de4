"""What practices answer about a delivery and senders reply, as frozen values.

Pages and API build a `Given`, the reception keeps it and gives `Said` back. Words and changes are a
person's own: these values refuse to be printed. Nothing here decides; `hub.answers` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import Literal

from hub.canonical import Sealed

AnswerKind = Literal["accept", "dispute", "propose", "return", "cannot_reach", "meeting", "close"]
ReplyKind = Literal["agree", "keep", "meet"]


@dataclass(frozen=True, slots=True, repr=False)
class Change(Sealed):
    """A change a practice proposes to the plan it was sent.

    `pointer` is the JSON pointer (RFC 6901) of an item of the released plan, or a list's `-` for a
    new one; `says` is what it should say, empty to take the item out. The hub adds `before`.
    """

    pointer: str
    says: str
    before: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Given(Sealed):
    """What a practice answers: its kind, a reason code of that kind, words, proposed changes."""

    kind: AnswerKind
    name: str
    reason: str = ""
    code: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Said(Sealed):
    """One answer or one reply to it, as it was recorded, with its words."""

    id: str
    kind: str
    code: str
    name: str
    at: datetime
    reason: str
    changes: tuple[Change, ...] = ()
    replies: tuple[Said, ...] = ()
