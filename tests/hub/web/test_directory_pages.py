"""The directory's pages: changes with their history, proposals of practices, bounced contacts."""

import re

import pytest
from world import BOSS, MCO, OTHER_PCMH, PASSWORD, PCMH, START, build, officer

from hub.provider_directory.entries import made
from hub.web.pages import console

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="(\d+)"')
HOME = f"/directory/organisations/{PCMH}"
FIRST = f"con-{PCMH}"
FORM = f"{HOME}/contact/{FIRST}"
PRACTICE = {"kind": "pcmh", "name": "Riverbend", "tier": "", "part2_source": "no", "active": "yes",
            "hours.zone": "America/New_York", "hours.opens": "08:00", "hours.closes": "17:00",
            "hours.days": "mon", "hours.holidays": "US", "reason": "they told us"}  # fmt: skip
PERSON = {"name": "Nadia Brandt RN", "roles": "plan", "endpoint": f"end-{PCMH}", "backup": "",
          "verified_on": "2026-01-01", "reason": "she told us"}  # fmt: skip


@pytest.fixture
async def town(database):
    """Build a town with the console; the contacts are verified."""
    made_town = await build(database, console())
    await made_town.sql("update contact set verified_on = '2026-01-01'")
    return made_town


async def practice(town, organisation, login):
    """Return the client of somebody of a practice."""
    await town.person(organisation, login, ("pcmh",))
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    client.headers["x-csrf-token"] = CSRF.search((await client.get("/account")).text)[1]
    return client


async def kept(client, path, **changed):
    """Open a form and send it back with some fields changed."""
    seen = SEEN.search((await client.get(path)).text)[1]
    return await client.post(path, data={**PERSON, "seen": seen, **changed})


async def test_change_and_history(town):
    """A change takes effect, and its history says who, why, what stood before and what stands."""
    client = await officer(town, "olga", "operations")
    new = {"email": "nadia@riverbend.example", "verified_on": "2026-11-01"}
    answer = await kept(client, FORM, **new)
    (row,) = await town.sql("select * from directory_change")
    shown = (await client.get("/directory/history")).text
    (event,) = await town.sql("select * from event where kind = 'directory.changed'")

    assert answer.status_code == 303
    assert (row["name"], row["reason"], row["way"]) == ("Person olga", "she told us", "console")
    assert row["before"].get("email") is None
    assert row["after"]["email"] == "nadia@riverbend.example"
    assert "she told us" in shown
    fields = ["verified_on", "email"]
    assert event["detail"] == {"row": "contact", "fields": fields, "change": row["id"]}


async def test_verified_before_it_changed(town):
    """A contact under a new mail is not verified by the old day: it is asked about, by name."""
    client = await officer(town, "olga", "operations")
    asked = await kept(client, FORM, email="nadia@elsewhere.example")
    before = await town.sql("select * from directory_change")
    meant = await kept(client, FORM, email="nadia@elsewhere.example", sure="yes")

    assert (asked.status_code, meant.status_code) == (409, 303)
    assert "before its mail changed" in asked.text
    assert before == []


async def test_stale_form(town):
    """A form that somebody else overtook is told so, and shows what stands now."""
    client = await officer(town, "olga", "operations")
    seen = SEEN.search((await client.get(FORM)).text)[1]
    await kept(client, FORM, phone="1")
    late = await client.post(FORM, data={**PERSON, "seen": seen, "phone": "2"})
    (row,) = await town.sql("select phone from contact where id = %s", FIRST)

    assert late.status_code == 409
    assert "What it says now" in late.text
    assert row["phone"] == "1"


async def test_stranding_is_asked_about(town):
    """Ending the only contact names what is on its way, and goes only when it is meant."""
    ids = await town.delivered()
    client = await officer(town, "olga", "operations")
    asked = await kept(client, FORM, to="2026-11-10")
    before = await town.sql("select * from directory_change")
    meant = await kept(client, FORM, to="2026-11-10", sure="yes")

    assert asked.status_code == 409
    assert "Nov 11, 2026" in asked.text
    assert ids["del"] in asked.text
    assert before == []
    assert meant.status_code == 303


