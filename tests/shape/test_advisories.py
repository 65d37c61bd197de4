"""Minimum safe versions: what is installed must not be older than an advisory allows."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ADVISORIES = tomllib.loads((Path(__file__).parents[2] / "advisories.toml").read_text())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


@pytest.mark.parametrize("package", sorted(ADVISORIES))
def test_not_older(package: str):
    """The installed package is at least the version its advisory asks for."""
    try:
        installed = version(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed")

    assert _numbers(installed) >= _numbers(ADVISORIES[package]["minimum"])
