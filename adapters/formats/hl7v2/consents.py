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


def stated(segment: Segment, into: Gathering) -> None:
    """Keep what a segment states of a consent as a note, with a finding a person can act on."""
    rule = into.habits.consents
    if rule is None:
        return
    headings.settle(into)
    into.above.nothing()
    answer = datatypes.head(segment.peek(rule.answer), into.seps)
    about, _ = datatypes.coded(datatypes.first(segment.peek(rule.about), into.seps), into.seps)
    if not answer:
        return
    refused, given = answer in rule.refused, answer in rule.given
    words = "refused" if refused else "given" if given else answer
    signed = into.time(segment, rule.signed_on) if rule.signed_on else None
    text = f"{about}: {words}" if about else words
    names = (datatypes.head(segment.peek(rule.about), into.seps), about)
    labels = _labels(rule, names, refused=refused)
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
        what = "the document states a refusal; the plan waits until it, or a consent signed later,"
        into.find("warning", "refusal_stated", f"{what} is registered", at)
    elif given:
        what = "a consent in a document is kept as words; register it to make it count"
        into.find("note", "consent_not_registered", what, at)


def _labels(rule: ConsentRule, names: tuple[str, str], *, refused: bool) -> tuple[str, ...]:
    """Return what the note is about; a refusal of a matter nobody named is restricted."""
    known = next((rule.labels[one] for one in names if one in rule.labels), None)
    if known is None:
        return (_RESTRICTED,) if refused else ()
    return () if known == "general" else (known,)
