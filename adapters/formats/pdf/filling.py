"""Found values to a canonical plan, by the rules of a profile: transforms, value maps, places.

Called by the reader in this package. A value that a transform or the template refuses is kept as
residue with a finding that names the rule, never the value; nothing is guessed to make it fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import structs

from adapters.formats.numbered import NUMBERED
from adapters.formats.pdf import nothings, onesame
from adapters.formats.pdf.claims import DOUBTFUL, Found, Left
from adapters.formats.pdf.cutting import Cuts, started
from adapters.formats.pdf.dividing import divided
from adapters.formats.pdf.shapes import SaysNothing, changed, shaped
from adapters.formats.pdf.words import UNMAPPED
from adapters.profiles import NotThere, system_of, targets
from hub.canonical import Finding, Place, Sealed, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.profiles import FieldRule, Profile, RowRule
    from hub import canonical

_ROOTS = ("header", "member", "coverage", "plan")
_SYSTEM = ".system"


@dataclass(slots=True, repr=False)
class Draft(Sealed):
    """A plan being filled: its JSON, its places, and what didn't fit."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    refused: list[Found] = field(default_factory=list)
    landed: list[Found] = field(default_factory=list)
    cuts: Cuts = field(default_factory=Cuts)
    none: list[tuple[str, Found]] = field(default_factory=list)
    again: set[tuple[str, int]] = field(default_factory=set)
    passed: list[tuple[Found, str]] = field(default_factory=list)

    def keep(self, found: Found, label: str) -> None:
        """Keep a value that fits nowhere as residue."""
        self.left.append(Left(found.text, found.place, label))
        self.refused.append(found)

    def note(self, section: tuple[str, Place], text: tuple[str, Place]) -> None:
        """Add a note with its heading."""
        number = len(self.data.setdefault("notes", []))
        self.data["notes"].append({})
        self.put(("notes", str(number), "section"), *section)
        self.put(("notes", str(number), "text"), *text)

    def put(self, path: tuple[str, ...], value: object, place: Place) -> None:
        """Set a leaf and note where it was read."""
        here: Any = self.data
        for name, below in pairwise(path):
            here = _step(here, name, [] if below.isdigit() else {})
        if isinstance(here, list):
            here.append(value)
        else:
            here[path[-1]] = value
        pointer = "/" + "/".join(path)
        if isinstance(value, list) and value:
            self.places.update({f"{pointer}/{n}": place for n in range(len(value))})
        else:
            self.places[pointer] = place

    def plan(self) -> canonical.Plan:
        """Return the filled plan with its residue and places."""
        data = dict(self.data)
        data["residue"] = [{"text": one.text, "label": one.label or None} for one in self.left]
        data["places"] = {
            **{pointer: _json(place) for pointer, place in self.places.items()},
            **{f"/residue/{n}/text": _json(one.place) for n, one in enumerate(self.left)},
            **{
                f"/residue/{n}/label": _json(one.labelled or one.place)
                for n, one in enumerate(self.left)
                if one.label
            },
        }
        return wire.decode_plan(wire.encode(data))


def _json(place: Place) -> dict[str, object]:
    return {
        "at": place.at,
        "kind": place.kind,
        "rule": place.rule,
        "confidence": place.confidence,
    }


def _step(here: Any, name: str, empty: object) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(here, list):
        while len(here) <= int(name):
            here.append({})
        return here[int(name)]
    return here.setdefault(name, empty)


def fill(profile: Profile, values: Mapping[str, Found], rows: Mapping[str, list[Any]]) -> Draft:
    """Return the draft of a plan from named values and table rows; unruled values are residue."""
    draft = Draft()
    used: set[str] = set()
    for root in _ROOTS:
        for rule in getattr(profile, root):
            found = values.get(rule.source)
            used.add(rule.source)
            if found:
                prefix = () if root == "plan" else (root,)
                path = (*prefix, *_addressed(draft, root, rule.target))
                _set(draft, profile, rule, found, path)
    used.update(_fill_single(draft, profile, values))
    for name, found in values.items():
        if name not in used:
            draft.keep(found, name)
    _fill_rows(draft, profile, rows)
    nothings.settle(draft)
    _keep_passed(draft)
    _fill_defaults(draft, profile)
    draft.left += [Left(rest, found.place, label) for found, label, rest in draft.cuts.rests()]
    return draft


def _fill_single(draft: Draft, profile: Profile, values: Mapping[str, Found]) -> set[str]:
    """Make the items whose fields are said once, such as the one line of allergies."""
    used: set[str] = set()
    for one in (each for each in profile.rows if not each.when):
        row = {each.source: values[each.source] for each in one.fields if each.source in values}
        used.update(row)
        for part in divided(one, row) if row else ():
            _fill_row(draft, profile, one, part)
    return used


