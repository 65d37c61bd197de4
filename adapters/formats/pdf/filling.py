"""Found values to a canonical plan, by the rules of a profile: transforms, value maps, places.

Called by the reader in this package. A value that a transform or the template refuses is kept as
residue with a finding that names the rule, never the value; nothing is guessed to make it fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import structs

from adapters.formats.pdf.claims import DOUBTFUL, Found, Left
from adapters.formats.pdf.dividing import divided
from adapters.formats.pdf.leaves import listed, refuse, shaped
from adapters.formats.pdf.words import UNMAPPED
from adapters.profiles import Cuts, system_of, targets, transform
from hub.canonical import Finding, Place, Sealed, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    cuts: Cuts[tuple[Found, str]] = field(default_factory=Cuts)

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
            found = _parts(rule, values)
            used.update((rule.source, *rule.more))
            if found:
                prefix = () if root == "plan" else (root,)
                path = (*prefix, *_addressed(draft, root, rule.target))
                _set(draft, profile, rule, found, path)
    used.update(_fill_single(draft, profile, values))
    for name, one in values.items():
        if name not in used:
            draft.keep(one, name)
    _fill_rows(draft, profile, rows)
    _fill_defaults(draft, profile)
    draft.left += [Left(rest, one.place, label) for (one, label), rest in draft.cuts.rests()]
    return draft


def _fill_single(draft: Draft, profile: Profile, values: Mapping[str, Found]) -> set[str]:
    """Make the items whose fields are said once, such as the one line of allergies."""
    used: set[str] = set()
    for one in (each for each in profile.rows if not each.when):
        named = [name for each in one.fields for name in (each.source, *each.more)]
        row = {name: values[name] for name in named if name in values}
        used.update(row)
        if row:
            _fill_row(draft, profile, one, row)
    return used


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
            for row in rows.get(table, []):
                numbers = [
                    len(draft.data[rule.into]) - 1
                    for part in divided(rule, row)
                    if _fill_row(draft, profile, rule, part)
                ]
                if numbers:
                    _serve(draft, rule, made.setdefault(id(row), {}), (numbers, row))
    _keep_untaken(draft, profile, rows)
    ruled = {table for rule in profile.rows for table in rule.when}
    for table, found in rows.items():
        for row in found if table not in ruled else ():
            for one in row.values():
                draft.keep(one, f"{table} {one.name}")


def _fill_row(draft: Draft, profile: Profile, rule: Any, row: Mapping[str, Found]) -> bool:  # noqa: ANN401  # pikepdf objects and JSON have no types
    """Make an item of a row; False where it would say nothing, all of it being refused."""
    items = draft.data.setdefault(rule.into, [])
    number = len(items)
    if rule.into in targets.WORDS:
        _fill_words(draft, rule.into, row)
        return True
    items.append({})
    said = [(one, parts) for one in rule.fields if (parts := _parts(one, row))]
    for one, parts in sorted(said, key=lambda each: each[0].target.endswith(_SYSTEM)):
        if one.target.endswith(_SYSTEM) and not _coded(items[number], one.target):
            draft.keep(parts[0], f"{rule.into} {one.source}")
            continue
        path = (rule.into, str(number), *one.target.split("."))
        _set(draft, profile, one, parts, path)
    if items[number]:
        _put_always(draft, rule, number)
        return True
    items.pop()
    if not items:
        del draft.data[rule.into]
    return False


def _fill_words(draft: Draft, into: str, row: Mapping[str, Found]) -> None:
    """Add each value of a row to a list of plain words."""
    for one in row.values():
        draft.data[into].append(one.text)
        draft.landed.append(one)
        draft.places[f"/{into}/{len(draft.data[into]) - 1}"] = one.place


def _put_always(draft: Draft, rule: RowRule, number: int) -> None:
    """Set what every item of a rule has, where the row itself does not say it."""
    for target, words in rule.always.items():
        path = (rule.into, str(number), *target.split("."))
        if _wanting(draft.data, path):
            draft.put(path, shaped(path, words), Place("profile", "pointer", "always"))


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
            if name in made and name not in draft.data[rule.into][number]:
                served = [_named(draft, name, other, place) for other in made[name]]
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
        taken = {n for rule in rules for one in rule.fields for n in (one.source, *one.more)}
        for row in found:
            for name, one in row.items():
                if name not in taken and one.place.rule != "block number":
                    draft.keep(one, f"{rules[0].into} {name}")


def _coded(item: Mapping[str, Any], target: str) -> bool:
    """Say whether the code was read whose system a target is: a system alone says nothing."""
    here: Any = item
    for name in target.split(".")[:-1]:
        known = isinstance(here, list) and name.isdigit() and int(name) < len(here)
        here = here[int(name)] if known else here.get(name) if isinstance(here, dict) else None
    return isinstance(here, dict) and "code" in here


def _parts(rule: FieldRule, held: Mapping[str, Found]) -> list[Found]:
    """Return the values that go into one field, in the order the rule names them."""
    return [held[name] for name in (rule.source, *rule.more) if name in held]


def _set(
    draft: Draft, profile: Profile, rule: FieldRule, parts: list[Found], path: tuple[str, ...]
) -> None:
    """Transform values and set them; what is refused becomes residue with a finding."""
    surest = min(parts, key=lambda one: one.place.confidence)
    place = structs.replace(parts[0].place, confidence=surest.place.confidence)
    try:
        if any(UNMAPPED in one.text for one in parts):
            refuse("the file gives some of its letters no meaning")
        texts = [changed(profile, rule, one.text) for one in parts]
        value = shaped(path, ("\n" if listed(path) else " ").join(texts))
    except ValueError as error:
        _emptied(draft, path)
        message = f"`{rule.target}` from `{rule.source}`: {error}, kept as residue"
        draft.findings.append(Finding("warning", "value_refused", message, place))
        for one in parts:
            doubtful = structs.replace(one.place, confidence=min(one.place.confidence, DOUBTFUL))
            draft.keep(structs.replace(one, place=doubtful), one.name)
        return
    for one in parts:
        draft.landed.append(one)
        draft.cuts.took(id(one), (one, one.name), one.text, rule.transforms)
    draft.put(path, value, place)
    if path[-1] == "code" and (system := system_of(rule.transforms)):
        draft.put((*path[:-1], "system"), system, place)


def _emptied(draft: Draft, path: tuple[str, ...]) -> None:
    """Take away the item of a keyed list, made for a value that was refused, with its word only."""
    if path[0] != "member" or len(path) < 3 or path[1] not in targets.KEYED:  # noqa: PLR2004  # item
        return
    items = draft.data["member"][path[1]]
    if int(path[2]) == len(items) - 1 and set(items[-1]) == {targets.KEYED[path[1]]}:
        items.pop()
        if not items:
            del draft.data["member"][path[1]]


def changed(profile: Profile, rule: FieldRule, text: str) -> str:
    """Return the text after the rule's transforms and value map; `ValueError` says what is wrong.

    A bare `date` tries the profile's date forms in their order.
    """
    for name in rule.transforms:
        text = _dated(profile.dates, text) if name == "date" else transform(name, text)
    if rule.values:
        known = {key.lower(): value for key, value in profile.values[rule.values].items()}
        if text.lower() not in known:
            raise ValueError(f"not one of the words `{rule.values}` knows")
        text = known[text.lower()]
    return text


def _dated(forms: Iterable[str], text: str) -> str:
    for form in forms:
        try:
            return transform(f"date:{form}", text)
        except ValueError:
            continue
    raise ValueError("not a date in any declared form")
