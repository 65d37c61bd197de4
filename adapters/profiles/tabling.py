"""What a profile may say of tables only, checked: banners, centuries, words that are always so.

Called by `loading` for every profile: a table's rules are looked at, and in a profile of any other
format the keys that only the table reader hears are refused. It reads no document.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.profiles import targets
from adapters.profiles.failure import ProfileError
from adapters.profiles.transforms import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.profiles.profiling import FieldRule, Profile, RowRule

_CENTURY: Final = 100
_ONCE: Final = ("header", "member", "coverage", "plan")
NUMBER: Final = "{n}"
"""Stands in a heading for the number of one of several groups of columns."""


def problems(profile: Profile) -> Iterator[ProfileError]:
    """Yield what is wrong with the banners, centuries and row rules of a table's profile."""
    yield from _banners(profile)
    yield from _centuries(profile)
    yield from _wide(profile)
    for number, row in enumerate(profile.rows):
        yield from row_said(number, row)
        yield from _divided(number, row)


def named(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield each column that only a table's rules name, with the key that names it."""
    for number, row in enumerate(profile.rows):
        yield f"rows.{number}.numbered", row.numbered
        yield f"rows.{number}.each", row.each
    for name in profile.century:
        yield "century", name
    for one in profile.stated:
        yield "stated_consents", one.source
        yield "stated_consents", one.signed_on


def _wide(profile: Profile) -> Iterator[ProfileError]:
    """Yield rules that ask for one value of a column that stands there many times."""
    wide = numbered_columns(profile)
    once = [(key, rule) for key in _ONCE for rule in getattr(profile, key)]
    given = [(f"{key}.{rule.target}", n) for key, rule in once for n in (rule.source, *rule.more)]
    given += [("group_by", name) for name in profile.group_by]
    given += [("stated_consents", one.source) for one in profile.stated]
    for key, name in given:
        if name in wide:
            why = f"`{name}` stands there many times ({NUMBER}): only `rows` can take it"
            yield ProfileError(key, why)


def numbered_columns(profile: Profile) -> frozenset[str]:
    """Return the profile's columns whose headings hold a number: `Goal {n} Status`."""
    own = [pair for table in profile.tables for pair in table.columns.items()]
    given = (*profile.columns.items(), *own)
    return frozenset(name for name, titles in given if any(NUMBER in title for title in titles))


def _divided(number: int, row: RowRule) -> Iterator[ProfileError]:
    where = f"rows.{number}.each"
    if row.each and row.each not in {n for one in row.fields for n in (one.source, *one.more)}:
        yield ProfileError(where, f"no field of this rule is taken from `{row.each}`")
    if row.each and row.numbered == row.each:
        yield ProfileError(where, "`numbered` divides the same cell; keep one of them")


def _banners(profile: Profile) -> Iterator[ProfileError]:
    """Yield transforms that there are not, and ids that any words would pass for."""
    for table in profile.tables:
        where = f"tables.{table.name}.banner"
        for name, transforms in table.banner.items():
            for one in transforms:
                if not known(one):
                    yield ProfileError(where, f"no transform is called `{one}`")
            if name in table.key and name not in profile.widths:
                yield ProfileError(where, f"needs the `widths` of `{name}`, or any words name one")


def _centuries(profile: Profile) -> Iterator[ProfileError]:
    """Yield a birth date's hundred years that reach into the future."""
    born = {rule.source for rule in profile.member if rule.target == "birth_date"}
    latest = datetime.now(UTC).year - _CENTURY + 1
    for name, first in profile.century.items():
        if name in born and first > latest:
            why = f"nobody is born in the future: its hundred years start in {latest} or before"
            yield ProfileError(f"century.{name}", why)


def row_said(number: int, row: RowRule) -> Iterator[ProfileError]:
    """Yield what of a rule's `always` and `none` the template has no place for."""
    for target, words in row.always.items():
        where = f"rows.{number}.always.{target}"
        kind = targets.LISTS.get(row.into)
        shape = targets.item_shape(row.into, target)
        if shape == "list":
            why = "is no single field; link items of one row, or of one group, with `serves`"
            yield ProfileError(where, why)
            continue
        if kind is None or shape not in {"text", "flag"}:
            yield ProfileError(where, "no such field in the canonical template")
            continue
        words_of = targets.allowed(kind, target)
        if words_of and words not in words_of:
            yield ProfileError(where, f"may be {', '.join(words_of)}")
    yield from _none_said(number, row)


def _none_said(number: int, row: RowRule) -> Iterator[ProfileError]:
    """Yield a rule's `none` where the template's list can't be said to be none."""
    if row.none and not (row.into in targets.LISTS and targets.may_be_absent(row.into)):
        why = f"`{row.into}` can't be said to be none in the canonical template"
        yield ProfileError(f"rows.{number}.none", why)


def only_in_tables(
    profile: Profile, rules: Iterable[tuple[str, FieldRule]]
) -> Iterator[ProfileError]:
    """Refuse what only a table's reader does, so that nothing is said and never heard."""
    form = profile.format in {"pdf", "office"}
    for name in ("ignore", "furniture", "century", "stated"):
        if getattr(profile, name):
            key = "stated_consents" if name == "stated" else name
            yield ProfileError(key, f"is for tables (csv) only, this is {profile.format}")
    held = ("numbered", "each") if form else ("always", "numbered", "none", "each")
    for number, row in enumerate(profile.rows):
        for name in held:
            if getattr(row, name):
                key = f"rows.{number}.{name}"
                yield ProfileError(key, f"is for tables (csv) only, this is {profile.format}")
    for key, rule in rules:
        why = _of_tables(rule, profile.format, several=form or bool(profile.report))
        if why:
            yield ProfileError(f"{key}.{rule.target}", why)


def _of_tables(rule: FieldRule, kind: str, *, several: bool) -> str:
    """Return why a field's rule can't be heard in this format; empty where it is."""
    if rule.more and not several:
        return f"takes one place, several are for tables and forms only, this is {kind}"
    return f"`holding` is for tables (csv) only, this is {kind}" if rule.holding else ""
