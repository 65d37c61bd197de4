"""The confirm queue over HTTP: whose plans it holds, what a decision needs, its sources."""

import hashlib
import re
from dataclasses import replace

import msgspec
import pytest
from world import MCO, OTHER_MCO, PASSWORD, START, build
from written import DELGADO

from hub import doubting
from hub.canonical import Finding, Place, Reading
from hub.canonical.wire import decode_plan, encode
from hub.ids import new_id
from hub.web.pages import console

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
BOX = "page 1 (10.0, 20.0, 90.0, 30.0)"
FOLK = (
    ("maria", MCO, "mco"),
    ("other", OTHER_MCO, "mco"),
    ("ivan", "hub", "integration"),
    ("petra", "hub", "privacy"),
    ("nadia", "pcmh-riverbend", "pcmh"),
)
DOUBTS = (
    doubting.Doubt("/goals/0/text", "unsure", BOX, "page", 0.5),
    doubting.Doubt("/member/birth_date", "unsure", "row 2, column DOB", "cell", 0.8),
)


class Child:
    """Plays the confined child: a picture for a page, words for other places."""

    def __init__(self):
        self.asked = []

    async def read(self, bindings, document):
        """Return what the binding makes of the document."""
        self.asked.append((bindings[0].adapter, bindings[0].profile, document.content))
        made = b"\x89PNG\r\n\x1a\n picture"
        if "excerpt" in bindings[0].adapter:
            made = msgspec.json.encode(["", "19 July <1961>"])
        finding = Finding("error", "only", "nothing was read")
        return "", Reading((), (finding,), enclosures={hashlib.sha256(made).hexdigest(): made})


@pytest.fixture
async def town(database):
    """Build a town with the console, a child that answers, and one plan that waits."""
    built = await build(database, console())
    built.child = Child()
    built.app.state.world = replace(built.world, reader=built.child)
    for login, organisation, role in FOLK:
        await built.person(organisation, login, (role,))
    content = replace(DELGADO, places={"/goals/0/text": Place(BOX, "page", "label", 0.5)})
    (raw, kept) = await built.world.vault.put_many([b"%PDF source", encode(content)])
    built.sub, built.plan = new_id("sub"), new_id("pln")
    await built.sql(
        "insert into submission (id, mco, channel, actor, name, media_type, digest, size,"
        " received_at, state, plans) values (%s, %s, 'sftp', 'a', 'scan.pdf', 'application/pdf',"
        " %s, 9, %s, 'read', 1)",
        *(built.sub, MCO, raw.digest, START),
    )
    await built.sql(
        "insert into plan (id, seq, submission, mco, kind, chain, version, state, reason, digest,"
        " size, made_at) select %s, seq * 100000, id, mco, 'icp', 'c', 1, 'doubtful', %s::jsonb,"
        " %s, 1, %s from submission where id = %s",
        *(built.plan, msgspec.json.encode(doubting.kept(DOUBTS)).decode(), kept.digest),
        *(START, built.sub),
    )
    return built


async def signed_in(town, login):
    """Return a client of somebody who signed in."""
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    return client


async def decides(town, login="ivan", number="0", digest=None, **given):
    """Send one decision about the plan that waits."""
    client = await signed_in(town, login)
    csrf = CSRF.search((await client.get("/account")).text)[1]
    (row,) = await town.sql("select digest from plan where id = %s", town.plan)
    form = {"csrf": csrf, "digest": digest or row["digest"], "number": number, **given}
    return await client.post(f"/confirm/{town.plan}", data=form)


@pytest.mark.parametrize(
    ("login", "queue", "plan"),
    [
        ("ivan", (200, True), 200),
        ("maria", (200, True), 200),
        ("other", (200, False), 404),
        ("petra", (403, False), 403),
        ("nadia", (403, False), 403),
    ],
)
async def test_whose(town, login, queue, plan):
    """The queue holds every plan for integration staff, their own for an MCO, none for others."""
    client = await signed_in(town, login)
    listed = await client.get("/confirm")

    assert queue == (listed.status_code, town.plan in listed.text)
    for path in (f"/confirm/{town.plan}", f"/confirm/{town.plan}/source/0"):
        assert plan == (await client.get(path)).status_code


async def test_value_beside_source(town):
    """Each value stands beside its picture or the source's own words, which are escaped."""
    client = await signed_in(town, "ivan")
    shown = (await client.get(f"/confirm/{town.plan}")).text

    assert f'src="/confirm/{town.plan}/source/0"' in shown
    assert "19 July &lt;1961&gt;" in shown
    assert DELGADO.goals[0].text in shown


async def test_the_child_draws(town):
    """The picture is made by the confined child from the original bytes, and kept nowhere."""
    client = await signed_in(town, "ivan")
    answer = await client.get(f"/confirm/{town.plan}/source/0")

    assert [("adapters.formats.pdf.clip:clip", BOX, b"%PDF source")] == town.child.asked
    assert ("image/png", "no-store") == (
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )


@pytest.mark.parametrize("number", ["1", "2", "-1", "x", "99999"])
async def test_no_picture(town, number):
    """A place that is no page has no picture."""
    client = await signed_in(town, "ivan")

    assert 404 == (await client.get(f"/confirm/{town.plan}/source/{number}")).status_code


async def test_opening_is_recorded(town):
    """Opening a plan's doubts is recorded with who did."""
    await (await signed_in(town, "ivan")).get(f"/confirm/{town.plan}")
    rows = await town.sql(
        "select a.login from event e join account a on a.id = e.actor where e.kind = 'plan.viewed'"
    )

    assert [{"login": "ivan"}] == rows


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "choose “What it is”"),
        ({"decision": "correct", "reason": "r"}, "fill in “New value”"),
        ({"decision": "correct", "value": "v"}, "fill in “Reason”"),
        ({"decision": "reject"}, "fill in “Reason”"),
        ({"decision": "correct", "value": "2090-01-01", "reason": "r", "number": "1"}, "a check"),
    ],
)
async def test_says_what_is_missing(town, given, told):
    """A decision without what it needs changes nothing, and says so with what was typed."""
    answer = await decides(town, **given)

    assert (422, True) == (answer.status_code, told[1:] in answer.text)
    assert [] == await town.sql("select 1 from settlement")


@pytest.mark.parametrize("number", ["7", "-1", "x"])
async def test_no_such_doubt(town, number):
    """A decision about a doubt that is not there changes nothing."""
    answer = await decides(town, number=number, decision="confirm")

    assert answer.status_code in {409, 422}
    assert [] == await town.sql("select 1 from settlement")


async def test_an_older_page(town):
    """A decision about an older draft is refused."""
    assert 409 == (await decides(town, digest="0" * 64, decision="confirm")).status_code


async def test_goes_on(town):
    """With the last decision the plan stands at the start of the line again, corrected."""
    await decides(town, decision="correct", value="Walk far", reason="it says so")
    answer = await decides(town, login="maria", decision="confirm")
    (row,) = await town.sql("select state, digest, due is not null as due from plan")
    plan = decode_plan(town.world.vault.kept[row["digest"]])

    assert "/confirm?done=settled" == answer.headers["location"]
    assert ("read", True, "Walk far") == (row["state"], row["due"], plan.goals[0].text)


async def test_listed_for_its_sender(town):
    """The sender's list of what waits names the plan and leads to its doubts."""
    shown = (await (await signed_in(town, "maria")).get("/mco")).text

    assert f'href="/confirm/{town.plan}"' in shown
