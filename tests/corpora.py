"""`python -m tests.corpora`: reads every file of the shared corpora as `icp-hub read` does.

Every file goes through one sandboxed reader with the formats' own adapters; a seeded sample and the
slowest and largest go through the command itself. Prints progress and a table, writes
`build/corpora.json`, and ends with 1 when a law of `tests/reading_laws.py` is broken, 0 otherwise
(also where the corpora are absent: it says so). It never prints what a document says.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.table import Table

from hub.canonical import Document
from hub.main.examining import READERS
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader
from tests.reading_laws import breaches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.canonical import Reading

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
ROOMS = ("ccda", "hl7v2", "csv", "pdf", "hostile", "fhir")
ABSENT = f"the shared corpora are not at {CORPORA}"
BINDINGS = tuple(Binding(f"adapters.formats.{form}:ADAPTER") for form in READERS)
SECONDS, MEGABYTES = 20.0, 1024.0
_QUARANTINED = 3
EXITS = frozenset({0, _QUARANTINED})

_SAMPLE, _SLOWEST = 60, 40
_WATCH = 0.005

console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@dataclass(slots=True)
class Told:
    """What reading one file came to; `error` is why the hub would quarantine it, if it would."""

    path: str
    size: int
    adapter: str = ""
    plans: int = 0
    error: str = ""
    codes: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    tally: list[int] = field(default_factory=list)
    seconds: float = 0.0
    peak_mb: float = 0.0
    broken: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ran:
    """What the command itself did over one file; `seconds` passed, `cpu` were worked."""

    path: str
    code: int
    seconds: float
    cpu: float
    peak_mb: float
    traceback: bool


def main() -> int:
    """Read what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("--under", action="append", help="a corpus, or a path inside one")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "corpora.json")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=_SAMPLE, help="files the command reads too")
    parser.add_argument("--slowest", type=int, default=_SLOWEST, help="slowest and largest, too")
    given = parser.parse_args()
    if not CORPORA.is_dir():
        console.print(f"skipped: {ABSENT}")
        return 0
    found = files(given.under or ROOMS)
    # the commands' runner is started first and stays small: a child's peak begins at its parent's
    with ProcessPoolExecutor(1, get_context("spawn")) as runner:
        runner.submit(os.getpid).result()
        console.print(f"{len(found)} files, seed {given.seed}")
        told = asyncio.run(_read_all(found))
        chosen = _chosen(told, given.sample, given.slowest, given.seed)
        ran = [_noted(each, len(chosen)) for each in enumerate(runner.map(command, chosen), 1)]
    show(told, ran)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    kept = {"seed": given.seed, "read": [*map(asdict, told)], "command": [*map(asdict, ran)]}
    given.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 1 if any(one.broken for one in told) or any(_faults(told, ran)) else 0


def _faults(told: Sequence[Told], ran: Sequence[Ran]) -> Iterator[str]:
    """Yield a line for each file over which the command did what it may not."""
    known = {one.path: one for one in told}
    for run in ran:
        if wrong := fault(run, known.get(run.path)):
            yield f"{run.path}: {wrong}"


def files(under: Iterable[str]) -> list[Path]:
    """Return every file under these parts of the corpora, in order."""
    found = {one for part in under for one in (CORPORA / part).rglob("*") if one.is_file()}
    found |= {CORPORA / part for part in under if (CORPORA / part).is_file()}
    return sorted(found)


async def _read_all(found: Sequence[Path]) -> list[Told]:
    reader = SandboxReader()
    try:
        await reader.start()
        told = []
        for number, path in enumerate(found, 1):
            told.append(await read(reader, path))
            if number % 50 == 0:
                console.print(f"  {number} of {len(found)} read")
        return told
    finally:
        await reader.close()


async def read(reader: SandboxReader, path: Path) -> Told:
    """Read one file, measure it, and say which laws its reading breaks."""
    content = await asyncio.to_thread(path.read_bytes)
    document = Document(content, path.name, "", hashlib.sha256(content).hexdigest())
    with Watch() as watch:
        began = time.monotonic()
        adapter, reading = await reader.read(BINDINGS, document)
        seconds = time.monotonic() - began
    told = _told(path, content, adapter, reading)
    told.seconds, told.peak_mb = round(seconds, 3), round(watch.peak_mb, 1)
    if seconds > SECONDS:
        told.broken.append("took longer than allowed")
    if watch.peak_mb > MEGABYTES:
        told.broken.append("took more memory than allowed")
    return told


def _told(path: Path, content: bytes, adapter: str, reading: Reading) -> Told:
    tally = reading.coverage
    errors = [one.code for one in reading.findings if one.severity == "error"]
    return Told(
        str(path.relative_to(CORPORA)) if path.is_relative_to(CORPORA) else path.name,
        len(content),
        adapter,
        len(reading.plans),
        _quarantined(reading, errors),
        sorted({one.code for one in reading.findings}),
        sorted({one.message for one in reading.findings}),
        [tally.source_items, tally.mapped, tally.residue, tally.ignored],
        broken=breaches(content, reading),
    )


