"""The console's pages over HTTP: who may open which, whose rows they hold, what a form needs."""

import base64
import hmac
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from world import HUB_URL, MCO, OTHER_MCO, OTHER_PCMH, PASSWORD, PCMH, build

from hub.ids import new_id
from hub.store.trials import PostgresTrials
from hub.web.guards import Allowed, Anyone, guard_of, unguarded, walked
from hub.web.pages import console

FOLK = {
    "mco": (MCO, "mco"),
    "other-mco": (OTHER_MCO, "mco"),
    "pcmh": (PCMH, "pcmh"),
    "other-pcmh": (OTHER_PCMH, "pcmh"),
    "privacy": ("hub", "privacy"),
    "second": ("hub", "privacy"),
    "integration": ("hub", "integration"),
    "operations": ("hub", "operations"),
}
HOMES = {
    "mco": "/mco",
    "pcmh": "/worklist",
    "privacy": "/privacy",
    "integration": "/integration",
    "operations": "/operations",
}
DOCS = Path(__file__).parents[3] / "docs"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture
async def paged(database):
    """Build a town with the console and one person of each role."""
    town = await build(database, console())
    adopting = SimpleNamespace(trials=PostgresTrials(database))
    town.app.state.world = town.world = replace(town.world, adopting=adopting)
    for login, (organisation, role) in FOLK.items():
        await town.person(organisation, login, (role,))
    return town


async def signed_in(town, login):
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    return client


async def token(client):
    return CSRF.search((await client.get("/account")).text)[1]


async def sent(client, path, **given):
    """Send a form with the session's token."""
    return await client.post(path, data={"csrf": await token(client), **given})


def console_routes(town):
    """Return (method, path, guard) of the console's routes that aren't for anyone."""
    return [
        (method, path, guard_of(route))
        for path, route in walked(town.app.routes)
        for method in sorted((getattr(route, "methods", None) or set()) - {"HEAD"})
        if not path.startswith(("/v1/", "/fhir/", "/oauth/", "/.well-known/", "/health"))
        and isinstance(guard_of(route), Allowed)
    ]


def filled(path):
    """Return a path with ids that nothing has."""
    for name in (
        *("submission", "plan", "delivery", "member", "consent", "release", "noun"),
        *("incident", "emergency", "batch", "request_id", "document", "trial"),
    ):
        path = path.replace(f"{{{name}}}", new_id(name[:3]))
    return path


async def test_every_page_says_who(paged):
    """No page is without a guard; signing in, return codes and static files are for anyone."""
    anyone = {p for p, r in walked(paged.app.routes) if isinstance(guard_of(r), Anyone)}
    assert [] == unguarded(paged.app.routes)
    machines = ("/v1/", "/fhir/", "/oauth/", "/.well-known/", "/health")
    open_ = {"/return", "/received/{token}", "/sign-in", "/static"}
    assert open_ == {p for p in anyone if not p.startswith(machines)}


@pytest.mark.parametrize("login", HOMES)
async def test_home(paged, login):
    """Each role lands on its own working list."""
    client = await signed_in(paged, login)
    landed = await client.get("/")
    assert HOMES[login] == landed.headers["location"]
    assert 200 == (await client.get(HOMES[login])).status_code


async def test_strangers_are_sent_to_sign_in(paged):
    """Without a session every page leads to the sign-in page, and no other."""
    async with paged.client() as client:
        for method, path, _ in console_routes(paged):
            answer = await client.request(method, filled(path))
            told = (answer.status_code, answer.headers["location"].partition("?")[0])
            assert (303, "/sign-in") == told, path


@pytest.mark.parametrize("login", HOMES)
async def test_pages_of_other_roles(paged, login):
    """A person without the role is refused on every page of the others, GET and POST alike."""
    client = await signed_in(paged, login)
    given = {"csrf": await token(client)}
    told = set()
    for method, path, guard in console_routes(paged):
        if login not in guard.roles:
            data = given if method == "POST" else None
            told.add((await client.request(method, filled(path), data=data)).status_code)
    assert {403} == told


@pytest.mark.parametrize("login", HOMES)
async def test_what_is_not_there(paged, login):
    """A page of something that does not exist is a 404 in plain words."""
    client = await signed_in(paged, login)
    for method, path, guard in console_routes(paged):
        if login in guard.roles and method == "GET" and "{" in path:
            answer = await client.get(filled(path))
            assert (404, True) == (answer.status_code, "nothing here" in answer.text), path


