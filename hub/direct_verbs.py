"""The verbs on our own Direct certificate: make one or a request for one, import it, show it.

`hub.cli` mounts `app`. The private key stays in the hub's key folder and is never printed.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the signatures at run time
from typing import Annotated

import typer

from hub.terminal import out, told

app = typer.Typer(no_args_is_help=True, help="Direct: our own address and certificate.")


@app.command()
def make(
    address: str,
    self_signed: Annotated[
        bool, typer.Option("--self-signed", help="under an anchor of our own, for partners to load")
    ] = False,
) -> None:
    """Make our key for ADDRESS and print a signing request for an authority such as a HISP."""
    from hub.main import directing  # noqa: PLC0415  # keeps start-up quick

    with told() as known:
        _print(directing.make(known, address, self_signed=self_signed))


@app.command("import")
def import_certificate(
    address: str,
    certificate: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    key: Annotated[
        Path | None, typer.Option(help="its private key (PEM), where it was made elsewhere")
    ] = None,
) -> None:
    """Keep the CERTIFICATE (PEM, ours first, then its chain) an authority gave us for ADDRESS."""
    from hub.main import directing  # noqa: PLC0415  # keeps start-up quick

    private = key.read_bytes() if key else b""
    with told() as known:
        _print(directing.take_in(known, address, certificate.read_bytes(), private))


@app.command()
def show() -> None:
    """Print what partners need of us: address, fingerprint, certificate and anchor."""
    from hub.main import directing  # noqa: PLC0415  # keeps start-up quick

    with told() as known:
        _print(directing.show(known))


def _print(found: dict[str, str]) -> None:
    for name, value in found.items():
        if value:
            gap = "\n" if "\n" in value else " "
            out.print(f"{name}:{gap}{value.strip()}", markup=False, soft_wrap=True)
