"""Takes a practice's return file, whichever way it came: each line recorded, each line told.

The page of return files, `POST /v1/returns` and the SFTP inbox all call `take`. A line that says
what was said already changes nothing, so that the same file may be sent twice; a line that can't be
taken never keeps its neighbours from being taken. What is told holds no reason and no plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hub.canonical import Sealed
from hub.errors import Refused
from hub.return_file import Line, lines

if TYPE_CHECKING:
    from hub.asked import Actor, Reception
    from hub.correspondence import Given
    from hub.ports import Clock
    from hub.returning import Returning

MOST_BYTES: Final = 1_000_000
_ID: Final = "del_"
_NAMED: Final = "name"

Outcome = Literal["taken", "already", "refused"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where lines are recorded: the practice's deliveries, its return codes, and the time."""

    reception: Reception
    returning: Returning
    clock: Clock


@dataclass(frozen=True, slots=True, repr=False)
class Told(Sealed):
    """What became of one line: its number, what it was about, its status, and what to say of it."""

    number: int
    key: str
    status: str
    outcome: Outcome
    says: str


async def take(desk: Desk, actor: Actor, content: bytes, name: str = "") -> list[Told]:
    """Record a file's lines for the person named, and tell what became of each.

    A first line `name,Ada Holt` names the person where nothing else does. `Refused` 422 for what is
    no such file, holds too many lines, or names nobody; 413 for a huge one.
    """
    if len(content) > MOST_BYTES:
        raise Refused("too_large", "a return file has at most a megabyte", status=413)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("not_utf8", "save the file as CSV in UTF-8", status=422) from None
    name, text = _signed(text, name)
    if not name.strip():
        what = "say who answers: begin the file with a line like name,Ada Holt"
        raise Refused("name_missing", what, status=422)
    told = []
    for one in lines(text, desk.clock.now().date()):
        if isinstance(one, tuple):
            told.append(Told(one[0], "", "", "refused", one[1]))
            continue
        try:
            outcome, says = await _recorded(desk, actor, one, name)
        except Refused as refusal:
            outcome, says = "refused", refusal.detail.replace("`", "")
        told.append(Told(one.number, one.key, one.status, outcome, says))
    if not told:
        raise Refused("empty", "the file has no lines", status=422)
    return told


def _signed(text: str, name: str) -> tuple[str, str]:
    """Return (name, text); a first line that names the person is emptied, so that numbers stay."""
    first, end, rest = text.partition("\n")
    head, _, told = first.strip().partition(",")
    if head.strip().lower() != _NAMED or "," in told.strip(", "):
        return name, text
    return name or told.strip(' ",'), f"{end}{rest}"


async def _recorded(desk: Desk, actor: Actor, line: Line, name: str) -> tuple[Outcome, str]:
    """Record one line; return how it went and what to say of it."""
    begun, delivery = desk.clock.now(), line.key
    if not delivery.startswith(_ID):
        delivery = await desk.returning.known(actor, line.key)
    given = line.given(name)
    if given is None:
        at = await desk.reception.acknowledge(actor, delivery, name)
        if at >= begun:
            return "taken", "acknowledged"
        return "already", "was acknowledged already"
    if await _said_already(desk, actor, delivery, given):
        return "already", "was said already"
    await desk.reception.answer(actor, delivery, given)
    return "taken", line.status.replace("_", " ")


async def _said_already(desk: Desk, actor: Actor, delivery: str, given: Given) -> bool:
    said = await desk.reception.said(actor, delivery)
    new = (given.kind, given.code, given.reason)
    return any((one.kind, one.code, one.reason) == new for one in said)
