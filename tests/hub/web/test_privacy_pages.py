"""The privacy officer's pages over HTTP: isolation, what a form needs, and what is recorded."""

import pytest
from test_pages import CSRF, FOLK, sent, signed_in
from world import MCO, OTHER_MCO, PCMH, START, build

from hub.ids import new_id
from hub.web.pages import console

pytestmark = pytest.mark.usefixtures("paged")
CHOSEN = {"cause": "wrong_practice", "told": "Zzyqsaid it rang", "pcmh": PCMH}

EMERGENCY = {
    "family": "Zzy", "born": "1960-01-01", "number": "K1", "reason": "emergency",
    "nature": "Zzyqnature", "name": "Nadia", "affiliation": "Riverbend", "attested": "yes",
    "medical": "yes",
}  # fmt: skip


@pytest.fixture
async def paged(database):
    """Build a town with the console and one person of each role."""
    town = await build(database, console())
    for login, (organisation, role) in FOLK.items():
        await town.person(organisation, login, (role,))
    return town


async def events(town, *kinds):
    """Return the events of some kinds."""
    return await town.sql(
        "select kind, noun, detail, organisations from event where kind = any(%s)", list(kinds)
    )


async def reported(town):
    """Open an incident about a delivered plan; return (ids, its id)."""
    ids = await town.delivered()
    client = await signed_in(town, "privacy")
    path = f"/privacy/members/{ids['mem']}/incident"
    answer = await sent(client, path, **CHOSEN, delivery=ids["del"])
    return ids, answer.headers["location"].partition("?")[0]


async def test_a_search_is_recorded_without_words(paged):
    """A member search leaves an event with its count and none of its words."""
    await paged.delivered()
    client = await signed_in(paged, "privacy")
    found = await sent(client, "/privacy/members", words="Zzy")
    nobody = await sent(client, "/privacy/members", words="Zzy", number="wrong")
    empty = await sent(client, "/privacy/members")
    told = await events(paged, "members.searched")

    assert [422, True, False] == [
        empty.status_code, "Zzy, Q" in found.text, "Zzy, Q" in nobody.text,
    ]  # fmt: skip
    assert [{"found": 1}, {"found": 0}] == [row["detail"] for row in told]


async def test_a_preview_is_recorded_and_releases_nothing(paged):
    """Looking at what recipients would see leaves one event and no release."""
    ids = await paged.delivered()
    before = await paged.sql("select count(*) as n from release")
    client = await signed_in(paged, "privacy")
    page = await client.get(f"/privacy/members/{ids['mem']}/preview")
    other = await client.get(f"/privacy/members/{ids['mem']}/preview?plan={new_id('pln')}")
    told = await events(paged, "plan.previewed", "plan.released", "delivery.queued")

    assert (200, 404) == (page.status_code, other.status_code)
    assert "Metformin" in page.text
    assert before == await paged.sql("select count(*) as n from release")
    assert [("plan.previewed", ids["pln"])] == [(row["kind"], row["noun"]) for row in told]


@pytest.mark.parametrize("login", ["mco", "pcmh", "integration", "operations"])
async def test_only_the_officer(paged, login):
    """Nobody else opens a page about a member's privacy, or changes anything there."""
    ids, incident = await reported(paged)
    client = await signed_in(paged, login)
    member = f"/privacy/members/{ids['mem']}"
    pages = [f"{member}/{name}" for name in ("preview", "accounting", "record", "incident")]
    told = {(await client.get(path)).status_code for path in [*pages, incident]}
    told |= {(await sent(client, f"{member}/accounting", form="csv")).status_code}
    told |= {(await sent(client, incident, kind="recall_asked")).status_code}
    told |= {(await sent(client, f"/privacy/held/{ids['pln']}", how="again")).status_code}

    assert {403} == told
    assert [] == await events(paged, "accounting.made", "recall.asked", "plan.decided_again")


async def test_recalls_are_the_practices_own(paged):
    """A practice sees the recall asked of it; another sees nothing and can't answer it."""
    _, incident = await reported(paged)
    name = incident.rpartition("/")[2]
    officer = await signed_in(paged, "privacy")
    mine, theirs = await signed_in(paged, "pcmh"), await signed_in(paged, "other-pcmh")
    early = await sent(mine, f"/recalls/{name}", choice="destroyed", name="Nadia")
    await sent(officer, incident, kind="recall_asked")
    seen = [("Zzy, Q" in (await who.get("/recalls")).text) for who in (mine, theirs)]
    stolen = await sent(theirs, f"/recalls/{name}", choice="destroyed", name="Eve")
    given = await sent(mine, f"/recalls/{name}", choice="destroyed", name="Nadia")

    assert [True, False] == seen
    assert (404, 404, 303) == (early.status_code, stolen.status_code, given.status_code)
    assert [PCMH in row["organisations"] for row in await events(paged, "recall.asked")] == [True]


