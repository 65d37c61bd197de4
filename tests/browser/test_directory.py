"""The directory in a real browser: every page looked at, and its tasks done like a person would."""

from __future__ import annotations

import pytest
from test_looking import serious

pytestmark = pytest.mark.browser
HOME = "/directory/organisations/pcmh-riverbend"
PAGES = [
    ("olga", "directory", "/directory"),
    ("olga", "organisation", HOME),
    ("olga", "form-organisation", f"{HOME}/organisation/pcmh-riverbend"),
    ("olga", "form-contact", f"{HOME}/contact/con-riverbend-1"),
    ("olga", "form-endpoint", f"{HOME}/endpoint/end-riverbend"),
    ("olga", "form-rule", f"{HOME}/rule/new"),
    ("olga", "routing", f"{HOME}/routing"),
    ("olga", "history", "/directory/history"),
    ("olga", "files", "/directory/files"),
    ("olga", "proposals", "/directory/proposals"),
    ("petra", "read", "/directory"),
    ("nadia", "own", "/contacts"),
    ("nadia", "own-form", "/contacts/con-riverbend-1"),
]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1}


@pytest.fixture
def said(stage):
    """Let every page have something to show: a rule, a proposal."""
    if not stage.sql("select id from directory_proposal"):
        stage.sql(
            "insert into directory_proposal (id, organisation, contact, seen, proposed, reason, at,"
            " actor, name) values ('dpr_1', 'pcmh-riverbend', 'con-riverbend-2', 0, %s,"
            " 'new number', now(), 'x', 'Nadia Brandt RN')",
            '{"id": "con-riverbend-2", "organisation": "pcmh-riverbend", "name": "Owen Pratt RN",'
            ' "roles": ["plan", "urgent"], "endpoint": "end-riverbend", "phone": "+1-555-0190",'
            ' "verified_on": "2026-10-01"}',
        )
        stage.sql(
            "insert into routing_rule (id, organisation, position, contact, county, program)"
            " values ('rul_1', 'pcmh-riverbend', 10, 'con-riverbend-2', 'Beaver', '')"
        )
    return stage


@pytest.mark.parametrize(("login", "name", "path"), PAGES)
def test_every_page(said, as_person, picture, login, name, path):
    """A page has nothing serious for axe on a screen, in the dark and on a phone, and fits it."""
    assert said.url
    page = as_person(login, **PHONE)
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(path)
    picture(page, f"directory-{name}-phone")
    wide = page.evaluate("document.documentElement.scrollWidth")
    phone = serious(page)
    page.set_viewport_size({"width": 1280, "height": 860})
    picture(page, f"directory-{name}")
    page.emulate_media(color_scheme="dark")
    picture(page, f"directory-{name}-dark")

    assert (390, [], [], []) == (wide, phone, serious(page), told)


def test_a_contact_is_corrected(said, as_person, picture):
    """Operations end a contact by keyboard, are told what it would strand, and leave it."""
    page = as_person("olga")
    page.goto("/directory/organisations/pcmh-orchard/contact/con-orchard-1")
    page.get_by_label("Until and with").fill("2026-12-31")
    page.get_by_label("Why").fill("he retires")
    page.get_by_label("Why").press("Enter")
    page.get_by_role("heading", name="Is this meant?").wait_for()
    picture(page, "directory-stranded")
    shown = page.locator("main").inner_text()
    found = serious(page)

    assert "would have no contact for plans from Jan 1, 2027" in shown
    assert "open deliver" in shown
    assert found == []
    assert said.sql("select ends from contact where id = 'con-orchard-1'")[0]["ends"] is None


def test_an_endpoint_that_changes_on_a_day(said, as_person, picture):
    """Operations plan an endpoint for a day to come, see it “from …”, and take it back."""
    page = as_person("olga")
    page.goto(f"{HOME}/endpoint/end-riverbend")
    page.get_by_label("Format").select_option("html")
    page.get_by_label("From", exact=True).fill("2030-12-01")
    page.get_by_label("Why").fill("a new system")
    page.get_by_label("Why").press("Enter")
    page.get_by_role("status").wait_for()
    coming = page.get_by_role("region", name="Planned changes")
    picture(page, "directory-planned")
    shown = coming.inner_text()
    first = serious(page)
    chip = page.get_by_text("changes from Dec 1, 2030").count()
    page.goto(f"{HOME}/endpoint/end-riverbend")
    picture(page, "directory-planned-form")
    again = page.get_by_role("region", name="Planned already").inner_text()
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto("/directory")
    picture(page, "directory-planned-phone")
    wide, second = page.evaluate("document.documentElement.scrollWidth"), serious(page)
    page.get_by_role("button", name="Take back").press("Enter")
    page.get_by_role("status").wait_for()

    assert "from Dec 1, 2030" in shown
    assert "html" in shown
    assert "a new system" in again
    assert 1 == chip
    assert (360, [], []) == (wide, first, second)
    assert "withdrawn" in coming.inner_text()
    assert "pdf" == said.sql("select format from endpoint where id = 'end-riverbend'")[0]["format"]


def test_without_scripts(said, as_person, picture):
    """Without JavaScript a practice proposes, operations accept, and the question is answered."""
    nadia = as_person("nadia", java_script_enabled=False)
    nadia.goto("/contacts/con-riverbend-1")
    nadia.get_by_label("Phone").fill("+1-555-0777")
    nadia.get_by_label("Why").fill("new phone")
    nadia.get_by_role("button", name="Propose").click()
    olga = as_person("olga", java_script_enabled=False)
    olga.goto("/directory/proposals")
    sheet = olga.locator("section", has_text="+1-555-0777")
    sheet.get_by_role("button", name="Accept").click()
    olga.goto(f"{HOME}/routing")
    olga.get_by_label("County").fill("beaver county")
    olga.get_by_role("button", name="Who would get it?").click()
    picture(olga, "directory-answer")
    answer = olga.locator("section").first.inner_text()
    kept = said.sql("select phone from contact where id = 'con-riverbend-1'")

    assert kept[0]["phone"] == "+1-555-0777"
    assert "Owen Pratt" in answer
    assert "Rule 10" in answer