async def test_successor_strands_nobody(town):
    """A contact may end where another begins the day after."""
    client = await officer(town, "olga", "operations")
    new = {"name": "Owen Pratt", "from": "2026-11-11", "stands_in": FIRST}
    added = await kept(client, f"{HOME}/contact/new", **new)
    (owen,) = await town.sql("select id from contact where name = 'Owen Pratt'")
    ended = await kept(client, FORM, to="2026-11-10", backup=owen["id"])
    shown = (await client.get(HOME)).text

    assert (added.status_code, ended.status_code) == (303, 303)
    assert shown.index("Nadia Brandt") < shown.index("Owen Pratt")
    assert "to come" in shown


async def test_pausing_the_only_way(town):
    """Pausing the only endpoint is asked about too."""
    client = await officer(town, "olga", "operations")
    path = f"{HOME}/endpoint/end-{PCMH}"
    row = {"kind": "mailbox", "format": "pdf", "paused": "yes", "reason": "they move"}

    assert (await kept(client, path, **row)).status_code == 409


@pytest.mark.parametrize(
    ("path", "fields", "says"),
    [
        (f"{HOME}/organisation/{PCMH}", {"npi": "1234567890"}, "check digit"),
        (f"{HOME}/organisation/{PCMH}", {"part_of": "nowhere"}, "no organisation"),
        (f"{HOME}/organisation/{PCMH}", {"part_of": PCMH}, "part of itself"),
        (f"{HOME}/organisation/{PCMH}", {"part_of": OTHER_PCMH}, "part of a practice"),
        (FORM, {"from": "2026-12-01", "to": "2026-11-01"}, "before the first"),
        (FORM, {"roles": ""}, "For”"),
        (FORM, {"reason": ""}, "Why"),
    ],
)
async def test_refused(town, path, fields, says):
    """What is wrong is said in words, and nothing is kept."""
    client = await officer(town, "olga", "operations")
    base = PRACTICE if "/organisation/" in path else {}
    answer = await kept(client, path, **{**base, **fields})

    assert answer.status_code == 422
    assert says in answer.text
    assert await town.sql("select * from directory_change") == []


async def test_shared_number_is_asked_about(town):
    """An NPI that another organisation has is named and asked about."""
    await town.sql("update organisation set npi = '1234567893' where id = %s", OTHER_PCMH)
    client = await officer(town, "olga", "operations")
    row = {**PRACTICE, "npi": "1234567893"}
    answer = await kept(client, f"{HOME}/organisation/{PCMH}", **row)

    assert answer.status_code == 409
    assert OTHER_PCMH in answer.text


async def test_new_rows(town):
    """A new organisation below another, its endpoint and its contact stand in the directory."""
    client = await officer(town, "olga", "operations")
    given = {**PRACTICE, "id": "pcmh-site", "tier": "site", "name": "Riverbend South",
             "part_of": PCMH, "hours.zone": "America/Chicago"}  # fmt: skip
    first = await kept(client, "/directory/organisations/new/organisation/new", **given)
    again = await kept(client, "/directory/organisations/new/organisation/new", **given)
    site = "/directory/organisations/pcmh-site"
    end = {"kind": "mailbox", "format": "pdf"}
    await kept(client, f"{site}/endpoint/new", **end)
    (made_end,) = await town.sql("select id from endpoint where organisation = 'pcmh-site'")
    await kept(client, f"{site}/contact/new", endpoint=made_end["id"], name="Sam South")
    shown = (await client.get(site)).text

    assert (first.status_code, again.status_code) == (303, 422)
    assert "America/Chicago" in shown
    assert "Sam South" in shown
    assert f'href="{HOME}"' in shown


async def test_rule_and_question(town):
    """A rule sends one county's plans to its own contact; the question says so and why."""
    client = await officer(town, "olga", "operations")
    rule = {"position": "90", "county": "", "line_of_business": "", "program": "", "mco": "",
            "purpose": "plan", "contact": FIRST, "from": "", "to": "2026-11-20"}  # fmt: skip
    alone = await kept(client, f"{HOME}/contact/new", name="Jo Jackson")
    await kept(client, f"{HOME}/rule/new", **rule)
    await kept(
        client, f"{HOME}/contact/new", name="Jo Jackson", **{"from": "2026-11-01"}, sure="yes"
    )
    (jo,) = await town.sql("select id from contact where name = 'Jo Jackson'")
    hers = {"position": "10", "county": "Jackson", "contact": jo["id"], "to": ""}
    added = await kept(client, f"{HOME}/rule/new", **{**rule, **hers})
    ask = {"purpose": "plan", "on": "2026-11-05", "program": "", "line_of_business": "", "mco": ""}
    hers = await client.post(f"{HOME}/routing", data={**ask, "county": "JACKSON county"})
    other = await client.post(f"{HOME}/routing", data={**ask, "county": "Josephine"})
    ask |= {"on": "2026-11-25"}
    later = await client.post(f"{HOME}/routing", data={**ask, "county": "Josephine"})

    assert added.status_code == 303
    assert "Jo Jackson, for plans on Nov 5, 2026" in hers.text
    assert "Rule 10 is the first that fits" in hers.text
    assert "Nadia Brandt RN, for plans" in other.text
    assert "Nobody, for plans" in later.text
    assert "two contacts" in later.text
    assert "would have no contact" in alone.text


