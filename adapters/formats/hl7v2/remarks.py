"""NTE: comments on what stands above them, text that goes on, labelled parts that are fields.

Called by the reader's dispatch. A comment belongs to the item of the OBX it follows, and its note
names that item. Only by the profile's word does a comment go on with the text above it, or is a
labelled part (`TGT: 06/30/2026`) a field of the item; what no rule takes stays a note. A comment
under a text that seems to break off is told, never joined by a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes, headings, strays, valuing
from adapters.formats.hl7v2.escapes import unescaped
from adapters.formats.hl7v2.gathering import place
from adapters.profiles import Cuts, targets
from hub.canonical import Code, said

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from adapters.profiles import FieldRule

_CODE: Final = re.compile(r"[A-Z0-9]{1,3}")
_ENDED: Final = ".!?:;"
_LOINC: Final = "http://loinc.org"
_SOURCE, _TYPE = 2, 4


def lines_of(raw: str, into: Gathering) -> str:
    """Return a field's words, its repetitions as lines."""
    return unescaped(raw.replace(into.seps.repetition, "\n"), into.seps)


def nte(segment: Segment, into: Gathering) -> None:
    """Map a comment: onward text, fields, or a note; one taken back stays residue."""
    onward = _onward(segment, into)
    segment.ignore(1, 2)
    kind = datatypes.coded(segment.peek(4), into.seps)[0]
    if _CODE.fullmatch(kind):
        kind = ""  # a code of table 0364, which names nothing to a reader and stays residue
    else:
        segment.take(4)
    raw = segment.peek(3)
    if not raw or raw == datatypes.NULL:
        return
    segment.take(3)
    text, at = lines_of(raw, into), f"{segment.place}-3"
    if onward and _joined(text, into):
        return
    above = _above(into)
    if into.pending is None or into.pending.key[0] != "NTE":
        headings.settle(into)
    into.above.onto = None
    text = _labelled(text, at, into)
    if not text.strip():
        return
    _breaks_off(above, text, at, into, onward=onward)
    _noted(kind, text, at, into)


def _noted(kind: str, text: str, at: str, into: Gathering) -> None:
    about = _about(into)
    key = ("NTE", kind, about)
    code = None if kind else _code(into)
    headings.collect(into, key, kind or about, code, text, at)


def _onward(segment: Segment, into: Gathering) -> bool:
    """Say whether the profile lists this comment's source or type as one that goes on."""
    codes = into.habits.comments.continues
    for number in (_SOURCE, _TYPE):
        if datatypes.head(segment.peek(number), into.seps) in codes.get(f"NTE-{number}", ()):
            segment.ignore(number)
            return True
    return False


def _joined(text: str, into: Gathering) -> bool:
    """Add text to the OBX or comment above it; False where nothing above can go on."""
    pending: headings.Collected | None = into.pending
    words = " ".join(text.split())
    if pending is not None:
        line, at = pending.lines[-1]
        pending.lines[-1] = (f"{line} {words}".strip(), at)
        return True
    if into.above.onto is None:
        return False
    into.above.onto["text"] = f"{said(into.above.onto.get('text'))} {words}".strip()
    return True


def _above(into: Gathering) -> str:
    """Return the words that a comment stands right under, where they are a text of an OBX."""
    pending: headings.Collected | None = into.pending
    return pending.lines[-1][0] if pending is not None and pending.key[0] == "OBX" else ""


def _breaks_off(above: str, text: str, at: str, into: Gathering, *, onward: bool) -> None:
    """Tell of a comment that may belong to the text above; which do is the profile's to say."""
    if onward:
        what = "a comment that goes on, and nothing above it can; it is kept as a note"
        into.find("warning", "nothing_to_go_on", what, at)
    elif not into.habits.comments.continues and _seems_cut(above, text):
        what = "the text above may go on in this comment, it is kept as a note; ask the sender"
        what = f"{what} and say under `comments.continues` which comments do"
        into.find("warning", "text_may_go_on", what, at)


def _seems_cut(above: str, text: str) -> bool:
    if not above:
        return False
    opened = above.count("(") > above.count(")")
    return opened or (above[-1] not in _ENDED and text.lstrip()[:1].islower())


