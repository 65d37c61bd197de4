"""A text as a rule changes it: its transforms in their order, then its value map.

Called by `filling` for each value. `NotThere` says that a part does not stand in the text, any
other `ValueError` what does not fit; neither repeats the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.pdf import nothings
from adapters.profiles import NotThere, transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.formats.pdf.claims import Found
    from adapters.profiles import FieldRule, Profile

_LINE = "line:"


class SaysNothing(NotThere):
    """The line that a rule takes is one of the words that mean nothing is there.

    `told_by` are the transforms up to that line.
    """

    def __init__(self, told_by: Sequence[str]) -> None:
        super().__init__("the line says that nothing is there")
        self.told_by = tuple(told_by)


def started(rule: FieldRule, found: Found) -> str:
    """Return the text a rule's transforms begin with: in lines for `line`, else in one.

    Both have the same signs at the same positions, a line's end for a space, so that what is cut
    of one is cut of the other.
    """
    return found.lined if rule.transforms[:1] and rule.transforms[0][:5] == _LINE else found.text


def changed(profile: Profile, rule: FieldRule, text: str) -> str:
    """Return the text after the rule's transforms and value map; `ValueError` says what is wrong.

    A bare `date` tries the profile's date forms in their order.
    """
    for number, name in enumerate(rule.transforms, 1):
        text = _dated(profile.dates, text) if name == "date" else transform(name, text)
        if name.startswith(_LINE) and nothings.same(text) in map(nothings.same, profile.absent):
            raise SaysNothing(rule.transforms[:number])
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
