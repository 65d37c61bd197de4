"""Connections, links from mails and members' copies in a real browser, wide and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from test_looking import serious

from hub.main import probing
from hub.ports import Certificate
from hub.store import ending

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def probed(stage):
    """Let the hub look at every connection; one practice's SFTP server is not there.

    Another practice's server has shown a certificate that ends in nine days, a third's in a year.
    """
    stage.run(probing.look)
    whose = {r["id"]: r["organisation"] for r in stage.sql("select id, organisation from endpoint")}

    async def certificates(hub):
        now = hub.clock.now()
        for place, (end, days) in enumerate((("end-riverbend", 9), ("end-orchard", 365))):
            one = Certificate("server", f"{place:064x}", now + timedelta(days=days))
            found = ending.Found(end, whose[end], (one,), frozenset({"server"}))
            await ending.keep(hub.database, found, now, (30, 7))

    stage.run(certificates)
    return stage


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize(
    ("login", "path"),
    [("olga", "/operations/connections"), ("nadia", "/connections"), ("maria", "/mco/connections")],
)
def test_connections(probed, as_person, picture, login, path, viewport):
    """Each reader sees how connections fare, on any screen."""
    assert probed
    page = as_person(login, viewport=viewport)
    page.goto(path)
    picture(page, f"{path.strip('/').replace('/', '-')}-{viewport['width']}")
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert (viewport["width"], []) == (wide, serious(page))
    assert page.get_by_text("works", exact=True).count()
    if login == "olga":
        assert page.get_by_text("fails", exact=True).count()
        assert 1 == page.get_by_text("ends soon", exact=True).count()
        assert 2 == page.get_by_text("their server's certificate, until").count()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_link(stage, chromium, picture, viewport):
    """Whoever opens the link of a mail says with a name that the plan came, and sees no plan."""
    (row,) = stage.sql("select id from delivery where state = 'sent' order by seq limit 1")

    async def link(hub):
        return hub.linking.make(row["id"], hub.clock.now() + timedelta(days=1))

    context = chromium.new_context(base_url=stage.url, viewport=viewport, java_script_enabled=True)
    page = context.new_page()
    page.goto(f"/received/{stage.run(link)}")
    picture(page, f"received-{viewport['width']}")
    first = serious(page)
    page.get_by_label("Your name").fill("Ada Holt")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Thank you").wait_for()
    page.reload()
    picture(page, f"received-again-{viewport['width']}")
    again = page.get_by_text("acknowledged already").count()
    second = serious(page)
    context.close()

    assert ([], [], 1) == (first, second, again)


def test_copy(stage, as_person, picture):
    """A nurse makes the member's copy, prints it and says that she handed it over."""
    page = as_person("nadia")
    page.goto("/worklist")
    page.locator("a[href^='/deliveries/']").first.click()
    page.get_by_text("Make a copy", exact=True).click()
    picture(page, "copy-form")
    page.get_by_role("button", name="Make a copy to print").click()
    picture(page, "copies")
    first = serious(page)
    form = page.locator("form[action$='/print']")
    token = form.locator("input[name=csrf]").get_attribute("value")
    printed = page.request.post(form.get_attribute("action"), form={"csrf": token})
    page.get_by_text("It was given").click()
    page.get_by_role("button", name="Record it").click()
    picture(page, "copies-given")

    assert "application/pdf" == printed.headers["content-type"]
    assert ([], []) == (first, serious(page))
    assert page.get_by_role("cell", name="handed over").count()
    assert [{"way": "handed"}] == stage.sql("select way from member_copy")


def test_copies_on_a_phone(as_person, picture):
    """The print queue fits a phone."""
    page = as_person("nadia", viewport=PHONE)
    page.goto("/copies")
    picture(page, "copies-phone")

    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    assert [] == serious(page)
