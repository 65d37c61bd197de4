"""Requests in the console: made by form, answered, documents given back; nothing in addresses."""

from __future__ import annotations

import re

import pytest
from test_pages import paged, sent, signed_in, token  # noqa: F401  # the fixture is used by name
from world import MCO, OTHER_MCO, OTHER_PCMH, PCMH, START, nurse_of

from hub.clocks import Limits
from hub.requests.nouns import Opening
from hub.store.requests import watches

PLAN = b"%PDF-1.4 the practice's own"


@pytest.fixture
async def ready(paged):  # noqa: F811  # pytest's fixture
    """Give a town in which one plan arrived, and somebody at the MCO may be asked."""
    paged.ids = await paged.delivered()
    await paged.sql("update delivery set sent_at = %s", START)
    await paged.sql("update member set birth_date = '1961-07-19', phone = '717-555-0100'")
    await paged.sql(
        "insert into contact (id, organisation, name, roles)"
        " values ('con-o', 'mco-keystone', 'Olga', '{owner}')"
    )
    (row,) = await paged.sql("select member_id from member where id = %s", paged.ids["mem"])
    paged.number = row["member_id"]
    return paged


def form(**changed):
    """Return a filled form for a practice's plan, but for what is changed."""
    return {
        "kind": "plan",
        "reason-plan": "reassessment",
        "urgency": "routine",
        "to": PCMH,
        "name": "Sam",
        **changed,
    }


async def asked(ready, login="mco", **changed):
    """Make a request by form and return (the client, its page's path)."""
    client = await signed_in(ready, login)
    given = form(**changed)
    if login == "mco" and "about" not in given:
        given["member_id"] = ready.number
    answer = await sent(client, "/requests/new", **given)
    assert 303 == answer.status_code, answer.text
    return client, answer.headers["location"].partition("?")[0]


async def test_asked_and_given(ready):
    """An MCO asks by form, the practice gives a file back by form, the MCO downloads it."""
    mco, path = await asked(ready, words="The newest, please.")
    pcmh = await signed_in(ready, "pcmh")
    listed = (await pcmh.get("/requests")).text
    seen = (await pcmh.get(path)).text
    given = await pcmh.post(
        f"{path}/documents",
        files={"file": ("Zzy plan.pdf", PLAN, "application/pdf")},
        data={"name": "Nadia", "csrf": await token(pcmh)},
        headers={"sec-fetch-site": "same-origin"},
    )
    shown = (await mco.get(path)).text
    document = re.search(r'href="(/documents/doc_\w+)"', shown)[1]
    got = await mco.get(document)

    assert path in listed
    assert "Zzy, Q" in listed
    assert "The newest, please." in seen
    assert 303 == given.status_code
    assert (PLAN, "application/pdf") == (got.content, got.headers["content-type"])
    assert "attachment" in got.headers["content-disposition"]
    assert document in (await mco.get("/documents")).text


async def test_unasked_on_a_delivery(ready):
    """A practice gives its plan for one it got; the MCO finds it at the plan and its answers."""
    pcmh, mco = await signed_in(ready, "pcmh"), await signed_in(ready, "mco")
    await pcmh.post(
        f"/deliveries/{ready.ids['del']}/documents",
        files={"file": ("x", PLAN, "application/pdf")},
        data={"name": "Nadia", "csrf": await token(pcmh)},
        headers={"sec-fetch-site": "same-origin"},
    )
    pages = (f"/plans/{ready.ids['pln']}", f"/mco/answers/{ready.ids['del']}", "/documents")
    texts = [(await mco.get(path)).text for path in pages]
    texts.append((await pcmh.get(f"/deliveries/{ready.ids['del']}")).text)
    assert [True] * 4 == ["/documents/doc_" in text for text in texts]


async def test_outreach_from_a_plan(ready):
    """A practice asks from the plan it got, with what it tried; the MCO says how it ended."""
    pcmh, path = await asked(
        ready,
        "pcmh",
        kind="outreach",
        **{"reason-outreach": "unreached", "about": ready.ids["del"], "to": ""},
        **{"on-1": "2026-11-01", "how-1": "phone", "came-1": "no_answer", "words-1": "rang"},
    )
    mco = await signed_in(ready, "mco")
    await sent(
        mco, f"{path}/steps/attempt", on="2026-11-02", how="visit", came="reached", name="Sam"
    )
    await sent(mco, f"{path}/steps/answer", code="reached", name="Sam")
    texts = [(await client.get(path)).text for client in (pcmh, mco)]
    for text in texts:
        assert 2 == text.count("<strong>Attempt</strong>")
        assert "the member was reached" in text
        assert "717-555-0100" in text


async def test_a_correction(ready):
    """The MCO accepts a correction; it stands beside what the roster says."""
    pcmh, path = await asked(
        ready,
        "pcmh",
        kind="correction",
        **{"reason-correction": "member_said", "about": ready.ids["del"], "to": ""},
        field="phone",
        says="717-555-0142",
    )
    mco = await signed_in(ready, "mco")
    await sent(mco, f"{path}/steps/answer", code="accepted", name="Sam")
    text = (await pcmh.get(path)).text
    assert "correction accepted" in text
    assert "the roster still says 717-555-0100" in text


