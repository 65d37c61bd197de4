"""Requests in a real browser: asked, tried, answered, a document given back; light, dark, phone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from test_looking import serious

from hub.asked import Actor
from hub.errors import Refused
from hub.officer import Reported
from hub.requests.nouns import Attempt, Brought, Opening, Taken

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
MARIA = Actor("act_maria", "mco-keystone", "Maria Voss, care manager", ("mco",))
PETRA = Actor("act_petra", "hub", "Petra Quinn", ("privacy",))
NADIA = Actor("act_nadia", "pcmh-riverbend", "Nadia Brandt RN", ("pcmh",))


@pytest.fixture(scope="module")
def asked(stage):
    """Make one request of each kind about a member both sides know; return their ids."""
    (row,) = stage.sql(
        "select d.member, d.id from delivery d join member m on m.id = d.member"
        " where m.family = 'Delgado' limit 1"
    )
    (other_row,) = stage.sql(
        "select d.member from delivery d join member m on m.id = d.member where d.mco ="
        " 'mco-keystone' and d.pcmh = 'pcmh-riverbend' and m.family <> 'Delgado' limit 1"
    )
    stage.sql(
        "update member set phone = '(717) 555-0100', language = 'Spanish' where id = %s"
        " returning id",
        row["member"],
    )

    async def make(hub):
        board, member = hub.requests, row["member"]
        plan = Opening("plan", member, MARIA.name, "service_plan", urgency="soon")
        made = {"plan": await board.open(MARIA, plan)}
        tried = (
            Attempt(date(2026, 11, 2), "phone", "no_answer", "Rang three times at noon."),
            Attempt(date(2026, 11, 9), "letter", "came_back"),
        )
        wanted = Opening(
            "outreach", member, MARIA.name, "unreached", urgency="urgent", attempts=tried,
            words="Her screening is due; she may be staying with her sister.",
        )  # fmt: skip
        made["outreach"] = await board.open(MARIA, wanted)
        fix = Opening(
            "correction", member, NADIA.name, "member_said", field="phone", says="(717) 555-0142"
        )
        made["correction"] = await board.open(NADIA, fix)
        other = Opening("outreach", member, NADIA.name, "discharge")
        made["over"] = await board.open(NADIA, other)
        await board.take(MARIA, made["over"], Taken("answer", MARIA.name, "reached"))
        given = Brought(row["id"], NADIA.name, b"%PDF-1.4 own plan", "application/pdf")
        made["document"] = await board.bring(NADIA, given)
        words = "Ask her about the relapse of her alcohol use disorder."
        with pytest.raises(Refused):
            await board.open(MARIA, Opening("correction", member, MARIA.name, "other", words=words,
                                            field="phone", says="(717) 555-0177"))  # fmt: skip
        stopping = Opening(
            "plan", other_row["member"], MARIA.name, "transition", to="pcmh-riverbend"
        )
        made["stopped"] = await board.open(MARIA, stopping)
        told = Reported(
            other_row["member"], "pcmh-riverbend", None, "other", "A fax", hub.clock.now()
        )
        await hub.officer.open_incident(PETRA, told)
        await board.ask_again()
        return {**made, "delivery": row["id"], "member": member}

    return stage.run(make)


PAGES = [
    ("maria", "/requests?view=asking"),
    ("maria", "/requests/new"),
    ("maria", "/requests/{plan}"),
    ("maria", "/requests/{correction}"),
    ("maria", "/documents"),
    ("nadia", "/requests"),
    ("nadia", "/requests/{plan}"),
    ("nadia", "/requests/{outreach}"),
    ("nadia", "/requests/new?about={delivery}"),
    ("nadia", "/deliveries/{delivery}"),
    ("maria", "/requests/{stopped}"),
    ("nadia", "/requests?view=done"),
    ("petra", "/privacy/requests/{stopped}"),
    ("petra", "/privacy/requests"),
    ("petra", "/privacy/requests?member={member}"),
    ("petra", "/privacy/requests/{outreach}"),
    ("petra", "/privacy/requests/{document}"),
    ("petra", "/privacy/members/{member}"),
]


@pytest.mark.parametrize(("login", "path"), PAGES)
def test_looked_at(asked, as_person, picture, login, path):
    """A page has no serious accessibility issue, light, dark or on a phone, and fits the phone."""
    page = as_person(login)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.format(**asked))
    name = f"{login}-{re.sub(r'[^a-z]+', '-', path).strip('-')}"
    picture(page, name)
    light = serious(page)
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark")
    dark = serious(page)
    page.set_viewport_size(PHONE)
    picture(page, f"{name}-phone")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert ([], [], [], 390, []) == (light, dark, serious(page), wide, said)


def test_a_day_of_work(asked, as_person, tmp_path):
    """Without scripts a practice records an attempt, answers, and gives its plan back."""
    paper = tmp_path / "Delgado own plan.pdf"
    paper.write_bytes(b"%PDF-1.4 our own plan for her")
    page = as_person("nadia", java_script_enabled=False)
    page.goto(f"/requests/{asked['outreach']}")
    page.get_by_label("How", exact=True).select_option("phone")
    page.get_by_label("What came of it").select_option("reached")
    page.get_by_role("button", name="Record").click()
    page.get_by_text("The attempt was recorded").wait_for()
    page.get_by_label("The member was reached").check()
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("Your answer was recorded").wait_for()
    page.goto(f"/requests/{asked['plan']}")
    page.get_by_label("Your care plan, in any format").set_input_files(paper)
    page.get_by_role("button", name="Give it back").click()
    page.get_by_text("The document was kept").wait_for()

    mco = as_person("maria")
    mco.goto(f"/requests/{asked['plan']}")
    with mco.expect_download() as coming:
        mco.get_by_role("link", name="Download").first.click()
    assert re.fullmatch(r"doc_\w+\.pdf", coming.value.suggested_filename)
    mco.goto(f"/requests/{asked['correction']}")
    mco.get_by_role("button", name="Accept").press("Enter")
    mco.get_by_text("shown beside the roster until it says so").wait_for()


def test_asked_from_scratch(as_person):
    """A care manager asks a practice by typing a member's number; the number is in no address."""
    page = as_person("maria")
    page.goto("/requests")
    page.get_by_role("link", name="Ask a practice").click()
    page.get_by_label("Member number").fill("K100200301")
    page.get_by_label("contact data").check()
    page.get_by_label("What", exact=True).select_option("language")
    page.get_by_label("What is right").fill("Spanish, reads English")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/requests/rqt_*")
    assert page.get_by_role("status").count() == 1
    assert "K100200301" not in page.url


def test_the_officer_reads_without_scripts(asked, as_person):
    """Without scripts the officer goes from a member to a request and reads its rule and clause."""
    page = as_person("petra", java_script_enabled=False)
    page.goto(f"/privacy/members/{asked['member']}")
    page.get_by_role("link", name="Requests and documents").click()
    page.get_by_role("heading", name="Requests and returned documents").wait_for()
    assert page.get_by_text("What it says or holds needs a consent").count() == 1
    page.goto(f"/privacy/requests/{asked['outreach']}")
    page.get_by_role("cell", name="HI-01").wait_for()
    assert page.get_by_text("164.506").count() == 1
    assert page.get_by_role("button").all_inner_texts() == ["Sign out"]
