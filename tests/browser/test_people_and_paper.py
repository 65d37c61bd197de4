"""A plan taken down by phone, and doubtful values compared with their page, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_looking import serious

from hub import pipeline
from hub.demo import world
from hub.intake import VaultUpload
from hub.ports import Envelope

pytestmark = pytest.mark.browser

CALL = {
    "Who called": "Ann Vance",
    "Their organisation": "Keystone Community Plan",
    "Call-back number": "717-555-0100",
    "Day of the call": "2026-01-05",
    "Time of the call": "09:05",
}
MEMBER = {"Member id": "KST-1", "Family name": "Delgado", "Given name": "Rosa"}


def filled(page, **left_out):
    """Fill the form in with everything but what is left out."""
    for label, words in {**CALL, **MEMBER, "Birth date": "1958-03-02"}.items():
        if label not in left_out.values():
            page.get_by_label(label, exact=True).fill(words)
    page.get_by_label("Goal", exact=True).fill("Walk to the shop and back")
    page.get_by_label("What is asked").fill("See her at home")
    page.get_by_label("Due", exact=True).fill("2026-12-01")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_call(as_person, picture, scripts):
    """Maria takes a call down, is told what is missing, adds a row, and hands it in."""
    page = as_person("maria", java_script_enabled=scripts)
    page.goto("/phone")
    filled(page, number="Call-back number")
    page.get_by_role("button", name="Add another goal").click()
    page.get_by_label("Goal", exact=True).nth(1).fill("Sleep through")
    page.get_by_role("button", name="Take the plan in").click()
    page.get_by_role("alert").get_by_text("Fill in “Call-back number”").wait_for()
    if scripts:
        picture(page, "mco-phone-missing")
        assert [] == serious(page)
    assert "Walk to the shop and back" == page.get_by_label("Goal", exact=True).nth(0).input_value()
    page.get_by_label("Call-back number").fill(f"717-555-010{int(scripts)}")
    page.get_by_label("I read it back").check()
    page.get_by_role("button", name="Take the plan in").click()
    page.wait_for_url("**done=taken")
    picture(page, "mco-phone-taken")
    assert "phone form" in page.locator("main").inner_text()


def test_a_call_on_a_phone(as_person, picture):
    """The form fits a phone's width, and Enter in a field takes nothing in."""
    page = as_person("maria", viewport={"width": 390, "height": 844})
    page.goto("/phone")
    page.get_by_label("Who called").fill("Ann Vance")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    picture(page, "phone-mco-phone")
    width = page.evaluate("document.documentElement.scrollWidth")

    assert (390, "Ann Vance") == (width, page.get_by_label("Who called").input_value())


@pytest.fixture
def doubtful(stage):
    """Hand a PDF in that this house reads with doubt, and return its plan's id."""

    async def job(hub):
        engine = replace(hub.engine(), confirm_below=0.985)
        sending = next(one for one in world.STORY if one.file == "okafor_care_plan.pdf")
        content = world.sample(sending).read_bytes() + b"\n"
        upload = VaultUpload(hub.intake, Envelope(sending.mco, "sftp", sending.mco, "by_fax.pdf"))
        await upload.write(content)
        await upload.commit()
        await pipeline.read_batch(engine)

    stage.run(job)
    return stage.sql("select id from plan where state = 'doubtful'")[0]["id"]


@pytest.mark.usefixtures("doubtful")
def test_comparing(stage, as_person, picture):
    """Ivan sees each value beside its clipped page, confirms one, corrects another."""
    page = as_person("ivan")
    page.goto("/confirm")
    picture(page, "integration-confirm-queue")
    page.get_by_role("link", name="by_fax.pdf").click()
    page.wait_for_url("**/confirm/pln*")
    clip = page.locator("figure.clip img").first
    clip.scroll_into_view_if_needed()
    assert clip.evaluate("image => image.decode().then(() => image.naturalWidth > 100)")
    picture(page, "integration-confirm")
    assert [] == serious(page)
    page.get_by_label("The document says something else").first.check()
    page.get_by_role("button", name="Record").first.click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("What the document says").first.fill("Okafor-Bell")
    page.get_by_label("Reason").first.fill("the hyphen is on the page")
    page.get_by_role("button", name="Record").first.click()
    page.wait_for_url("**done=one_settled*")
    page.get_by_label("It is right as it was read").first.check()
    page.get_by_role("button", name="Record").first.click()
    page.wait_for_url("**done=one_settled*")
    kept = stage.sql("select decision, name from settlement order by id")

    assert ["correct", "confirm"] == [row["decision"] for row in kept]
    assert {"Ivan Sorel, integration"} == {row["name"] for row in kept}


def test_comparing_on_a_phone(as_person, picture, doubtful):
    """The comparison fits a phone's width."""
    page = as_person("ivan", viewport={"width": 390, "height": 844})
    page.goto(f"/confirm/{doubtful}")
    picture(page, "phone-integration-confirm")

    assert 390 == page.evaluate("document.documentElement.scrollWidth")
