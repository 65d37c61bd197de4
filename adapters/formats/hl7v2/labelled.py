"""OBX whose name (OBX-3) the sender's profile lists under `sections`: coded items and their fields.

Called by `observations` before an OBX is taken by its value type. A name that opens a list makes
an item of each coded value; a name such as `goals.due` fills that field of the list's last item,
or of the one that its sub-id names.
Text under a name that opens a list is `headings`' work; nothing undeclared is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes, headings, subids, valuing
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.habits import heading_key
from adapters.profiles import targets

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_CODED: Final = frozenset({"CE", "CWE", "CNE", "CF"})
_TIMES: Final = frozenset({"due", "start", "end", "onset", "date", "recorded_on"})
_ITEMS: Final = {"concerns": "c", "goals": "g", "interventions": "i", "medications": "m"}


def declared(segment: Segment, kind: str, into: Gathering) -> bool:
    """Say whether the OBX was taken as the profile declares its name."""
    seps = into.seps
    name, codes = datatypes.coded(segment.peek(3), seps)
    keys = [heading_key(name), *(heading_key(one.code or "") for one in codes)]
    target = next((into.fields[key] for key in keys if key in into.fields), "")
    if target:
        into.above.met.add(target)
        return _field(segment, target, into)
    opened = next((into.headings[key] for key in keys if key in into.headings), "")
    if kind in _CODED and opened in _ITEMS:
        return _coded(segment, opened, into)
    return False


def _field(segment: Segment, target: str, into: Gathering) -> bool:
    """Fill a field of the item of a list it is of; False where there is none, or it is filled.

    A value with repetitions fills nothing: one field can't hold them, the ordinary way keeps all.
    """
    if into.seps.repetition in segment.peek(5):
        return False
    headings.settle(into)
    name, _, leaf = target.partition(".")
    items = into.items[name]
    seps, at = into.seps, f"{segment.place}-5"
    text = datatypes.words(datatypes.first(segment.peek(5), seps), seps)
    value = datatypes.iso(text) if leaf in _TIMES else text
    number, named = subids.item_of(name, segment, into)
    if items and number < 0:
        what = f"`{target}`: its sub-id is not that of the item above, it is kept as a result; say"
        into.find("warning", "item_unclear", f"{what} under `sub_ids` what a sub-id is", at)
    if number < 0 or not value or leaf in items[number]:
        return False
    if not valuing.put(items[number], targets.LISTS[name], leaf, value):
        what = f"`{target}` takes no such value, it is kept as a result; ask the sender"
        into.find("warning", "bad_value", what, at)
        return False
    into.places[f"/{name}/{number}/{leaf}"] = place(at)
    into.above.item, into.above.onto = (name, number), None
    into.beside = datatypes.coded(segment.peek(3), seps)[0]
    if named:
        segment.take(subids.NUMBER)
    subids.leave(segment, into)
    _done(segment)
    return True


def _coded(segment: Segment, name: str, into: Gathering) -> bool:
    """Make an item of each coded value, with its codes."""
    headings.settle(into)
    raws = [one for one in segment.peek(5).split(into.seps.repetition) if one]
    for raw in raws:
        text, codes = datatypes.coded(raw, into.seps)
        item = into.add(name, segment, text=(text, 5), codes=(codes, 5))
        item["id"] = f"{_ITEMS[name]}{len(into.items[name])}"
    if not raws:
        return False
    _known(segment, name, item, into, alone=len(raws) == 1)
    _done(segment)
    return True


def _known(
    segment: Segment, name: str, item: dict[str, Any], into: Gathering, *, alone: bool
) -> None:
    """Remember the item a comment below is about, and give it its sub-id; several share neither."""
    number = len(into.items[name]) - 1
    into.beside = datatypes.coded(segment.peek(3), into.seps)[0]
    into.above.item, into.above.onto = ((name, number), item) if alone else (None, None)
    subids.stands(name, [datatypes.words(segment.peek(subids.NUMBER), into.seps)], into)
    sub = subids.of(segment, into) if alone else ""
    if sub:
        subids.named(item, name, number, sub, into, f"{segment.place}-4")
        if item["id"] == sub:
            segment.take(4)
    subids.leave(segment, into)


def _done(segment: Segment) -> None:
    segment.take(5)
    segment.take(3)
    segment.ignore(1, 2, 11)
