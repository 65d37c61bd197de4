"""What one sender does its own way, said as data: the only thing an MCO's module adds.

Made by `adapters.mcos.*_ccda`; read by the header and section readers. It holds identifiers of
organisations and number systems, never anything about a member.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical.values import Origin


@dataclass(frozen=True, slots=True)
class Habits:
    """A sender's habits.

    `custodians` are `root|extension` ids by which its documents are known (none: any CDA).
    `member_roots` are the OIDs of its plan member ids and `medicaid_roots` of Medicaid numbers.
    A section titled in `part2_titles` or written by one of `part2_organizations` holds records of
    a 42 CFR Part 2 program; `elsewhere` is the origin of all other elements. `sections` name kinds
    and the codes or titles that stand for each, `columns` fields (`goals.due`) and the headings of
    a narrative's tables, `statuses` its words in small letters and the entries' word for each;
    `attested` says that rows of the narrative without an entry are read as items, with doubt.
    """

    custodians: frozenset[str] = frozenset()
    member_roots: frozenset[str] = frozenset()
    medicaid_roots: frozenset[str] = frozenset()
    part2_titles: frozenset[str] = frozenset()
    part2_organizations: frozenset[str] = frozenset()
    elsewhere: Origin = "unknown"
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    attested: bool = False


PLAIN = Habits()
