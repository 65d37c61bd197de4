"""One cell to one value: the profile's transforms and value maps, and what is said when they fail.

Called for each mapped cell, by a `Cast` made once for each rule and document. A wrong NPI, phone
number or code keeps its digits as given, with a finding; a date or amount that can't be one becomes
residue; a birth date that can't be spoils the row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from adapters.profiles import SYSTEMS, open_century, system_of, transform, windowed
from adapters.profiles.transforms import is_iso
from hub.canonical import Finding, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from adapters.profiles import Cuts, FieldRule, Profile
    from hub.canonical import Place

T = TypeVar("T")
_KEPT: Final = frozenset({"npi", "phone", *SYSTEMS})
DAMAGED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
"""What a spreadsheet makes of a long number: `1.23E+09`."""


class Misfit(ValueError):
    """A cell that can't be the value its field needs; `code` is the finding's."""

    def __init__(self, code: str) -> None:
        super().__init__("the cell does not hold what its column declares")
        self.code = code


class Cast(Sealed):
    """One rule over the cells of one document: equal cells are worked out once.

    `known` holds the values about which nothing needs saying; `system` is the target and value that
    go with a code its transform proved to be of a system. `more` are columns whose values go into
    the same field, `between` is what stands between them. `shared` says that a rule of the profile
    takes only a part of such a cell, so that what each rule takes of it must be noted.
    """

    __slots__ = (
        "_century",
        "_dates",
        "_map",
        "_rule",
        "_typed",
        "between",
        "holding",
        "known",
        "more",
        "shared",
        "source",
        "system",
        "takes",
        "target",
    )

    def __init__(
        self, rule: FieldRule, profile: Profile, typed: bool = False, listed: bool = False
    ) -> None:
        self.target = rule.target
        self.source = rule.source
        system = system_of(rule.transforms) if rule.target.endswith(".code") else ""
        self.system = (rule.target.removesuffix("code") + "system", system) if system else None
        self._rule = rule
        self.takes: tuple[str, ...] | None = None
        self.more = rule.more
        self.holding = rule.holding.casefold()
        self.shared = False
        self.between = "\n" if listed else " "
        self._dates = profile.dates
        self._century = profile.century.get(rule.source)
        self._typed = typed
        self._map = profile.values[rule.values] if rule.values else None
        self.known: dict[str, str] = {}

    def value(self, cell: str, place: Place, findings: list[Finding]) -> str:
        """Return the cell's value; raises `Misfit` where the cell must stay residue.

        What is wrong with a value that is kept is added to `findings`, at `place`.
        """
        value = self.known.get(cell)
        if value is None:
            value, complaints = self._learnt(cell)
            for code, message in complaints:
                findings.append(Finding("warning", code, message, place))
            if not complaints:
                self.known[cell] = value
        return value

    def _learnt(self, cell: str) -> tuple[str, list[tuple[str, str]]]:
        complaints: list[tuple[str, str]] = []
        rule = self._rule
        value = self._words(cell)
        for name in rule.transforms:
            try:
                value = self._changed(name, value)
            except ValueError:
                word = name.partition(":")[0]
                if word not in _KEPT:
                    raise Misfit(f"odd_{word}") from None
                message = f"no valid {word}, kept as written; ask the sender"
                complaints.append((f"odd_{word}", message))
        if self._map is not None:
            value = self._mapped(value, self._map, complaints)
        return value, complaints

    def meant(self, cell: str) -> bool:
        """Say whether the rule is for this cell: the words stand in it that the rule asks for."""
        return not self.holding or self.holding in cell.casefold()

    def took(self, cuts: Cuts[T], key: Hashable, about: T, cell: str) -> None:
        """Note what this rule takes of a cell."""
        cuts.took(key, about, self._words(cell), self._rule.transforms)

    def _words(self, cell: str) -> str:
        return _lines(cell) if self._rule.target == "text" and "\n" in cell else folded(cell)

    def _changed(self, name: str, value: str) -> str:
        if self._typed and name.startswith("date") and is_iso(value):
            return value.removesuffix("T00:00:00")  # a day, as a spreadsheet keeps it
        form = name.partition(":")[2]
        if self._century is not None and name.startswith("date:") and open_century(form):
            return windowed(form, value, self._century)
        return self._dated(value) if name == "date" else transform(name, value)

    def _dated(self, value: str) -> str:
        """Try the profile's date forms in order."""
        for form in self._dates:
            try:
                if not open_century(form):
                    return transform(f"date:{form}", value)
                if self._century is not None:
                    return windowed(form, value, self._century)
            except ValueError:
                continue
        raise ValueError("none of the declared date forms")

    def _mapped(
        self, value: str, table: Mapping[str, str], complaints: list[tuple[str, str]]
    ) -> str:
        found = table.get(value, table.get(value.upper(), table.get(value.lower())))
        if found is None:
            message = f"a code that the value map `{self._rule.values}` lacks, kept as written"
            complaints.append(("unknown_code", message))
            return value
        return found


def _lines(cell: str) -> str:
    return "\n".join(line for line in map(folded, cell.splitlines()) if line)
