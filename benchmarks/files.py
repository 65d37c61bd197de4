"""Files by SFTP: durable ones, the same server without a disk, and asyncssh's own, in one run.

`run` starts each server as a process of its own, one at a time, and uploads to it over some
connections, each file under a temporary name and then renamed. Ours is `icp-hub serve` over a
PostgreSQL with fsync: every rename it answers is counted against the submissions it kept, and one
that is missing makes the run void. `python -m benchmarks.files KIND PORT FOLDER` starts the others.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import uvloop
import yaml

from benchmarks import documents, load
from benchmarks.channels import Forgetful, installed, kept_in
from benchmarks.documents import MCO
from benchmarks.report import Figure, set_against
from benchmarks.stage import Running, Void
from hub.channels.sftp_server import SftpSettings, serve
from hub.main import OPERATOR, Hub
from hub.web.credentials import admit_sftp_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.settings import Settings

CONNECTIONS = 8
_PORT = 33_590
_MEMBERS = 500


def run(files: int, rounds: int) -> dict[str, Figure]:
    """Return files a second of each server, the medians of interleaved rounds."""
    found: dict[str, list[float]] = {"hub": [], "same": [], "asyncssh": []}
    serials = load.Serials(
        _MEMBERS, lambda who, serial, secret: documents.care_plan(who, serial, secret=secret)
    )
    promised = 0
    key = asyncssh.generate_private_key("ssh-ed25519")
    with installed(partial(_people, key=key)) as settings:
        for _ in range(rounds):
            for kind, rates in found.items():
                with _server(kind, settings):
                    rates.append(uvloop.run(_uploaded(serials, key, files)))
                promised += files if kind == "hub" else 0
        kept = asyncio.run(kept_in(settings))
    if kept < promised:
        raise Void(f"{promised} files were taken and {kept} are kept")
    made = {
        kind: Figure(statistics.median(r), "files/s", low=min(r), high=max(r))
        for kind, r in found.items()
    }
    durable = made["hub"]
    return {
        "sftp_not_durable": made["same"],
        "sftp_durable": set_against(durable, "sftp_not_durable", made["same"]),
        "sftp_asyncssh": made["asyncssh"],
        "sftp_durable_beside_peer": set_against(durable, "sftp_asyncssh", made["asyncssh"]),
        "sftp_promised": Figure(float(promised), "files taken and kept"),
    }


async def _uploaded(serials: load.Serials, key: asyncssh.SSHKey, files: int) -> float:
    share = files // CONNECTIONS
    begun = time.monotonic()
    lanes = (load.by_sftp(_PORT, MCO, key, serials, share) for _ in range(CONNECTIONS))
    sent = await asyncio.gather(*lanes)
    return sum(one.accepted for one in sent) / (time.monotonic() - begun)


async def _people(settings: Settings, key: asyncssh.SSHKey) -> None:
    """Let the holder of a key hand files in."""
    told = {"organisations": [{"id": MCO, "kind": "mco", "name": "Sender"}]}
    async with Hub(settings) as hub:
        await hub.rosters.load_directory(OPERATOR, yaml.safe_dump(told).encode())
        await admit_sftp_key(hub.office(), OPERATOR, MCO, MCO, key.get_fingerprint())


@contextmanager
def _server(kind: str, settings: Settings) -> Iterator[None]:
    """Run one server as a process until the block ends."""
    words = {
        "ICP_HUB_HOME": str(settings.home),
        "ICP_HUB_SFTP_PORT": str(_PORT),
        "ICP_HUB_HTTP_PORT": "0",
    }
    folder = settings.home / f"files-{kind}"
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    argv = ["hub", "serve"] if kind == "hub" else ["benchmarks.files", kind, str(_PORT)]
    with Running([*argv, str(folder)] if kind != "hub" else argv, {**os.environ, **words}):
        load.wait_for("127.0.0.1", _PORT, 60.0)
        yield


# the servers ours is held against


class Desk(Forgetful):
    """An inbox that lets everybody in by SFTP, keeps nothing and offers nothing."""

    async def sign_in(self, _user: str, _fingerprint: str) -> str:
        """Let everybody in."""
        return MCO

    async def files(self, _organisation: str, _folder: str) -> list[object]:
        """Offer nothing."""
        return []


async def _same(port: int, folder: Path) -> None:
    await serve(Desk(), SftpSettings(folder / "key", port=port))
    await asyncio.Event().wait()


async def _asyncssh(port: int, folder: Path) -> None:
    class Open(asyncssh.SSHServer):
        def begin_auth(self, _username: str) -> bool:
            return False

    await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=Open,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(folder)),
    )
    await asyncio.Event().wait()


_OTHERS: Mapping[str, object] = {"same": _same, "asyncssh": _asyncssh}

if __name__ == "__main__":
    uvloop.run(_OTHERS[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3])))