async def test_address_without_secrets(town):
    """An address that bears a password or a key is shown without it, and kept when left empty."""
    address = "sftp://hub:hunter2@host.example/in?key=abc"
    there = "update endpoint set kind = 'sftp', address = %s where organisation = %s"
    await town.sql(there, address, PCMH)
    client = await officer(town, "olga", "operations")
    form = f"{HOME}/endpoint/end-{PCMH}"
    pages = [(await client.get(path)).text for path in (HOME, form)]
    changed = await kept(client, form, kind="sftp", format="pdf", address="")
    pages.append((await client.get("/directory/history")).text)
    (row,) = await town.sql("select address from endpoint where organisation = %s", PCMH)

    assert changed.status_code == 303
    assert row["address"] == address
    assert not [text for text in pages if "hunter2" in text or "key=abc" in text]
    assert "sftp://hub@host.example/in" in pages[0]


async def test_bounced(town):
    """A contact whose delivery failed for good is flagged until a success, or a person says so."""
    ids = await town.delivered(state="undeliverable")
    await town.sql(
        "insert into event (kind, noun, at, organisations, actor, detail)"
        " values ('delivery.undeliverable', %s, %s, '{}', 'hub', '{}')",
        *(ids["del"], START),
    )
    client = await officer(town, "olga", "operations")
    flagged = (await client.get("/directory")).text
    town.clock.turn(minutes=5)
    await client.post(f"/directory/contacts/{FIRST}/cleared", data={"organisation": PCMH})
    cleared = (await client.get("/directory")).text
    await town.sql("update bounce_cleared set at = %s", START.replace(year=2025))
    await town.sql("update delivery set state = 'queued', sent_at = null")
    await town.sql("insert into attempt values (%s, 1, %s, 'failed', 'refused')", ids["del"], START)
    tried = (await client.get("/directory")).text
    await town.sql("update delivery set state = 'sent', sent_at = now()")

    assert "Contacts that bounced" in flagged
    assert "Nadia Brandt RN" in flagged.partition("Organisations")[0]
    assert "Contacts that bounced" not in cleared
    assert "Contacts that bounced" in tried
    assert "Contacts that bounced" not in (await client.get("/directory")).text


async def test_proposal(town):
    """A practice proposes, nothing changes; operations accept, and the practice sees it."""
    nadia = await practice(town, PCMH, "nadia")
    client = await officer(town, "olga", "operations")
    said = await kept(nadia, f"/contacts/{FIRST}", phone="555-0199", reason="new phone")
    (row,) = await town.sql("select * from directory_proposal")
    (before,) = await town.sql("select phone from contact where id = %s", FIRST)
    shown = (await client.get("/directory/proposals")).text
    done = await client.post(f"/directory/proposals/{row['id']}", data={"verdict": "accept"})
    twice = await client.post(f"/directory/proposals/{row['id']}", data={"verdict": "accept"})
    (after,) = await town.sql("select phone, endpoint, verified_on from contact where id = %s",
                              FIRST)  # fmt: skip
    (change,) = await town.sql("select * from directory_change")

    assert (said.status_code, done.status_code, twice.status_code) == (303, 303, 409)
    assert (before["phone"], after["phone"]) == ("", "555-0199")
    assert after["endpoint"] == f"end-{PCMH}"
    assert after["verified_on"] is not None
    assert "555-0199" in shown
    assert (change["way"], change["reason"]) == ("proposal", "Person nadia: new phone")
    assert "accepted" in (await nadia.get("/contacts")).text