def _keep_passed(draft: Draft) -> None:
    """Keep the values of which every rule passed over an optional part that is not there."""
    known = {id(found) for found in (*draft.landed, *draft.refused)}
    for found, label in draft.passed:
        if id(found) not in known:
            draft.keep(found, label)
            known.add(id(found))


def _fill_defaults(draft: Draft, profile: Profile) -> None:
    for default in profile.defaults:
        path = tuple(default.target.split("."))
        if _wanting(draft.data, path):
            place = Place("", "pointer", f"default of profile {profile.name}")
            draft.put(path, shaped(path, default.value), place)


def _wanting(data: Any, path: tuple[str, ...]) -> bool:  # noqa: ANN401  # JSON of any shape
    """Say whether a default is to be set: nothing was read there, and its list item exists."""
    here = data
    for name in path:
        if isinstance(here, list):
            if not name.isdigit() or int(name) >= len(here):
                return False
            here = here[int(name)]
        elif name in here:
            here = here[name]
        else:
            return not any(one.isdigit() for one in path[path.index(name) :])
    return False


def _addressed(draft: Draft, root: str, target: str) -> tuple[str, ...]:
    """Return the path of a target; `identifiers.plan` becomes the place of that kind's item."""
    parts = target.split(".")
    key = targets.KEYED.get(parts[0])
    if root != "member" or not key or len(parts) < 2:  # noqa: PLR2004  # list and word
        return tuple(parts)
    items = draft.data.setdefault("member", {}).setdefault(parts[0], [])
    number = next((n for n, one in enumerate(items) if one.get(key) == parts[1]), len(items))
    if number == len(items):
        items.append({key: parts[1]})
    return (parts[0], str(number), *(parts[2:] or ["value"]))


def _fill_rows(draft: Draft, profile: Profile, rows: Mapping[str, list[Any]]) -> None:
    made: dict[int, dict[str, list[int]]] = {}
    for rule in profile.rows:
        for table in rule.when:
            numbers: list[int] = []
            for row in rows.get(table, []):
                numbers = _of_row(draft, profile, rule, (row, numbers))
                if numbers:
                    _serve(draft, rule, made.setdefault(id(row), {}), (numbers, row))
    _keep_untaken(draft, profile, rows)
    ruled = {table for rule in profile.rows for table in rule.when}
    for table, found in rows.items():
        for row in found if table not in ruled else ():
            for one in row.values():
                draft.keep(one, f"{table} {one.name}")


def _of_row(
    draft: Draft, profile: Profile, rule: RowRule, given: tuple[Mapping[str, Found], list[int]]
) -> list[int]:
    """Return the numbers of a row's items: those of the row above where its cell goes on."""
    row, above = given
    if above and onesame.again(rule, row):
        rest = {name: one for name, one in row.items() if not onesame.merged(one)}
        draft.again.update((rule.into, number) for number in above)
        if any(one.source in rest for one in rule.fields) and _fill_row(draft, profile, rule, rest):
            onesame.fold(draft, rule.into, above[0], rest)
        return above
    return [
        onesame.settled(draft, rule.into, part)
        for part in divided(rule, row)
        if _fill_row(draft, profile, rule, part)
    ]


def _fill_row(draft: Draft, profile: Profile, rule: Any, row: Mapping[str, Found]) -> bool:  # noqa: ANN401  # pikepdf objects and JSON have no types
    """Make an item of a row; False where it would say nothing, all of it being refused."""
    nothing = nothings.says_none(rule, row) if rule.none else None
    if nothing is not None:
        draft.none.append((rule.into, nothing))
        return False
    items = draft.data.setdefault(rule.into, [])
    number = len(items)
    if rule.into in targets.WORDS:
        for one in row.values():
            if one.place.rule != NUMBERED:
                _word(draft, profile, rule, one)
        if not items:
            del draft.data[rule.into]
        return len(items) > number
    items.append({})
    _fields(draft, profile, rule, row)
    if items[number]:
        return True
    items.pop()
    if not items:
        del draft.data[rule.into]
    return False


def _word(draft: Draft, profile: Profile, rule: RowRule, found: Found) -> None:
    """Add a value to a list of plain words."""
    field = next((one for one in rule.fields if one.source == found.name), None)
    path = (rule.into, str(len(draft.data[rule.into])))
    if field is not None and field.transforms:
        _set(draft, profile, field, found, path)
        return
    draft.landed.append(found)
    draft.put(path, found.text, found.place)


