"""The wheel carries what the code reads, and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel and unpack it, as an installation would."""
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    out = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    ran = subprocess.run(  # noqa: S603  # our own build
        [sys.executable, "-c", build, str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with zipfile.ZipFile(out / ran.stdout.split()[-1]) as archive:
        archive.extractall(out / "site")
    return out / "site"


@pytest.mark.parametrize("room", ["hub", "adapters", "consent"])
def test_carries_data(wheel, room):
    """Every file beside the code in the checkout is in the wheel."""
    wanted = {
        path.relative_to(ROOT)
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    missing = {path for path in wanted if not (wheel / path).exists()}

    assert missing == set()


def test_runs(wheel, tmp_path):
    """An installed hub finds its templates, samples and profiles, and reads a sample."""
    sample = (
        wheel / "hub" / "templates" / "demo" / "samples" / "mco-laurel" / "lindqvist_ppr_pc1.hl7"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(wheel)}
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-m", "hub", "read", str(sample)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "1 plan(s)" in ran.stdout
