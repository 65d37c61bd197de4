"""`make demo` tells its whole story and ends with the counts that the README promises."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

COUNTS = {
    "submissions": 10,
    "plans": 9,
    "released": 9,
    "withheld": 1,
    "held": 1,
    "delivered": 9,
    "acknowledged": 9,
    "quarantined": 1,
    "duplicates": 1,
    "lost": 0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give one folder for all runs: each empties what the run before it left."""
    return tmp_path_factory.mktemp("demo")


async def begun(folder, *options, stderr=asyncio.subprocess.PIPE):
    """Start the demo in a folder, on ports of its own."""
    ports = {f"ICP_HUB_{one}_PORT": "0" for one in ("HTTP", "SFTP", "MLLP")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "demo", *options),
        cwd=folder,
        env={**os.environ, **ports},
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )


async def test_counts(folder):
    """Every document of the demo comes to its end: nothing is lost, doubted or held by mistake."""
    process = await begun(folder, "--once", "--json")
    out, err = await asyncio.wait_for(process.communicate(), timeout=240)

    assert process.returncode == 0, err.decode()[-2000:]
    assert json.loads(out.decode().strip().splitlines()[-1]) == COUNTS


async def test_ended_by_its_terminal(folder):
    """SIGTERM ends the demo with every process it started: nothing is left behind."""
    process = await begun(folder, stderr=asyncio.subprocess.DEVNULL)
    assert process.stdout is not None
    async with asyncio.timeout(240):
        while b"sent their rosters" not in (line := await process.stdout.readline()):
            assert line, "the demo ended before its rosters were sent"
        started = _started_in(folder)
        process.terminate()
        await process.communicate()

    assert len(started) >= 2
    assert _started_in(folder) == set()
    assert process.returncode == 0


def _started_in(folder):
    """Return the processes whose home is the demo's folder: server, worker, database."""
    found = set()
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (one / "cmdline").read_bytes() + (one / "environ").read_bytes()
            if f"{folder}/icp-hub-demo".encode() in told:
                found.add(one.name)
    return found
