"""The privacy officer's tasks by keyboard alone in a real browser, and the practice's side."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from test_looking import serious
from test_working import reach

pytestmark = pytest.mark.browser


def member_of(stage, family):
    """Return our id of a member."""
    return stage.sql("select id from member where family = %s", family)[0]["id"]


def typed(page, selector, words):
    """Move to a field by Tab and type."""
    reach(page, "", selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def press(page, words):
    """Move to a button or link by Tab and press Enter; wait for the page it leads to."""
    reach(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tick(page, selector):
    """Move to a box or radio by Tab and press Space."""
    reach(page, "", selector)
    page.keyboard.press("Space")


def test_finding_a_member(stage, as_person, picture):
    """Petra finds a member by name and birth date, and the address holds neither."""
    born = stage.sql("select birth_date from member where family = 'Kowalski'")[0]["birth_date"]
    page = as_person("petra")
    page.goto("/privacy/members")
    typed(page, "#words", "kowal")
    reach(page, "", "#born")
    year, month, day = born.split("-")
    page.keyboard.type(f"{month}{day}{year}")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    picture(page, "privacy-found")
    press(page, "Kowalski")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Kowalski")
    assert "kowal" not in page.url.lower()
    searched = stage.sql("select detail from event where kind = 'members.searched'")
    assert {"found": 1} in [row["detail"] for row in searched]


def test_previewing(stage, as_person, picture):
    """Petra sees what each recipient would see, with the struck-out part and its rule beside it."""
    page = as_person("petra")
    page.goto(f"/privacy/members/{member_of(stage, 'Kowalski')}")
    before = stage.sql("select count(*) as n from release")[0]["n"]
    press(page, "Preview for each recipient")
    struck = page.locator("li.struck").first
    struck.scroll_into_view_if_needed()
    assert "P2-01" in struck.inner_text()
    picture(page, "privacy-preview")
    press(page, "Keystone Unity")
    page.get_by_text("for care management").wait_for()
    assert before == stage.sql("select count(*) as n from release")[0]["n"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_spoken_consent(stage, as_person, picture, scripts):
    """A spoken consent wants its witness, a day in the past, and says its clauses as it goes."""
    page = as_person("petra", java_script_enabled=scripts)
    page.goto(f"/privacy/members/{member_of(stage, 'Delgado')}/record")
    tick(page, "#to-pcmh-riverbend")
    press(page, "Next")
    tick(page, "#categories-general")
    tick(page, "#purposes-TREAT")
    press(page, "Next")
    typed(page, "#signed_by", "Rosa Delgado")
    reach(page, "", "#signed_on")
    page.keyboard.type("11012026")
    reach(page, "", "#method")
    page.keyboard.type("Spoken")
    press(page, "Next")
    assert "witness" in page.get_by_role("alert").inner_text()
    typed(page, "#witness", "Ines Moya MD")
    press(page, "Next")
    missing = page.get_by_role("complementary", name="Progress").inner_text()
    assert "2.31(a) written" in missing
    assert "2.31(a)(8) signature" not in missing
    if scripts:
        picture(page, "privacy-record-step")
        assert [] == serious(page)


def test_denying(stage, as_person):
    """A held plan asked about stays held; by keyboard its sender is asked."""
    held = stage.sql("select id from plan where state = 'held'")
    if not held:
        pytest.skip("another test let the held plan go")
    page = as_person("petra")
    page.goto("/privacy")
    press(page, "Ask Allegheny")
    page.get_by_role("status").get_by_text("The sender was asked").wait_for()
    asked = stage.sql("select noun from event where kind = 'plan.consent_asked'")
    assert held[0]["id"] in {row["noun"] for row in asked}


def test_an_accounting(stage, as_person, picture, tmp_path):
    """Petra gets the accounting as PDF and as CSV with one key each; the sums are right."""
    page = as_person("petra")
    page.goto(f"/privacy/members/{member_of(stage, 'Reyes')}/accounting")
    picture(page, "privacy-accounting")
    files = {}
    for words in ("PDF for the member", "CSV of every row"):
        reach(page, words)
        with page.expect_download() as waiting:
            page.keyboard.press("Enter")
        waiting.value.save_as(tmp_path / "file")
        files[words[:3]] = Path(tmp_path / "file").read_bytes()
    rows = list(csv.DictReader(io.StringIO(files["CSV"].decode())))
    made = stage.sql("select form, listed, excluded from accounting order by seq")
    assert files["PDF"].startswith(b"%PDF")
    assert [row["form"] for row in made] == ["pdf", "csv"]
    assert made[1]["listed"] == sum(row["listed_164_528"] == "yes" for row in rows)
    assert made[1]["listed"] + made[1]["excluded"] == len(rows) > 0


def test_an_incident_from_a_delivery(stage, as_person, picture):
    """Petra reports a misdirected plan; the practice answers the recall, and she closes it."""
    (sent,) = stage.sql(
        "select d.id, d.member from delivery d join member m on m.id = d.member"
        " where m.family = 'Kowalski' and d.sent_at is not null limit 1"
    )
    page = as_person("petra")
    page.goto(f"/privacy/members/{sent['member']}/incident?delivery={sent['id']}")
    tick(page, "#cause-wrong_practice")
    typed(page, "#told", "The practice rang: not their patient")
    press(page, "Stop it and open")
    name = page.url.split("/")[-1].split("?")[0]
    picture(page, "privacy-incident")
    press(page, "Ask Northside")
    answered(as_person("tamika"), picture)
    page.goto(f"/privacy/incidents/{name}")
    for number, kind in enumerate(("nature", "who", "acquired", "mitigated"), 1):
        reach(page, "", f"#factor_{kind}-choice")
        page.keyboard.type("Low")
        typed(page, f"#factor_{kind}-words", "shredded unread")
        press(page, f"Record factor {number}")
    typed(page, "#words-told_covered_entity", "Their officer, by telephone")
    press(page, "Record that Allegheny")
    tick(page, "#close-not_a_breach")
    typed(page, "#close-words", "Never opened")
    press(page, "Close as")
    picture(page, "privacy-incident-closed")
    page.get_by_text("Closed by Petra Quinn").wait_for()
    press(page, "Let plans of this member")
    kept = stage.sql("select conclusion, lifted_at from incident where id = %s", name)[0]
    assert (kept["conclusion"], bool(kept["lifted_at"])) == ("not_a_breach", True)


def answered(page, picture):
    """Answer the recall as the practice, by keyboard."""
    page.goto("/recalls")
    picture(page, "pcmh-recalls")
    assert [] == serious(page)
    tick(page, "input[value=destroyed]")
    press(page, "Answer the recall")
    page.get_by_text("Destroyed.").wait_for()


def test_reviewing_an_emergency(stage, as_person, picture):
    """Petra reviews an emergency by keyboard: who, why, under which rule, and her conclusion."""
    page = as_person("petra")
    page.goto("/privacy/emergencies")
    picture(page, "privacy-emergencies")
    page.get_by_text("Brought in by ambulance").wait_for()
    tick(page, "input[value=justified]")
    reach(page, "", "textarea")
    page.keyboard.type("Rang the hospital, it is so")
    press(page, "Record the review")
    kept = stage.sql("select outcome, reviewed_name from emergency")[0]
    assert ("justified", "Petra Quinn, privacy officer") == tuple(kept.values())


def test_an_emergency_that_names_nobody(as_person, picture):
    """A clinician who doesn't name the member exactly is told so, and sees nothing."""
    page = as_person("nadia")
    page.goto("/emergency")
    for selector, words in (("#family", "Kowalsky"), ("#born", "01011970"), ("#number", "X1")):
        typed(page, selector, words) if selector != "#born" else born(page, words)
    typed(page, "#nature", "Found on the floor")
    tick(page, "#attested")
    tick(page, "#medical")
    typed(page, "#affiliation", "Riverbend")
    press(page, "Record it and open")
    picture(page, "pcmh-emergency-refused")
    page.get_by_role("alert").get_by_text("No member with a plan").wait_for()


