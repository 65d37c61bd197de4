"""Step seven: what the practice says of a delivery, and whether it may say it.

Pages and API hand an answer here before the store writes it. An acknowledgment is given once, by a
named person of the addressed practice; it closes the loop. An answer says what they make of the
plan. Neither can be given by a machine receipt, a GET, or another organisation. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.lifecycle import TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.asked import Actor, AnswerKind

LONGEST = 2000
AGREEMENT: dict[str, str] = {
    "accept": "accepted",
    "dispute": "disputed",
    "cannot_reach": "cannot_reach",
}


def acknowledgment(actor: Actor, delivery: Mapping[str, Any] | None, name: str) -> str:
    """Return the name that takes a delivery (its row, or None where there is none).

    `Refused` 404 for another's, 409 when it isn't open, 422 without a name.
    """
    state = _addressed(actor, delivery)
    tried = state != "queued" or bool(delivery and delivery.get("attempts"))
    if not tried or (
        "acknowledged" not in TRANSITIONS["delivery"][state] and state != "acknowledged"
    ):
        raise Refused("not_open", f"a delivery that is {state} can't be acknowledged", status=409)
    return _named(name)


def answer(
    actor: Actor, delivery: Mapping[str, Any] | None, kind: AnswerKind, given: tuple[str, str]
) -> tuple[str, str]:
    """Return (name, reason) of an answer; a dispute or `cannot_reach` needs its reason."""
    state = _addressed(actor, delivery)
    if "answered" not in TRANSITIONS["delivery"][state]:
        raise Refused("not_open", f"a delivery that is {state} can't be answered", status=409)
    name, reason = given
    reason = reason.strip()
    if kind != "accept" and not reason:
        raise Refused("reason_missing", f"`{kind}` needs a reason in words", status=422)
    if len(reason) > LONGEST:
        raise Refused("reason_too_long", f"keep the reason under {LONGEST} characters", status=422)
    return _named(name), reason


def _addressed(actor: Actor, delivery: Mapping[str, Any] | None) -> str:
    """Return the delivery's state if it is addressed to the actor's organisation."""
    if delivery is None or actor.organisation != delivery["pcmh"]:
        raise Refused("not_found", "there is no such delivery", status=404)
    state: str = delivery["state"]
    return state


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused("name_missing", "say the name of the person who takes it", status=422)
    return name[:200]