@pytest.mark.parametrize("login", HOMES)
async def test_forms_need_their_token(paged, login):
    """A form without the session's token changes nothing, on any page."""
    client = await signed_in(paged, login)
    for method, path, guard in console_routes(paged):
        if login in guard.roles and method == "POST":
            answer = await client.post(filled(path), data={"name": "x"})
            assert (403, True) == (answer.status_code, "too old" in answer.text), path


@pytest.mark.parametrize(
    ("login", "shape", "status"),
    [
        ("mco", "/mco/submissions/{sub}", 200),
        ("other-mco", "/mco/submissions/{sub}", 404),
        ("mco", "/plans/{pln}", 200),
        ("other-mco", "/plans/{pln}", 404),
        ("pcmh", "/plans/{pln}", 403),
        ("integration", "/plans/{pln}", 403),
        ("operations", "/plans/{pln}", 403),
        ("privacy", "/plans/{pln}", 200),
        ("integration", "/integration/submissions/{sub}", 200),
        ("integration", "/mco/submissions/{sub}", 403),
        ("mco", "/privacy/members/{mem}", 403),
        ("privacy", "/privacy/members/{mem}", 200),
        ("other-pcmh", "/deliveries/{del}/document", 404),
        ("pcmh", "/requests/{rqt}", 200),
        ("mco", "/requests/{rqt}", 200),
        ("other-pcmh", "/requests/{rqt}", 404),
        ("other-mco", "/requests/{rqt}", 404),
        ("privacy", "/requests/{rqt}", 403),
        ("operations", "/requests/{rqt}", 403),
        ("pcmh", "/documents/{doc}", 200),
        ("mco", "/documents/{doc}", 200),
        ("other-pcmh", "/documents/{doc}", 404),
        ("other-mco", "/documents/{doc}", 404),
        ("integration", "/documents/{doc}", 403),
        ("other-mco", "/requests/new?about={pln}", 404),
        ("other-pcmh", "/requests/new?about={del}", 404),
        ("mco", "/deliveries/{del}", 403),
    ],
)
async def test_isolation(paged, login, shape, status):
    """Another organisation's things don't exist, another role's pages are refused."""
    ids = await paged.requested(await paged.delivered())
    client = await signed_in(paged, login)
    assert status == (await client.get(shape.format(**ids))).status_code


async def test_lists_hold_their_own_rows(paged):
    """A list shows the asker's rows and not another's."""
    ids = await paged.delivered()
    found = {}
    for login, path in (("mco", "/mco/deliveries"), ("other-mco", "/mco/deliveries")):
        found[login] = ids["pln"] in (await (await signed_in(paged, login)).get(path)).text
    assert {"mco": True, "other-mco": False} == found


async def test_integration_staff_see_no_plan(paged):
    """What integration staff open names no member and holds nothing of a plan."""
    ids = await paged.delivered()
    client = await signed_in(paged, "integration")
    for path in ("/integration", "/integration/senders", f"/integration/submissions/{ids['sub']}"):
        text = (await client.get(path)).text
        assert [] == [word for word in ("Zzy", "Delgado", "Metformin") if word in text], path


async def test_strange_text_stays_text(paged):
    """A name that is markup is shown as text wherever it stands."""
    ids = await paged.delivered()
    wicked = "<script>alert(1)</script>"
    await paged.sql("update member set family = %s where id = %s", wicked, ids["mem"])
    await paged.sql("update submission set name = %s where id = %s", wicked, ids["sub"])
    pages = [("mco", f"/mco/submissions/{ids['sub']}"), ("mco", "/mco/deliveries")]
    pages += [("privacy", f"/privacy/members/{ids['mem']}"), ("privacy", "/privacy/releases")]
    pages += [("integration", "/integration/senders"), ("mco", "/mco/submissions")]
    for login, path in pages:
        text = (await (await signed_in(paged, login)).get(path)).text
        assert (True, False) == ("&lt;script&gt;" in text or "Zzy" in text, wicked in text), path


async def test_nothing_inline(paged):
    """No page holds a script, a style or a handler of its own; the policy would refuse it."""
    ids = await paged.delivered()
    for login, path in (("mco", f"/plans/{ids['pln']}"), ("privacy", "/privacy"), ("mco", "/mco")):
        text = (await (await signed_in(paged, login)).get(path)).text
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|https?://", text)