async def test_what_is_wrong_is_told(ready):
    """A number nobody has, a day that is over, words no consent covers: told, nothing lost."""
    client = await signed_in(ready, "mco")
    cases = {
        "no member of yours has this number": {"member_id": "nobody"},
        "still to come": {"due": "2020-01-01"},
        "needs a consent": {"words": "relapse of alcohol use disorder"},
    }
    for told, changed in cases.items():
        given = form(**{"member_id": ready.number, **changed})
        answer = await sent(client, "/requests/new", **given)
        assert (True, True) == (answer.status_code in {409, 422}, told in answer.text.lower()), told
        assert next(iter(changed.values())) in answer.text
    assert [] == await ready.sql("select id from request")


async def test_steps_are_the_rules(ready):
    """A step that is not the viewer's is refused, one that nobody knows is not there."""
    mco, path = await asked(ready)
    theirs = await sent(mco, f"{path}/steps/promise", on="2026-11-20", name="Sam")
    unknown = await sent(mco, f"{path}/steps/burn", name="Sam")
    ours = await sent(mco, f"{path}/steps/withdraw", name="Sam")
    assert [409, 404, 303] == [a.status_code for a in (theirs, unknown, ours)]


async def test_consent_is_asked_at_every_look(ready):
    """When consent no longer covers it, the practice's list and page name nobody."""
    _, path = await asked(ready)
    await ready.sql("update organisation set part2_source = 'program' where id = 'mco-keystone'")
    pcmh = await signed_in(ready, "pcmh")
    listed = (await pcmh.get("/requests")).text
    opened = await pcmh.get(path)
    assert (True, False) == ("No longer shown to you" in listed, "Zzy" in listed)
    assert (410, False) == (opened.status_code, "Zzy" in opened.text)


async def test_a_provider_of_its_own(ready):
    """A provider that is no medical home sees its requests only, and nothing of plans."""
    await ready.sql("insert into organisation (id, kind, name) values ('oth-htc', 'other', 'HTC')")
    await ready.person("oth-htc", "hana", ("provider",))
    client = await signed_in(ready, "hana")
    landed = (await client.get("/")).headers["location"]
    codes = [(await client.get(p)).status_code for p in ("/requests", "/worklist", "/emergency")]
    assert ("/requests", [200, 403, 403]) == (landed, codes)


async def test_nothing_of_the_member_in_addresses_or_events(ready):
    """Events, addresses and nudges hold ids and codes: no name, no number, no words."""
    _, path = await asked(ready, words="Please ask for Q Zzy")
    await sent(await signed_in(ready, "pcmh"), f"{path}/steps/promise", on="2026-11-20", name="N")
    rows = await ready.sql("select kind || noun || detail::text as told from event")
    rows += await ready.sql("select row(n.*)::text as told from nudge n")
    rows += await ready.sql("select row(w.*)::text as told from watch w")
    rows += await ready.sql("select row(r.*)::text as told from request r")
    told = " ".join(row["told"] for row in rows) + path
    assert [] == [word for word in ("Zzy", ready.number, "1961", "717-555") if word in told]


async def test_rows_are_their_own(ready):
    """Row-level security shows no other organisation a row of any table of requests."""
    await ready.requested(ready.ids)
    fix = Opening(
        "correction", ready.ids["mem"], "N", "member_said", field="email", says="q@example.org"
    )
    await ready.world.requests.open(nurse_of(), fix)
    tables = ("request", "request_entry", "correction", "returned_document")
    counts = {}
    for whose in (MCO, PCMH, OTHER_MCO, OTHER_PCMH):
        async with ready.database.organisation(whose) as connection:
            for table in tables:
                cursor = await connection.execute(f"select count(*) as n from {table}")  # noqa: S608  # of the literals above
                counts[whose, table] = (await cursor.fetchone())["n"] > 0
    assert {key: key[0] in {MCO, PCMH} for key in counts} == counts


async def test_a_silent_request_is_seen(ready):
    """A request nobody answers stands with operations, on the worklist and at the MCO's home."""
    _, path = await asked(ready)
    ready.clock.turn(days=20)
    mco, pcmh = await signed_in(ready, "mco"), await signed_in(ready, "pcmh")
    await watches.tick(ready.database, ready.clock.now(), Limits())
    await watches.tick(ready.database, ready.clock.now(), Limits())
    operations = (await (await signed_in(ready, "operations")).get("/operations")).text
    assert path.rpartition("/")[2] in operations
    assert "asked and not answered yet" in operations
    assert "Zzy" not in operations
    assert "1 request asked of you, 1 late" in (await pcmh.get("/worklist")).text
    assert "of your requests unanswered" in (await mco.get("/mco")).text
