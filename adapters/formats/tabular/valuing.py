"""One cell to one value: the profile's transforms and value maps, and what is said when they fail.

Called for each mapped cell. A wrong NPI, phone number or code keeps its digits as given, with a
finding; a date or amount that can't be one becomes residue; a birth date that can't be spoils
the row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.profiles import transform
from hub.canonical import Finding, folded

if TYPE_CHECKING:
    from adapters.profiles import FieldRule, Profile
    from hub.canonical import Place

_KEPT: Final = frozenset({"npi", "phone", "icd10"})
DAMAGED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
"""What a spreadsheet makes of a long number: `1.23E+09`."""


class Misfit(ValueError):
    """A cell that can't be the value its field needs; `code` is the finding's."""

    def __init__(self, code: str) -> None:
        super().__init__("the cell does not hold what its column declares")
        self.code = code


def valued(
    rule: FieldRule, cell: str, profile: Profile, place: Place, findings: list[Finding]
) -> str:
    """Return the cell's value for `rule`; raises `Misfit` where the cell must stay residue."""
    value = _lines(cell) if rule.target == "text" and "\n" in cell else folded(cell)
    for name in rule.transforms:
        try:
            value = _dated(value, profile) if name == "date" else transform(name, value)
        except ValueError:
            word = name.partition(":")[0]
            if word not in _KEPT:
                raise Misfit(f"odd_{word}") from None
            message = f"no valid {word}, kept as written; ask the sender"
            findings.append(Finding("warning", f"odd_{word}", message, place))
    return _mapped(rule, value, profile, place, findings)


def _lines(cell: str) -> str:
    return "\n".join(line for line in map(folded, cell.splitlines()) if line)


def _dated(value: str, profile: Profile) -> str:
    """Try the profile's date forms in order."""
    for form in profile.dates:
        try:
            return transform(f"date:{form}", value)
        except ValueError:
            continue
    raise ValueError("none of the declared date forms")


def _mapped(
    rule: FieldRule, value: str, profile: Profile, place: Place, findings: list[Finding]
) -> str:
    if not rule.values:
        return value
    table = profile.values[rule.values]
    found = table.get(value, table.get(value.upper(), table.get(value.lower())))
    if found is None:
        message = f"a code that the value map `{rule.values}` lacks, kept as written"
        findings.append(Finding("warning", "unknown_code", message, place))
        return value
    return found
