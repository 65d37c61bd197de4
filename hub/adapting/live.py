"""The verbs on a running hub: list, activate, rollback, renormalise.

Mounted by `commands`. What they do to the hub is in `activating`; here it is asked for, shown and
confirmed. Progress is on stderr.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from hub.adapting import activating, samples
from hub.errors import HubError, Refused
from hub.terminal import FAILED, err, out, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.adopting.comparing import Difference
    from hub.main import Hub
    from hub.settings import Settings

_NAME = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
By = Annotated[str, typer.Option("--by", help="who does it, for the ledger")]
Yaml = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


def mount(app: typer.Typer) -> None:
    """Add the verbs to the command group."""
    app.command("list")(listed)
    app.command()(activate)
    app.command()(rollback)
    app.command()(renormalise)


@asynccontextmanager
async def _opened(known: Settings) -> AsyncIterator[Hub]:
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick

    async with Hub(known) as hub:
        yield hub


def listed(mco: Annotated[str, typer.Argument(help="only this sender's")] = "") -> None:
    """List adapters and profiles by MCO: format, version, digest and whether they are in force."""

    async def rows(known: Settings) -> list[activating.Listed]:
        async with _opened(known) as hub:
            return await activating.listed(hub, mco)

    with told() as known:
        found = asyncio.run(rows(known))
    table = Table("MCO", "adapter", "format", "version", "digest", "state", "since", "by")
    for one in found:
        table.add_row(
            one.mco,
            one.name,
            one.format,
            one.version,
            one.digest[:12],
            one.state,
            one.since,
            one.by,
        )
    out.print(table)


def activate(
    mco: str,
    profile: Yaml,
    by: By = "operator",
    last: Annotated[int, typer.Option(help="how many stored submissions to read again")] = 200,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    show: Annotated[bool, typer.Option("--values", help="print what the documents say")] = False,
) -> None:
    """Put a profile in force: read the sender's stored documents by it, show what changes, ask."""

    async def activating_it(known: Settings) -> str:
        async with _opened(known) as hub:
            with err.status("reading stored submissions…") as status:
                trial = await activating.tried(
                    hub,
                    mco,
                    samples.written(profile),
                    last,
                    lambda done, of: status.update(f"reading stored submissions… {done} of {of}"),
                )
            _show(trial, show=show)
            if not (yes or typer.confirm(f"put {trial.profile.label} in force for {mco}?")):
                return ""
            await activating.put(hub, trial, _name(by))
            return trial.profile.label

    with told() as known:
        label = asyncio.run(activating_it(known))
    if not label:
        err.print("nothing was changed")
        raise typer.Exit(FAILED)
    out.print(f"{label} is in force for {mco}; the next document is read by it", markup=False)
    out.print(f"stored ones: `icp-hub adapters renormalise --mco {mco}`", markup=False)


def _show(trial: activating.Trial, *, show: bool) -> None:
    instead = trial.before_label or trial.replaces
    instead = instead or "nothing: it is a further adapter of this sender"
    out.print(f"{trial.profile.label} instead of {instead}", markup=False)
    out.print(f"{trial.read} stored submission(s) read again, {trial.lost} could not be fetched")
    print_difference(trial.difference, show=show)


def print_difference(found: Difference, *, show: bool = False) -> None:
    """Print what differs per field; values only where they were asked for."""
    table = Table("field", "gained", "lost", "changed")
    for path, change in sorted(found.fields.items()):
        table.add_row(path, str(change.gained), str(change.lost), str(change.changed))
    gained, lost, changed = found.totals()
    table.add_row("all", str(gained), str(lost), str(changed), style="bold")
    out.print(table)
    out.print(f"{found.same} document(s) read alike, {found.differing} otherwise")
    left = f"{found.now.residue} items are left as residue, {found.before.residue} were before"
    out.print(f"{found.now.mapped} items are mapped, {found.before.mapped} were before; {left}")
    for words, times in found.unread.items():
        err.print(f"in {times} document(s) {words}", style="yellow", markup=False)
    if found.mended:
        out.print(f"read now, not before: {', '.join(found.mended)}", markup=False)
    if found.broken:
        words = f"newly quarantined: {', '.join(found.broken)}"
        err.print(words, style="red", markup=False)
    if show:
        words_table = Table("field", "before", "after")
        for row in found.words:
            words_table.add_row(*(cell.replace("[", r"\[") for cell in row))
        out.print(words_table)


def rollback(
    mco: str,
    profile: Annotated[str, typer.Option(help="a profile's name, where several are in force")] = "",
    by: By = "operator",
) -> None:
    """Take back the profile in force for the version before, in one step."""

    async def rolling(known: Settings) -> tuple[str, str]:
        async with _opened(known) as hub:
            return await activating.rolled_back(hub, mco, profile, _name(by))

    with told() as known:
        gone, back = asyncio.run(rolling(known))
    out.print(f"{gone} is no longer in force for {mco}; {back or 'nothing'} is", markup=False)


def renormalise(
    submission: Annotated[list[str] | None, typer.Argument(help="submissions, by id")] = None,
    mco: Annotated[str, typer.Option(help="instead: the newest submissions of a sender")] = "",
    last: Annotated[int, typer.Option(help="how many of them")] = 200,
    by: By = "operator",
) -> None:
    """Read stored submissions again from their bytes; what says something new is sent anew."""
    if bool(submission) == bool(mco):
        err.print("refused: give submissions, or --mco", style="red")
        raise typer.Exit(2)

    async def again(known: Settings) -> tuple[Counter[str], int]:
        counts, failed = Counter[str](), 0
        async with _opened(known) as hub:
            chosen = submission or [s.id for s in await hub.profiles.recent(mco, last)]
            with err.status("reading…") as status:
                for number, one in enumerate(reversed(chosen), 1):
                    status.update(f"reading… {number} of {len(chosen)}")
                    try:
                        counts += await activating.renormalised(hub, one, _name(by))
                    except HubError as error:
                        failed += 1
                        err.print(f"{one}: {error}", style="red", markup=False)
        return counts, failed

    with told() as known:
        counts, failed = asyncio.run(again(known))
    told_of = ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
    out.print(told_of or "nothing to read")
    if failed:
        raise typer.Exit(FAILED)


def _name(by: str) -> str:
    if not _NAME.fullmatch(by):
        raise Refused("bad_name", "--by takes up to 64 letters, digits and . @ + - _")
    return by
