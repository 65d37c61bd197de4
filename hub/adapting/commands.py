"""The verbs on a profile and its samples: check, explain, coverage, diff, accept, schema.

`hub.cli` mounts `app`; the verbs that need a running hub's database are in `live`, the first
proposal in `proposing`. Exit codes as everywhere: 1 when something differs or is wrong, 3 when a
sample makes no plan.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from hub.adapting import live, proposing, samples, showing
from hub.adapting.tracing import origins
from hub.adopting import accepting
from hub.adopting.comparing import Difference, unread, values
from hub.doubting import doubts
from hub.normalize import quarantined
from hub.terminal import FAILED, MISCONFIGURED, QUARANTINED, err, out, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.adapting.tracing import Origin
    from hub.canonical import Reading

app = typer.Typer(no_args_is_help=True, help="Profiles: write, check, try, put live, roll back.")
Yaml = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)]
Values = Annotated[bool, typer.Option("--values", help="print what the documents say, too")]
live.mount(app)
proposing.mount(app)


@app.command()
def check(profile: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Check profiles: every fault with its line and what to do."""
    wrong = 0
    with told():
        for file in profile:
            problems = samples.workshop("checking").check(samples.text_of(file))
            for one in problems:
                colour = "red" if one.severity == "wrong" else "yellow"
                where = f"{file}:{one.line}: {one.severity}: `{one.key}` {one.message}"
                err.print(where, style=colour, markup=False, soft_wrap=True)
            bad = sum(one.severity == "wrong" for one in problems)
            wrong += bad
            odd = len(problems) - bad
            if not bad:
                digest = samples.workshop("live").digest(samples.text_of(file))
                out.print(f"{file.name}: good, {odd} remark(s), digest {digest[:12]}")
    if wrong:
        raise typer.Exit(MISCONFIGURED)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the profile language, for an editor's completion."""
    sys.stdout.buffer.write(samples.workshop("publishing").published())


@app.command()
def explain(
    profile: Yaml,
    sample: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    field: Annotated[str, typer.Option(help="only this field, such as goals.text")] = "",
    show: Values = False,
    plan_too: Annotated[bool, typer.Option("--plan", help="print the plan as it reads")] = False,
) -> None:
    """Say where each value of a sample came from: rule, place, transforms; and what was left.

    `--plan` prints the plan itself instead, values and all, in the order a person reads it.
    """
    with told() as known:
        given = samples.written(profile)
        (reading,) = samples.readings(known, given, [sample])
    for number, plan in enumerate(reading.plans, 1):
        found = [one for one in origins(plan, given.profile) if one.field.startswith(field)]
        if plan_too or out.width < showing.WIDE:
            out.print(f"plan {number}")
            told_of = (line for one in found for line in showing.told(one, show=show))
            for line in showing.outline(plan) if plan_too else told_of:
                out.print(line, markup=False)
        else:
            out.print(_origins(number, found, show=show))
    if not field:
        _not_taken(reading, show=show or plan_too)
        for one in samples.workshop("silent").silent(given.profile, reading):
            out.print(f"nothing of this sample: `{one}`, is it printed so?", markup=False)
    _no_plan([sample], [reading])