async def test_a_search_is_never_an_address(paged):
    """A member search by address finds nothing: names belong in no URL."""
    await paged.delivered()
    client = await signed_in(paged, "privacy")
    by_address = await client.get("/privacy/members", params={"words": "Zzy"})
    by_form = await sent(client, "/privacy/members", words="Zzy")
    assert (False, True) == ("Zzy, Q" in by_address.text, "Zzy, Q" in by_form.text)


async def test_where_to_after_signing_in(paged):
    """After signing in a person goes on to the page asked for, but never to another site."""
    landed = {}
    for wanted in ("/account", "//evil.example", "https://evil.example", "/\\evil.example"):
        async with paged.client() as client:
            given = {"login": "mco", "password": PASSWORD, "next": wanted}
            landed[wanted] = (await client.post("/sign-in", data=given)).headers["location"]
    assert ["/account", "/mco", "/mco", "/mco"] == list(landed.values())


async def test_a_wrong_password(paged):
    """A wrong password and an unknown login are answered with the same page."""
    pages = []
    for login in ("mco", "nobody"):
        async with paged.client() as client:
            answer = await client.post("/sign-in", data={"login": login, "password": "wrong"})
            pages.append((answer.status_code, answer.text))
    assert 401 == pages[0][0]
    assert pages[0] == pages[1]


async def test_signing_in_from_elsewhere(paged):
    """A sign-in form on another site does not sign anybody in."""
    async with paged.client() as client:
        given = {"login": "mco", "password": PASSWORD}
        headers = {"sec-fetch-site": "cross-site"}
        answer = await client.post("/sign-in", data=given, headers=headers)
    assert (403, None) == (answer.status_code, answer.headers.get("set-cookie"))


async def test_signing_out(paged):
    """After signing out the session is over, whoever kept its cookie."""
    client = await signed_in(paged, "mco")
    kept = dict(client.cookies)
    await sent(client, "/sign-out")
    async with paged.client() as thief:
        thief.cookies.update(kept)
        answer = await thief.get("/mco")
    assert 303 == answer.status_code


async def test_changing_the_password(paged):
    """A new password needs the old one, then is the one that counts."""
    client = await signed_in(paged, "mco")
    fresh = "another plain sentence"
    form = {"fresh": fresh, "again": fresh}
    wrong = await sent(client, "/account/password", **{**form, "password": "nope"})
    right = await sent(client, "/account/password", password=PASSWORD, **form)
    async with paged.client() as other:
        again = await other.post("/sign-in", data={"login": "mco", "password": fresh})
    assert [422, 303, 303] == [a.status_code for a in (wrong, right, again)]


