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


def problems(profile: Profile) -> Iterator[ProfileError]:
    """Yield what is wrong with the banners, centuries and row rules of a table's profile."""
    yield from _banners(profile)
    yield from _centuries(profile)
    for number, row in enumerate(profile.rows):
        yield from _said(number, row)


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


def _said(number: int, row: RowRule) -> Iterator[ProfileError]:
    for target, words in row.always.items():
        where = f"rows.{number}.always.{target}"
        kind = targets.LISTS.get(row.into)
        if kind is None or targets.item_shape(row.into, target) not in {"text", "flag"}:
            yield ProfileError(where, "no such field in the canonical template")
            continue
        words_of = targets.allowed(kind, target)
        if words_of and words not in words_of:
            yield ProfileError(where, f"may be {', '.join(words_of)}")
    yield from none_said(number, row)


def none_said(number: int, row: RowRule) -> Iterator[ProfileError]:
    """Yield a rule's `none` where the template's list can't be said to be none."""
    if row.none and not (row.into in targets.LISTS and targets.may_be_absent(row.into)):
        why = f"`{row.into}` can't be said to be none in the canonical template"
        yield ProfileError(f"rows.{number}.none", why)


def only_in_tables(
    profile: Profile, rules: Iterable[tuple[str, FieldRule]]
) -> Iterator[ProfileError]:
    """Refuse what only a table's reader does, so that nothing is said and never heard."""
    for name in ("ignore", "furniture", "century"):
        if getattr(profile, name):
            yield ProfileError(name, f"is for tables (csv) only, this is {profile.format}")
    form = profile.format in {"pdf", "office"}
    for number, row in enumerate(profile.rows):
        for name in ("always", "numbered", "none"):
            if getattr(row, name) and not (form and name == "none"):
                key = f"rows.{number}.{name}"
                yield ProfileError(key, f"is for tables (csv) only, this is {profile.format}")
    for key, rule in rules:
        if rule.more:
            why = f"takes one place, several are for tables (csv) only, this is {profile.format}"
            yield ProfileError(f"{key}.{rule.target}", why)
