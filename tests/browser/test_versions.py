"""A newer version in the browser: what changed, for the practice and for its sender."""

from __future__ import annotations

import pytest
from test_looking import serious

from hub.demo import world
from hub.intake import VaultUpload
from hub.ports import Envelope

pytestmark = pytest.mark.browser
DELGADO = ("mco-keystone", "delgado_care_plan.xml")
EDITS = (
    (b"A1c below 8 % by spring", b"A1c below 7.5 % by spring"),
    (b"MATP ride booked for all cardiology visits", b"MATP ride booked for every visit"),
)
NEWEST = (
    "select d.id, d.plan, p.chain from delivery d join plan p on p.id = d.plan"
    " join member m on m.id = d.member where m.family = 'Delgado' order by d.seq desc limit 1"
)


@pytest.fixture(scope="module")
def newer(stage):
    """Hand in Delgado's plan with two edits; return the rows of the earlier and newer delivery."""
    (before,) = stage.sql(NEWEST)
    content = world.sample(world.Sending(*DELGADO, "api", "")).read_bytes()
    for old, new in EDITS:
        assert old in content
        content = content.replace(old, new)

    async def hand_in(hub):
        upload = VaultUpload(hub.intake, Envelope(DELGADO[0], "api", "act", DELGADO[1]))
        await upload.write(content)
        await upload.commit()

    stage.run(hand_in)
    stage.settle()
    (after,) = stage.sql(NEWEST)
    assert before["id"] != after["id"]
    return before, after


@pytest.mark.usefixtures("newer")
def test_the_practice_sees_one_item(as_person, picture):
    """Nadia finds one Delgado in what is open, and reads first what changed in it."""
    page = as_person("nadia")
    page.goto("/worklist")
    rows = page.get_by_role("region", name="To do").get_by_role("link")
    assert 1 == rows.filter(has_text="Delgado").count()
    rows.filter(has_text="Delgado").click()
    changed = page.get_by_role("region", name="What changed since version 1")
    picture(page, "pcmh-changed")
    assert "7.5" in changed.inner_text()
    assert [] == serious(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(as_person, picture, newer, scheme):
    """On a phone the changes are no wider than the screen."""
    _, after = newer
    page = as_person("nadia", viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.goto(f"/deliveries/{after['id']}")
    page.get_by_role("region", name="What changed").scroll_into_view_if_needed()
    picture(page, f"phone-pcmh-changed-{scheme}")
    assert (390, []) == (page.evaluate("document.documentElement.scrollWidth"), serious(page))


def test_the_sender_sees_it(as_person, picture, newer):
    """Maria sees what her newer version changes."""
    _, after = newer
    page = as_person("maria")
    page.goto(f"/plans/{after['plan']}")
    picture(page, "mco-changed")
    page.get_by_role("region", name="What changed since version 1").wait_for()
    assert [] == serious(page)


def test_the_earlier_one_points_to_it(as_person, picture, newer):
    """Who still has the earlier version open is led to the newer one."""
    before, after = newer
    page = as_person("nadia")
    page.goto(f"/deliveries/{before['id']}")
    picture(page, "pcmh-replaced")
    page.get_by_role("link", name="open it").click()
    assert page.url.endswith(after["id"])


def test_nothing_new(stage, as_person, picture, newer):
    """A copy in other bytes asks nobody; its sender is told since which version nothing changed."""
    _, after = newer
    content = world.sample(world.Sending(*DELGADO, "api", "")).read_bytes()
    for old, new in EDITS:
        content = content.replace(old, new)

    async def hand_in(hub):
        upload = VaultUpload(hub.intake, Envelope(DELGADO[0], "api", "act", DELGADO[1]))
        await upload.write(content + b"\n")
        return await upload.commit()

    accepted = stage.run(hand_in)
    stage.settle()
    assert after["id"] == stage.sql(NEWEST)[0]["id"]
    page = as_person("maria")
    page.goto(f"/mco/submissions/{accepted.submission}")
    picture(page, "mco-no-change-submission")
    page.get_by_text("No change since version 2").wait_for()
    page.get_by_role("region", name="Plans").get_by_role("link", name="Delgado").click()
    picture(page, "mco-no-change")
    page.get_by_role("link", name="version 2").wait_for()
    assert [] == serious(page)
