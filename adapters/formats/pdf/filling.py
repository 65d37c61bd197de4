"""Found values to a canonical plan, by the rules of a profile: transforms, value maps, places.

Called by the reader in this package. A value that a transform or the template refuses is kept as
residue with a finding that names the rule, never the value; nothing is guessed to make it fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from adapters.formats.numbered import NUMBERED
from adapters.formats.pdf import nothings, onesame
from adapters.formats.pdf.changing import SaysNothing, changed, started
from adapters.formats.pdf.claims import DOUBTFUL, Found, Left
from adapters.formats.pdf.dividing import divided
from adapters.formats.pdf.draft import Draft
from adapters.formats.pdf.leaves import listed, refuse, shaped
from adapters.formats.pdf.words import UNMAPPED
from adapters.profiles import NotThere, system_of, targets
from hub.canonical import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.profiles import FieldRule, Profile, RowRule

_ROOTS = ("header", "member", "coverage", "plan")
_SYSTEM = ".system"


def fill(profile: Profile, values: Mapping[str, Found], rows: Mapping[str, list[Any]]) -> Draft:
    """Return the draft of a plan from named values and table rows; unruled values are residue."""
    draft = Draft()
    used: set[str] = set()
    for root in _ROOTS:
        for rule in getattr(profile, root):
            found = _parts(rule, values)
            used.update(rule.sources)
            if found:
                prefix = () if root == "plan" else (root,)
                path = (*prefix, *_addressed(draft, root, rule.target))
                _set(draft, profile, rule, found, path)
    used.update(_fill_single(draft, profile, values))
    for name, one in values.items():
        if name not in used:
            draft.keep(one, name)
    _fill_rows(draft, profile, rows)
    nothings.settle(draft)
    _keep_passed(draft)
    _fill_defaults(draft, profile)
    draft.left += [Left(rest, one.place, label) for (one, label), rest in draft.cuts.rests()]
    return draft


def _fill_single(draft: Draft, profile: Profile, values: Mapping[str, Found]) -> set[str]:
    """Make the items whose fields are said once, such as the one line of allergies."""
    used: set[str] = set()
    for one in (each for each in profile.rows if not each.when):
        named = [name for each in one.fields for name in each.sources]
        row = {name: values[name] for name in named if name in values}
        used.update(row)
        made = [
            len(draft.data[one.into]) - 1
            for part in (divided(one, row) if row else ())
            if _fill_row(draft, profile, one, part)
        ]
        _put_always(draft, one, made)
    return used


def _keep_passed(draft: Draft) -> None:
    """Keep the values of which every rule passed over an optional part that is not there."""
    known = {_told(one) for one in (*draft.landed, *draft.refused)}
    for found in draft.passed:
        if _told(found) not in known:
            draft.keep(found, found.name)
            known.add(_told(found))


def _told(found: Found) -> tuple[str, str, str]:
    """Return what makes a value the same one, however sure its reader is of it."""
    return found.name, found.text, found.place.at


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
        every: list[int] = []
        for table in rule.when:
            numbers: list[int] = []
            for row in rows.get(table, []):
                numbers = _of_row(draft, profile, rule, (row, numbers))
                every += numbers
                if numbers:
                    _serve(draft, rule, made.setdefault(id(row), {}), (numbers, row))
        _put_always(draft, rule, every)
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
        said = any(_parts(one, rest) for one in rule.fields)
        if said and _fill_row(draft, profile, rule, rest):
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
    else:
        items.append({})
        _fields(draft, profile, rule, row)
        if not items[number]:
            items.pop()
    if not items:
        del draft.data[rule.into]
    return len(items) > number


def _word(draft: Draft, profile: Profile, rule: RowRule, found: Found) -> None:
    """Add a value to a list of plain words."""
    field = next((one for one in rule.fields if found.name in one.sources), None)
    path = (rule.into, str(len(draft.data[rule.into])))
    if field is not None and field.transforms:
        _set(draft, profile, field, [found], path)
        return
    draft.landed.append(found)
    draft.put(path, found.text, found.place)


def _fields(draft: Draft, profile: Profile, rule: RowRule, row: Mapping[str, Found]) -> None:
    """Fill the fields of the item just begun."""
    items = draft.data[rule.into]
    number = len(items) - 1
    said = [(one, parts) for one in rule.fields if (parts := _parts(one, row))]
    for one, parts in sorted(said, key=lambda each: each[0].target.endswith(_SYSTEM)):
        if one.target.endswith(_SYSTEM) and not _coded(items[number], one.target):
            draft.keep(parts[0], f"{rule.into} {one.source}")
            continue
        path = (rule.into, str(number), *one.target.split("."))
        _set(draft, profile, one, parts, path)


def _put_always(draft: Draft, rule: RowRule, numbers: list[int]) -> None:
    """Set what every item of a rule has, where no row of the item says it."""
    for target, words in rule.always.items():
        for number in sorted(set(numbers)) if rule.into not in targets.WORDS else ():
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
        taken = {name for rule in rules for one in rule.fields for name in one.sources}
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


def _parts(rule: FieldRule, held: Mapping[str, Found]) -> list[Found]:
    """Return the values that go into one field, in the order the rule names them."""
    return [held[name] for name in rule.sources if name in held]


def _set(
    draft: Draft, profile: Profile, rule: FieldRule, parts: list[Found], path: tuple[str, ...]
) -> None:
    """Transform values and set them; what is refused becomes residue with a finding."""
    surest = min(parts, key=lambda one: one.place.confidence)
    place = structs.replace(parts[0].place, confidence=surest.place.confidence)
    try:
        if any(UNMAPPED in one.text for one in parts):
            refuse("the file gives some of its letters no meaning")
        texts, passed = _texts(profile, rule, parts)
        joined = ("\n" if listed(path) else " ").join(texts)
        value = shaped(path, joined) if texts else None
    except ValueError as error:
        _emptied(draft, path)
        message = f"`{rule.target}` from `{rule.source}`: {error}, kept as residue"
        draft.findings.append(Finding("warning", "value_refused", message, place))
        for one in parts:
            doubtful = structs.replace(one.place, confidence=min(one.place.confidence, DOUBTFUL))
            draft.keep(structs.replace(one, place=doubtful), one.name)
        return
    for one in parts:
        missing = passed.get(id(one))
        (draft.passed if missing else draft.landed).append(one)
        if not missing or isinstance(missing, SaysNothing):
            names = missing.told_by if isinstance(missing, SaysNothing) else rule.transforms
            draft.cuts.took(id(one), (one, one.name), started(rule, one), names)
    if not texts:
        _emptied(draft, path)
        return
    draft.put(path, value, place)
    if path[-1] == "code" and (system := system_of(rule.transforms)):
        draft.put((*path[:-1], "system"), system, place)


def _texts(
    profile: Profile, rule: FieldRule, parts: list[Found]
) -> tuple[list[str], dict[int, NotThere]]:
    """Return what a field's values say, and of those passed over, by `id`, why; or raise."""
    texts: list[str] = []
    passed: dict[int, NotThere] = {}
    for one in parts:
        try:
            texts.append(changed(profile, rule, started(rule, one)))
        except NotThere as missing:
            if not rule.optional and not isinstance(missing, SaysNothing):
                raise
            passed[id(one)] = missing
    return texts, passed


def _emptied(draft: Draft, path: tuple[str, ...]) -> None:
    """Take away the item of a keyed list, made for a value that was refused, with its word only."""
    if path[0] != "member" or len(path) < 3 or path[1] not in targets.KEYED:  # noqa: PLR2004  # item
        return
    items = draft.data["member"][path[1]]
    if int(path[2]) == len(items) - 1 and set(items[-1]) == {targets.KEYED[path[1]]}:
        items.pop()
        if not items:
            del draft.data["member"][path[1]]
