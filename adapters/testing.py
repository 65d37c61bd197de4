"""The conformance suite that every adapter inherits: what any reader of plans must keep to.

A test class names its adapter and samples and inherits `Suite`; `complaints` gives the same checks
as words, for the command line. It needs no server, no database and no test library. It never prints
what a document says: complaints name pointers, codes and counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from hub.canonical import Adapter, Document, Plan, Reading, each, said, wire

STRANGERS: Final = (
    b"",
    b"\x00" * 64,
    b"\x89PNG\r\n\x1a\n" + bytes(range(64)),
    b"<?xml version='1.0'?><note>hello</note>",
    b'{"resourceType": "Basic"}',
    b"one line of words, and nothing else",
)
"""Bytes that no MCO's adapter may claim."""

_ISO: Final = re.compile(
    r"\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?"
)
_DATES: Final = frozenset(
    {
        "assessed_on",
        "birth_date",
        "copy_given_on",
        "date",
        "due",
        "end",
        "enrolled_on",
        "last",
        "next_due",
        "offered_on",
        "on",
        "onset",
        "reoutreach_due",
        "signed_on",
        "start",
        "written_on",
    }
)
_LINKS: Final = frozenset({"concerns", "goals", "interventions"})
_GIVEN: Final = frozenset(
    {
        "bytes",
        "confidential",
        "id",
        "kind",
        "labels",
        "lead",
        "part2_origin",
        "schema",
        "sha256",
        "status",
        "use",
    }
)
"""Keys whose values the reader itself gives: ids and links, kinds and defaults, sums."""

_HIDDEN: Final = 4


def complaints(adapter: Adapter, document: Document) -> list[str]:
    """Return everything in which the adapter breaks the contract over one sample document."""
    return [
        f"{name}: {words}" for name, check in CHECKS.items() for words in check(adapter, document)
    ]


def _named(adapter: Adapter, _: Document) -> Iterator[str]:
    """Check that it says its name and version, and has the two methods."""
    if not isinstance(adapter, Adapter):
        yield "is no Adapter: `name`, `version`, `identify` and `read` are needed"
    elif not (adapter.name and adapter.version):
        yield "`name` and `version` may not be empty"


