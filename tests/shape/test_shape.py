"""The shape we keep: sizes, names, openings and one-way arrows, checked over the source itself."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(p for room in ("hub", "adapters", "consent") for p in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
FORBIDDEN = {
    *("utils", "helpers", "common", "misc", "core", "base"),
    *("manager", "service", "services", "models", "views"),
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_size(path: Path):
    """No module is longer than 400 lines."""
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_function_size(path: Path):
    """No function is longer than 60 lines."""
    tree = ast.parse(path.read_text())
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno >= 60
    ]

    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_name(path: Path):
    """No module has a name that says nothing, nor one of the standard library's."""
    stem = path.stem

    assert stem not in FORBIDDEN
    if path.parent == ROOT / "hub":
        assert stem not in sys.stdlib_module_names


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_opening(path: Path):
    """Every module opens by saying what it does, in at most twelve lines."""
    opening = ast.get_docstring(ast.parse(path.read_text()))

    assert opening
    assert len(opening.splitlines()) <= 12


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_name)
def test_exemptions_have_reasons(path: Path):
    """Every lint or type exemption carries a code and a reason on its line."""
    bare = [
        number
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"#\s*(noqa|type:\s*ignore)", line)
        and "re.search" not in line
        and not re.search(r"#\s*(noqa: [A-Z0-9, ]+|type:\s*ignore\[[a-z, -]+\])\s+#\s+\S", line)
    ]

    assert bare == []


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_one_sentence_each(path: Path):
    """Every test says in one sentence what is true."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").strip().endswith(".")
    ]

    assert silent == []


def test_no_registry_host():
    """No committed file names a package registry's host."""
    found = [
        _name(path)
        for path in [*ROOT.glob("*.lock"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
        if re.search(r"https?://[^\s\"']*(pypi|simple)", path.read_text())
    ]

    assert found == []


def test_xml_entry_point():
    """Only the hardened entry point builds an XML parser in the adapters."""
    building = [
        _name(path)
        for path in SOURCES
        if path.is_relative_to(ROOT / "adapters")
        and re.search(r"XMLParser\(|etree\.(fromstring|parse|XML)\(", path.read_text())
    ]

    assert building == ["adapters/formats/xml.py"]
