"""People at work in a real browser: each role signs in, and does the thing it came for."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

HOMES = {
    "maria": "/mco",
    "nadia": "/worklist",
    "petra": "/privacy",
    "ivan": "/integration",
    "olga": "/operations",
}


@pytest.mark.parametrize(("login", "home"), HOMES.items())
def test_everybody_lands_at_home(as_person, login, home):
    """After signing in each role sees its own working list."""
    page = as_person(login, alone=True)
    assert page.url.endswith(home)


def test_acknowledge_by_keyboard_alone(stage, as_person, picture):
    """Nadia takes the Delgado plan with Tab, Enter and typing, and the sender sees her name."""
    page = as_person("nadia")
    page.goto("/worklist")
    reach(page, "Delgado")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deliveries/*")
    reach(page, "", "#name")
    page.keyboard.press("Control+A")
    page.keyboard.type("Nadia Brandt RN")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=acknowledged")
    picture(page, "pcmh-acknowledged")
    taken = stage.sql("select acknowledged_by from delivery where acknowledged_at is not null")
    assert [{"acknowledged_by": "Nadia Brandt RN"}] == taken


def reach(page, words, selector=""):
    """Press Tab until what has the focus says the words, or fits the selector."""
    for _ in range(60):
        page.keyboard.press("Tab")
        held = page.locator("*:focus")
        if selector and page.locator(f"{selector}:focus").count():
            return
        if words and held.count() and words in held.inner_text():
            return
    pytest.fail(f"Tab never reached {words or selector}")


def test_the_skip_link_is_first(as_person):
    """The first Tab on a page offers to skip to the content, visibly."""
    page = as_person("nadia")
    page.goto("/worklist")
    page.keyboard.press("Tab")
    page.get_by_text("Skip to the content").wait_for()
    assert page.locator("*:focus").inner_text() == "Skip to the content"


def test_a_dispute_needs_its_reason(as_person, picture):
    """A dispute without a reason is asked about; with one it reaches the sender's list."""
    page = as_person("nadia")
    page.goto("/worklist")
    page.get_by_role("link", name="Okafor").click()
    page.get_by_label("We dispute it").check()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("alert").wait_for()
    picture(page, "pcmh-dispute-reason")
    page.get_by_label("In words").fill("One ED visit in six months, not three.")
    page.get_by_role("button", name="Send the answer").click()
    page.wait_for_url("**done=answered")
    sender = as_person("maria")
    sender.goto("/mco")
    picture(sender, "mco-dispute")
    sender.get_by_text("One ED visit in six months, not three.").wait_for()


def test_a_consent_lets_a_held_plan_go(stage, as_person, picture):
    """Petra records what the member signed; the held plan leaves the queue and reaches Tamika."""
    page = as_person("petra")
    page.goto("/privacy")
    held = page.get_by_role("region", name="Hale")
    held.get_by_role("link", name="Record a consent").click()
    fill(page)
    picture(page, "privacy-record-filled")
    page.get_by_role("button", name="Next: check and record").click()
    lacks = page.get_by_role("alert")
    lacks.get_by_text("2.31(a)(6) right to revoke").wait_for()
    picture(page, "privacy-record-lacks")
    page.get_by_role("button", name="fill in at step 4").click()
    page.get_by_label("The right to revoke, and how").check()
    page.get_by_role("button", name="Next: check and record").click()
    picture(page, "privacy-record-what-if")
    effect = page.get_by_role("region", name="What it would change")
    effect.get_by_text("everything goes").first.wait_for()
    page.get_by_role("button", name="Record the consent").click()
    page.wait_for_url("**done=granted")
    stage.settle()
    page.reload()
    picture(page, "privacy-member-consented")
    page.goto("/privacy")
    assert page.get_by_role("region", name="Hale").count() == 0
    practice = as_person("tamika")
    practice.goto("/worklist")
    practice.get_by_role("link", name="Hale").click()
    picture(practice, "pcmh-part2-notice")
    practice.get_by_text("42 CFR part 2").first.wait_for()


def test_what_was_withheld_is_not_named(as_person, picture):
    """Tamika reads a plan without its alcohol part; one neutral line says that a part is out."""
    page = as_person("tamika")
    page.goto("/worklist")
    page.get_by_role("link", name="Kowalski").click()
    picture(page, "pcmh-withheld")
    page.get_by_text("Withheld under the release on file").wait_for()
    assert "alcohol" not in page.locator("main").inner_text().lower()


def fill(page):
    """Fill in a single consent for treatment, payment and operations, one statement left out."""
    page.get_by_label("Northside Community Health Center", exact=True).check()
    page.get_by_label("My treating providers").check()
    page.get_by_role("button", name="Next").click()
    for name in ("General health and care", "Substance use", "Mental health"):
        page.get_by_label(name, exact=True).check()
    for name in ("Treatment", "Payment", "Health care operations"):
        page.get_by_label(name, exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Signed by").fill("Marcus Hale")
    page.get_by_label("Signed on").fill("2026-11-20")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("“None”: until revoked").check()
    for name in ("The member's name", "That it may be disclosed further"):
        page.get_by_label(name).check()
    page.get_by_label("What refusing to sign means").check()


def test_a_revoked_plan_can_be_opened_no_more(stage, as_person, picture):
    """After a revocation the practice is told in plain words why the plan is closed."""
    officer = as_person("petra")
    member = stage.sql("select id from member where family = 'Hale'")[0]["id"]
    officer.goto(f"/privacy/members/{member}")
    officer.get_by_role("link", name="Revoke").click()
    picture(officer, "privacy-revoke-before")
    before = officer.get_by_role("region", name="Had already been sent")
    before.get_by_text("Northside").wait_for()
    officer.get_by_label("In writing").check()
    officer.get_by_role("button", name="Revoke this consent").click()
    officer.wait_for_url("**done=revoked")
    picture(officer, "privacy-revoke-after")
    after = officer.get_by_role("region", name="Had already been sent")
    assert after.locator("time").count() == 2
    practice = as_person("tamika")
    practice.goto("/worklist")
    practice.get_by_role("link", name="Hale").click()
    picture(practice, "pcmh-no-longer-released")
    practice.get_by_role("heading", name="may no longer be opened").wait_for()


def test_a_document_is_handed_in(stage, as_person, picture):
    """Maria hands in a document with the form and is told at once what became of it."""
    page = as_person("maria")
    page.goto("/mco/submissions")
    page.get_by_label("One document").set_input_files(
        {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"no plan at all"}
    )
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**done=uploaded")
    stage.settle()
    page.reload()
    picture(page, "mco-submission-quarantined")
    page.get_by_text("can't be read", exact=True).wait_for()


def test_a_member_is_found_by_a_person(stage, as_person, picture):
    """Olga names the member of an unmatched plan and it goes on."""
    page = as_person("olga")
    page.goto("/operations")
    page.get_by_role("link", name="Find the member").click()
    page.get_by_label("Part of a name").fill("grantham")
    page.get_by_role("button", name="Search").click()
    picture(page, "operations-candidates")
    page.get_by_label("Grantham, Aisha").check()
    page.get_by_role("button", name="This is the member").click()
    page.wait_for_url("**done=resolved")
    stage.settle()
    states = stage.sql(
        "select p.state from plan p join member m on m.id = p.member where m.family = 'Grantham'"
    )
    assert [{"state": "released"}] == states
