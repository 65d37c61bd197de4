"""From a sample to live and back, as an integration person goes, once for each format."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from simulator import STAFF, play
from typer.testing import CliRunner

from hub.cli import app

SAMPLES = Path(__file__).parents[2] / "samples" / "onboarding"
FORMATS = {
    "cedar": ("cedar_1.pdf", "cedar_3.pdf"),
    "juniper": ("juniper_1.xlsx", "juniper_2.xlsx"),
    "harbor": ("harbor_1.hl7", "harbor_3.hl7"),
    "willow": ("willow_1.docx", "willow_3.docx"),
}
DIRECTORY = """
organisations:
  - {id: mco-SENDER, kind: mco, name: A sender nobody had met, npi: "1003000167"}
  - {id: pcmh-mill, kind: pcmh, name: Mill Street Family Practice}
contacts:
  - {id: con-mill, organisation: pcmh-mill, name: Dora Finch RN, roles: [plan],
     email: dora@mill.example, endpoint: end-mill, from: "2026-01-01", verified_on: "2026-10-01"}
endpoints:
  - {id: end-mill, organisation: pcmh-mill, kind: mailbox, format: pdf}
"""
UNRULED = 0.8
"""Columns that no rule divides are read with 0.85: here nobody is asked to confirm them."""


class Way:
    """One sender's way: a hub with a directory and a roster, and the verbs typed on it."""

    def __init__(self, name, conninfo, folder):
        self.mco, self.folder = f"mco-{name}", folder
        self._name, self._conninfo = name, conninfo
        self._env = {
            "COLUMNS": "200",
            "ICP_HUB_HOME": str(folder / "home"),
            "ICP_HUB_DATABASE_URL": conninfo,
        }

    def types(self, *words):
        """Type a verb of `icp-hub adapters`; return its exit code and what it printed."""
        done = CliRunner(env=self._env).invoke(app, ["adapters", *map(str, words)])
        return done.exit_code, done.output

    def opens(self):
        """Load the directory and the roster."""

        async def loading(stage):
            directory = DIRECTORY.replace("SENDER", self._name).encode()
            await stage.hub.rosters.load_directory(STAFF, directory)
            roster = (SAMPLES / f"{self._name}.roster.csv").read_bytes()
            await stage.hub.rosters.load_roster(STAFF, self.mco, "full", roster)

        self._on_stage(loading)

    def sends(self, file):
        """Hand a document in, walk the line, return states: newest submission, its deliveries."""

        async def sending(stage):
            accepted = await stage.sends(self.mco, (SAMPLES / file).read_bytes(), file)
            await stage.runs()
            (row,) = await stage.rows(
                "select state from submission where id = %s", accepted.submission
            )
            deliveries = await stage.rows(
                "select d.state from delivery d join plan p on p.id = d.plan"
                " where p.submission = %s",
                accepted.submission,
            )
            return row["state"], [one["state"] for one in deliveries]

        return self._on_stage(sending)

    def _on_stage(self, job):
        async def whole():
            changes = {"confirm_below": UNRULED}
            async with play(self._conninfo, self.folder / "home", **changes) as stage:
                return await job(stage)

        return asyncio.run(whole())


@pytest.fixture(params=sorted(FORMATS))
def name(request):
    """Return each sender's name."""
    return request.param


@pytest.fixture
def way(name, conninfo, tmp_path):
    """Return a sender's way, opened."""
    made = Way(name, conninfo, tmp_path)
    made.opens()
    return made


def test_way(way, name, tmp_path):
    """A sample nobody could read becomes a profile; the next plan arrives; one step goes back."""
    sample, following = FORMATS[name]
    profile = tmp_path / f"{name}.yaml"
    before = way.sends(sample)
    proposed = way.types(
        *("new", "--from", SAMPLES / sample, "--sender", way.mco, "-o", tmp_path / "first.yaml")
    )
    shutil.copy(SAMPLES / f"{name}.yaml", profile)
    shutil.copytree(SAMPLES / f"{name}.accepted", tmp_path / f"{name}.accepted")
    checked = way.types("check", profile)
    accepted = way.types("accept", profile, SAMPLES / sample)
    put = way.types("activate", way.mco, profile, "--yes", "--by", "ivy")
    arrived = way.sends(following)
    back = way.types("rollback", way.mco, "--by", "ivy")

    assert ("quarantined", []) == before
    assert [0, 0, 0, 0] == [proposed[0], checked[0], accepted[0], put[0]]
    assert "as accepted" in accepted[1]
    assert "read now, not before: sub_" in put[1]
    assert ("read", ["sent"]) == arrived
    assert (0, True) == (back[0], "nothing is" in back[1])
