"""The officer's pages about requests: what passed, what did not, what came back, who saw it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from consent_world import ALL_STATEMENTS
from test_pages import paged, signed_in  # noqa: F401  # the fixture is used by name
from world import BOSS, MCO, PCMH, START, sender_of

from consent import Consent, Expiry, Parties
from hub.errors import Refused
from hub.ids import new_id
from hub.requests.nouns import Opening

PATH = "/privacy/requests"


@pytest.fixture
async def ready(paged):  # noqa: F811  # pytest's fixture
    """Give a town in which a plan was asked for and came back."""
    paged.ids = await paged.requested(await paged.delivered())
    return paged


async def test_what_passed(ready):
    """A request is shown with its rule, its document, and that the practice's person opened it."""
    nurse = await signed_in(ready, "pcmh")
    await nurse.get(f"/requests/{ready.ids['rqt']}")
    officer = await signed_in(ready, "privacy")
    page = (await officer.get(f"{PATH}/{ready.ids['rqt']}")).text
    told = await ready.sql(
        "select organisations from event where noun = %s and kind = 'request.viewed'"
        " order by id desc limit 1",
        ready.ids["rqt"],
    )

    assert all(word in page for word in ("HI-01", "164.506", "Sam Ortiz", ready.ids["doc"]))
    assert "Person pcmh" in page
    assert told == [{"organisations": []}]


async def test_what_did_not_pass(ready):
    """A request that consent refused is listed with the rule; its words are nowhere."""
    words = "Ask about the relapse of her alcohol use disorder"
    asked = Opening("outreach", ready.ids["mem"], "Sam", "other", to=PCMH, words=words)
    with pytest.raises(Refused):
        await ready.world.requests.open(sender_of(MCO), asked)
    page = (await (await signed_in(ready, "privacy")).get(PATH)).text
    (row,) = await ready.sql("select what, because, noun from untold")

    assert ("request", "content") == (row["what"], row["because"])
    assert "P2-01" in page
    assert "relapse" not in page
    assert [] == await ready.sql("select 1 from request where id = %s", row["noun"])


async def test_of_one_member(ready):
    """The list of one member holds nothing about another, and a stranger's id is not found."""
    other = await ready.requested(await ready.delivered())
    officer = await signed_in(ready, "privacy")
    page = (await officer.get(f"{PATH}?member={other['mem']}")).text
    nobody = await officer.get(f"{PATH}?member={new_id('mem')}")
    nothing = await officer.get(f"{PATH}/{new_id('rqt')}")

    assert (other["rqt"] in page, ready.ids["rqt"] in page) == (True, False)
    assert [404, 404] == [nobody.status_code, nothing.status_code]


@pytest.mark.parametrize("login", ["mco", "pcmh", "integration", "operations"])
async def test_nobody_else(ready, login):
    """Nobody but the officer opens these pages."""
    client = await signed_in(ready, login)
    answers = [await client.get(path) for path in (PATH, f"{PATH}/{ready.ids['rqt']}")]

    assert [403, 403] == [one.status_code for one in answers]


async def test_a_revocation_says_what_it_touched(ready):
    """The officer sees before and after a revocation which requests stood on the consent."""
    await ready.sql("update organisation set part2_source = 'program' where id = %s", MCO)
    consent = Consent(
        id=new_id("cns"), member=ready.ids["mem"], kind="tpo", signed_by="the member", proven=True,
        disclosers=Parties(organisations=frozenset({MCO})), recorded_at=START, recorded_by="b",
        recipients=Parties(organisations=frozenset({PCMH})), signed_on=START.date(),
        purposes=frozenset({"TREAT", "HPAYMT", "HOPERAT"}), expires=Expiry(never=True),
        categories=frozenset({"general", "sud"}), statements=ALL_STATEMENTS,
    )  # fmt: skip
    assert await ready.world.registry.grant(BOSS, consent) == ()
    asked = Opening("outreach", ready.ids["mem"], "Sam", "screening", to=PCMH)
    made = await ready.world.requests.open(sender_of(MCO), asked)
    officer = await signed_in(ready, "privacy")
    member = f"/privacy/members/{ready.ids['mem']}"
    before = (await officer.get(f"{member}/revoke/{consent.id}")).text
    await ready.world.registry.revoke(BOSS, consent.id, START, "written")
    await ready.world.requests.ask_again()
    after = (await officer.get(f"{member}/revoked/{consent.id}")).text
    page = (await officer.get(f"{PATH}/{made}")).text
    mco = await signed_in(ready, "mco")
    theirs = (await mco.get(f"/requests/{made}")).text
    await ready.world.registry.grant(BOSS, replace(consent, id=new_id("cns")))
    await ready.world.requests.ask_again()
    again = (await mco.get(f"/requests/{made}")).text

    assert (f"/privacy/requests/{made}" in before, f"/privacy/requests/{made}" in after) == (1, 1)
    assert "An open request, stopped" in page
    assert ("Stopped" in theirs, "ask again" in theirs) == (True, False)
    assert f'href="/requests/new?about={made}"' in again
    assert (await mco.get(f"/requests/new?about={made}")).status_code == 200