async def test_an_incident_needs_its_words(paged):
    """An incident without a cause, without words, or found tomorrow is not opened."""
    ids = await paged.delivered()
    client = await signed_in(paged, "privacy")
    path = f"/privacy/members/{ids['mem']}/incident"
    answers = [
        await sent(client, path, **{**CHOSEN, **wrong})
        for wrong in ({"cause": "x"}, {"told": ""}, {"found_on": "2027-01-01"}, {"pcmh": ""})
    ]
    foreign = await sent(client, path, **CHOSEN, delivery=new_id("del"))

    assert {422} == {one.status_code for one in answers}
    assert 404 == foreign.status_code
    assert [] == await events(paged, "incident.opened")


async def test_an_accounting_is_recorded(paged):
    """Both files are made of the same rows, and each is in the ledger with its counts."""
    ids = await paged.delivered()
    await paged.sql("update delivery set sent_at = %s where id = %s", START, ids["del"])
    client = await signed_in(paged, "privacy")
    path = f"/privacy/members/{ids['mem']}/accounting"
    paper = await sent(client, path, form="pdf")
    table = await sent(client, path, form="csv")
    tree = await sent(client, path, form="json")
    wrong = await sent(client, path, form="xls")
    told = await events(paged, "accounting.made")

    assert (paper.content[:4], wrong.status_code) == (b"%PDF", 422)
    assert b"Riverbend" in table.content
    assert [row["recipient"] for row in tree.json()["disclosures"]] == ["Riverbend"]
    assert "Zzy" not in paper.headers["content-disposition"]
    assert [("pdf", 1), ("csv", 1), ("json", 1)] == [
        (row["detail"]["form"], row["detail"]["listed"] + row["detail"]["left_out"]) for row in told
    ]


async def test_the_wizard_keeps_what_was_typed(paged):
    """Going on and back loses nothing, records nothing, and names what is still missing."""
    member = await paged.member()
    client = await signed_in(paged, "privacy")
    path = f"/privacy/members/{member}/record"
    first = {"step": "1", "go": "next", "kind": "tpo", "recipients": PCMH, "classes": "payer"}
    second = await sent(client, path, **first)
    wrong = await sent(client, path, **{**first, "step": "3", "signed_on": "2030-01-01"})
    back = await sent(client, path, **{**first, "step": "3", "go": "back", "signed_by": "Zzyq"})

    assert f'name="recipients" value="{PCMH}"' in second.text
    assert ("Step 2 of 5" in second.text, "2.31(a)(3) description" in second.text) == (True, True)
    assert (422, "lies in the future" in wrong.text) == (wrong.status_code, True)
    assert 'name="signed_by" value="Zzyq"' in back.text
    assert "?" not in str(second.url)
    assert [] == await events(paged, "consent.granted")


async def test_an_emergency_needs_everything(paged):
    """Without ground, words, or that consent can't be had, nothing is looked for at all."""
    client = await signed_in(paged, "pcmh")
    whole = EMERGENCY
    lacking = [await sent(client, "/emergency", **{**whole, name: ""}) for name in whole]
    nobody = await sent(client, "/emergency", **whole)
    told = await events(paged, "emergency.not_found", "emergency.invoked")

    assert {422} == {one.status_code for one in lacking}
    assert (409, 1) == (nobody.status_code, len(told))
    assert CSRF.search(nobody.text)


async def test_a_held_plan_is_resolved_once(paged):
    """Denying wants one of the reasons; a plan that isn't held any more is said to be so."""
    ids = await paged.delivered()
    await paged.sql("update plan set state = 'held' where id = %s", ids["pln"])
    client = await signed_in(paged, "privacy")
    path = f"/privacy/held/{ids['pln']}"
    bare = await sent(client, path, how="deny")
    done = await sent(client, path, how="deny", why="refused")
    again = await sent(client, path, how="ask")
    (row,) = await paged.sql("select state, reason from plan where id = %s", ids["pln"])

    assert [422, 303, 409] == [one.status_code for one in (bare, done, again)]
    assert ("denied", "refused") == (row["state"], row["reason"]["because"])


async def test_an_emergency_at_two_senders(paged):
    """A person insured by two senders is opened at both, and each is listed while it lasts."""
    for mco in (MCO, OTHER_MCO):
        ids = await paged.delivered(mco=mco)
        await paged.sql(
            "update member set birth_date = '1960-01-01', medicaid = 'M9' where id = %s", ids["mem"]
        )
    client = await signed_in(paged, "pcmh")
    answer = await sent(client, "/emergency", **{**EMERGENCY, "number": "M9"})
    listed = await client.get("/emergency")
    paged.clock.turn(hours=1)
    over = await client.get("/emergency")

    assert "/emergency?done=emergency" == answer.headers["location"]
    assert [2, 0] == [page.text.count('<a href="/emergency/emg_') for page in (listed, over)]