def _origins(number: int, found: Sequence[Origin], *, show: bool) -> Table:
    """Return the table of a plan's origins, one value to a row."""
    heads = ("field", "rule", "place", "transforms", "sure") + (("value",) if show else ())
    table = Table(title=f"plan {number}", title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    for one in found:
        row = (one.field, one.rule, one.place, one.transforms, f"{one.confidence:.2f}")
        table.add_row(*map(_plain, row + ((one.text,) if show else ())))
    return table


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _not_taken(reading: Reading, *, show: bool) -> None:
    heads = ("not taken", "place") + (("value",) if show else ())
    table = Table(*heads, title="what was not taken", title_justify="left")
    for plan in reading.plans:
        for number, one in enumerate(plan.residue):
            found = plan.places.get(
                f"/residue/{number}/text", plan.places.get(f"/residue/{number}")
            )
            label = str(one.label or "words that no rule takes")
            row = (label, found.at if found else "", str(one.text))
            table.add_row(*map(_plain, row if show else row[:2]))
    for words, count in showing.findings(reading):
        table.add_row(
            _plain(words[0] + (f" ({count} times)" if count > 1 else "")), _plain(words[1])
        )
    out.print(table)
    tally = reading.coverage
    out.print(
        f"{tally.source_items} items: {tally.mapped} mapped, {tally.residue} residue,"
        f" {tally.ignored} hold no value"
    )


def _no_plan(files: Sequence[Path], found: Sequence[Reading]) -> None:
    """End with the code of a quarantine where a sample makes no plan, saying which and why."""
    refused = [(file, one) for file, one in zip(files, found, strict=True) if quarantined(one)]
    for file, reading in refused:
        why = next((one.message for one in reading.findings if one.severity == "error"), "")
        err.print(_plain(f"{file.name}: would be quarantined, {why or 'no plan'}"), style="red")
    if refused:
        raise typer.Exit(QUARANTINED)


@app.command()
def coverage(profile: Yaml, sample: Files) -> None:
    """Tally samples: what was mapped and what was left, and how often each field was filled."""
    with told() as known:
        given = samples.written(profile)
        found = samples.readings(known, given, sample)
        below = known.confirm_below
    heads = ("sample", "plans", "items", "mapped", "residue", "no value", "to confirm", "findings")
    table = Table(*heads)
    for file, reading in zip(sample, found, strict=True):
        tally = reading.coverage
        asked = sum(len(doubts(one, reading.findings, below).waiting) for one in reading.plans)
        counts = (tally.source_items, tally.mapped, tally.residue, tally.ignored, asked)
        codes = sorted({finding.code for finding in reading.findings})
        row = (file.name, str(len(reading.plans)), *map(str, counts), ", ".join(codes))
        table.add_row(*map(_plain, row))
    out.print(table)
    for file, reading in zip(sample, found, strict=True):
        for words in unread(reading):
            err.print(f"{file.name}: {words}", style="yellow", markup=False)
    out.print(_fills(found))
    _no_plan(sample, found)


def _fills(found: Sequence[Reading]) -> Table:
    """Return how many plans have each field, and how many values of it there are."""
    plans = [plan for reading in found for plan in reading.plans]
    held: dict[str, list[int]] = {}
    for plan in plans:
        counts: dict[str, int] = {}
        for one in values(plan):
            if not one.field.endswith("part2_origin"):
                counts[one.field] = counts.get(one.field, 0) + 1
        for path, count in counts.items():
            held.setdefault(path, []).append(count)
    table = Table("field", "plans that have it", "values")
    for path in sorted(held):
        share = f"{len(held[path])} of {len(plans)}"
        table.add_row(path, share, str(sum(held[path])))
    return table


@app.command()
def diff(old: Yaml, new: Yaml, sample: Files, show: Values = False) -> None:
    """Read samples by two profiles: gained, lost and changed, per field."""
    with told() as known:
        before = samples.readings(known, samples.written(old), sample)
        after = samples.readings(known, samples.written(new), sample)
    found = Difference()
    for file, one, other in zip(sample, before, after, strict=True):
        found.add(file.name, one, other)
    live.print_difference(found, show=show)
    if found.differing or found.broken or found.mended:
        raise typer.Exit(FAILED)


@app.command()
def accept(
    profile: Yaml,
    sample: Files,
    update: Annotated[
        bool, typer.Option("--update", help="take today's readings for the right ones")
    ] = False,
) -> None:
    """Keep what is read of samples beside the profile, or compare with what was kept.

    The kept readings hold what the samples say: accept synthetic samples only.
    """
    with told() as known:
        given = samples.written(profile)
        found = samples.readings(known, given, sample)
    _no_plan(sample, found)
    wrong = 0
    for file, reading in zip(sample, found, strict=True):
        said = accepting.accepted(profile, file, reading, update=update)
        wrong += said.startswith("differs")
        out.print(f"{file.name}: {said}", markup=False)
    if wrong:
        err.print("look at the differences; `--update` takes them for right", style="red")
        raise typer.Exit(FAILED)
