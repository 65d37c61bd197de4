"""The verbs on a running hub, as an operator types them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from simulator import play
from typer.testing import CliRunner

import adapters
from hub.cli import app

MCO = "mco-susquehanna"
MCOS = Path(adapters.__file__).parent / "mcos"


@pytest.fixture
def profile(tmp_path):
    """Return the sender's own profile as version 2, without the goals' due date."""
    text = (MCOS / "susquehanna_csv.yaml").read_text(encoding="utf-8")
    text = text.replace('version: "1"', 'version: "2"')
    file = tmp_path / "two.yaml"
    due = ", due: {from: goal_due, transform: date}"
    assert due in text
    file.write_text(text.replace(due, ""), "utf-8")
    return str(file)


@pytest.fixture
def run(conninfo, tmp_path):
    """Return a runner of verbs on a hub that has delivered one plan."""

    async def before() -> None:
        async with play(conninfo, tmp_path / "home") as stage:
            await stage.sends_sample(MCO, "grant_extract.csv")
            await stage.runs()

    asyncio.run(before())
    env = {
        "COLUMNS": "250",
        "ICP_HUB_HOME": str(tmp_path / "home"),
        "ICP_HUB_DATABASE_URL": conninfo,
    }

    def typed(*words: str, answer: str = ""):
        return CliRunner(env=env).invoke(app, ["adapters", *words], input=answer)

    return typed


def test_activate_declined(run, profile):
    """What changes is shown before anything is asked; a no leaves all as it was."""
    done = run("activate", MCO, profile, answer="n\n")

    assert 1 == done.exit_code
    assert "goals.due" in done.output
    assert "in force" not in run("list", MCO).output


def test_activate_and_back(run, profile):
    """A yes puts the profile in force; a rollback takes it back in one step."""
    done = run("activate", MCO, profile, "--by", "dana", answer="y\n")
    during = run("list", MCO).output
    back = run("rollback", MCO, "--by", "dana")
    after = run("list", MCO).output

    assert (0, 0) == (done.exit_code, back.exit_code)
    assert ("in force" in during, "replaced by a profile" in during) == (True, True)
    assert ("rolled back" in after, "replaced by a profile" in after) == (True, False)


def test_renormalise(run, profile):
    """Stored submissions are read again by the profile in force, once."""
    run("activate", MCO, profile, "--yes")
    told = [run("renormalise", "--mco", MCO).output.strip() for _ in range(2)]

    assert ["1 new", "1 unchanged"] == told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rollback", MCO), 2),
        (("renormalise",), 2),
        (("renormalise", "sub_nonesuch"), 1),
        (("activate", "mco-laurel", "PROFILE", "--yes"), 2),
        (("activate", MCO, "PROFILE", "--yes", "--by", "a b"), 2),
    ],
)
def test_refused(run, profile, words, code):
    """What can't be done ends with the code of its kind."""
    done = run(*(profile if word == "PROFILE" else word for word in words))

    assert code == done.exit_code


def test_activate_names_what_it_replaces(run, profile, tmp_path):
    """A second version says which version of the same name it takes the place of."""
    first = run("activate", MCO, profile, "--yes")
    text = Path(profile).read_text("utf-8").replace('version: "2"', 'version: "3"')
    file = tmp_path / "three.yaml"
    file.write_text(text, "utf-8")
    second = run("activate", MCO, str(file), "--yes")

    assert "instead of adapters.mcos.susquehanna_csv:ADAPTER" in first.output
    assert "instead of susquehanna-csv 2 (" in second.output
