"""Allegheny Bridge Behavioral, C-CDA Care Plans.

Bound to mco-allegheny in the directory. Habits: rich narrative; times with an offset; its own
member number under 2.999.102.5; a section titled "Recovery services" is written by its opioid
program and is a 42 CFR Part 2 record, of the others it does not say.

History: 2026-11-22 written for the R2.1 feed.
"""

from typing import Final

from adapters.formats.ccda import CcdaAdapter, Habits

ADAPTER: Final = CcdaAdapter(
    name="allegheny-ccda",
    version="1",
    habits=Habits(
        custodians=frozenset({"2.999.102"}),
        member_roots=frozenset({"2.999.102.5"}),
        medicaid_roots=frozenset({"2.999.100.1"}),
        part2_titles=frozenset({"Recovery services"}),
    ),
)
