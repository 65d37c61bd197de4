"""Keystone Unity Health Plan, C-CDA Care Plans.

Bound to mco-keystone in the directory. Habits: templateIds come paired, unversioned and versioned;
times of day never; no encoding declared; its own member number under 2.999.101.5, Medicaid's under
2.999.100.1.

History: 2026-11-22 written for the R2.1 feed.
"""

from typing import Final

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
