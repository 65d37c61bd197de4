"""The web tests' town: an application over real stores on a fresh database."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests

from world import build

from hub.web.pages import console


@pytest.fixture
async def town(database):
    """Build a town."""
    return await build(database)


@pytest.fixture
async def staffed(database):
    """Build a town with the console, so that people can sign in."""
    return await build(database, console())
