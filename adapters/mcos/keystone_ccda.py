"""Keystone Unity Health Plan, C-CDA Care Plans, by themselves and in XDM zips.

Bound to mco-keystone in the directory. Habits: templateIds come paired, unversioned and versioned;
times of day never; no encoding declared; its own member number under 2.999.101.5, Medicaid's under
2.999.100.1.

History: 2026-11-22 written for the R2.1 feed; `ARCHIVE` for what its exchange sends as XDM.
"""

from typing import Final

from adapters.formats.archive import ArchiveReader
from adapters.formats.ccda import CcdaAdapter, Habits

ADAPTER: Final = CcdaAdapter(
    name="keystone-ccda",
    version="1",
    habits=Habits(
        custodians=frozenset({"2.999.101"}),
        member_roots=frozenset({"2.999.101.5"}),
        medicaid_roots=frozenset({"2.999.100.1"}),
    ),
)
ARCHIVE: Final = ArchiveReader(ADAPTER, name="keystone-archive")
