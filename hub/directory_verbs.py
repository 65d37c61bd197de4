"""The verbs on the directory: load a file, say what it would change, print what stands.

`hub.cli` mounts `app`. A file is YAML or a FHIR R4 bundle; what it is, its content tells.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.table import Table

from hub.terminal import FAILED, err, out, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.provider_directory.keeping import Outcome
    from hub.provider_directory.taking import Taken
    from hub.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="Organisations, contacts, endpoints, routing rules, bindings."
)
Document = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="YAML or a FHIR bundle")
]


@app.command("diff")
def diff(file: Document) -> None:
    """Say what loading a file would change, row by row; nothing is kept."""
    given, outcome, _ = _run(file, go=False)
    _show(given, outcome)


@app.command("load")
def load(
    file: Document,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would change")] = False,
    reason: Annotated[str, typer.Option(help="why; the history keeps it")] = "",
    careful: Annotated[
        bool,
        typer.Option("--careful", help="stop where it would leave a practice without a contact"),
    ] = False,
    starts: Annotated[
        str, typer.Option("--from", help="a day to come (2026-12-01): organisations, endpoints")
    ] = "",
) -> None:
    """Load organisations, contacts, endpoints, rules and bindings; say what it changes first.

    With --from the file's organisations and endpoints change on that day; only what is there.
    """
    day = _day(starts)
    how = {"reason": reason, "sure": not careful}
    given, outcome, refused = _run(file, go=not dry_run, day=day, how=how)
    _show(given, outcome)
    if refused:
        err.print(refused, style="red")
        raise typer.Exit(FAILED)


@app.command("dump")
def dump(
    fhir: Annotated[bool, typer.Option("--fhir", help="as a FHIR R4 bundle")] = False,
) -> None:
    """Print the directory as YAML or FHIR, secrets left out."""
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # keeps start-up quick
    from hub.provider_directory.bundle_writing import bundle  # noqa: PLC0415  # as above

    async def dumping(known: Settings) -> bytes:
        async with Hub(known) as hub:
            if not fhir:
                return await hub.rosters.dump_directory(OPERATOR)
            known_now = await hub.directory.standing()
            return msgspec.json.encode(bundle(known_now, hub.clock.now()))

    with told() as known:
        sys.stdout.buffer.write(asyncio.run(dumping(known)))


def _day(text: str) -> date | None:
    """Return the day that --from names; wrong usage where it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("write the day like 2026-12-01", param_hint="--from") from None


def _run(
    file: Path,
    *,
    go: bool,
    day: date | None = None,
    how: Mapping[str, Any] | None = None,
) -> tuple[Taken, Outcome, str]:
    """Try a file out and, if it is to be loaded, load it; return why it was not, if so.

    `day`: plan it for that day. `how`: reason, and whether what it strands is meant.
    """
    from dataclasses import replace  # noqa: PLC0415  # keeps start-up quick

    from hub.errors import Refused  # noqa: PLC0415  # as above
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # as above
    from hub.provider_directory.entries import file_of  # noqa: PLC0415  # as above
    from hub.provider_directory.planning import DATED  # noqa: PLC0415  # as above
    from hub.provider_directory.taking import taken  # noqa: PLC0415  # as above

    async def running(known: Settings) -> tuple[Taken, Outcome, str]:
        async with Hub(known) as hub:
            given = taken(content, await hub.directory.standing())
            proposed = replace(given.proposed, **(how or {}))
            outcome = await hub.directory.try_out(proposed)
            if not go:
                return given, outcome, ""
            try:
                if day is not None:
                    differ = {(one.kind, one.id) for one in outcome.changes}
                    rows = [row for key, row in proposed.file.rows().items()
                            if key in differ or key[0] in DATED]  # fmt: skip
                    differs = replace(proposed, file=file_of(*rows))
                    return given, await hub.directory.plan(OPERATOR, differs, day), ""
                return given, await hub.directory.change(OPERATOR, proposed), ""
            except Refused as refused:
                if refused.code != "would_strand":
                    raise
                return given, outcome, "nothing was loaded: see what it would leave unreached"

    content = file.read_bytes()
    with told() as known:
        return asyncio.run(running(known))


def _show(given: Taken, outcome: Outcome) -> None:
    """Print changes field by field, then what to look at, then the counts."""
    if outcome.changes:
        table = Table("row", "what", "before", "after")
        for change in outcome.changes:
            name = f"{'new ' if change.before is None else ''}{change.kind} {change.id}"
            for what, before, after in change.differences():
                table.add_row(name, what, before, after)
                name = ""
        out.print(table)
    for remark in outcome.remarks:
        out.print(f"{remark.weight}: {remark.kind} {remark.id}: {remark.says}")
    for note in given.notes:
        out.print(f"entry {note.entry} ({note.resource}): {note.says}")
    for one in outcome.stranded:
        what = f"{one.organisation} would have no contact for {one.purpose} from {one.since}"
        out.print(f"{what}; {one.open} open deliveries" if one.open else what, style="yellow")
    counts = [
        f"{sum(kind == k for k, _ in given.proposed.file.rows())} {kind}s"
        for kind in ("organisation", "endpoint", "contact", "rule", "binding")
    ]
    out.print(f"{', '.join(counts)}; {len(outcome.changes)} rows changed")
