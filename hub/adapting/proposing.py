"""`adapters new`: a first profile proposed from samples, read in the sandbox.

Mounted by `commands`. The samples' values stay in the reader child: labels and shapes come back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.adapting.samples import documents, read, workshop
from hub.adopting.proposing import drafted, outliner
from hub.errors import Refused
from hub.terminal import err, out, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.settings import Settings

Samples = Annotated[
    list[Path], typer.Option("--from", exists=True, dir_okay=False, help="may be repeated")
]
FORMS = ("ccda", "csv", "hl7v2", "office", "pdf")


def mount(app: typer.Typer) -> None:
    """Add the verb to the command group."""
    app.command()(new)


def new(
    sample: Samples,
    output: Annotated[Path, typer.Option("-o", "--output", help="the profile to write")],
    more: Annotated[list[Path] | None, typer.Argument(help="further samples")] = None,
    form: Annotated[str, typer.Option("--format", help="ccda, csv, hl7v2, pdf or office")] = "",
    sender: Annotated[str, typer.Option(help="the MCO's id in the directory")] = "mco-new",
    force: Annotated[bool, typer.Option("--force", help="write over an existing file")] = False,
) -> None:
    """Propose a first profile: labels, columns, headings, fields found in samples."""
    with told() as known, err.status("looking…"):
        if output.exists() and not force:
            raise Refused("exists", f"{output.name} exists; give another name or --force")
        if form and form not in FORMS:
            raise Refused("no_format", f"--format is one of {', '.join(FORMS)}")
        text, left = proposed(known, [*sample, *(more or ())], form, sender, output.stem)
        output.write_text(text, encoding="utf-8")
        problems = workshop("checking").check(text)
    guesses, doubtful = text.count("# 0.") + text.count("CHECK 0."), text.count("CHECK 0.")
    out.print(f"wrote {output}: {guesses} guesses, {doubtful} to check", markup=False)
    for one in problems:
        colour = "red" if one.severity == "wrong" else "yellow"
        err.print(f"{output}:{one.line}: `{one.key}` {one.message}", style=colour, markup=False)
    if left:
        out.print(f"{len(left)} not bound:")
        for line in left:
            out.print(f"  {line}", markup=False)


def proposed(
    settings: Settings, files: Sequence[Path], form: str, sender: str, stem: str
) -> tuple[str, list[str]]:
    """Return (the profile's YAML, what could not be bound)."""
    readings = read(settings, outliner(form), documents(files))
    named = [file.name for file in files]
    return drafted(zip(named, readings, strict=True), stem, sender)
