"""What every answer has, what no request gets past, and that nothing escapes as a traceback."""

import asyncio
import socket

import httpx2
import pytest
import structlog
import uvicorn
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from world import MCO, build

from hub.errors import Trouble
from hub.web import edge
from hub.web.application import Pages
from hub.web.guards import anyone

ODD = APIRouter(dependencies=[anyone()])
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)


@ODD.get("/odd/fails")
async def _fails():
    raise ValueError("Zzyzx")


@ODD.get("/v1/odd/fails")
async def _api_fails():
    raise ValueError("Zzyzx")


@ODD.get("/v1/odd/trouble")
async def _trouble():
    raise Trouble("transient", "database_down", "Zzyzx", retry_after=7)


@ODD.get("/v1/odd/slow")
async def _slow():
    await asyncio.sleep(5)


@ODD.post("/v1/odd/body")
async def _body(request: Request):
    return {"size": len(await request.body())}


@ODD.post("/v1/odd/model")
async def _model(given: dict[str, str]):
    return given


async def _refused(_request, refused):
    return PlainTextResponse(f"page {refused.code}", refused.status)


@pytest.fixture
async def odd(database):
    """Build a town with odd routes and a console."""
    return await build(database, Pages(routers=(ODD,), refused=_refused))


@pytest.mark.parametrize(
    "path", ["/health", "/v1/submissions", "/nowhere", "/v1/nowhere", "/v1/odd/fails"]
)
async def test_headers(odd, path):
    """Every answer, refusals and failures too, has the security headers and a request id."""
    async with odd.client() as client:
        answer = await client.get(path)
    headers = answer.headers
    assert (CSP, "nosniff", "no-referrer", "no-store") == (
        headers["content-security-policy"],
        headers["x-content-type-options"],
        headers["referrer-policy"],
        headers["cache-control"],
    )
    assert headers["x-request-id"].startswith("req_")


async def test_unexpected(odd):
    """An error of ours is a bare 500; its class and line are logged, its message nowhere."""
    with structlog.testing.capture_logs() as logs:
        async with odd.client() as client:
            answer = await client.get("/v1/odd/fails")
    assert (500, "internal", answer.headers["x-request-id"]) == (
        answer.status_code,
        answer.json()["code"],
        answer.json()["request"],
    )
    assert ["ValueError"] == [entry["error"] for entry in logs]
    assert "Zzyzx" not in answer.text + str(logs)


async def test_trouble(odd):
    """The world's trouble is a 503 that says when to come back, and not what it was."""
    async with odd.client() as client:
        answer = await client.get("/v1/odd/trouble")
    assert (503, "7", "database_down") == (
        answer.status_code,
        answer.headers["retry-after"],
        answer.json()["code"],
    )
    assert "Zzyzx" not in answer.text


@pytest.mark.parametrize(
    ("path", "page"),
    [("/nowhere", "page not_found"), ("/odd/fails", "page internal"), ("/v1/nowhere", None)],
)
async def test_pages(odd, path, page):
    """A person is shown the console's page, a system a problem."""
    async with odd.client() as client:
        answer = await client.get(path)
    assert page == (answer.text if page else None)
    assert (page is None) == ("problem+json" in answer.headers["content-type"])


async def test_slow_answer(odd, monkeypatch):
    """An answer that takes too long is given up."""
    monkeypatch.setattr(edge, "ANSWER_SECONDS", 0.05)
    async with odd.client() as client:
        answer = await client.get("/v1/odd/slow")
    assert (503, "took_too_long") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("path", ["/v1/odd/body", "/v1/odd/model", "/v1/submissions"])
async def test_stalled_body(odd, monkeypatch, path):
    """A sender that stalls is given up, whatever reads the body."""
    monkeypatch.setattr(edge, "IDLE_SECONDS", 0.05)

    async def pieces():
        yield b"{"
        await asyncio.sleep(5)

    async with odd.client(MCO) as client:
        headers = {"content-type": "application/json"}
        answer = await client.post(path, content=pieces(), headers=headers)
    assert (408, "too_slow") == (answer.status_code, answer.json()["code"])
    assert 0 == (await odd.sql("select count(*) as n from submission"))[0]["n"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", ["/v1/odd/body", "/v1/odd/model"])
async def test_caps(odd, path, declared):
    """No route reads more than its cap."""

    async def pieces():
        for _ in range(30):
            yield b"x" * 10_000

    content = b"x" * 300_000 if declared else pieces()
    async with odd.client() as client:
        answer = await client.post(
            path, content=content, headers={"content-type": "application/json"}
        )
    assert (413, "too_large") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("hub.example", 200),
        ("HUB.example:8443", 200),
        ("127.0.0.1:8080", 200),
        ("evil.example", 421),
        ("hub.example.evil.example", 421),
    ],
)
async def test_host(database, host, status):
    """Behind an https address, only our host names are answered."""
    town = await build(database, public_url="https://hub.example/")
    async with town.client() as client:
        answer = await client.get("/v1/openapi.json", headers={"host": host})
    assert status == answer.status_code


