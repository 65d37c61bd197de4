"""The worklist, handing over, return codes and return files over the real store."""

from __future__ import annotations

import re

from test_pages import paged, sent, signed_in  # noqa: F401  # the fixture is used by name
from world import OTHER_PCMH, PCMH


async def code_of(town, delivery, client):
    """Print a packet and return the code the store made, as the cover shows it."""
    issued = await town.world.returning.issue(_actor(PCMH), delivery)
    assert client is not None
    return issued.printed


def _actor(organisation):
    from hub.asked import Actor  # noqa: PLC0415  # only this helper needs it

    return Actor("act", organisation, "Ada", ("pcmh",))


async def ranked(client, **query):
    """Return the deliveries of the worklist in the order shown."""
    text = (await client.get("/worklist", params=query)).text
    return re.findall(r'href="/deliveries/(del_\w+)"', text)


async def test_ranked_by_date_risk_and_change(paged):  # noqa: F811  # pytest's fixture
    """The earliest date stands first; high risk moves a plan three days up."""
    one, two, three = [(await paged.delivered())["del"] for _ in range(3)]
    for delivery, hours, risk in ((one, 48, 0), (two, 96, 3), (three, 60, 0)):
        await paged.sql(
            "update delivery set acknowledge_due = %s::timestamptz + make_interval(hours => %s),"
            " risk = %s where id = %s",
            *(paged.clock.now(), hours, risk, delivery),
        )
    client = await signed_in(paged, "pcmh")
    assert [two, one, three] == await ranked(client)


async def test_filters_and_neighbours(paged):  # noqa: F811  # pytest's fixture
    """Filters show their part, and another practice's plans are nowhere."""
    mine = (await paged.delivered())["del"]
    other = (await paged.delivered(pcmh=OTHER_PCMH))["del"]
    client = await signed_in(paged, "pcmh")
    assert [mine] == await ranked(client)
    assert [] == await ranked(client, view="mine")
    answer = await sent(client, f"/deliveries/{other}/assign", account="", note="")
    assert 404 == answer.status_code


async def test_words_are_sealed(paged):  # noqa: F811  # pytest's fixture
    """A note for a colleague is not in the database in the clear."""
    mine = (await paged.delivered())["del"]
    client = await signed_in(paged, "pcmh")
    ((account, _),) = await paged.world.worklist.colleagues(_actor(PCMH))
    await sent(client, f"/deliveries/{mine}/assign", account=account, note="Call the daughter")
    shown = (await client.get(f"/deliveries/{mine}")).text
    (row,) = await paged.sql("select * from assignment")
    assert "Call the daughter" in shown
    assert bytes(row["note"]) != b"Call the daughter"
    assert [mine] == await ranked(client, view="mine")


async def test_a_code_is_taken_once_and_shows_nothing(paged):  # noqa: F811  # pytest's fixture
    """A stranger with the code and a name acknowledges; again, or over, it is refused alike."""
    mine = (await paged.delivered())["del"]
    client = await signed_in(paged, "pcmh")
    code = await code_of(paged, mine, client)
    late = await code_of(paged, mine, client)
    stranger = paged.client()
    first = await stranger.post("/return", data={"code": code, "name": "Ada Holt"})
    again = await stranger.post("/return", data={"code": code, "name": "Ada Holt"})
    paged.clock.turn(days=61)
    over = await stranger.post("/return", data={"code": late, "name": "Ada Holt"})
    looked = await stranger.get("/return", params={"code": code})
    (row,) = await paged.sql("select acknowledged_by, pcmh from delivery where id = %s", mine)
    assert (303, 404, 404) == (first.status_code, again.status_code, over.status_code)
    assert "Ada Holt" == row["acknowledged_by"]
    assert "Zzy" not in looked.text + again.text


async def test_guessing_codes_is_slowed(paged):  # noqa: F811  # pytest's fixture
    """After twenty codes from one address the next are refused for a while."""
    stranger = paged.client()
    given = {"code": "ABCDE-FGHJ2-34567", "name": "Ada"}
    codes = [(await stranger.post("/return", data=given)).status_code for _ in range(21)]
    assert [404, 429] == sorted(set(codes))


async def test_a_return_file_twice(paged):  # noqa: F811  # pytest's fixture
    """A file sent twice says the same once; another practice's delivery is told as unknown."""
    mine = (await paged.delivered())["del"]
    other = (await paged.delivered(pcmh=OTHER_PCMH))["del"]
    client = await signed_in(paged, "pcmh")
    rows = f"{mine},disputed,2026-11-01,criteria_not_met\n{other},accepted,2026-11-01\n"
    first = await sent(client, "/returns", lines=rows, name="Ada Holt")
    second = await sent(client, "/returns", lines=rows, name="Ada Holt")
    kept = await paged.sql("select delivery, kind, code from answer")
    assert [{"delivery": mine, "kind": "dispute", "code": "criteria_not_met"}] == kept
    assert "there is no such delivery" in first.text
    assert "was said already" in second.text


async def test_the_senders_lists(paged):  # noqa: F811  # pytest's fixture
    """A sender downloads its deliveries and sees its connections; nobody else's are in them."""
    mine = (await paged.delivered())["del"]
    other = (await paged.delivered(mco="mco-laurel"))["del"]
    client = await signed_in(paged, "mco")
    told = (await client.get("/mco/deliveries.csv")).text
    found = await client.get("/mco/findings.csv")
    shown = await client.get("/mco/connections")
    assert (True, False) == (mine in told, other in told)
    assert (200, 200) == (found.status_code, shown.status_code)
