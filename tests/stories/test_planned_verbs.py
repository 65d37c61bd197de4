"""The directory's verb with a day to come, as an operator types it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from simulator import play
from typer.testing import CliRunner

from hub.cli import app

END = {"id": "end-riverbend", "organisation": "pcmh-riverbend", "kind": "mailbox", "format": "html"}


@pytest.fixture
def run(conninfo, tmp_path):
    """Return a runner of `directory load` with a file that changes an endpoint."""

    async def before() -> None:
        async with play(conninfo, tmp_path / "home"):
            pass

    asyncio.run(before())
    file = tmp_path / "directory.yaml"
    file.write_text(yaml.safe_dump({"endpoints": [END]}))
    env = {
        "COLUMNS": "250",
        "ICP_HUB_HOME": str(tmp_path / "home"),
        "ICP_HUB_DATABASE_URL": conninfo,
    }

    def typed(*words: str):
        return CliRunner(env=env).invoke(app, ["directory", *words, str(file)])

    return typed


def test_loaded_for_a_day(run):
    """A file loaded for a day to come still differs today; a word that is no day is wrong usage."""
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    done = run("load", "--from", day)
    still = run("diff")
    wrong = run("load", "--from", "soon")

    assert (0, 0, 2) == (done.exit_code, still.exit_code, wrong.exit_code)
    assert "1 rows changed" in still.output