async def test_busy(town, monkeypatch):
    """Beyond capacity the answer is 503 with a time, and health is refused like the rest."""
    monkeypatch.setattr(edge, "AT_ONCE", 0)
    async with town.client(MCO) as client:
        answer = await client.post("/v1/submissions", content=b"x")
    assert (503, "1", []) == (
        answer.status_code,
        answer.headers["retry-after"],
        await town.sql("select id from submission"),
    )


async def test_validation_says_where_only(odd):
    """A wrong body is told by pointer and code, without anything it held."""
    async with odd.client() as client:
        answer = await client.post("/v1/odd/model", json={"a": {"Zzyzx": 1}})
    assert [{"at": "/body/a", "code": "string_type"}] == answer.json()["errors"]


@pytest.mark.parametrize("path", ["/health", "/v1/schemas/icp-1", "/v1/openapi.json"])
async def test_open_routes(town, path):
    """What is for anyone answers anyone."""
    async with town.client() as client:
        answer = await client.get(path)
    assert 200 == answer.status_code


async def test_health_waits(town):
    """Health tells how long the oldest due work has waited."""
    async with town.client(MCO) as client:
        await client.post("/v1/submissions", content=b"x")
        await town.sql("update submission set due = now() - interval '10 minutes'")
        answer = (await client.get("/health")).json()
    assert "late" == answer["status"]
    assert answer["oldest_due_seconds"] >= 600


async def test_health_without_database(town):
    """Without its database the hub says that it is down."""
    await town.database.close()
    async with town.client() as client:
        answer = await client.get("/health")
    assert (503, "down") == (answer.status_code, answer.json()["status"])


async def test_description(town):
    """The description holds every route, an example of each answer, and who may call it."""
    async with town.client() as client:
        document = (await client.get("/v1/openapi.json")).json()
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    public = {p for p, _, o in operations if "security" not in o}
    assert {
        "/fhir/metadata",
        "/health",
        "/v1/schemas/icp-1",
        "/oauth/token",
        "/.well-known/smart-configuration",
    } == public
    for path, method, operation in operations:
        answers = [r for s, r in operation["responses"].items() if s.startswith("2")]
        assert any("example" in c for r in answers for c in r["content"].values()), (path, method)
    assert {"apiKey", "backendServices", "session"} == set(
        document["components"]["securitySchemes"]
    )


async def test_over_a_socket(town):
    """Over a real server a document streams in, and a lying length is cut off."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        config = uvicorn.Config(town.app, log_config=None, lifespan="off", http="httptools")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[chosen]))
        port = chosen.getsockname()[1]
        while not server.started:  # noqa: ASYNC110  # uvicorn offers no event
            await asyncio.sleep(0.01)
        headers = {"authorization": f"Bearer {town.keys[MCO]}"}

        async def pieces():
            for n in range(20):
                yield b"%d" % n * 20_000

        try:
            url = f"http://127.0.0.1:{port}"
            async with httpx2.AsyncClient(base_url=url, headers=headers) as client:
                streamed = await client.post("/v1/submissions", content=pieces())
                files = {"file": ("a.pdf", b"%PDF" * 1000, "application/pdf")}
                form = await client.post("/v1/submissions", files=files)
                listed = await client.get("/v1/submissions")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            start = "POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n"
            start += f"Authorization: {headers['authorization']}\r\n\r\n"
            writer.write(start.encode())
            refused = await reader.read(12)
            writer.close()
        finally:
            server.should_exit = True
            await serving
    assert (202, 202, 2, b"HTTP/1.1 413") == (
        streamed.status_code,
        form.status_code,
        len(listed.json()["submissions"]),
        refused,
    )
