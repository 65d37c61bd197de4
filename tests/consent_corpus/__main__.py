"""`python -m tests.consent_corpus`: others' consents and policies through import and decision.

Prints a row a file: what it gave, or why it was refused; then a row a comparison: what its authors
expect, what we say, and why the two differ. Ends with 1 when something crashes or a difference
isn't explained in `explained.py`. Prints no content of any file. Skips where the corpus is absent.
"""

from __future__ import annotations

import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from tests.consent_corpus.comparing import comparisons
from tests.consent_corpus.explained import why
from tests.consent_corpus.taking import CORPUS, taken


def main() -> int:
    """Take every file in, compare what can be compared; return the exit code."""
    out = Console(width=150)
    if not CORPUS.is_dir():
        out.print("skipped: the shared corpora are not here")
        return 0
    rows = list(taken())
    table = Table("file", "gave", "why", title="taken in", title_justify="left")
    for row in rows:
        table.add_row(row.file, row.gave, row.why)
    out.print(table)
    found = list(comparisons())
    table = Table("case", "expected", "ours", "difference", title="compared", title_justify="left")
    for one in found:
        told = "" if one.same else why(one) or "NOT EXPLAINED"
        table.add_row(one.case, one.expected, one.ours, told)
    out.print(table)
    kinds = Counter(row.gave.partition(" ")[0] for row in rows)
    crashed = [r.file for r in rows if r.gave == "crashed"] + [
        one.case for one in found if one.ours == "crashed"
    ]
    open_ = [one.case for one in found if not one.same and not why(one)]
    out.print(f"{len(rows)} files and instances: {dict(sorted(kinds.items()))}")
    same = sum(one.same for one in found)
    out.print(
        f"{len(found)} comparisons: {same} the same, {len(found) - same - len(open_)} differ and"
        f" are explained, {len(open_)} not explained; {len(crashed)} crashes"
    )
    return 1 if crashed or open_ else 0


if __name__ == "__main__":
    sys.exit(main())
