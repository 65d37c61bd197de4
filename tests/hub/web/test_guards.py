"""Who may call what: every route, without a credential, with the wrong one, as the wrong person."""

import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse
from world import BOSS, HUB_URL, MCO, OTHER_MCO, PASSWORD, PCMH, build

from hub.asked import Role
from hub.ids import new_id
from hub.web.application import Pages
from hub.web.credentials import issue_key
from hub.web.guards import Allowed, Anyone, allowed, anyone, guard_of, unguarded, walked
from hub.web.identity import set_cookie, sign_in
from hub.web.limits import Buckets, Limits
from hub.web.scopes import SCOPES

PAGES = APIRouter()


@PAGES.post("/sign-in", dependencies=[anyone()])
async def _sign_in(request: Request):
    form = await request.form()
    made = await sign_in(request, form["login"], form["password"], form.get("code", ""))
    response = JSONResponse({"csrf": made.csrf})
    set_cookie(response, request.app.state.world.settings, made.token)
    return response


@PAGES.post("/act", dependencies=[allowed(roles=("mco",))])
async def _act():
    return {}


@pytest.fixture
async def paged(database):
    """Build a town with a console of two pages."""
    return await build(database, Pages(routers=(PAGES,)))


async def signed_in(town, login):
    client = town.client()
    answer = await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    return client, answer.json()["csrf"]


def guarded(app):
    """Return (method, path, guard) of every route that isn't for anyone."""
    found = []
    for path, route in walked(app.routes):
        guard = guard_of(route)
        if isinstance(guard, Allowed):
            found += [(m, path, guard) for m in sorted(route.methods - {"HEAD"})]
    return found


def filled(path):
    for name in ("submission", "plan", "delivery", "member", "consent"):
        path = path.replace(f"{{{name}}}", new_id(name[:3]))
    return (
        path.replace("{mco}", MCO)
        .replace("{member_id}", "x")
        .replace("{kind}", "full")
        .replace("{event}", "1")
        .replace("{version}", "1")
        .replace("{batch}", new_id("bat"))
    )


def said(body):
    """Return (code, detail) of a problem or of an OperationOutcome."""
    if body.get("resourceType") == "OperationOutcome":
        (issue,) = body["issue"]
        return issue["details"]["coding"][0]["code"], issue["diagnostics"]
    return body["code"], body["detail"]


async def test_every_route_says_who(town):
    """No route is without a guard, and only these are for anyone."""
    anyone = {p for p, r in walked(town.app.routes) if isinstance(guard_of(r), Anyone)}
    assert [] == unguarded(town.app.routes)
    assert {
        "/health",
        "/fhir/metadata",
        "/v1/schemas/icp-1",
        "/v1/openapi.json",
        "/oauth/token",
        "/.well-known/smart-configuration",
    } == anyone


async def test_scopes_and_roles_exist(town):
    """Every guard names only scopes and roles there are."""
    named = {s for _, _, g in guarded(town.app) for s in g.scopes}
    roles = {r for _, _, g in guarded(town.app) for r in g.roles}
    assert named <= set(SCOPES)
    assert roles <= set(Role.__args__)


async def test_an_unguarded_route_stops_the_start(database):
    """An application with a route that says nothing is not made."""
    router = APIRouter()

    @router.get("/open")
    async def _open():
        return {}

    with pytest.raises(RuntimeError, match="/open"):
        await build(database, Pages(routers=(router,)))


async def test_nobody_gets_in(town):
    """Without a credential, and with a wrong one, every route answers the same 401."""
    told = set()
    async with town.client() as nobody, town.client(authorization="Bearer icp_x_y") as wrong:
        for method, path, _ in guarded(town.app):
            for client in (nobody, wrong):
                answer = await client.request(method, filled(path))
                told.add((answer.status_code, *said(answer.json())))
                assert "www-authenticate" in answer.headers, path
    assert {(401, "unauthenticated", "sign in, or send a valid credential")} == told


async def test_wrong_scope(town):
    """A credential with every scope but the route's is refused on every route."""
    for method, path, guard in guarded(town.app):
        others = sorted(set(SCOPES) - set(guard.scopes))
        secret = new_id("secret")
        await town.sql(
            "insert into api_key (id, organisation, name, prefix, secret, scopes, made_at)"
            " values (%s, %s, 'n', 'p', sha256(%s::bytea), %s, now())",
            *(new_id("key"), MCO, secret, others),
        )
        async with town.client(authorization=f"Bearer {secret}") as client:
            answer = await client.request(method, filled(path))
        assert (403, "forbidden") == (answer.status_code, said(answer.json())[0]), path


@pytest.mark.parametrize(
    "header", ["Basic eDp5", "Bearer", "Bearer ", "bearer \xff", "Bearer " + "x" * 600, "icp_a_b"]
)
async def test_odd_credentials(town, header):
    """A header that is no bearer secret is refused like any wrong one."""
    async with town.client() as client:
        answer = await client.get(
            "/v1/events", headers=[(b"authorization", header.encode("latin-1"))]
        )
    assert 401 == answer.status_code


