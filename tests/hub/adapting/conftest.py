"""A terminal wide enough for every table, whatever the tests before these have set."""

import pytest

from hub import terminal


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setattr(terminal.out, "width", 200)
    monkeypatch.setattr(terminal.err, "width", 200)
