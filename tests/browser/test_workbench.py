"""The workbench in a real browser: a sample beside its plan, each field to its place and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import TELLER
from test_looking import serious

from hub.adopting import working
from hub.demo.world import template
from hub.intake import VaultUpload
from hub.ports import Envelope

pytestmark = pytest.mark.browser

SAMPLES = {
    "pdf": ("mco-keystone", "okafor_care_plan.pdf"),
    "form": ("mco-susquehanna", "reyes_care_plan.pdf"),
    "xml": ("mco-allegheny", "kowalski_care_plan.xml"),
    "hl7": ("mco-laurel", "lindqvist_ppr_pc1.hl7"),
    "table": ("mco-laurel", "plans_2026-10.csv"),
    "word": ("mco-keystone", "okafor_care_plan.docx"),
    "broken": ("mco-keystone", "truncated_care_plan.xml"),
}


def put(page, sender, file):
    """Put a sample on the bench."""
    page.goto("/workbench")
    page.get_by_label("Read as a document of").select_option(sender)
    page.get_by_label("Sample: C-CDA").set_input_files(template(f"demo/samples/{sender}/{file}"))
    page.get_by_role("button", name="Read it").click()
    page.wait_for_url("**/workbench/wb_*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_format(as_person, picture, kind, scheme):
    """Each kind of document stands beside its plan; axe finds nothing serious, the policy holds."""
    page = as_person("ivan", color_scheme=scheme)
    said = []
    page.on("console", lambda message: said.append(message.text))
    put(page, *SAMPLES[kind])
    picture(page, f"workbench-{kind}" if scheme == "light" else f"workbench-{kind}-dark")
    assert ([], []) == (serious(page), said)


def test_a_field_lights_its_place(as_person, picture):
    """Pointing at a field lights its box on the page; the focus on a box lights its fields."""
    page = as_person("ivan")
    put(page, *SAMPLES["pdf"])
    page.locator("a.one", has_text="Given 1").hover()
    picture(page, "workbench")
    place = page.locator(".paper .spot.lit")
    assert "Walter" == place.get_attribute("aria-label")
    page.locator(".paper a[aria-label='Okafor']").focus()
    assert "Okafor" in page.locator("a.one.lit").inner_text()


def test_keyboard_from_field_to_place_and_back(as_person):
    """Enter on a field goes to its place, Enter on the place comes back to the field."""
    page = as_person("ivan")
    put(page, *SAMPLES["hl7"])
    field = page.locator("a.one", has_text="Lindqvist").first
    field.focus()
    page.keyboard.press("Enter")
    assert page.locator("*:focus").get_attribute("id") == field.get_attribute("data-at")
    page.keyboard.press("Enter")
    assert page.locator("*:focus").get_attribute("data-at") == field.get_attribute("data-at")


def test_without_scripts(as_person):
    """Without JavaScript a field is a link to its place, which is a link back."""
    page = as_person("ivan", java_script_enabled=False)
    put(page, *SAMPLES["table"])
    field = page.locator("a.one").first
    field.click()
    place = page.locator(f"[id='{field.get_attribute('data-at')}']")
    assert f"#{field.get_attribute('id')}" == place.get_attribute("href")


def test_a_tried_profile(as_person, picture):
    """A profile edited and read again shows what is gained, lost and changed, field by field."""
    page = as_person("ivan")
    put(page, *SAMPLES["table"])
    text = page.get_by_label("Profile (YAML)")
    text.fill(text.input_value().replace("  birth_date:", "  #birth_date:", 1))
    page.get_by_role("button", name="Read again").click()
    page.get_by_role("heading", name="What the tried profile changes").wait_for()
    picture(page, "workbench-changed")
    assert "lost" in page.locator("tr", has_text="/member/birth_date").first.inner_text()


def test_slips_by_line(as_person, picture):
    """A profile with a wrong key says in which line, and the line is shown in the text."""
    page = as_person("ivan")
    put(page, *SAMPLES["table"])
    text = page.get_by_label("Profile (YAML)")
    text.fill("surprise: 1\n" + text.input_value())
    page.get_by_role("button", name="Read again").click()
    page.get_by_role("link", name="Line 1").wait_for()
    picture(page, "workbench-slip")
    page.get_by_role("link", name="Line 1").click()
    held = "t => t.value.slice(t.selectionStart, t.selectionEnd)"
    assert ("surprise: 1", []) == (text.evaluate(held), serious(page))


@pytest.mark.parametrize("kind", ["pdf", "xml", "table", "hl7"])
def test_on_a_phone(as_person, picture, kind):
    """The workbench fits a phone: nothing is wider than the screen."""
    page = as_person("ivan", viewport={"width": 390, "height": 844}, device_scale_factor=1)
    put(page, *SAMPLES[kind])
    picture(page, f"phone-workbench-{kind}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert (390, []) == (wide, serious(page))


def test_nothing_is_wider_on_the_first_page(as_person, picture):
    """The page that takes samples fits a phone, lists the session's own, and forgets on demand."""
    phone = {"width": 390, "height": 844}
    page = as_person("ivan", alone=True, viewport=phone, device_scale_factor=1)
    put(page, *SAMPLES["hl7"])
    page.goto("/workbench")
    picture(page, "phone-workbench-begin")
    found = serious(page)
    page.get_by_role("button", name="Forget").first.click()
    page.get_by_text("Nothing lies here").wait_for()
    assert [] == found