def _quarantined(reading: Reading, errors: Sequence[str]) -> str:
    """Return the finding for which the hub quarantines a document, by the rule of `normalize`."""
    if not reading.plans:
        return (*errors, "nothing")[0]
    hollow = len(reading.plans) == 1 and any(f.code == "nothing_read" for f in reading.findings)
    return "nothing_read" if hollow else ""


class Watch:
    """Watches this process's descendants and keeps the most memory one of them had resident.

    A child's own high-water mark is set back first, where the system lets us; its forks are
    looked for every few milliseconds, since nobody else can see a fork that has ended.
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(_WATCH):
            self._look()

    def _look(self) -> None:
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if b"hub.sandbox.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
                    peak = status.partition("VmHWM:")[2].split()[0]
                    self.peak_mb = max(self.peak_mb, int(peak) / 1024)


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError, ValueError):
            for child in map(int, (task / "children").read_text("ascii").split()):
                yield child
                yield from _descendants(child)


def _chosen(told: Sequence[Told], sample: int, extremes: int, seed: int) -> list[str]:
    """Return a seeded sample of the files, and half each of the slowest and the largest."""
    names = [one.path for one in told]
    picked = random.Random(seed).sample(names, min(sample, len(names)))  # noqa: S311  # a sample, no secret
    slowest = sorted(told, key=lambda one: -one.seconds)[: extremes // 2]
    largest = sorted((one for one in told if one not in slowest), key=lambda one: -one.size)[
        : extremes - len(slowest)
    ]
    return list(dict.fromkeys([*picked, *(one.path for one in [*slowest, *largest])]))


def command(name: str) -> Ran:
    """Run `icp-hub read` over one file of the corpora as a person would."""
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  # our own command over a file of the corpora
        [sys.executable, "-m", "hub", "read", str(CORPORA / name)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
    )
    hung = threading.Timer(10 * SECONDS, process.kill)
    hung.start()
    said = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    hung.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = round(time.monotonic() - began, 2)
    peak = round(used.ru_maxrss / 1024, 1)
    cpu = round(used.ru_utime + used.ru_stime, 2)
    return Ran(name, process.returncode, seconds, cpu, peak, b"Traceback" in said)


def _noted(each: tuple[int, Ran], total: int) -> Ran:
    number, ran = each
    if number % 20 == 0 or number == total:
        console.print(f"  {number} of {total} given to the command")
    return ran


def fault(ran: Ran, told: Told | None = None) -> str:
    """Return what the command did that it may not, or nothing.

    Slow is judged by the seconds worked, since those that pass are the machine's other work too.
    With what reading the file came to, the exit code must say the same.
    """
    if ran.code not in EXITS:
        return f"exit {ran.code}"
    if ran.traceback:
        return "a traceback"
    if told is not None and bool(told.error) != (ran.code == _QUARANTINED):
        return f"exit {ran.code}, and the hub would say {told.error or 'read'}"
    if ran.cpu > SECONDS:
        return "too slow"
    return "too much memory" if ran.peak_mb > MEGABYTES else ""


def show(told: Sequence[Told], ran: Sequence[Ran]) -> None:
    """Print the table for people, then every breach."""
    table = Table(
        *("corpus", "files", "read", "quarantined, by finding", "exits", "slowest s", "peak MB")
    )
    for room in dict.fromkeys(one.path.partition("/")[0] for one in told):
        table.add_row(room, *_row(room, told, ran))
    console.print(table)
    for one in told:
        for law in one.broken:
            console.print(f"broken: {one.path}: {law}", style="red", soft_wrap=True)
    for wrong in _faults(told, ran):
        console.print(f"broken: {wrong}", style="red", soft_wrap=True)


def _row(room: str, told: Sequence[Told], ran: Sequence[Ran]) -> Iterator[str]:
    here = [one for one in told if one.path.startswith(f"{room}/")]
    runs = [one for one in ran if one.path.startswith(f"{room}/")]
    why = Counter(one.error for one in here if one.error)
    exits: Counter[Any] = Counter(run.code for run in runs)
    yield str(len(here))
    yield str(sum(not one.error for one in here))
    yield ", ".join(f"{code} {count}" for code, count in why.most_common())
    yield ", ".join(f"{code}: {count}" for code, count in sorted(exits.items()))
    yield f"{max(one.seconds for one in here):.2f} / {max((r.seconds for r in runs), default=0)}"
    yield f"{max(one.peak_mb for one in here):.0f} / {max((r.peak_mb for r in runs), default=0)}"


if __name__ == "__main__":
    sys.exit(main())
