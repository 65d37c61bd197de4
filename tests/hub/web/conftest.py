"""The web tests' town: an application over real stores on a fresh database."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests

from world import build


@pytest.fixture
async def town(database):
    """Build a town."""
    return await build(database)