def _about(into: Gathering) -> str:
    """Name what a comment stands under: an item by its words, or else the result before it.

    All of its words, since a note that repeats those of a withheld item is withheld with it.
    """
    if into.above.item is None:
        current = into.current() or into.beside
        return f"About {current}" if current else ""
    name, number = into.above.item
    words = said(into.items[name][number].get("text"))
    kind = into.beside
    return f"About {kind}: {words}" if kind and words else f"About {words or kind}"


def _code(into: Gathering) -> Code | None:
    """Return the code of the item a comment is about: it says how a note is to be protected."""
    if into.above.item is None:
        return None
    name, number = into.above.item
    codes = into.items[name][number].get("codes", ())
    return next((one for one in codes if one.system != _LOINC), None)


def _labelled(text: str, at: str, into: Gathering) -> str:
    """Fill the item above from the labelled parts of a comment, and return what is left of it."""
    found = _item(into)
    rules: dict[str, list[FieldRule]] = {}
    if found is not None:
        for rule in into.habits.comments.fields:
            name, _, _ = rule.target.partition(".")
            if name == found[0]:
                rules.setdefault(rule.source, []).append(rule)
    if found is None or not rules:
        return text
    left = [_of_line(line, rules, found, at, into) for line in text.split("\n")]
    return "\n".join(line for line in left if line)


def _of_line(
    line: str,
    rules: dict[str, list[FieldRule]],
    found: tuple[str, int, dict[str, Any]],
    at: str,
    into: Gathering,
) -> str:
    """Take the labelled parts of one line; a part that fits no field stays, label and all.

    So does what begins with a label that nobody declared: it ends the part before it.
    """
    named = "|".join(re.escape(one) for one in sorted(rules, key=len, reverse=True))
    marks = list(re.finditer(rf"(?<!\w)({named})\s*:", line))
    if not marks:
        return line
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    left = [line[: marks[0].start()]]
    capitals = all(one.isupper() for one in rules)
    for mark, end in zip(marks, ends, strict=True):
        part, stray = strays.apart(line[mark.end() : end], capitals=capitals)
        rest = _rest(rules[mark[1]], part.strip(" ;,"), found, at, into)
        left += [f"{mark[1]}: {rest}" if rest else "", stray]
    return "  ".join(filter(None, map(str.strip, left)))


def _rest(
    rules: list[FieldRule],
    part: str,
    found: tuple[str, int, dict[str, Any]],
    at: str,
    into: Gathering,
) -> str:
    """Fill fields of an item from one labelled part, and return what none of them took of it."""
    filled = [rule for rule in rules if part and _filled(rule, part, found, at, into)]
    cuts: Cuts[None] = Cuts()
    for rule in filled:
        cuts.took(part, None, part, rule.transforms)
    return "".join(rest for _, rest in cuts.rests()) if filled else part


def _filled(
    rule: FieldRule,
    part: str,
    found: tuple[str, int, dict[str, Any]],
    at: str,
    into: Gathering,
) -> bool:
    """Fill one field of an item from one labelled part; a finding where it can't be."""
    name, number, item = found
    leaf = rule.target.partition(".")[2]
    if valuing.holds(item, leaf):
        what = f"`{rule.target}` is said already, the first stands and this stays a note"
        into.find("warning", "stands_twice", what, at)
        return False
    try:
        value = valuing.changed(rule, part, into.habits)
    except ValueError as error:
        what = f"`{rule.target}`: {error}; kept as a note, mend `transform` or `values`"
        into.find("warning", "odd_value", what, at)
        return False
    if not valuing.put(item, targets.LISTS[name], leaf, value):
        what = f"`{rule.target}` takes no such value; kept as a note, mend `values`"
        into.find("warning", "bad_value", what, at)
        return False
    pointer = leaf.replace(".", "/")
    into.places[f"/{name}/{number}/{pointer}"] = place(at, f"comment {rule.source}")
    return True


def _item(into: Gathering) -> tuple[str, int, dict[str, Any]] | None:
    """Return the item above: that of the OBX, or else the problem, goal or order it is under."""
    if into.above.item is not None:
        name, number = into.above.item
        return name, number, into.items[name][number]
    current = into.intervention or into.goal or into.concern
    for name in ("interventions", "goals", "concerns"):
        for number, item in enumerate(into.items[name]):
            if item is current:
                return name, number, item
    return None
