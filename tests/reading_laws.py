"""What must be true of every reading of a document nobody here wrote, whatever the document says.

`tests.corpora` counts breaches over whole corpora; `tests/adapters/test_corpora.py` asserts there
are none over a few. The narrative is taken from the bytes anew, never by an adapter's own code. A
breach names laws, counts and places only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from hub.canonical import said, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Plan, Reading

LEAST_KEPT = 0.995
"""The share of a section's words that must stand in the plan."""

_V3 = "{urn:hl7-org:v3}"
_WORD = re.compile(r"[^\W_]+")
_HIDDEN = 4
_NAMELESS = frozenset(
    {"birth", "care", "document", "family", "given", "member", "name", "patient", "person", "plan"}
)
"""Words that stand for a name in samples and are words of findings too."""


def breaches(content: bytes, reading: Reading) -> list[str]:
    """Return every law the reading of these bytes breaks; empty when it keeps all."""
    laws = (_adds_up, _ends_somewhere, _discreet, _whole)
    return [*(words for law in laws for words in law(reading)), *_narrated(content, reading)]


def cda_root(content: bytes) -> etree._Element | None:
    """Return the root of a whole CDA document that parses strictly, or nothing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root.tag == _V3 + "ClinicalDocument" else None


def narrative_kept(root: etree._Element, reading: Reading) -> list[tuple[int, int, int]]:
    """Return (section number, its words, those missing in the plans) for every narrative."""
    have = Counter(word for plan in reading.plans for word in plan_words(plan))
    return [
        (number, sum(words.values()), sum((words - have).values()))
        for number, words in enumerate(_narratives(root), 1)
        if words
    ]


def plan_words(plan: Plan) -> Iterator[str]:
    """Yield every word a plan holds, folded; its places are not what it says."""
    data = wire.plain(plan)
    data.pop("places", None)
    for text in _texts(data):
        yield from folded_words(text)


def folded_words(text: str) -> list[str]:
    """Return the words of a text without regard to case, width or punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _adds_up(reading: Reading) -> Iterator[str]:
    tally = reading.coverage
    if tally.source_items != tally.mapped + tally.residue + tally.ignored:
        yield "the tally does not add up"
    if min(tally.mapped, tally.residue, tally.ignored) < 0:
        yield "the tally counts below nothing"


def _ends_somewhere(reading: Reading) -> Iterator[str]:
    """Check that a document is read or quarantined with a reason that says what to do."""
    errors = [one for one in reading.findings if one.severity == "error"]
    if not reading.plans and not errors:
        yield "neither a plan nor an error"
    for one in errors:
        if one.code in {"adapter_failed", "reader_died", "reader_failed", "reading_off_template"}:
            yield f"{one.code}: {one.message}"


def _discreet(reading: Reading) -> Iterator[str]:
    secrets = {word for plan in reading.plans for word in _secrets(plan)} - _NAMELESS
    for one in reading.findings:
        told = set(folded_words(f"{one.message} {one.place.rule if one.place else ''}"))
        if told & secrets:
            yield f"the finding {one.code} may repeat member data"


def _secrets(plan: Plan) -> Iterator[str]:
    member = plan.member
    texts = [said(member.name.family), *member.name.given, said(member.birth_date)]
    texts += [one.value for one in member.identifiers]
    texts += [line for address in member.addresses for line in address.lines]
    for text in texts:
        yield from (word for word in folded_words(text) if len(word) >= _HIDDEN)


def _whole(reading: Reading) -> Iterator[str]:
    """Check that a plan survives the wire, so that the hub stores what was read."""
    for number, plan in enumerate(reading.plans):
        if wire.decode_plan(wire.encode(plan)) != plan:
            yield f"plan {number} changes on the wire"


def _narrated(content: bytes, reading: Reading) -> Iterator[str]:
    """Check that a CDA that was read names its member and keeps every section's words."""
    root = cda_root(content) if reading.plans and b"ClinicalDocument" in content else None
    if root is None:
        return
    member = reading.plans[0].member
    if not (member.identifiers or member.name.family or member.name.given):
        yield "the plan has no member"
    for number, words, missing in narrative_kept(root, reading):
        if missing > words * (1 - LEAST_KEPT):
            yield f"section {number} lost {missing} of {words} words"


def _narratives(root: etree._Element) -> Iterator[Counter[str]]:
    for section in root.iter(_V3 + "section"):
        for text in section.iterchildren(_V3 + "text"):
            yield Counter(folded_words(" ".join(_runs(text))))


def _runs(element: etree._Element) -> Iterator[str]:
    """Yield runs of text as a reader sees them: markup inside a word does not cut it."""
    run: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        inline = event in {"comment", "pi"} or etree.QName(node).localname in _INLINE
        if not inline:
            yield "".join(run)
            run = []
        if event == "start" and node.text:
            run.append(node.text)
        if event != "start" and node is not element and node.tail:
            run.append(node.tail)
    yield "".join(run)


_INLINE = frozenset({"content", "sub", "sup", "linkHtml", "footnoteRef"})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
