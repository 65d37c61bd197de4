"""The table of people's tasks names pages and tests that are there, and leaves no page out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from hub.web.pages import console
from hub.web.pages.shell import NAVIGATION

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "tasks.md").read_text("utf-8")
ROW = re.compile(r"^\| (?P<task>[^|]+) \| (?:`(?P<page>[^`]+)`|none) \| `(?P<test>[^`]+)` \|$")
HEADS = ("| task | page | done by |", "|---|---|---|")
ROWS = [line for line in TABLE.splitlines() if line.startswith("|") and line not in HEADS]


def parts(row):
    """Return a row's task, page or None, and test."""
    found = ROW.match(row)
    assert found, f"not a row of the table: {row}"
    return found["task"], found["page"], found["test"]


def pages():
    """Return the path of every page of the console."""
    return {route.path for router in console().routers for route in router.routes}


@pytest.mark.parametrize("row", ROWS)
def test_row(row):
    """A task's page is one of the console's, and its test is a function of the file it names."""
    _, page, test = parts(row)
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    there = {
        node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }

    assert page is None or page in pages()
    assert name in there


def test_whoever_has_a_page_is_looked_at():
    """A task with a page is done in a browser; only a channel's or a mail's task is not."""
    told = [parts(row) for row in ROWS]

    assert [] == [
        task for task, page, test in told if page and not test.startswith("tests/browser/")
    ]


@pytest.mark.parametrize("role", ["mco", "pcmh"])
def test_no_page_is_left_out(role):
    """Every page at the top of the two desks is in the table, or one under it is."""
    told = [page or "" for _, page, _ in map(parts, ROWS)]
    missing = [
        entry.path
        for entry in NAVIGATION[role]
        if not any(page == entry.path or page.startswith(f"{entry.path}/") for page in told)
    ]

    assert [] == missing


def test_the_desks_tests_are_in_it():
    """What the day at the desks does is said in the table, so that a new task is too."""
    source = (ROOT / "tests/browser/test_desk.py").read_text("utf-8")
    names = set(re.findall(r"^def (test_\w+)", source, re.MULTILINE))

    assert names == {test.partition("::")[2] for _, _, test in map(parts, ROWS) if "_desk" in test}