def typed(seed, at):
    """Return the code an authenticator shows: RFC 6238 with SHA-1, 30 seconds and six digits."""
    step = int(at.timestamp() // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(seed), step, "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


async def test_sign_in_codes(paged):
    """Codes are turned on by typing one, and from then on are asked for."""
    client = await signed_in(paged, "mco")
    text = (await client.get("/account")).text
    seed = re.search(r'name="seed" value="([A-Z2-7]{32})"', text)[1]
    code = typed(seed, paged.clock.now())
    form = {"seed": seed, "password": PASSWORD}
    wrong = await sent(client, "/account/codes", code="x", **form)
    right = await sent(client, "/account/codes", code=code, **form)
    async with paged.client() as other:
        bare = await other.post("/sign-in", data={"login": "mco", "password": PASSWORD})
    assert [422, 303, 401] == [a.status_code for a in (wrong, right, bare)]


async def test_opening_is_recorded(paged):
    """Opening a delivered plan records that it was shown, and fetches it under consent."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    await client.get(f"/deliveries/{ids['del']}")
    rows = await paged.sql("select kind from event where noun = %s order by id", ids["del"])
    assert ["plan.viewed", "delivery.shown"] == [row["kind"] for row in rows]


async def test_no_longer_released(paged):
    """When consent no longer covers a plan the page says so, and shows nothing of it."""
    ids = await paged.delivered()
    paged.stops[ids["del"]] = "consent_changed"
    client = await signed_in(paged, "pcmh")
    answer = await client.get(f"/deliveries/{ids['del']}")
    listed = await client.get("/worklist")
    assert (410, False) == (answer.status_code, "Metformin" in answer.text)
    assert "No longer released to you" in listed.text


async def test_withheld_names_no_category(paged):
    """A plan with something withheld says so in one neutral line."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    text = (await client.get(f"/deliveries/{ids['del']}")).text
    assert 1 == text.count("Withheld under the release on file")


async def test_acknowledging(paged):
    """An acknowledgment needs a name, and is given once."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    path = f"/deliveries/{ids['del']}/acknowledge"
    nameless = await sent(client, path, name=" ")
    named = await sent(client, path, name="Nadia Brandt RN")
    await sent(client, path, name="Somebody else")
    (row,) = await paged.sql("select acknowledged_by from delivery where id = %s", ids["del"])
    assert (422, 303) == (nameless.status_code, named.status_code)
    assert "Nadia Brandt RN" == row["acknowledged_by"]


async def test_looking_acknowledges_nothing(paged):
    """Opening and downloading a plan does not acknowledge it."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    await client.get(f"/deliveries/{ids['del']}")
    document = await client.get(f"/deliveries/{ids['del']}/document")
    (row,) = await paged.sql("select acknowledged_at from delivery where id = %s", ids["del"])
    assert ids["content"] == document.content
    assert row["acknowledged_at"] is None


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        ("accept", "", 303),
        ("dispute", "", 422),
        ("dispute", "not met", 303),
        ("cannot_reach", "", 422),
        ("cannot_reach", "three calls", 303),
        ("maybe", "x", 422),
    ],
)
async def test_answering(paged, kind, reason, status):
    """A dispute and "cannot reach" need their reason; what was typed is kept for the next try."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    form = {"kind": kind, "reason": reason, "name": "Nadia Q. Brandt"}
    answer = await sent(client, f"/deliveries/{ids['del']}/answer", **form)
    assert (status, status == 422) == (answer.status_code, "Nadia Q. Brandt" in answer.text)


async def test_a_disputed_plan_reaches_the_sender(paged):
    """The reason of a dispute stands on the sender's page of things to act on."""
    ids = await paged.delivered()
    practice = await signed_in(paged, "pcmh")
    form = {"kind": "dispute", "reason": "one visit, not three", "name": "N"}
    await sent(practice, f"/deliveries/{ids['del']}/answer", **form)
    text = (await (await signed_in(paged, "mco")).get("/mco")).text
    assert "one visit, not three" in text


async def test_uploading(paged):
    """An upload becomes a submission of the person's organisation, and leads to its page."""
    client = await signed_in(paged, "mco")
    given = {"files": {"file": ("plan.xml", b"<x/>")}, "data": {"csrf": await token(client)}}
    answer = await client.post("/mco/upload", headers={"origin": HUB_URL}, **given)
    page = await client.get(answer.headers["location"])
    assert (303, 200, True) == (answer.status_code, page.status_code, "plan.xml" in page.text)


async def test_uploading_nothing(paged):
    """An upload without a file is told so on the same page."""
    client = await signed_in(paged, "mco")
    files = {"other": (None, b"x")}
    answer = await client.post("/mco/upload", headers={"origin": HUB_URL}, files=files)
    assert (400, True) == (answer.status_code, "holds no file" in answer.text)


CONSENT = {
    "kind": "tpo",
    "disclosers": [MCO],
    "recipients": [PCMH],
    "purposes": ["TREAT"],
    "categories": ["general", "sud"],
    "signed_on": "2026-11-01",
    "signed_by": "Q. Zzy",
    "authority": "member",
    "method": "paper",
    "ends": "never",
    "statements": ["patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"],
}


async def recorded(town, login="privacy", **changed):
    """Record a consent of a member; return (member, answer, client)."""
    member = await town.member(MCO, new_id("k"))
    client = await signed_in(town, login)
    answer = await sent(client, f"/privacy/members/{member}/record", **{**CONSENT, **changed})
    return member, answer, client


