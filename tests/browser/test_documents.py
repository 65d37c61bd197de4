"""A document that speaks of one that is not here, and a plan withdrawn: what people see of them."""

from __future__ import annotations

import json

import pytest

from tests.browser.test_looking import cut, serious

UNKNOWN = {"evidence": [], "conflicts": ["parent_unknown"], "follows": True}


def waiting(stage, **more):
    """Let the unmatched plan on the stage wait for a document; return its page's address."""
    (row,) = stage.sql("select id from plan where state = 'unmatched' limit 1")
    reason = json.dumps({**UNKNOWN, **more})
    stage.sql("update plan set reason = %s where id = %s returning 1", reason, row["id"])
    return f"/operations/plans/{row['id']}"


@pytest.mark.parametrize("width", [1280, 360])
def test_waits_for_its_document(stage, as_person, width):
    """The page says that the document is unclear, not the member, and what to do about it."""
    page = as_person("olga", viewport={"width": width, "height": 800})
    page.goto(waiting(stage))

    assert page.get_by_role("heading", level=1).inner_text() == "Which document does it mean?"
    assert page.get_by_text("goes on by itself when that comes").is_visible()
    assert page.get_by_role("button", name="Search").is_visible()
    assert serious(page) + cut(page) == []


def test_nothing_to_send(stage, as_person):
    """A cancel that waits offers no member to name: it holds nothing to send."""
    page = as_person("olga")
    page.goto(waiting(stage, withdraws=True))

    assert page.get_by_text("holds nothing to send").is_visible()
    assert page.get_by_role("button", name="Search").count() == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [("parent_of_another", "names a document of another member"), ("older_version", "A higher")],
)
def test_says_why(stage, as_person, code, words):
    """The page says what is wrong with the document, and what a person can do about it."""
    page = as_person("olga")
    page.goto(waiting(stage, conflicts=[code]))

    assert page.locator(".note").get_by_text(words).is_visible()


def test_on_the_list(stage, as_person):
    """Operations' list says why the plan waits."""
    waiting(stage)
    page = as_person("olga")
    page.goto("/operations")

    assert page.get_by_text("a document we have not had").is_visible()
    assert page.get_by_role("link", name="Look at it").is_visible()