def _fields(draft: Draft, profile: Profile, rule: RowRule, row: Mapping[str, Found]) -> None:
    """Fill the fields of the item just begun."""
    items = draft.data[rule.into]
    number = len(items) - 1
    for one in sorted(rule.fields, key=lambda one: one.target.endswith(_SYSTEM)):
        if one.source not in row:
            continue
        if one.target.endswith(_SYSTEM) and not _coded(items[number], one.target):
            draft.keep(row[one.source], f"{rule.into} {one.source}")
            continue
        path = (rule.into, str(number), *one.target.split("."))
        _set(draft, profile, one, row[one.source], path)


def _serve(
    draft: Draft,
    rule: RowRule,
    made: dict[str, list[int]],
    items: tuple[list[int], Mapping[str, Found]],
) -> None:
    """Link a rule's items of a row to those that rules before it made of the same row."""
    numbers, row = items
    made[rule.into] = numbers
    place = next(iter(row.values())).place
    for number in numbers:
        for name in rule.serves:
            held = name in draft.data[rule.into][number]
            if name in made and (not held or (rule.into, number) in draft.again):
                served = [_named(draft, name, other, place) for other in made[name]]
                if held:
                    onesame.join(draft, rule.into, number, name, (served, place))
                else:
                    draft.put((rule.into, str(number), name), served, place)


def _named(draft: Draft, into: str, number: int, place: Place) -> str:
    """Return the id of an item; one without gets its own."""
    item = draft.data[into][number]
    if "id" not in item:
        draft.put((into, str(number), "id"), f"{into[:-1]}-{number + 1}", place)
    return str(item["id"])


def _keep_untaken(draft: Draft, profile: Profile, rows: Mapping[str, list[Any]]) -> None:
    """Keep what no rule of its table takes; several rules may share the columns of one table."""
    for table, found in rows.items():
        rules = [rule for rule in profile.rows if table in rule.when]
        if not rules or any(rule.into in targets.WORDS for rule in rules):
            continue
        taken = {one.source for rule in rules for one in rule.fields}
        for row in found:
            for name, one in row.items():
                ours = one.place.rule == NUMBERED or onesame.merged(one)
                if name not in taken and not ours:
                    draft.keep(one, f"{rules[0].into} {name}")


def _coded(item: Mapping[str, Any], target: str) -> bool:
    """Say whether the code was read whose system a target is: a system alone says nothing."""
    here: Any = item
    for name in target.split(".")[:-1]:
        known = isinstance(here, list) and name.isdigit() and int(name) < len(here)
        here = here[int(name)] if known else here.get(name) if isinstance(here, dict) else None
    return isinstance(here, dict) and "code" in here


def _set(
    draft: Draft, profile: Profile, rule: FieldRule, found: Found, path: tuple[str, ...]
) -> None:
    """Transform a value and set it; what is refused becomes residue with a finding."""
    try:
        if UNMAPPED in found.text:
            raise ValueError("the file gives some of its letters no meaning")  # noqa: TRY301  # told as any other value
        value = shaped(path, changed(profile, rule, started(rule, found)))
    except NotThere as missing:
        if rule.optional or isinstance(missing, SaysNothing):
            _emptied(draft, path)
            draft.passed.append((found, rule.source))
            if isinstance(missing, SaysNothing):
                draft.cuts.took(found, rule, rule.source)
            return
        _refused(draft, rule, found, (path, missing))
        return
    except ValueError as error:
        _refused(draft, rule, found, (path, error))
        return
    draft.landed.append(found)
    draft.cuts.took(found, rule, rule.source)
    draft.put(path, value, found.place)
    if path[-1] == "code" and (system := system_of(rule.transforms)):
        draft.put((*path[:-1], "system"), system, found.place)


def _refused(
    draft: Draft, rule: FieldRule, found: Found, why: tuple[tuple[str, ...], ValueError]
) -> None:
    path, error = why
    _emptied(draft, path)
    message = f"`{rule.target}` from `{rule.source}`: {error}, kept as residue"
    draft.findings.append(Finding("warning", "value_refused", message, found.place))
    doubtful = structs.replace(found.place, confidence=min(found.place.confidence, DOUBTFUL))
    draft.keep(structs.replace(found, place=doubtful), rule.source)


def _emptied(draft: Draft, path: tuple[str, ...]) -> None:
    """Take away the item of a keyed list, made for a value that was refused, with its word only."""
    if path[0] != "member" or len(path) < 3 or path[1] not in targets.KEYED:  # noqa: PLR2004  # item
        return
    items = draft.data["member"][path[1]]
    if int(path[2]) == len(items) - 1 and set(items[-1]) == {targets.KEYED[path[1]]}:
        items.pop()
        if not items:
            del draft.data["member"][path[1]]