def _identifies(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that it claims its own sample and no stranger's bytes."""
    if not adapter.identify(document):
        yield "does not claim its own sample"
    for number, content in enumerate(STRANGERS):
        if adapter.identify(Document(content)):
            yield f"claims stranger {number}"


def _reads(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that it makes a plan with content, about a member who can be matched."""
    reading = adapter.read(document)
    if not reading.plans:
        yield f"no plan was read: {sorted({f.code for f in reading.findings})}"
    for number, plan in enumerate(reading.plans):
        if not _content(plan) and plan.header.status != "revoked":
            yield f"plan {number} holds nothing"
        if not (plan.member.identifiers or said(plan.coverage.member_id)):
            yield f"plan {number} has no member id"
        if not said(plan.member.name.family):
            yield f"plan {number} has no member name"


def _content(plan: Plan) -> bool:
    lists = (plan.concerns, plan.goals, plan.interventions, plan.outcomes, plan.medications)
    return any(map(each, lists)) or bool(plan.notes or plan.asks or plan.attachments)


def _adds_up(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that its tally counts something and adds up: nothing vanishes."""
    tally = adapter.read(document).coverage
    if tally.source_items < 1:
        yield "the tally counts nothing"
    if tally.source_items != tally.mapped + tally.residue + tally.ignored:
        yield "the tally does not add up"


def _follows_template(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that its reading survives the wire, so that every type is the template's."""
    reading = adapter.read(document)
    if wire.unframe_reading(wire.frame(reading)) != reading:
        yield "the reading changes on the wire"


def _placed(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that every value has a place, and that every place is that of a value."""
    for number, plan in enumerate(adapter.read(document).plans):
        data = wire.plain(plan)
        data.pop("places", None)
        leaves = set(_leaves(data, ""))
        for pointer in leaves:
            if not _has_place(pointer, plan.places):
                yield f"plan {number}: no place for {pointer}"
        for pointer in plan.places:
            if pointer not in leaves and not any(leaf.startswith(pointer + "/") for leaf in leaves):
                yield f"plan {number}: a place for nothing at {pointer}"


def _has_place(pointer: str, places: Mapping[str, Any]) -> bool:
    parts = pointer.split("/")
    if (_GIVEN | _LINKS) & set(parts[2:]) or parts[1] in _GIVEN:
        return True
    return any("/".join(parts[:depth]) in places for depth in range(len(parts), 1, -1))


def _leaves(value: object, at: str) -> Iterator[str]:
    if isinstance(value, dict) and "absent" not in value:
        for key, item in value.items():
            yield from _leaves(item, f"{at}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{at}/{number}")
    else:
        yield at


def _dated(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that every date is ISO 8601 at the precision given."""
    for number, plan in enumerate(adapter.read(document).plans):
        data = wire.plain(plan)
        data.pop("places", None)
        for key, value, at in _named_values(data, ""):
            if key in _DATES and isinstance(value, str) and not _ISO.fullmatch(value):
                yield f"plan {number}: no ISO date at {at}"


def _named_values(value: object, at: str) -> Iterator[tuple[str, object, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item, f"{at}/{key}"
            yield from _named_values(item, f"{at}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _named_values(item, f"{at}/{number}")


def _linked(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that ids are unique in their list, and that no link leads nowhere."""
    for number, plan in enumerate(adapter.read(document).plans):
        lists = {name: each(getattr(plan, name)) for name in ("concerns", "goals", "interventions")}
        ids = {name: [item.id for item in items if item.id] for name, items in lists.items()}
        for name, given in ids.items():
            if len(given) != len(set(given)):
                yield f"plan {number}: an id stands twice in {name}"
        for item in (*lists["goals"], *lists["interventions"], *each(plan.outcomes)):
            for name in ("concerns", "goals", "interventions"):
                if not set(getattr(item, name, ())) <= set(ids[name]):
                    yield f"plan {number}: a link to {name} leads nowhere"


def _steady(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that the same bytes give the same reading."""
    if wire.frame(adapter.read(document)) != wire.frame(adapter.read(document)):
        yield "two readings of the same bytes differ"


def _discreet(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that no finding repeats what is said about the member, and nothing prints it."""
    reading = adapter.read(document)
    secrets = {s.casefold() for plan in reading.plans for s in _secrets(plan) if len(s) >= _HIDDEN}
    for finding in reading.findings:
        told = f"{finding.message} {finding.place.at if finding.place else ''}".casefold()
        if any(secret in told for secret in secrets):
            yield f"the finding {finding.code} repeats member data"
    if "sealed" not in repr(reading):
        yield "the reading prints what it holds"


def _secrets(plan: Plan) -> Iterator[str]:
    yield said(plan.member.name.family)
    yield from plan.member.name.given
    yield said(plan.member.birth_date)
    yield from (identifier.value for identifier in plan.member.identifiers)


def _encloses(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that every attachment's bytes travel with the reading."""
    reading = adapter.read(document)
    named = {a.sha256 for plan in reading.plans for a in plan.attachments}
    if not named <= set(reading.enclosures):
        yield "an attachment has no bytes"


def _sturdy(adapter: Adapter, document: Document) -> Iterator[str]:
    """Check that cut, doubled and spoilt copies end in a reading too, never in an exception."""
    for name, content in damaged(document.content):
        try:
            reading = adapter.read(Document(content, document.name))
        except Exception as error:  # noqa: BLE001  # whatever is raised is the complaint
            yield f"{type(error).__name__} over a copy that is {name}"
        else:
            if not isinstance(reading, Reading):
                yield f"no reading of a copy that is {name}"


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield copies of a document with one thing wrong in each, the same ones every time."""
    yield "empty", b""
    yield "doubled", content + content
    yield "without line ends", content.replace(b"\r", b"").replace(b"\n", b"")
    for part in range(1, 8):
        yield f"cut at {part}/8", content[: len(content) * part // 8]
    for part in range(8):
        at = len(content) * part // 8
        yield f"zeroed at {part}/8", content[:at] + b"\x00" + content[at + 1 :]
        yield f"high at {part}/8", content[:at] + b"\xff\xfe" + content[at + 2 :]


Check = Callable[[Adapter, Document], Iterator[str]]
CHECKS: Final[Mapping[str, Check]] = {
    "named": _named,
    "identifies": _identifies,
    "reads": _reads,
    "adds up": _adds_up,
    "follows template": _follows_template,
    "placed": _placed,
    "dated": _dated,
    "linked": _linked,
    "steady": _steady,
    "discreet": _discreet,
    "encloses": _encloses,
    "sturdy": _sturdy,
}
"""Every check by its name; a fault found in the field becomes a new one here, for all adapters."""


class Suite:
    """Inherit it, set `adapter` and `samples`, and pytest runs every check over every sample."""

    adapter: ClassVar[Adapter]
    samples: ClassVar[tuple[Document, ...]]

    def test_has_samples(self) -> None:
        """An adapter comes with at least one document it reads."""
        if not self.samples:
            raise AssertionError("no sample, no adapter")

    def test_keeps_the_contract(self) -> None:
        """Every sample passes every check."""
        found = [words for sample in self.samples for words in complaints(self.adapter, sample)]
        if found:
            raise AssertionError("; ".join(found))
