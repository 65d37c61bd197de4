"""Rows of a report in text to items of the plan, by the profile's `rows`.

Called by `headings` with what `reports` found in a text. A value its field does not take, a column
that no rule reads and what a transform leaves are notes about the item, never lost; a link to an
item that is not there is told and left out. "NKDA" for an allergy says that none is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import making, valuing
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.habits import heading_key
from adapters.profiles import Cuts, targets
from hub.canonical import Absent, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.hl7v2.aligned import Row
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.profiles import FieldRule, RowRule

_LINKS: Final = frozenset({"concerns", "goals", "interventions"})
_NEEDED: Final = {"assessments": "name", "team": "party"}
_NONE: Final = frozenset(
    {"nkda", "nka", "no known allergies", "no known drug allergies", "none known"}
)


def none_known(target: str, text: str, at: str, into: Gathering) -> bool:
    """Say whether an entry says that no allergy is known, and keep that where none is listed."""
    if target != "allergies" or heading_key(text) not in _NONE or into.items["allergies"]:
        return False
    into.singles["allergies"] = Absent("none")
    into.places["/allergies"] = place(at)
    return True


def items(rows: Mapping[str, Sequence[Row]], into: Gathering) -> list[tuple[str, str, str]]:
    """Make the items of all rows; return what is left: the words it is about, the words, place."""
    left: list[tuple[str, str, str]] = []
    ruled: set[str] = set()
    for rule in into.habits.rows:
        for name in (one for one in rule.when if one in rows):
            ruled.add(name)
            for row in rows[name]:
                _item(rule, name, row, into, left)
    for name in (one for one in rows if one not in ruled):
        for row in rows[name]:
            words = " ".join(words for words, _ in row.values())
            left.append((name, words, next(iter(row.values()))[1]))
    _links(into)
    return left


def _item(
    rule: RowRule, name: str, row: Row, into: Gathering, left: list[tuple[str, str, str]]
) -> None:
    item: dict[str, Any] = {}
    places: dict[str, Any] = {}
    cuts: Cuts[str] = Cuts()
    for field in rule.fields:
        some = [(one, *row[one]) for one in (field.source, *field.more) if one in row]
        if not some:
            continue
        value = _value(field, [words for _, words, _ in some], some[0][2], into)
        if value and _put(item, rule.into, field, value, some[0][2], into):
            places[field.target] = place(some[0][2], f"report {name}")
            for source, words, _ in some:
                cuts.took(source, source, words, field.transforms)
    first = next(iter(row.values()))[1]
    if rule.into == "allergies" and none_known(rule.into, said(item.get("text")), first, into):
        return
    about = ""
    if _NEEDED.get(rule.into, "text") in item:
        making.added(rule.into, item, places, into)
        about = _words(rule.into, item)
    taken = set(places) and {
        one
        for field in rule.fields
        if field.target in places
        for one in (field.source, *field.more)
    }
    read = taken if about else set()
    keep = {n: words for n, (words, _) in row.items() if n not in read and not _links_only(n, into)}
    left += [(about or name, f"{n}: {words}", first) for n, words in keep.items()]
    left += [(about, f"{n}: {rest}", first) for n, rest in cuts.rests() if about]


def _links_only(name: str, into: Gathering) -> bool:
    """Say whether a column is the number of a row or of its block, which is no words of its own."""
    report = into.habits.report
    return name == "number" or (report is not None and name in report.blocks)


def _value(field: FieldRule, texts: list[str], at: str, into: Gathering) -> str:
    """Return what a rule makes of its columns, a blank between them; nothing with a finding."""
    try:
        return " ".join(valuing.changed(field, one, into.habits) for one in texts)
    except ValueError as error:
        what = f"`{field.target}`: {error}; kept as a note, mend `transform` or `values`"
        into.find("warning", "odd_value", what, at)
        return ""


def _put(
    item: dict[str, Any], name: str, rule: FieldRule, value: str, at: str, into: Gathering
) -> bool:
    """Set one field of an item; False, with a finding, where it takes no such value."""
    if rule.target in _LINKS and targets.item_shape(name, rule.target) == "list":
        item[rule.target] = (*item.get(rule.target, ()), value)
        return True
    fits = making.put(item, name, rule, value)
    if not fits:
        what = f"`{rule.target}` takes no such value, kept as a note; mend `values`"
        into.find("warning", "bad_value", what, at)
    return fits


def _words(name: str, item: dict[str, Any]) -> str:
    """Return the words by which a note names an item."""
    party = item.get("party")
    return said(item.get("text") or item.get("name") or (party.name if party else None)) or name


def _links(into: Gathering) -> None:
    """Leave out links to items that are not there, or that two items are called by, and tell."""
    ids = {name: [one.get("id") for one in into.items[name]] for name in _LINKS}
    for name in making.IDS:
        for number, item in enumerate(into.items[name]):
            for to in _LINKS & set(item):
                sure = [one for one in item[to] if ids[to].count(one) == 1]
                if len(sure) < len(item[to]):
                    where = into.places.get(f"/{name}/{number}/{to}")
                    what = f"`{to}` names what is not in the message, or two items; it was left out"
                    into.find("warning", "dangling_link", what, where.at if where else "OBX")
                item[to] = sure