async def test_declined(town):
    """Declining needs a word, and changes nothing."""
    nadia = await practice(town, PCMH, "nadia")
    client = await officer(town, "olga", "operations")
    await kept(nadia, "/contacts/new", name="Owen Pratt", reason="he is new")
    (row,) = await town.sql("select * from directory_proposal")
    path = f"/directory/proposals/{row['id']}"
    mute = await client.post(path, data={"verdict": "decline", "note": ""})
    told = await client.post(path, data={"verdict": "decline", "note": "call us first"})

    assert (mute.status_code, told.status_code) == (422, 303)
    assert await town.sql("select * from contact where name = 'Owen Pratt'") == []
    assert "call us first" in (await nadia.get("/contacts")).text


async def test_practices_apart(town):
    """A practice can't see or correct another's contact, nor tell it from one that isn't there."""
    peter = await practice(town, OTHER_PCMH, "peter")
    await (await practice(town, PCMH, "nadia")).post(
        f"/contacts/{FIRST}", data={**PERSON, "seen": "0", "reason": "only ours"}
    )
    theirs = await peter.get(f"/contacts/{FIRST}")
    none = await peter.get("/contacts/con-nobody")
    sent = await peter.post(f"/contacts/{FIRST}", data={**PERSON, "seen": "0"})
    own = (await peter.get("/contacts")).text

    assert (theirs.status_code, sent.status_code) == (404, 404)
    assert re.sub(r"req_\w+", "", theirs.text) == re.sub(r"req_\w+", "", none.text)
    assert "Nadia" not in own
    assert "only ours" not in own


async def test_proposing_for_another(town):
    """The store refuses a proposal for another practice's contact, whatever a page let through."""
    peter = BOSS.__class__("act_p", OTHER_PCMH, "Peter", ("pcmh",))
    row = made("contact", {"id": FIRST, "organisation": OTHER_PCMH, "name": "x", "roles": ["plan"]})
    with pytest.raises(Exception, match="no such contact"):
        await town.world.directory.propose(peter, row, 0, "mine now")


@pytest.mark.parametrize("role", ["integration", "privacy"])
async def test_readers_only_read(town, role):
    """Integration and privacy staff read everything and change nothing."""
    client = await officer(town, "reader", role)
    read = [
        (await client.get(path)).status_code
        for path in ("/directory", HOME, f"{HOME}/routing", "/directory/history",
                     "/directory/files", "/directory/proposals")
    ]  # fmt: skip
    wrote = [
        (await client.post(path, data=PERSON)).status_code
        for path in (FORM, f"/directory/contacts/{FIRST}/cleared", "/directory/proposals/dpr_x")
    ]

    assert set(read) == {200}
    assert set(wrote) == {403}
    assert "New organisation" not in (await client.get("/directory")).text


async def test_others_see_nothing(town):
    """A sender's and a practice's people don't get to the hub's directory."""
    await town.person(MCO, "maria", ("mco",))
    maria = town.client()
    await maria.post("/sign-in", data={"login": "maria", "password": PASSWORD})
    nadia = await practice(town, PCMH, "nadia")
    got = [
        (await client.get(path)).status_code
        for client in (maria, nadia)
        for path in ("/directory", HOME, "/directory/files/directory.yaml")
    ]

    assert set(got) == {403}


async def test_files(town):
    """What is had as YAML or FHIR changes nothing when it is tried out again."""
    client = await officer(town, "olga", "operations")
    for name in ("directory.yaml", "directory.json"):
        content = (await client.get(f"/directory/files/{name}")).content
        answer = await client.post(
            "/directory/files",
            data={"go": "try"},
            files={"file": (name, content)},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert answer.status_code == 200
        assert "Nothing changes" in answer.text


async def test_load_a_file(town):
    """A file is loaded with its history; what it would strand has to be meant."""
    client = await officer(town, "olga", "operations")
    text = f"contacts: [{{id: {FIRST}, organisation: {PCMH}, name: N, roles: [consent]}}]"
    answers = [
        await client.post(
            "/directory/files",
            data=data,
            files={"file": ("d.yaml", text.encode())},
            headers={"sec-fetch-site": "same-origin"},
        )
        for data in ({"go": "try"}, {"go": "load"}, {"go": "load", "sure": "yes"})
    ]
    (row,) = await town.sql("select way, before, after from directory_change")

    assert [one.status_code for one in answers] == [200, 409, 200]
    assert all("would have no contact for plans" in one.text for one in answers)
    assert row["way"] == "file"
    assert row["after"]["roles"] == ["consent"]
