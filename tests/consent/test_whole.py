"""The tests of consent reach every line and every branch of it, counted in a run of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_branch(tmp_path):
    """Cases and unit tests run every branch of `consent/`."""
    pytest.importorskip("coverage", reason="coverage is not installed")
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")}
    environment.pop("PYTEST_XDIST_WORKER", None)
    given = ["-q", "-n", "0", "-p", "no:cacheprovider", "-k", "not test_whole and not properties"]
    run = [sys.executable, "-m", "coverage", "run", "--branch", "--source=consent", "-m", "pytest"]
    subprocess.run(  # noqa: S603  # our own tests
        [*run, *given, "tests/consent"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
    )
    told = subprocess.run(
        [sys.executable, "-m", "coverage", "report", "-m", "--skip-covered", "--fail-under=100"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
