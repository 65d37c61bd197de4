"""A consent or refusal that a message states, in the segment that the profile names.

Called by the reader for each such segment. It becomes a note of its own words, protected by what it
is about, and never a consent: what a machine read can grant nothing. A stated refusal says so in
the place of its note, so that the release step holds the plan until a person has heard it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes, headings
from adapters.formats.hl7v2.gathering import place
from hub.canonical.place import REFUSED

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from adapters.profiles import ConsentRule

_SECTION: Final = "Consent as the document states it"
_RESTRICTED: Final = "restricted"
_GENERAL: Final = "general"
_SYSTEMS: Final = frozenset({2, 5})
"""Where a coded value (CE, CWE) names the systems of its codes, counted from 0."""
_NO: Final = frozenset(
    {"n", "no", "false", "0", "refused", "declined", "denied", "revoked", "withdrawn", "not given"}
)
"""Answers that are a refusal whatever a profile forgot to name."""


def stated(segment: Segment, into: Gathering) -> None:
    """Keep what a segment states of a consent as a note, with a finding a person can act on."""
    rule = into.habits.consents
    if rule is None:
        return
    headings.settle(into)
    into.above.nothing()
    answers = [word for told in _said(segment.peek(rule.answer), into) for word in told]
    matters = _said(segment.peek(rule.about), into)
    about, _ = datatypes.coded(datatypes.first(segment.peek(rule.about), into.seps), into.seps)
    if not answers:
        return
    answer = answers[0]
    refused, given = _heard(answers, rule)
    words = "refused" if refused else "given" if given else answer
    signed = into.time(segment, rule.signed_on) if rule.signed_on else None
    text = f"{about}: {words}" if about else words
    labels = _labels(rule, matters, refused=refused)
    at = f"{segment.place}-{rule.answer}"
    number = len(into.items["notes"])
    text = f"{text}, {signed}" if signed else text
    note = into.add("notes", segment, section=(_SECTION, rule.answer), text=(text, rule.answer))
    note["labels"] = labels
    for taken in (rule.about, rule.answer):
        raw = segment.peek(taken)
        if into.seps.component not in raw and into.seps.repetition not in raw:
            segment.take(taken)
    segment.ignore_set_id()
    if refused:
        into.places[f"/notes/{number}/text"] = place(at, f"{REFUSED} {signed or ''}".strip())
    _tell(at, into, refused=refused, given=given)


def _tell(at: str, into: Gathering, *, refused: bool, given: bool) -> None:
    """Say what a person can do about a stated consent or refusal."""
    if refused:
        what = "the document states a refusal; the plan waits until it, or a consent signed later,"
        into.find("warning", "refusal_stated", f"{what} is registered", at)
    elif given:
        what = "a consent in a document is kept as words; register it to make it count"
        into.find("note", "consent_not_registered", what, at)
    else:
        what = "an answer that the profile names neither under `refused` nor `given`; kept as words"
        into.find("warning", "consent_unclear", f"{what}, look at it and name it there", at)


def _said(raw: str, into: Gathering) -> list[list[str]]:
    """Return the codes and words of each repetition of a field, without their code systems."""
    seps = into.seps
    found = []
    for one in raw.split(seps.repetition):
        parts = [datatypes.words(part, seps) for part in one.split(seps.component)]
        told = [part for at, part in enumerate(parts) if part and at not in _SYSTEMS]
        if told and told != [datatypes.NULL]:
            found.append(told)
    return found


def _heard(answers: list[str], rule: ConsentRule) -> tuple[bool, bool]:
    """Return whether an answer is a refusal and whether it is a consent; a refusal goes first.

    Case does not matter, and one repetition or component that refuses is enough. A plain no is a
    refusal unless the profile names it among `given`.
    """
    said = {one.casefold() for one in answers}
    given = said & {one.casefold() for one in rule.given}
    refused = said & {one.casefold() for one in rule.refused} or (said & _NO) - given
    return bool(refused), bool(given)


def _labels(rule: ConsentRule, matters: list[list[str]], *, refused: bool) -> tuple[str, ...]:
    """Return what the note is about; a refusal of a matter nobody named is restricted."""
    by_word = {word.casefold(): label for word, label in rule.labels.items()}
    found = {}
    for words in matters or [[]]:
        known = [label for one in words if (label := by_word.get(one.casefold()))]
        found[known[0] if known else _RESTRICTED if refused else _GENERAL] = True
    return tuple(one for one in found if one != _GENERAL)
