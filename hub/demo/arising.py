"""How the demo's hub comes up: ports held for its processes, and what they logged where it doesn't.

`hub.demo.story` calls it. A port is bound here and listened on by the hub's own process, so that no
other demo takes it in between; where something else did, it is tried again on other ports.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import httpx2

from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from hub.settings import Settings

PATIENCE: Final = 120.0
TAKEN: Final = "port_taken"
_LINES: Final = 5
_LONGEST: Final = 300
_MOST: Final = 65_536
_IN_USE: Final = ("address already in use", "[errno 98]", "[errno 48]")


@dataclass
class Ports:
    """Ports that are ours until it is closed."""

    held: list[socket.socket] = field(default_factory=list)

    def hold(self, wanted: int) -> int:
        """Return the port if nobody has it, or another one; either is held.

        Whoever listens there with SO_REUSEADDR, as servers do, may; nobody else can bind it by
        `hold` meanwhile.
        """
        for port in (wanted, 0):
            one = socket.socket()
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                one.close()
                continue
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.held.append(one)
            found: int = one.getsockname()[1]
            return found
        raise Misconfigured("ICP_HUB_HTTP_PORT", "no free port on this machine")

    def close(self) -> None:
        """Let all go."""
        while self.held:
            self.held.pop().close()


def ported(settings: Settings, ports: Ports, wanted: tuple[int, int, int]) -> Settings:
    """Return settings on ports that are held now, and set them for the children."""
    ports.close()
    http, sftp, mllp = (ports.hold(one) for one in wanted)
    url = f"http://127.0.0.1:{http}"
    changed = replace(settings, http_port=http, sftp_port=sftp, mllp_port=mllp, public_url=url)
    for name in ("http_port", "sftp_port", "mllp_port", "public_url"):
        os.environ[f"ICP_HUB_{name.upper()}"] = str(getattr(changed, name))
    return changed


async def healthy(http: httpx2.AsyncClient, log: Path, running: asyncio.Task[None]) -> None:
    """Wait until the hub answers; `Trouble` with the last lines of its log where it doesn't.

    Its code is `port_taken` where another process has a port of it, at once.
    """
    for _ in range(int(PATIENCE / 0.1)):
        try:
            if (await http.get("/health")).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            pass
        lines = await asyncio.to_thread(logged, log)
        if any(word in "\n".join(lines).lower() for word in _IN_USE):
            raise _down(TAKEN, log, lines)
        if running.done():
            break
        await asyncio.sleep(0.1)
    raise _down("not_healthy", log, await asyncio.to_thread(logged, log))


def logged(log: Path) -> list[str]:
    """Return the lines at the end of a log; none where there is no log yet."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _MOST))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()]


def _down(code: str, log: Path, lines: list[str]) -> Trouble:
    last = [line[:_LONGEST] for line in lines[-_LINES:]] or ["nothing"]
    said = "\n".join(["the hub did not come up; it logged last:", *last, f"all of it: {log}"])
    return Trouble("permanent", code, said)