def test_an_emergency(stage, as_person, picture):
    """A clinician opens by keyboard what no consent covers, and its notice stands above it."""
    (who,) = stage.sql("select birth_date, member_id from member where family = 'Kowalski'")
    year, month, day = who["birth_date"].split("-")
    page = as_person("nadia")
    page.goto("/emergency")
    typed(page, "#family", "Kowalski")
    born(page, f"{month}{day}{year}")
    typed(page, "#number", who["member_id"])
    typed(page, "#nature", "Found on the floor")
    tick(page, "#attested")
    tick(page, "#medical")
    typed(page, "#affiliation", "Riverbend")
    press(page, "Record it and open")
    picture(page, "pcmh-emergency-open")
    page.get_by_text("Opened in an emergency.").wait_for()
    page.get_by_label("Notices that go with this plan").wait_for()
    assert "drinking" in page.locator("main").inner_text().lower()
    assert [] == serious(page)


def born(page, words):
    """Type a day into the birth date."""
    reach(page, "", "#born")
    page.keyboard.type(words)


def test_approving(stage, as_person, picture):
    """A second officer approves a bulk consent by keyboard."""
    page = as_person("paul")
    page.goto("/privacy/worklists")
    picture(page, "privacy-worklists")
    press(page, "Approve, or see them")
    press(page, "Approve")
    approved = stage.sql("select approved_by from consent where approved_by is not null")
    assert len(approved) >= 1


def test_who_else_treats(stage, as_person, picture):
    """Petra records by keyboard, without scripts, who else treats a member, and that it ended."""
    (row,) = stage.sql("select id from member where family = 'Reyes'")
    page = as_person("petra", java_script_enabled=False, viewport={"width": 360, "height": 780})
    page.goto(f"/privacy/members/{row['id']}")
    region = page.get_by_role("region", name="Who else treats them")
    for last in ("", "2026-06-30"):
        region.locator("summary").press("Enter")
        page.get_by_label("Who treats them").select_option("pcmh-riverbend")
        page.get_by_label("From", exact=True).fill("2026-01-01")
        page.get_by_label("Until and with").fill(last)
        page.get_by_label("Who says so").select_option("claims")
        page.get_by_role("button", name="Record", exact=True).press("Enter")
        page.wait_for_url("**done=treating")
    picture(page, "privacy-treating")
    wide = page.evaluate("document.documentElement.scrollWidth")
    region.locator("summary").press("Enter")
    page.get_by_label("Who treats them").select_option("pcmh-riverbend")
    page.get_by_label("From", exact=True).fill("2031-01-01")
    page.get_by_role("button", name="Record", exact=True).press("Enter")
    page.get_by_role("alert").get_by_text("more than a year ahead").wait_for()

    assert 360 == wide
    assert 1 == region.locator("tbody tr").count()
    assert "over" in region.inner_text()
    assert "claims show it" in region.inner_text()
