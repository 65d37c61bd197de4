"""What every command prints by and ends with: two consoles, the exit codes, the hub's errors told.

Exit codes: 0 done, 1 the world failed, 2 wrong usage, 3 the document was quarantined, 4
misconfigured. Errors are one sentence; a traceback is never shown, since it may hold member data.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from hub import settings as setting
from hub.errors import HubError, Misconfigured, Refused, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.settings import Settings

FAILED, USAGE, QUARANTINED, MISCONFIGURED = 1, 2, 3, 4
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def told() -> Iterator[Settings]:
    """Give the settings; turn the hub's errors into one sentence and an exit code."""
    try:
        yield setting.load(os.environ)
    except Misconfigured as error:
        err.print(f"misconfigured: {error}", style="red")
        raise typer.Exit(MISCONFIGURED) from None
    except Unreadable as error:
        err.print(f"quarantined: {error}", style="red")
        raise typer.Exit(QUARANTINED) from None
    except Refused as error:
        err.print(f"refused: {error}", style="red")
        raise typer.Exit(USAGE) from None
    except HubError as error:
        err.print(f"{type(error).__name__.lower()}: {error}", style="red")
        raise typer.Exit(FAILED) from None
