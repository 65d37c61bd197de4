"""The phone form over HTTP: rows without scripts, what is missing, and what is handed in."""

import re
from dataclasses import replace

import msgspec
import pytest
from world import MCO, OTHER_MCO, PASSWORD, build
from written import DELGADO

from adapters.formats.phone import ADAPTER
from hub.canonical import Document, Note
from hub.canonical.wire import encode
from hub.web.pages import console

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
KEY = "frm_" + "0" * 26
CALL = {
    "key": KEY,
    "do": "send",
    "caller": "Ann Vance",
    "organization": "Keystone",
    "call_back": "555-0100",
    "taken_by": "Maria Lopez",
    "how": "phone",
    "on": "2026-11-02",
    "at": "09:05",
    "zone": "America/New_York",
    "member-id": "KST-1",
    "member-family": "Zzy",
    "member-given": "Q",
    "member-birth_date": "1961-07-19",
    "goals-0-text": "No falls",
    "asks-0-text": "See her at home",
    "asks-0-of": "pcmh",
    "asks-0-due": "2026-12-01",
    "attested": "yes",
}


@pytest.fixture
async def paged(database):
    """Build a town with the console, an MCO's care manager and integration staff."""
    town = await build(database, console())
    for login, organisation, role in (
        ("maria", MCO, "mco"),
        ("ivan", "hub", "integration"),
        ("nadia", "pcmh-riverbend", "pcmh"),
    ):
        await town.person(organisation, login, (role,))
    return town


async def sends(town, login, **changed):
    """Sign in and send the form, with some fields changed or left out (None)."""
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    csrf = CSRF.search((await client.get("/phone")).text)[1]
    given = {name: value for name, value in {**CALL, **changed}.items() if value is not None}
    return await client.post("/phone", data={"csrf": csrf, **given})


async def test_becomes_a_submission(paged):
    """A complete form is kept as a document of its own channel, under the MCO and who sent it."""
    answer = await sends(paged, "maria")
    (row,) = await paged.sql("select mco, channel, media_type, digest, idem_key from submission")
    kept = paged.world.vault.kept[row["digest"]]
    form = msgspec.json.decode(kept)

    assert answer.status_code == 303
    assert (MCO, "phone", KEY) == (row["mco"], row["channel"], row["idem_key"])
    assert form["call"]["at"] == "2026-11-02T09:05:00-05:00"
    assert form["attested"]["by"] == "Person maria"
    assert ADAPTER.identify(Document(kept))


async def test_what_the_page_writes_the_reader_reads(paged):
    """The document the page makes is one its adapter makes a plan of."""
    await sends(paged, "maria")
    (row,) = await paged.sql("select digest from submission")
    (plan,) = ADAPTER.read(Document(paged.world.vault.kept[row["digest"]])).plans

    assert ("No falls", "2026-12-01") == (plan.goals[0].text, plan.asks[0].due)


async def test_sent_twice(paged):
    """The same form sent twice is one submission."""
    first, second = await sends(paged, "maria"), await sends(paged, "maria")
    rows = await paged.sql("select id from submission")

    assert first.headers["location"] == second.headers["location"]
    assert 1 == len(rows)


async def test_sent_and_changed(paged):
    """A form that was sent before is not sent again with other words."""
    await sends(paged, "maria")
    answer = await sends(paged, "maria", caller="Bo")

    assert (422, True) == (answer.status_code, "was sent before" in answer.text)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"caller": ""}, "fill in “Who called”"),
        ({"call_back": ""}, "fill in “Call-back number”"),
        ({"at": ""}, "fill in “Time of the call”"),
        ({"at": "quarter past"}, "a time like 14:05"),
        ({"on": "2026-11-09"}, "lies in the future"),
        ({"zone": "Mars"}, "choose “Time zone”"),
        ({"member-id": ""}, "fill in “Member id”"),
        ({"member-birth_date": "1961"}, "a day like"),
        ({"member-birth_date": "2027-01-01"}, "birth date lies in the future"),
        ({"asks-0-due": ""}, "fill in “Due”"),
        ({"asks-0-text": ""}, "fill in “What is asked”"),
        ({"goals-0-text": "", "asks-0-text": "", "asks-0-due": ""}, "what the plan says"),
        ({"attested": None}, "tick that it was read back"),
    ],
)
async def test_says_what_is_missing(paged, changed, told):
    """What is missing is said at its field, nothing is taken, and what was typed stays."""
    answer = await sends(paged, "maria", **changed)
    rows = await paged.sql("select id from submission")

    assert (422, []) == (answer.status_code, rows)
    assert told[1:] in answer.text
    assert 'value="Maria Lopez"' in answer.text


async def test_another_row(paged):
    """A button adds a row, takes nothing in, and keeps what was typed."""
    answer = await sends(paged, "maria", do="add:goals")

    assert (200, 0) == (answer.status_code, len(await paged.sql("select id from submission")))
    assert 'name="goals-1-text"' in answer.text
    assert "No falls" in answer.text


async def test_on_behalf_of(paged):
    """Integration staff hand in for the health plan they choose, and it is recorded who did."""
    answer = await sends(paged, "ivan", mco=OTHER_MCO)
    (row,) = await paged.sql(
        "select s.mco, a.login from submission s join account a on a.id = s.actor"
    )

    assert answer.headers["location"].startswith("/integration/submissions/")
    assert {"mco": OTHER_MCO, "login": "ivan"} == row


@pytest.mark.parametrize("mco", [None, "", "pcmh-riverbend", "nobody"])
async def test_on_behalf_of_nobody(paged, mco):
    """Integration staff must say for which health plan."""
    answer = await sends(paged, "ivan", mco=mco)

    assert (422, True) == (answer.status_code, "hoose on behalf of" in answer.text)


async def test_an_mco_is_its_own(paged):
    """An MCO's staff can't hand in for another MCO, whatever the form says."""
    await sends(paged, "maria", mco=OTHER_MCO)

    assert [{"mco": MCO}] == await paged.sql("select mco from submission")


async def test_a_practice_may_not(paged):
    """A practice has no such form."""
    client = paged.client()
    await client.post("/sign-in", data={"login": "nadia", "password": PASSWORD})

    assert 403 == (await client.get("/phone")).status_code


@pytest.mark.parametrize(("channel", "shown"), [("phone", True), ("api", False)])
async def test_shown_on_the_plan(paged, channel, shown):
    """A plan taken by phone says so on its page, with who called; another with such notes not."""
    note = Note(section="Who called", text="Ann Vance, Keystone, 555-0100")
    (kept,) = await paged.world.vault.put_many([encode(replace(DELGADO, notes=(note,)))])
    ids = await paged.delivered()
    await paged.sql("update plan set digest = %s where id = %s", kept.digest, ids["pln"])
    await paged.sql("update submission set channel = %s where id = %s", channel, ids["sub"])
    client = paged.client()
    await client.post("/sign-in", data={"login": "maria", "password": PASSWORD})

    assert shown == ("Taken by phone" in (await client.get(f"/plans/{ids['pln']}")).text)
