"""Groups of columns that repeat with a number, `Goal 1 Status`, `Goal 2 Status`: said once.

Called by the reader before anything is matched. A profile says `Goal {n} Status`; here it becomes
one column and one rule for each number that the header rows of this delivery have, so that a wider
file needs no change. It looks at headings only, never at a cell.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.columns import exact, key
from adapters.profiles.tabling import NUMBER, numbered_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.formats.tabular.tables import Table
    from adapters.profiles import FieldRule, Profile, RowRule, TableRule

_FIGURES: Final = r"(\d{1,3})"
_MARK: Final = "nzumberz"
"""Stands for the number while a heading is brought into the form in which they are compared."""


def widened(profile: Profile, tables: Iterable[Table]) -> Profile:
    """Return the profile with its numbered columns and rules written out for these tables."""
    wide = numbered_columns(profile)
    if not wide:
        return profile
    headings = [title for table in tables for title in table.header.cells]
    own = [pair for table in profile.tables for pair in table.columns.items()]
    numbers: dict[str, set[str]] = {name: set() for name in wide}
    for name, titles in (*profile.columns.items(), *own):
        if name in wide:
            numbers[name] |= _numbers(titles, headings)
    rows = tuple(one for rule in profile.rows for one in _rules(rule, numbers))
    return replace(
        profile,
        columns=_spread(profile.columns, numbers),
        tables=tuple(
            replace(
                table,
                columns=_spread(table.columns, numbers),
                required=_first(table.required, numbers),
            )
            for table in profile.tables
        ),
        required=_first(profile.required, numbers),
        century=_each(profile.century, numbers),
        widths=_each(profile.widths, numbers),
        rows=rows,
    )


def _numbers(titles: tuple[str, ...], headings: list[str]) -> set[str]:
    """Return the numbers that a heading has in this delivery."""
    found: set[str] = set()
    for title in (one for one in titles if NUMBER in one):
        for form in (exact, key):
            pattern = re.escape(form(title.replace(NUMBER, _MARK))).replace(_MARK, _FIGURES)
            hits = (re.fullmatch(pattern, form(heading)) for heading in headings)
            found |= {hit[1] for hit in hits if hit}
    return found


def _named(name: str, number: str) -> str:
    return f"{name} {number}"


def _sorted(numbers: Iterable[str]) -> list[str]:
    return sorted(numbers, key=lambda one: (int(one), one))


def _spread(
    columns: Mapping[str, tuple[str, ...]], numbers: Mapping[str, set[str]]
) -> dict[str, tuple[str, ...]]:
    """Return columns with those that hold a number once for each; one never seen stays as it is."""
    made: dict[str, tuple[str, ...]] = {}
    for name, titles in columns.items():
        found = numbers.get(name)
        if not found:
            made[name] = titles
            continue
        for number in _sorted(found):
            made[_named(name, number)] = tuple(one.replace(NUMBER, number) for one in titles)
    return made


def _each(given: Mapping[str, int], numbers: Mapping[str, set[str]]) -> dict[str, int]:
    return {
        one: value
        for name, value in given.items()
        for one in ([_named(name, n) for n in _sorted(numbers.get(name, ()))] or [name])
    }


def _first(names: tuple[str, ...], numbers: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Return required columns: of those that hold a number the first group is the required one."""
    given = ((name, _sorted(numbers.get(name, ()))) for name in names)
    return tuple(_named(name, found[0]) if found else name for name, found in given)


def _rules(rule: RowRule, numbers: Mapping[str, set[str]]) -> list[RowRule]:
    """Return a rule once for each number that its columns have; any other as it is."""
    named = {n for one in rule.fields for n in (one.source, *one.more)} | {rule.numbered, rule.each}
    wide = named & numbers.keys()
    if not wide:
        return [rule]
    return [
        replace(
            rule,
            fields=tuple(_field(one, wide, number) for one in rule.fields),
            always={target: said.replace(NUMBER, number) for target, said in rule.always.items()},
            numbered=_named(rule.numbered, number) if rule.numbered in wide else rule.numbered,
            each=_named(rule.each, number) if rule.each in wide else rule.each,
            group=number,
        )
        for number in _sorted({n for name in wide for n in numbers[name]})
    ]


def _field(rule: FieldRule, wide: set[str], number: str) -> FieldRule:
    source, *more = (_named(n, number) if n in wide else n for n in (rule.source, *rule.more))
    return replace(rule, source=source, more=tuple(more))


def rule_again(rule: TableRule, profile: Profile) -> TableRule:
    """Return the rule of a table as the widened profile has it; the only table's is made anew."""
    if rule.name:
        return next((one for one in profile.tables if one.name == rule.name), rule)
    return replace(rule, required=profile.required)
