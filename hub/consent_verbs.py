"""The verbs on consents: import a file, with a dry run; make a member's copy; list what ends soon.

`hub.cli` mounts `app`. What is imported is recorded by the operator, and a grant in it carries
nothing until a privacy officer approved the file in the console or by API (HR-20).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path  # noqa: TC003  # typer reads the signatures at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hub.errors import Refused
from hub.terminal import FAILED, err, out, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consent.records import Consent
    from hub.render.cover import Rendered
    from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Consents: import a file, copy one, what ends soon.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    mco: Annotated[str, typer.Option(help="whose members the file is about")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen")] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="keep the rest when rows can't be kept")
    ] = False,
) -> None:
    """Import consents (CSV, FHIR JSON, Bundle, NDJSON): row by row, all of them or nothing."""
    from hub.consents.taking import File, report, take  # noqa: PLC0415  # keeps start-up quick
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # as above

    async def taking(known: Settings) -> dict[str, Any]:
        given = File(content=file.read_bytes(), mco=mco, dry_run=dry_run, leave_out=leave_out)
        async with Hub(known) as hub:
            try:
                now, desk = hub.clock.now(), (hub.registry, hub.vault)
                return report(await take(*desk, OPERATOR, given, now, hub.policy))
            except Refused as refused:
                if "rows" not in refused.extra:
                    raise
                return {**refused.extra, "refused": refused.detail}

    with told() as known, err.status("reading…"):
        done = asyncio.run(taking(known))
    out.print(_table(done["rows"]))
    counts = [f"{count} {verdict.replace('_', ' ')}" for verdict, count in done["counts"].items()]
    out.print(", ".join(counts))
    if "refused" in done:
        err.print(str(done["refused"]), style="red")
        raise typer.Exit(FAILED)
    if dry_run:
        out.print("a dry run: nothing was kept")
    elif done["again"]:
        out.print(f"this file was imported before: {done['batch']}")
    else:
        out.print(f"kept as {done['batch']}; grants wait for a privacy officer's approval")


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the rows as a table: what each lacks with its clause, never what it held."""
    table = Table("row", "verdict", "what to know")
    table.add_column("consent", overflow="fold")
    for row in rows:
        faults = [f"{one['clause']} {one['element']}: {one['todo']}" for one in row["faults"]]
        notes = [f"{one['at']}: {one['says']}" for one in row["notes"]]
        against = [f"see {one}" for one in row["against"]]
        words = "\n".join(filter(None, [row["problem"], *faults, *notes, *against]))
        table.add_row(str(row["row"]), row["verdict"], words, row["consent"] or "")
    return table


@app.command()
def copy(
    consent: str,
    output: Annotated[Path, typer.Option("-o", "--output", help="file to write: .pdf or .html")],
    language: Annotated[str, typer.Option(help="en or es")] = "en",
    large: Annotated[bool, typer.Option("--large", help="large print")] = False,
) -> None:
    """Write the member's own copy of a consent, in plain words."""

    async def making(known: Settings) -> Rendered:
        from hub.main import OPERATOR, Hub  # noqa: PLC0415  # keeps start-up quick
        from hub.render.consent_copy import Copy, copy_of  # noqa: PLC0415  # as above

        async with Hub(known) as hub:
            made = await hub.registry.consent(consent)
            member, mco = await hub.registry.owner(consent)
            sides = made.disclosers, made.recipients
            organisations = [mco, *(one for side in sides for one in side.organisations)]
            persons = [one for side in sides for one in side.persons]
            folk = await hub.registry.folk(member, organisations, persons)
            await hub.registry.told(OPERATOR, "consent.copied", consent, mco, by="operator")
            asked = Copy(hub.clock.now(), hub.policy, language, large)
            media = "html" if output.suffix == ".html" else "pdf"
            return copy_of(made, folk.member, folk.names(), asked, media)

    with told() as known, err.status("writing…"):
        output.write_bytes(asyncio.run(making(known)).content)
    out.print(f"wrote {output}")


@app.command()
def expiring(
    days: Annotated[int, typer.Option(help="ending within so many days")] = 60,
    mco: Annotated[str, typer.Option(help="of one payer's members")] = "",
) -> None:
    """List grants that end soon, the next to end first."""
    from consent.comparing import last_day  # noqa: PLC0415  # keeps start-up quick

    async def asking(known: Settings) -> Sequence[Consent]:
        from hub.main import Hub  # noqa: PLC0415  # as above

        async with Hub(known) as hub:
            until = hub.clock.now() + timedelta(days=days)
            return await hub.registry.expiring(mco or None, until, 1000)

    with told() as known:
        found = asyncio.run(asking(known))
    table = Table("last day", "kind")
    table.add_column("consent", overflow="fold")
    table.add_column("member", overflow="fold")
    for one in found:
        table.add_row(str(last_day(one) or ""), one.kind, one.id, one.member)
    out.print(table)
