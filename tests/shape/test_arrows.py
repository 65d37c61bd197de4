"""Who may import whom: the contracts of pyproject.toml hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_contracts():
    """Every import contract is kept."""
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("import-linter is not installed")
    ran = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own tool

    assert ran.returncode == 0, ran.stdout[-3000:]
