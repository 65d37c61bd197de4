"""Fixtures of the browser tests: the seeded hub, a chromium, and a person signed in to it."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the stage beside the tests

from stage import PASSWORD, Running

from benchmarks.browsing import FLAGS, chromium_path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "console.md"
PICTURES = ROOT / "docs" / "pictures"
TALLEST = 1250


@pytest.fixture(scope="module")
def chromium():
    """Start the browser of this machine, or skip with one loud line.

    Closed with each file's last test: while Playwright's own loop runs in this thread, no other
    file's coroutine tests could.
    """
    api = pytest.importorskip("playwright.sync_api")
    found = chromium_path()
    if found is None:
        warnings.warn("NO CHROMIUM: the console was not looked at in a browser", stacklevel=1)
        pytest.skip("no chromium on this machine; install one or set CHROMIUM")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stage(databases, tmp_path_factory):
    """Start the seeded hub, once for each file: what one file did, another does not meet."""
    name, dsn = databases.fresh()
    running = Running(dsn, tmp_path_factory.mktemp("hub"))
    yield running.start()
    running.stop()
    databases.drop(name)


@pytest.fixture(scope="module")
def sessions():
    """Give what the browser kept of each person's sign-in: typing it for each test takes longer."""
    return {}


@pytest.fixture
def as_person(chromium, stage, sessions):
    """Return a function that signs somebody in and returns their page, empty but the first time.

    A person has one session in a file; `alone` gives one that no other test has used, and the page
    they land on.
    """
    contexts = []

    def sign_in(login, *, alone=False, **options):
        given = {
            "viewport": {"width": 1280, "height": 860},
            "timezone_id": "America/New_York",
            "locale": "en-US",
            "storage_state": None if alone else sessions.get(login),
            **options,
        }
        context = chromium.new_context(base_url=stage.url, **given)
        contexts.append(context)
        page = context.new_page()
        if given["storage_state"] is None:
            typed(page, login)
            sessions.setdefault(login, context.storage_state())
        return page

    yield sign_in
    for context in contexts:
        context.close()


def typed(page, login):
    """Sign in on the page as a person does."""
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def picture(tmp_path):
    """Return a function that takes a picture for `docs/console.md`, when PICTURES is set."""
    used = GUIDE.read_text("utf-8")

    def take(page, name):
        page.wait_for_load_state()
        if "PICTURES" not in os.environ:
            return
        folder = PICTURES if f"{name}.png" in used else tmp_path
        tall = page.locator("html").evaluate("e => e.scrollHeight")
        size = page.viewport_size
        page.screenshot(
            path=folder / f"{name}.png",
            full_page=True,
            animations="disabled",
            clip={"x": 0, "y": 0, "width": size["width"], "height": min(tall, TALLEST)},
        )

    return take
