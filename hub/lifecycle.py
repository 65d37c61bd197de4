"""The states of the nouns of the hub, whose turn each is, and which may follow which.

The steps and the store ask `follow` before they change a state; `docs/lifecycle.md` is drawn from
these tables. Nothing here does I/O or knows a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Noun: TypeAlias = Literal["submission", "plan", "delivery", "request"]
Turn: TypeAlias = Literal[
    "the hub",
    "integration staff",
    "privacy officer",
    "operations",
    "MCO",
    "PCMH contact",
    "the asked organisation",
    "the asking organisation",
    "nobody",
]


@dataclass(frozen=True, slots=True)
class State:
    """One state: whose turn it is while it lasts, and what it means in one sentence."""

    noun: Noun
    name: str
    turn: Turn
    meaning: str


STATES: tuple[State, ...] = (
    State("submission", "received", "the hub", "the bytes are durable and wait to be read"),
    State("submission", "read", "nobody", "its adapter made at least one plan of it"),
    State("submission", "quarantined", "integration staff", "it can't be read; findings say why"),
    State("submission", "duplicate", "nobody", "the same bytes came before; the first answers"),
    State("plan", "read", "the hub", "a plan version exists and waits for its member"),
    State(
        "plan",
        "doubtful",
        "integration staff",
        "a value that matters was read with doubt; a person compares it with the source",
    ),
    State("plan", "unmatched", "operations", "no single member on the roster fits"),
    State("plan", "matched", "the hub", "its member is known; it waits for a route"),
    State(
        "plan", "unroutable", "operations", "no designated contact can be found; the MCO is told"
    ),
    State("plan", "routed", "the hub", "its contact is known; it waits for the consent decision"),
    State("plan", "held", "privacy officer", "consent says not yet"),
    State("plan", "released", "nobody", "its exact content was cleared for one contact"),
    State("plan", "denied", "MCO", "the privacy officer decided that it does not go, and why"),
    State(
        "plan",
        "unchanged",
        "nobody",
        "it says what the version before said, which is with its contact; nothing was sent again",
    ),
    State("plan", "superseded", "nobody", "a newer version took its place"),
    State("plan", "recalled", "nobody", "it was withdrawn after it had been released"),
    State("delivery", "queued", "the hub", "it waits to be sent, or to be sent again"),
    State("delivery", "sending", "the hub", "consent was asked again and an attempt is under way"),
    State("delivery", "sent", "PCMH contact", "the bytes are with the practice, not yet taken"),
    State("delivery", "overdue", "operations", "nobody at the practice took it in time"),
    State("delivery", "acknowledged", "PCMH contact", "a named person took it; the loop is closed"),
    State("delivery", "answered", "MCO", "the practice said what it makes of the plan"),
    State("delivery", "returned", "operations", "the practice says it is not theirs; taken back"),
    State("delivery", "undeliverable", "operations", "given up; a named person's turn"),
    State("delivery", "stopped", "privacy officer", "consent changed before it was sent"),
    State(
        *("delivery", "superseded", "nobody"),
        "a newer version took its place before anybody took it, or answered it",
    ),
    State("request", "asked", "the asked organisation", "it was asked and not answered yet"),
    State("request", "promised", "the asked organisation", "an answer was promised by a day"),
    State("request", "overdue", "the asked organisation", "it was not answered by its day"),
    State("request", "answered", "the asking organisation", "what was asked for came back"),
    State("request", "refused", "nobody", "the asked organisation said no, and why"),
    State("request", "withdrawn", "nobody", "the asking organisation took it back"),
    State(
        "request", "stopped", "nobody", "consent, an incident or the directory took its ground away"
    ),
)

TRANSITIONS: dict[Noun, dict[str, tuple[str, ...]]] = {
    "submission": {
        "received": ("read", "quarantined"),
        "quarantined": ("received",),
        "read": (),
        "duplicate": (),
    },
    "plan": {
        "read": ("matched", "unmatched", "doubtful", "superseded"),
        "doubtful": ("read", "superseded"),
        "unmatched": ("read", "matched", "superseded"),
        "matched": ("routed", "unroutable", "unmatched", "superseded"),
        "unroutable": ("matched", "superseded"),
        "routed": ("released", "unchanged", "held", "superseded", "matched"),
        "held": ("routed", "matched", "superseded", "denied"),
        "denied": ("routed", "superseded"),
        "released": ("superseded", "recalled", "routed", "unmatched", "unroutable"),
        "unchanged": (),
        "superseded": (),
        "recalled": (),
    },
    "delivery": {
        "queued": ("sending", "stopped", "superseded", "undeliverable", "acknowledged"),
        "sending": ("sent", "queued", "undeliverable", "acknowledged", "superseded"),
        "sent": (
            *("overdue", "acknowledged", "answered", "returned", "stopped", "superseded"),
            "undeliverable",
        ),
        "overdue": ("acknowledged", "answered", "returned", "superseded", "undeliverable"),
        "acknowledged": ("answered", "returned", "superseded"),
        "answered": ("answered", "returned"),
        "returned": (),
        "undeliverable": ("queued", "acknowledged", "superseded"),
        "stopped": (),
        "superseded": (),
    },
    "request": {
        "asked": ("promised", "overdue", "answered", "refused", "withdrawn", "stopped"),
        "promised": ("promised", "overdue", "answered", "refused", "withdrawn", "stopped"),
        "overdue": ("promised", "answered", "refused", "withdrawn", "stopped"),
        "answered": ("answered",),
        "refused": (),
        "withdrawn": (),
        "stopped": (),
    },
}


def follow(noun: Noun, before: str, after: str) -> str:
    """Return `after` if it may follow `before`; `ValueError` otherwise, since that is our fault."""
    if after not in TRANSITIONS[noun][before]:
        raise ValueError(f"a {noun} can't go from {before} to {after}")
    return after


def turn(noun: Noun, name: str) -> Turn:
    """Return whose turn it is while a noun is in the state."""
    return next(s.turn for s in STATES if s.noun == noun and s.name == name)


def diagram() -> str:
    """Return `docs/lifecycle.md`: a drawing and a table of every state."""
    out = ["# Lifecycle", "", "Generated by `make docs` from `hub/lifecycle.py`.", ""]
    for noun, table in TRANSITIONS.items():
        out += [f"## {noun}", "", "```mermaid", "stateDiagram-v2"]
        out += [f"  {a} --> {b}" for a, after in table.items() for b in after]
        out += ["```", "", "| state | whose turn | meaning |", "|---|---|---|"]
        out += [f"| {s.name} | {s.turn} | {s.meaning} |" for s in STATES if s.noun == noun]
        out.append("")
    return "\n".join(out)
