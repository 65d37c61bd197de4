"""Every answer a practice may give, in a real browser, and what its sender does with it."""

from __future__ import annotations

import pytest
from test_looking import cut, serious

pytestmark = pytest.mark.browser

ANSWERS = {
    "We propose changes": ("", "", "changes"),
    "We can\N{RIGHT SINGLE QUOTATION MARK}t reach the member either": (
        "What happened",
        "no_answer",
        "calls and letters",
    ),
    "We ask for a team meeting": ("", "", "Thursdays after three"),
    "The plan can be closed": ("Why it can be closed", "goals_met", "its goals are met"),
}


def open_plan(page, family):
    """Open a member's plan from the worklist, wherever in it the plan stands."""
    for view in ("/worklist", "/worklist?view=answered"):
        page.goto(view)
        link = page.get_by_role("link", name=family)
        if link.count():
            link.first.click()
            page.wait_for_url("**/deliveries/*")
            return
    pytest.fail(f"no plan of {family} in the worklist")


def answer(page, kind, labelled="", code="", words=""):
    """Choose an answer, say what it asks for, and send it."""
    again = page.get_by_text("Answer again", exact=True)
    if again.count():
        again.click()
    page.get_by_label(kind, exact=True).check()
    if code:
        page.get_by_label(labelled, exact=True).select_option(code)
    page.get_by_label("In words").fill(words)
    page.get_by_role("button", name="Send the answer").click()


@pytest.mark.parametrize("kind", ANSWERS)
def test_each(as_person, picture, kind):
    """Whatever the practice answers, the sender reads it in its words, and who said it."""
    labelled, code, seen = ANSWERS[kind]
    page = as_person("nadia")
    open_plan(page, "Delgado")
    if kind == "We propose changes":
        again = page.get_by_text("Answer again", exact=True)
        if again.count():
            again.click()
        page.get_by_label(kind, exact=True).check()
        page.locator("textarea[name^='item:']").first.fill("Weigh herself every second morning")
        page.get_by_label("New goal", exact=True).fill("Walk to the market twice a week")
        page.get_by_role("button", name="Send the answer").click()
    else:
        answer(page, kind, labelled, code, "Thursdays after three")
    page.wait_for_url("**done=answered")
    sender = as_person("maria")
    sender.goto("/mco")
    region = sender.get_by_role("region", name="Answers to act on")
    region.get_by_role("link", name="Read and reply about Delgado").click()
    sender.get_by_role("main").get_by_text("Nadia Brandt").first.wait_for()
    picture(sender, f"mco-answer-{code or seen.split()[0].lower()}")
    told = sender.get_by_role("main").inner_text()
    assert [] == cut(sender)
    assert ("Walk to the market twice a week" if seen == "changes" else seen) in told
    found = serious(sender)
    sender.get_by_role("link", name="Read the plan").click()
    sender.get_by_role("heading", name="Deliveries").wait_for()
    picture(sender, "mco-plan-answered")
    assert ([], []) == (found, cut(sender))


def test_accepting_without_scripts(as_person):
    """A plan is accepted without JavaScript, and leaves what is to do."""
    page = as_person("nadia", java_script_enabled=False)
    open_plan(page, "Okafor")
    answer(page, "We accept the plan")
    page.wait_for_url("**done=answered")
    page.goto("/worklist")
    assert 0 == page.get_by_role("region", name="To do").get_by_role("link", name="Okafor").count()


def test_a_reply_comes_back(as_person, picture):
    """The sender says that the plan stays as it is, and why; the practice reads it."""
    page = as_person("nadia")
    open_plan(page, "Delgado")
    answer(page, "We dispute it", "What is wrong", "wrong_information", "One ED visit, not three.")
    page.wait_for_url("**done=answered")
    sender = as_person("maria")
    sender.goto("/mco")
    region = sender.get_by_role("region", name="Answers to act on")
    region.get_by_role("link", name="Read and reply about Delgado").click()
    form = sender.locator("form", has_text="Your reply").last
    form.get_by_label("The plan stays as it is").check()
    form.get_by_role("button", name="Send the reply").click()
    sender.get_by_role("alert").wait_for()
    form = sender.locator("form", has_text="Your reply").last
    form.get_by_label("The plan stays as it is").check()
    form.get_by_label("In words").fill("Claims show three visits since March.")
    form.get_by_role("button", name="Send the reply").click()
    sender.wait_for_url("**done=*")
    page.reload()
    picture(page, "pcmh-replied")
    page.get_by_text("Claims show three visits since March.").first.wait_for()


def test_given_back(stage, as_person, picture):
    """A plan for another practice's patient is given back; it is no longer on the worklist."""
    page = as_person("nadia")
    open_plan(page, "Delgado")
    answer(page, "It is not for us: take it back", "Why it is not for you", "wrong_practice")
    page.wait_for_url("**done=returned")
    assert 0 == page.get_by_role("link", name="Delgado").count()
    stage.settle()
    staff = as_person("olga")
    staff.goto("/operations")
    staff.get_by_role("region", name="Without a contact").get_by_text("gave it back").wait_for()
    sender = as_person("maria")
    sender.goto("/mco")
    picture(sender, "mco-given-back")
    waits = sender.get_by_role("region", name="Plans waiting")
    waits.get_by_role("link", name="Delgado").wait_for()
    sender.get_by_text("the member belongs to another practice").wait_for()
