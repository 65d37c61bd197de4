"""`adapters new`: a first profile proposed from samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def mount(app: typer.Typer) -> None:
    """Add the verb to the command group."""
