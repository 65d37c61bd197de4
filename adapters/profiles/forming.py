"""What a profile says that only the readers of forms hear: of PDF, Word and RTF.

Called by `loading`, so that a profile of another format that says it is refused, and a form's that
says it wrong too. `tabling` beside this does so for tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.profiles import tabling
from adapters.profiles.failure import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.profiles.profiling import FieldRule, Profile, RowRule


def checked(profile: Profile, rules: Iterable[tuple[str, FieldRule]]) -> Iterator[ProfileError]:
    """Yield what is wrong with what only forms hear, or is said of another format."""
    form = profile.format in {"pdf", "office"}
    if profile.absent and not form:
        yield ProfileError("absent", "is of PDF, Word and RTF only")
    for where, rule in rules:
        if rule.optional and not form:
            yield ProfileError(f"{where}.{rule.target}", "`optional` is of PDF, Word and RTF only")
    for number, row in enumerate(profile.rows):
        yield from _parts(number, row, form=form)
        if form:
            yield from tabling.row_said(number, row)


def _parts(number: int, row: RowRule, *, form: bool) -> Iterator[ProfileError]:
    """Yield what divides a value that no field is taken from, or divides one of a table."""
    said = [("each_part", column) for column in row.each_part]
    said += [("each_paragraph", row.each_paragraph)] * bool(row.each_paragraph)
    for key, column in said:
        where = f"rows.{number}.{key}"
        if not form:
            why = "is of PDF, Word and RTF only; of a table say `each: {from: column, divider: ;}`"
            yield ProfileError(where, why)
        elif column not in {name for one in row.fields for name in one.sources}:
            yield ProfileError(where, f"no field of this rule is taken from `{column}`")