async def test_recording_a_consent(paged):
    """A complete form is recorded as it was signed, by whom and when."""
    member, answer, _ = await recorded(paged)
    (kept,) = await paged.world.registry.of_member(member)
    assert 303 == answer.status_code
    assert ("tpo", "Q. Zzy", frozenset({"general", "sud"})) == (
        kept.kind,
        kept.signed_by,
        kept.categories,
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"statements": ["patient_name"]}, "2.31(a)(6) right to revoke"),
        ({"signed_on": "2099-01-01"}, "in the future"),
        ({"signed_on": "11/02/2026"}, "a day like"),
        ({"method": "verbal"}, "witness"),
        ({"ends": "on"}, "until which day"),
        ({"kind": "wish"}, "Kind of consent"),
        ({"categories": ["everything"]}, "among what is listed"),
    ],
)
async def test_an_incomplete_form(paged, changed, words):
    """A form with something wrong or missing records nothing and says what."""
    member, answer, _ = await recorded(paged, **changed)
    assert () == await paged.world.registry.of_member(member)
    assert (422, True) == (answer.status_code, words in answer.text)


async def test_recorded_as_it_is(paged):
    """A deficient form is recorded once the officer says so, and shown as carrying nothing."""
    member, answer, client = await recorded(paged, statements=["patient_name"], as_it_is="yes")
    page = await client.get(f"/privacy/members/{member}")
    assert (303, True) == (answer.status_code, "carries nothing" in page.text)


async def test_revoking(paged):
    """A revocation stamps the consent; a second one is told it came before."""
    member, _, client = await recorded(paged)
    (kept,) = await paged.world.registry.of_member(member)
    path = f"/privacy/consents/{kept.id}/revoke"
    first = await sent(client, path, member=member, how="written")
    second = await sent(client, path, member=member, how="written")
    (after,) = await paged.world.registry.of_member(member)
    assert (303, 409) == (first.status_code, second.status_code)
    assert after.revoked_at is not None


async def test_a_second_person_approves(paged):
    """A back-dated consent waits in the queue, and who recorded it can't approve it."""
    member, _, client = await recorded(paged, signed_on="2026-08-01")
    (kept,) = await paged.world.registry.of_member(member)
    queue = await client.get("/privacy/approvals")
    own = await sent(client, f"/privacy/approvals/{kept.id}")
    other = await sent(await signed_in(paged, "second"), f"/privacy/approvals/{kept.id}")
    assert "Zzy" in queue.text
    assert (409, 303) == (own.status_code, other.status_code)


async def test_naming_a_member(paged):
    """Operations picks an unmatched plan's member from its sender's roster only."""
    ids = await paged.delivered()
    await paged.sql(
        "update plan set state = 'unmatched', member = null,"
        """ reason = '{"conflicts": ["not_on_roster"]}' where id = %s""",
        ids["pln"],
    )
    stranger = await paged.member(OTHER_MCO, "L1")
    client = await signed_in(paged, "operations")
    found = await sent(client, f"/operations/plans/{ids['pln']}/candidates", words="zzy")
    wrong = await sent(client, f"/operations/plans/{ids['pln']}/member", member=stranger)
    right = await sent(client, f"/operations/plans/{ids['pln']}/member", member=ids["mem"])
    assert (True, False) == (ids["mem"] in found.text, stranger in found.text)
    assert (409, 303) == (wrong.status_code, right.status_code)


async def test_sending_again(paged):
    """Operations lets an undeliverable delivery go again; integration staff's door is another."""
    ids = await paged.delivered(state="undeliverable")
    page = await (await signed_in(paged, "operations")).get("/operations")
    client = await signed_in(paged, "operations")
    answer = await sent(client, f"/operations/retry/{ids['del']}")
    (row,) = await paged.sql("select state from delivery where id = %s", ids["del"])
    assert ids["del"] in page.text
    assert (303, "queued") == (answer.status_code, row["state"])


def test_the_guides_pictures():
    """Every picture of the guide is there, and none is there for nothing."""
    named = set(re.findall(r"pictures/([\w-]+\.png)", (DOCS / "console.md").read_text("utf-8")))
    assert named == {file.name for file in (DOCS / "pictures").glob("*.png")}


async def test_static_files(paged):
    """The style sheet is for anyone, may be kept, and is never taken for something else."""
    async with paged.client() as client:
        page = await client.get("/sign-in")
        style = await client.get(re.search(r'href="(/static/console.css[^"]+)"', page.text)[1])
    assert (200, "nosniff") == (style.status_code, style.headers["x-content-type-options"])
    assert "immutable" in style.headers["cache-control"]