@pytest.mark.parametrize("path", ["/workbench", "/variability", "/adapters"])
@pytest.mark.parametrize("width", [1280, 390])
def test_other_pages(as_person, picture, path, width):
    """The other pages of integration staff fit a screen and a phone without a serious issue."""
    page = as_person("ivan", viewport={"width": width, "height": 844}, device_scale_factor=1)
    page.goto(path)
    name = f"integration-{path[1:]}"
    picture(page, name if width > 400 else f"phone-{name}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert (width, []) == (wide, serious(page))


def test_counting_fields(as_person, picture):
    """A count of filled fields runs in the background and ends in shares by reader."""
    page = as_person("ivan")
    page.goto("/variability/mco-laurel")
    page.get_by_role("button", name="Count the fields").click()
    row = page.locator("tr", has_text="goals text")
    row.wait_for()
    picture(page, "integration-variability-sender")
    assert ("100.0 %", []) == (row.locator("td").first.inner_text(), serious(page))


DIRECTORY = b"""
organisations:
  - {id: mco-juniper, kind: mco, name: Juniper Health Partners, npi: "1003000175"}
"""
ONBOARDING = Path(__file__).parents[1] / "samples" / "onboarding"
WORKBOOK = ONBOARDING / "juniper_1.xlsx"


async def _known(hub):
    """Load a sender that has no adapter, and hand in its first document."""
    await hub.rosters.load_directory(TELLER, DIRECTORY)
    upload = VaultUpload(hub.intake, Envelope("mco-juniper", "api", "act", "plans.xlsx", ""))
    await upload.write(WORKBOOK.read_bytes())
    await upload.commit()


def _tries(page, stage, picture):
    """Wait on the trial's page while a worker does it; the page goes on by itself."""
    assert "It waits for a worker" in page.locator("main").inner_text()
    picture(page, "workbench-trial-waits")
    assert [] == serious(page)
    assert stage.run(working.work)
    page.get_by_text("1 stored document of").wait_for()
    picture(page, "workbench-trial")
    assert [] == serious(page)


def test_from_a_sample_into_force(as_person, stage, picture):
    """A new sender's workbook is proposed, corrected, tried on stored traffic, live, taken back."""
    stage.run(_known)
    stage.settle()
    page = as_person("ivan")
    page.goto("/workbench")
    page.get_by_label("Read as a document of").select_option("mco-juniper")
    page.get_by_label("Sample: C-CDA").set_input_files(WORKBOOK)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Propose a profile").click()
    text = page.get_by_label("Profile (YAML)")
    assert 'member_number: ["Recipient #"]' in text.input_value()
    picture(page, "workbench-proposal")
    assert [] == serious(page)
    text.fill((ONBOARDING / "juniper.yaml").read_text("utf-8"))
    page.get_by_role("button", name="Read again").click()
    assert "2 plans" in page.locator(".lead").inner_text()
    page.get_by_role("button", name="Try it on stored documents").click()
    _tries(page, stage, picture)
    page.get_by_role("button", name="Put juniper 1 in force").click()
    page.wait_for_url("**/integration/profiles?done=activated")
    assert "juniper 1" in page.get_by_role("table").last.inner_text()
    picture(page, "profiles")
    assert [] == serious(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert 390 == page.locator("html").evaluate("e => e.scrollWidth")
    page.get_by_role("button", name="Roll back juniper 1").click()
    assert "rolled back" in page.locator("main").inner_text()
