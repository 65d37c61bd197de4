"""The demo's hub comes up on ports of its own, or says what its processes logged."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from rich.console import Console

from hub.demo import arising, story
from hub.errors import Trouble
from hub.settings import Settings

MISSING = "ICP_HUB_VAULT_KEY: is not set"


@pytest.fixture
def ports():
    """Give ports that are let go at the end."""
    made = arising.Ports()
    yield made
    made.close()


def test_held_for_the_hub(ports):
    """A held port is nobody else's to hold, and the hub's own process may listen there."""
    mine = ports.hold(0)
    other = ports.hold(mine)
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", mine))
    server.listen()
    with server, socket.create_connection(("127.0.0.1", mine)):
        assert other != mine


def test_taken_by_another(ports):
    """A port where somebody listens is left to them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert ports.hold(taken) != taken


async def _asked(log, running):
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:1", timeout=1.0) as http:
        await arising.healthy(http, log, running)


@pytest.fixture
async def running():
    """Give a hub that runs and does not answer."""
    task = asyncio.create_task(asyncio.sleep(600))
    yield task
    task.cancel()


async def test_a_port_taken_in_between(tmp_path, running):
    """A port that another process took meanwhile is told at once, by a code of its own."""
    (tmp_path / "log").write_text("begins\n[Errno 98] Address already in use\n")
    with pytest.raises(Trouble) as told:
        await _asked(tmp_path / "log", running)

    assert (told.value.code, "Errno 98" in str(told.value)) == (arising.TAKEN, True)


async def test_it_says_why(tmp_path):
    """A hub that ended before it answered is told of with the last lines it logged."""
    (tmp_path / "log").write_text("\n".join([*"abcdefgh", MISSING, ""]))
    over = asyncio.create_task(asyncio.sleep(0))
    await over
    with pytest.raises(Trouble) as told:
        await _asked(tmp_path / "log", over)

    lines = str(told.value).splitlines()
    assert (told.value.code, lines[1:6]) == ("not_healthy", [*"efgh", MISSING])
    assert str(tmp_path / "log") in lines[-1]


@pytest.fixture
def stages(monkeypatch):
    """Let the hub find its ports taken so many times; give (how often, the ports it had)."""
    left, seen = [0], []

    @asynccontextmanager
    async def stage(settings, _console):
        seen.append((settings.http_port, settings.sftp_port, settings.mllp_port))
        if left[0]:
            left[0] -= 1
            raise Trouble("permanent", arising.TAKEN, "taken")
        yield settings

    for name in ("HTTP_PORT", "SFTP_PORT", "MLLP_PORT", "PUBLIC_URL"):
        monkeypatch.setenv(f"ICP_HUB_{name}", "")
    monkeypatch.setattr(story, "_stage", stage)
    return left, seen


async def _up():
    async with AsyncExitStack() as stack:
        return await story._up(stack, Settings(), Console(quiet=True))  # noqa: SLF001  # no hub is started here


@pytest.mark.parametrize(("times", "starts"), [(0, 1), (2, 3)])
async def test_on_other_ports(stages, times, starts):
    """Where its ports were taken it is tried again on others."""
    left, seen = stages
    left[0] = times
    found = await _up()

    assert found.public_url.endswith(f":{found.http_port}")
    assert (starts, starts) == (len(seen), len(set(seen)))


async def test_no_ports_to_be_had(stages):
    """After a few times the fault is told."""
    left, seen = stages
    left[0] = 9
    with pytest.raises(Trouble, match="taken"):
        await _up()

    assert len(seen) == story.TIMES
