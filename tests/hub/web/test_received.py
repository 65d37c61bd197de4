"""The link of a notice mail: opening it does nothing, a name acknowledges, and it ends in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from test_pages import paged  # noqa: F401  # the fixture is used by name
from world import PCMH

from hub.linking import PATH, written

LASTS = timedelta(days=7)
NAME = {"name": "Ada Holt"}


async def link_of(town, state="sent"):
    """Put a delivery on the line; return its id and its link."""
    delivery = (await town.delivered(state=state))["del"]
    return delivery, f"{PATH}/{town.world.linking.make(delivery, town.clock.now() + LASTS)}"


async def standing(town, delivery):
    """Return a delivery's state, who took it, and who the ledger says did."""
    (row,) = await town.sql(
        "select d.state, d.acknowledged_by, (select e.actor from event e where e.noun = d.id"
        " and e.kind = 'delivery.acknowledged') as actor from delivery d where d.id = %s",
        delivery,
    )
    return tuple(row.values())


async def test_opening_changes_nothing(paged):  # noqa: F811  # pytest's fixture
    """However often a scanner opens the link, nothing is recorded, and nobody's data is shown."""
    delivery, link = await link_of(paged)
    before = await paged.sql("select count(*) as n from event")
    scanner = paged.client()
    answers = [await scanner.get(link) for _ in range(3)]
    answers.append(await scanner.head(link))

    assert ("sent", None, None) == await standing(paged, delivery)
    assert before == await paged.sql("select count(*) as n from event")
    page = answers[0]
    assert 200 == page.status_code
    assert delivery in page.text
    assert "Keystone" in page.text
    assert not {"Zzy", "Delgado"} & set(page.text.split())
    assert ("no-store", "no-referrer") == (
        page.headers["cache-control"],
        page.headers["referrer-policy"],
    )


async def test_a_name_acknowledges(paged):  # noqa: F811  # pytest's fixture
    """The person's name acknowledges, and the ledger says that it came by a link."""
    delivery, link = await link_of(paged)
    reader = paged.client()
    thanks = await reader.post(link, data=NAME)

    assert "Thank you" in thanks.text
    assert ("acknowledged", "Ada Holt", "mail-link") == await standing(paged, delivery)
    for again in (await reader.get(link), await reader.post(link, data={"name": "Eve"})):
        assert (409, True) == (again.status_code, "acknowledged already" in again.text)
    assert ("acknowledged", "Ada Holt", "mail-link") == await standing(paged, delivery)


async def test_no_name(paged):  # noqa: F811  # pytest's fixture
    """Without a name nothing is acknowledged, and the page asks for it."""
    delivery, link = await link_of(paged)
    answer = await paged.client().post(link, data={"name": "  "})

    assert 422 == answer.status_code
    assert "Acknowledge receipt" in answer.text
    assert "sent" == (await standing(paged, delivery))[0]


async def test_over(paged):  # noqa: F811  # pytest's fixture
    """A link that is over is told so and does nothing."""
    delivery, link = await link_of(paged)
    paged.clock.turn(days=7)
    answer = await paged.client().post(link, data=NAME)

    assert (410, True) == (answer.status_code, "This link is over" in answer.text)
    assert "sent" == (await standing(paged, delivery))[0]


@pytest.mark.parametrize("state", ["superseded", "stopped", "returned"])
async def test_replaced(paged, state):  # noqa: F811  # pytest's fixture
    """The link of a plan that was replaced or taken back says so and does nothing."""
    delivery, link = await link_of(paged, state)
    answer = await paged.client().post(link, data=NAME)

    assert (410, True) == (answer.status_code, "replaced or taken back" in answer.text)
    assert state == (await standing(paged, delivery))[0]


async def test_forged(paged):  # noqa: F811  # pytest's fixture
    """A changed, cut or made-up link is nobody's; another key's signature is none."""
    delivery, link = await link_of(paged)
    other = (await paged.delivered())["del"]
    ends = paged.clock.now() + LASTS
    good = link.removeprefix(f"{PATH}/")
    forged = [
        written(other, ends, lambda _: b"\0" * 64),
        good[:-3],
        good[:5] + ("A" if good[5] != "A" else "B") + good[6:],
        "x" * 5000,
        "é",
        "a",
    ]
    guesser = paged.client()
    answers = [await guesser.post(f"{PATH}/{one}", data=NAME) for one in forged]

    assert {404} == {answer.status_code for answer in answers}
    assert "sent" == (await standing(paged, delivery))[0]


async def test_guessing_is_slow(paged):  # noqa: F811  # pytest's fixture
    """One address may try a few wrong links, opened or sent, and then has to wait."""
    guesser = paged.client()
    codes = [(await guesser.get(f"{PATH}/{number}")).status_code for number in range(21)]

    assert [404] * 20 + [429] == codes


async def test_switched_off(paged):  # noqa: F811  # pytest's fixture
    """A practice that switches links off ends those that are out, too."""
    delivery, link = await link_of(paged)
    await paged.sql("update organisation set options = '{\"links\": false}' where id = %s", PCMH)
    answer = await paged.client().post(link, data=NAME)

    assert (410, True) == (answer.status_code, "switched such links off" in answer.text)
    assert "sent" == (await standing(paged, delivery))[0]


async def test_other_site(paged):  # noqa: F811  # pytest's fixture
    """A form on another site can't acknowledge."""
    delivery, link = await link_of(paged)
    elsewhere = paged.client(**{"sec-fetch-site": "cross-site"})
    answer = await elsewhere.post(link, data=NAME)

    assert 403 == answer.status_code
    assert "sent" == (await standing(paged, delivery))[0]
