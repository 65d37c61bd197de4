"""What the scores come to: a table per format and field group, the targets, `build/fidelity.json`.

Called by `python -m tests.fidelity`. What a document says is printed only when asked for, and never
kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tests.fidelity.scoring import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.fidelity.scoring import Score

FILE = Path("build/fidelity.json")
TARGETS: dict[str, tuple[float, float]] = {
    "ccda": (0.99, 1.0),
    "hl7v2": (0.99, 1.0),
    "tabular": (0.99, 1.0),
    "pdf": (0.98, 0.002),
    "scan": (0.93, 0.005),
    "proposed": (0.85, 1.0),
}
"""Per format the least F1 and the largest share of wrong values; others have none."""

console = Console(highlight=False, width=150)


def totals(scores: Iterable[Score]) -> dict[str, dict[str, Tally]]:
    """Return the counts per format and field group; `all` is the whole format."""
    found: dict[str, dict[str, Tally]] = {}
    for one in scores:
        groups = found.setdefault(one.format, {})
        for group, tally in one.groups.items():
            groups.setdefault(group, Tally()).add(tally)
            groups.setdefault("all", Tally()).add(tally)
    return found


def missed(found: dict[str, dict[str, Tally]]) -> list[str]:
    """Return a sentence for each target not met; a format without documents misses none."""
    wrongs = []
    for form, (least, most) in TARGETS.items():
        if (tally := found.get(form, {}).get("all")) is None:
            continue
        if tally.f1 < least:
            wrongs.append(f"{form}: F1 {tally.f1:.4f} is below {least}")
        if tally.wrong_share > most:
            wrongs.append(f"{form}: wrong values {tally.wrong_share:.2%} are above {most:.1%}")
    return wrongs


def show(scores: Sequence[Score], *, values: bool) -> None:
    """Print the table, then every difference; what the values are only when asked."""
    table = Table("format", "field group", *(name for name, _ in _figures(Tally())))
    for form, groups in totals(scores).items():
        for group in ("all", *sorted(groups.keys() - {"all"})):
            table.add_row(form, group, *(figure for _, figure in _figures(groups[group])))
        table.add_section()
    console.print(table)
    for one in scores:
        if one.unread:
            console.print(f"{one.document}: not read: {one.unread}", style="red")
        for each in () if one.unread else one.differences:
            said = f": expected {each.expected!r}, got {each.got!r}" if values else ""
            where = f" at {each.at}" if each.at else ""
            console.print(
                f"{each.document}: {each.kind} {each.group} {each.field}{where}{said}",
                soft_wrap=True,
                markup=False,
            )


def _figures(tally: Tally) -> list[tuple[str, str]]:
    read = tally.correct + tally.wrong + tally.extra
    return [
        ("precision", f"{tally.precision:.4f}" if read else "nothing read"),
        ("recall", f"{tally.recall:.4f}"),
        ("F1", f"{tally.f1:.4f}"),
        ("F1 unasked", f"{tally.unasked_f1:.4f}"),
        ("wrong share", f"{tally.wrong_share:.2%}"),
        *(
            (kind, str(getattr(tally, kind)))
            for kind in ("correct", "wrong", "missing", "extra", "asked")
        ),
    ]


def keep(scores: Sequence[Score], skipped: Sequence[str], wrongs: Sequence[str]) -> None:
    """Write the figures, without anything a document says."""
    FILE.parent.mkdir(exist_ok=True)
    told: dict[str, Any] = {
        "formats": {
            form: {group: _told(tally) for group, tally in groups.items()}
            for form, groups in totals(scores).items()
        },
        "documents": {
            one.document: {group: asdict(tally) for group, tally in one.groups.items()}
            for one in scores
        },
        "unread": {one.document: one.unread for one in scores if one.unread},
        "skipped": list(skipped),
        "missed": list(wrongs),
    }
    FILE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _told(tally: Tally) -> dict[str, float]:
    figures = {name: round(getattr(tally, name), 5) for name in ("precision", "recall", "f1")}
    return {**asdict(tally), **figures, "wrong_share": round(tally.wrong_share, 5)} | {
        "unasked_f1": round(tally.unasked_f1, 5)
    }
