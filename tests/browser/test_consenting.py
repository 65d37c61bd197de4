"""The privacy officer's consents by keyboard: paper with its scan, electronic, replaced, ended."""

from __future__ import annotations

import pytest
from test_looking import serious
from test_privacy import member_of, press, tick, typed
from test_working import reach

pytestmark = pytest.mark.browser
SAYS = ("patient_name", "right_to_revoke", "redisclosure", "refusal_consequences")


def signed(page, method, day, ends):
    """Fill in the form from its second step to its last by keyboard."""
    tick(page, "#categories-general")
    tick(page, "#purposes-TREAT")
    press(page, "Next")
    typed(page, "#signed_by", "Rosa Delgado")
    reach(page, "", "#signed_on")
    page.keyboard.type(day)
    reach(page, "", "#method")
    page.keyboard.type(method)
    press(page, "Next")
    ends(page)
    for statement in SAYS:
        tick(page, f"#statements-{statement}")
    press(page, "Next")


def never(page):
    """Let the consent have no end."""
    reach(page, "", "#ends-on")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")


def discharge(page):
    """Let the consent end with an event."""
    reach(page, "", "#ends-on")
    page.keyboard.press("ArrowDown")
    typed(page, "#ends_event", "discharge from the program")


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_on_paper(stage, as_person, picture, width):
    """A paper signed in the past is recorded, its effect seen first, and its scan attached."""
    page = as_person("petra", viewport={"width": width, "height": 900})
    page.goto(f"/privacy/members/{member_of(stage, 'Delgado')}/record")
    tick(page, "#to-pcmh-riverbend")
    press(page, "Next")
    signed(page, "On paper", "11012026", never)
    page.get_by_role("region", name="What it would change").wait_for()
    assert [] == serious(page)
    press(page, "Record the consent")
    assert "/privacy/consents/" in page.url
    page.get_by_text("attach the scan of the signed paper").wait_for()
    page.get_by_label("PDF, TIFF, PNG or JPEG").set_input_files(
        {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    press(page, "Attach the scan")
    page.get_by_role("link", name="Fetch the scan").wait_for()
    assert [] == serious(page)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    if width > 1000:
        picture(page, "privacy-consent")


def test_electronic_until_an_event(stage, as_person):
    """An electronic consent ends with an event; that it occurred is recorded by keyboard."""
    page = as_person("petra")
    page.goto(f"/privacy/members/{member_of(stage, 'Delgado')}/record")
    tick(page, "#to-pcmh-riverbend")
    press(page, "Next")
    signed(page, "Electronically", "11022026", discharge)
    press(page, "Record the consent")
    press(page, "Record it: the consent ends")
    page.get_by_text("occurred").first.wait_for()
    assert page.get_by_role("button", name="Record it: the consent ends").count() == 0


def test_replacing(stage, as_person):
    """What is on file fills the form that replaces it; without scripts too."""
    (old,) = stage.sql(
        "select c.id from consent c join member m on m.id = c.member where m.family = 'Lindqvist'"
        " and c.record->>'kind' <> 'refusal' and c.revoked_at is null limit 1"
    )
    page = as_person("petra", java_script_enabled=False)
    page.goto(f"/privacy/consents/{old['id']}")
    press(page, "Record a newer form")
    assert page.get_by_role("heading", level=1).inner_text() == "Record what replaces a consent"
    assert page.locator("input[name=recipients]:checked").count() > 0


def test_labels(stage, as_person, picture):
    """Petra sees where a label comes from, and raises one by keyboard."""
    (plan,) = stage.sql(
        "select p.id from plan p join member m on m.id = p.member where m.family = 'Reyes' limit 1"
    )
    page = as_person("petra")
    page.goto(f"/plans/{plan['id']}/labels")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    reach(page, "", "select[id^=raise-]")
    page.keyboard.press("ArrowDown")
    press(page, "Raise")
    page.get_by_role("status").get_by_text("The label was raised").wait_for()
    page.get_by_text("a person raised it").first.wait_for()
    picture(page, "privacy-labels")
