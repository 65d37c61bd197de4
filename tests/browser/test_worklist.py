"""The practice at its worklist in a real browser: ranked, handed over, answered, on paper."""

from __future__ import annotations

import re
from io import BytesIO

import pikepdf
import pytest
from test_looking import serious

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def open_plan(page, family):
    """Open a member's plan from the worklist."""
    page.goto("/worklist")
    page.get_by_role("link", name=family).first.click()
    page.wait_for_url("**/deliveries/*")


@pytest.fixture
def late(stage):
    """Let Delgado's plan be hours late and of high risk, for one test."""
    before = stage.sql(
        "select d.id, d.acknowledge_due, d.risk from delivery d join member m on m.id = d.member"
        " where m.family = 'Delgado'"
    )
    ids = [row["id"] for row in before]
    stage.sql(
        "update delivery set acknowledge_due = now() - interval '3 hours', risk = 3"
        " where id = any(%s) returning id",
        ids,
    )
    yield
    for row in before:
        stage.sql(
            "update delivery set acknowledge_due = %s, risk = %s where id = %s returning id",
            *(row["acknowledge_due"], row["risk"], row["id"]),
        )


@pytest.mark.usefixtures("late")
def test_a_row_says_why(as_person, picture):
    """Every row says in words why it stands where it stands, the late plan too."""
    page = as_person("nadia")
    page.goto("/worklist")
    picture(page, "pcmh-worklist")
    rows = page.locator("tbody tr")
    why = [rows.nth(i).locator("ul.why").inner_text() for i in range(rows.count())]
    assert all(why)
    assert any("Acknowledge: 3 hours late\nHigh risk: 3 days up" in words for words in why)


@pytest.mark.usefixtures("late")
def test_filters(as_person):
    """A filter shows its part of the list, by keyboard and without scripts."""
    page = as_person("nadia", java_script_enabled=False)
    page.goto("/worklist")
    page.get_by_role("link", name="Overdue").press("Enter")
    page.wait_for_url("**view=overdue")
    page.get_by_role("link", name="Delgado").wait_for()
    page.goto("/worklist?view=overdue&from=mco-laurel")
    assert 0 == page.get_by_role("link", name="Delgado").count()


def test_handing_over(as_person, picture):
    """Nadia takes a plan herself with a note; it stands under “Mine”, the sender sees nothing."""
    page = as_person("nadia")
    open_plan(page, "Delgado")
    page.get_by_text("Hand it over").click()
    page.get_by_label("Note").fill("Call before ten, the daughter answers.")
    page.get_by_role("button", name="Hand over").click()
    page.wait_for_url("**done=assigned")
    page.get_by_text("Call before ten, the daughter answers.").wait_for()
    page.goto("/worklist?view=mine")
    picture(page, "pcmh-mine")
    assert ["Delgado"] == [
        one.split(",")[0] for one in page.locator("tbody th a").all_inner_texts()
    ]


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("kind", ["propose", "dispute", "cannot_reach", "close", "return"])
def test_what_belongs_to_an_answer_opens_under_it(as_person, picture, kind, size):
    """Choosing an answer opens its own questions and no others, on a desk and on a phone."""
    page = as_person("nadia", **({"viewport": size} if size else {}))
    open_plan(page, "Delgado")
    page.locator(f"#kind-{kind}").check()
    opened = page.locator(".kind .more:visible")
    picture(page, f"pcmh-answer-{kind}-{'phone' if size else 'desktop'}")
    assert (1, []) == (opened.count(), serious(page))
    assert page.viewport_size["width"] == page.evaluate("document.documentElement.scrollWidth")


def test_paper_comes_back(stage, as_person, chromium, picture, tmp_path):
    """A printed cover names no member; its code and a name acknowledge the plan, once."""
    page = as_person("nadia")
    open_plan(page, "Delgado")
    path = page.locator("form[action$='/packet']").get_attribute("action")
    token = page.locator("form[action$='/packet'] input").get_attribute("value")
    made = page.request.post(path, form={"csrf": token})
    (tmp_path / "packet.pdf").write_bytes(made.body())
    cover = front(made.body())
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}-[2-9A-Z]{5}", cover)[0]
    context = chromium.new_context(base_url=stage.url, viewport=PHONE)
    stranger = context.new_page()
    typed = [type_back(stranger, code.lower().replace("-", " "), picture) for _ in range(2)]
    context.close()
    assert "Delgado" not in cover
    assert [True, False] == typed
    taken = stage.sql("select acknowledged_by from delivery where id = %s", path.split("/")[2])
    assert [{"acknowledged_by": "Ada Holt"}] == taken


def front(packet):
    """Return the words of a packet's first page."""
    pdfium = pytest.importorskip("pypdfium2")
    with pikepdf.open(BytesIO(packet)) as whole:
        assert len(whole.pages) > 1
    return pdfium.PdfDocument(packet)[0].get_textpage().get_text_bounded()


def type_back(page, code, picture):
    """Type a code back with a name; say whether it was taken."""
    page.goto("/return")
    page.get_by_label("Return code").fill(code)
    page.get_by_label("Your name").fill("Ada Holt")
    picture(page, "return-code")
    assert [] == serious(page)
    page.get_by_role("button", name="We have the plan").click()
    return page.get_by_role("status").count() == 1