async def test_revoked(town):
    """A revoked key is refused at once."""
    async with town.client(MCO) as client:
        before = await client.get("/v1/submissions")
        await town.world.credentials.revoke(BOSS, MCO, town.key_ids[MCO], town.clock.now())
        after = await client.get("/v1/submissions")
    assert (200, 401) == (before.status_code, after.status_code)


async def test_suspended_organisation(town):
    """The keys of an organisation that isn't active let nobody in."""
    await town.sql("update organisation set active = false where id = %s", MCO)
    async with town.client(MCO) as client:
        answer = await client.get("/v1/submissions")
    assert 401 == answer.status_code


async def test_refusals_are_recorded_quietly(town):
    """Fifty refusals of one kind are one event, not fifty."""
    async with town.client(PCMH) as client:
        for _ in range(50):
            await client.get("/v1/submissions")
    rows = await town.sql("select actor, detail from event where kind = 'access.refused'")
    assert [(town.key_ids[PCMH], "forbidden", "/v1/submissions")] == [
        (r["actor"], r["detail"]["code"], r["detail"]["at"]) for r in rows
    ]


async def test_a_persons_request(paged):
    """A person with the right role gets in with the session's own CSRF token."""
    await paged.person(MCO, "ann", ("mco",))
    client, csrf = await signed_in(paged, "ann")
    by_header = await client.post("/act", headers={"x-csrf-token": csrf})
    by_field = await client.post("/act", data={"csrf": csrf})
    assert (200, 200) == (by_header.status_code, by_field.status_code)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "csrf"),
        ({"x-csrf-token": "wrong"}, "csrf"),
        ({"x-csrf-token": "TOKEN", "sec-fetch-site": "cross-site"}, "other_site"),
        ({"x-csrf-token": "TOKEN", "sec-fetch-site": "same-site"}, "other_site"),
        ({"x-csrf-token": "TOKEN", "origin": "https://evil.example"}, "other_site"),
        ({"x-csrf-token": "TOKEN", "origin": "null"}, "other_site"),
        ({"content-type": "multipart/form-data; boundary=x"}, "csrf"),
    ],
)
async def test_forged(paged, headers, code):
    """A request that may come from another site changes nothing."""
    await paged.person(MCO, "ann", ("mco",))
    client, csrf = await signed_in(paged, "ann")
    headers = {name: value.replace("TOKEN", csrf) for name, value in headers.items()}
    answer = await client.post("/act", headers=headers)
    assert (403, code) == (answer.status_code, answer.json()["code"])


async def test_a_form_with_a_file(paged):
    """A multipart form is let in when the browser itself says that it is ours."""
    await paged.person(MCO, "ann", ("mco",))
    client, _ = await signed_in(paged, "ann")
    answer = await client.post("/act", files={"f": ("f", b"1")}, headers={"origin": HUB_URL})
    assert 200 == answer.status_code


async def test_wrong_role(paged):
    """A person without the role is refused."""
    await paged.person(PCMH, "bob", ("pcmh",))
    client, csrf = await signed_in(paged, "bob")
    answer = await client.post("/act", headers={"x-csrf-token": csrf})
    assert (403, "forbidden") == (answer.status_code, answer.json()["code"])


async def test_a_session_is_no_key(paged):
    """A wrong bearer secret is not made up for by a session."""
    await paged.person(MCO, "ann", ("mco",))
    client, _ = await signed_in(paged, "ann")
    with_session = await client.get("/v1/submissions")
    with_both = await client.get("/v1/submissions", headers={"authorization": "Bearer x"})
    assert (200, 401) == (with_session.status_code, with_both.status_code)


@pytest.mark.parametrize(
    ("organisation", "scope"),
    [(PCMH, "submissions.write"), (MCO, "deliveries.answer"), (MCO, "directory.read"), (MCO, "x")],
)
async def test_scopes_fit_the_organisation(town, organisation, scope):
    """A key is never made with a scope its organisation's kind can't have."""
    with pytest.raises(Exception, match="may have"):
        await issue_key(town.office, BOSS, organisation, "n", [scope])


async def test_rate(database):
    """A credential that asks too much is told when to come back; another is not held up."""
    town = await build(database, limits=Limits(credentials=Buckets(0.1, 3)))
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        answers = [await client.get("/v1/submissions") for _ in range(5)]
        fine = await other.get("/v1/submissions")
    assert [200, 200, 200, 429, 429] == [a.status_code for a in answers]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert 200 == fine.status_code


async def test_strangers_are_slowed(database):
    """An address that keeps sending wrong keys is slowed down; a right key there is not."""
    town = await build(database, limits=Limits(strangers=Buckets(0.1, 2)))
    async with town.client(authorization="Bearer no") as wrong, town.client(MCO) as right:
        answers = [await wrong.get("/v1/submissions") for _ in range(4)]
        fine = await right.get("/v1/submissions")
    assert [401, 401, 429, 429] == [a.status_code for a in answers]
    assert 200 == fine.status_code
