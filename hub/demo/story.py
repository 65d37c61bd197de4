"""Tells the story: a whole hub on this machine, its senders, its practices, what became of it all.

`icp-hub demo` calls `tell`. It starts the real processes, signs in by real keys, uploads by SFTP,
HTTP and MLLP, lets practices acknowledge, and counts from the database at the end. Everything it
makes is in one folder that the next run empties.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import httpx2
import structlog
from hl7.mllp import open_hl7_connection
from rich.console import Console

from hub.asked import Actor
from hub.demo import arising, counting, world
from hub.demo.practices import Received, SftpPractice, sftp_practice, webhook_practice
from hub.errors import Misconfigured, Trouble
from hub.main import Hub, remove_database, upgrade_database
from hub.together import run_all
from hub.web.credentials import (
    NewAccount,
    admit_sftp_key,
    issue_key,
    open_account,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.settings import Settings

FOLDER = Path("icp-hub-demo")
MARK = "this folder belongs to icp-hub demo and is emptied by it\n"
MLLP_PORT = 2575
TIMES = 3
LOG = "hub.log"
TELLER = Actor("demo", "hub", "Demo", ("privacy", "integration", "operations"))
log = structlog.get_logger()


@dataclass
class Stage:
    """What the telling needs while the hub runs."""

    hub: Hub
    http: httpx2.AsyncClient
    console: Console
    keys: dict[str, str] = field(default_factory=dict)
    sftp: dict[str, asyncssh.SSHKey] = field(default_factory=dict)
    sign_ins: list[tuple[str, str, str]] = field(default_factory=list)


async def tell(given: Settings, *, once: bool, json: bool) -> None:
    """Run the demo; `once` ends it when the story is told, `json` prints the counts only.

    SIGTERM, and a terminal that is closed, end it as Ctrl-C does: with all it started.
    """
    told = asyncio.current_task()
    if told is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, told.cancel)
    with suppress(asyncio.CancelledError):
        await _tell(given, once=once, json=json)


async def _tell(given: Settings, *, once: bool, json: bool) -> None:
    width = None if sys.stdout.isatty() else 150
    console = Console(quiet=json, highlight=False, width=width)
    settings = _prepared(given)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(40),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    received = Received()
    secret = f"whsec_{base64.b64encode(os.urandom(32)).decode()}"
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(webhook_practice(secret, received))
        practice = await stack.enter_async_context(sftp_practice(settings.home / "practice"))
        with console.status("starting the hub: database, HTTP, SFTP, workers…"):
            stage = await _up(stack, settings, console)
            settings = stage.hub.settings
            await _people(stage, (url, secret), practice)
        await _act(stage)
        counts = await counting.counts(stage.hub)
        if json:
            print(counting.as_json(counts))  # noqa: T201  # the command's own output
        else:
            await counting.show(stage.hub, console, counts, received)
        if not once:
            _invite(stage, settings)
            await asyncio.Event().wait()


def _prepared(given: Settings) -> Settings:
    """Return settings of a fresh demo folder, and set them for the children."""
    home = FOLDER.resolve()
    if home.exists() and (home / "MARK").exists():
        remove_database(home)
        shutil.rmtree(home)
    elif home.exists() and any(home.iterdir()):
        raise Misconfigured(str(FOLDER), "is not the demo's folder; move it away")
    home.mkdir(parents=True, exist_ok=True)
    (home / "MARK").write_text(MARK)
    changed = replace(given, home=home, private_networks=True, retry_seconds=1.0)
    for name in ("home", "retry_seconds"):
        os.environ[f"ICP_HUB_{name.upper()}"] = str(getattr(changed, name))
    os.environ["ICP_HUB_PRIVATE_NETWORKS"] = "yes"
    return changed


async def _up(stack: AsyncExitStack, settings: Settings, console: Console) -> Stage:
    """Start the hub; on other ports where somebody else took one meanwhile."""
    ports = arising.Ports()
    stack.callback(ports.close)
    wanted = (settings.http_port, settings.sftp_port, MLLP_PORT)
    for _ in range(TIMES - 1):
        try:
            here = arising.ported(settings, ports, wanted)
            return await stack.enter_async_context(_stage(here, console))
        except Trouble as trouble:
            if trouble.code != arising.TAKEN:
                raise
            wanted = (0, 0, 0)
    here = arising.ported(settings, ports, wanted)
    return await stack.enter_async_context(_stage(here, console))


@asynccontextmanager
async def _stage(settings: Settings, console: Console) -> AsyncIterator[Stage]:
    """Run the hub's processes, and open it here too for what an administrator would do."""
    await asyncio.to_thread(upgrade_database, settings)
    stop = asyncio.Event()
    log_file = settings.home / LOG
    log_file.write_bytes(b"")  # of a start on other ports nothing is left in it
    running = asyncio.create_task(run_all(settings, stop, log_file))
    try:
        async with (
            Hub(settings) as hub,
            httpx2.AsyncClient(base_url=settings.public_url, timeout=30.0) as http,
        ):
            await arising.healthy(http, log_file, running)
            yield Stage(hub, http, console)
    finally:
        stop.set()
        await running


async def _people(stage: Stage, webhook: tuple[str, str], practice: SftpPractice) -> None:
    """Load the directory; make sign-ins, API keys and SFTP keys, as an administrator would."""
    hub, known = stage.hub, world.load()
    await hub.rosters.load_directory(TELLER, world.directory(known, webhook, practice))
    office = hub.office()
    for entry in known["organisations"]:
        name, kind = entry["id"], entry["kind"]
        key = await issue_key(office, TELLER, name, "demo", world.SCOPES[kind])
        stage.keys[name] = key.secret
        if kind == "mco":
            stage.sftp[name] = asyncssh.generate_private_key("ssh-ed25519")
            fingerprint = stage.sftp[name].get_fingerprint()
            await admit_sftp_key(office, TELLER, name, name, fingerprint)
    await hub.mllp_inbox.admit(TELLER, "mco-laurel", "127.0.0.1/32", hub.clock.now())
    for organisation, login, name, role in world.PEOPLE:
        password = world.password()
        new = NewAccount(organisation, login, name, (role,), password)  # type: ignore[arg-type]  # roles are literals of the table
        await open_account(office, TELLER, new)
        stage.sign_ins.append((role, login, password))


async def _act(stage: Stage) -> None:
    """Play the story in order."""
    known, say = world.load(), stage.console.print
    mcos = [entry["id"] for entry in known["organisations"] if entry["kind"] == "mco"]
    for mco in mcos:
        roster = world.roster(known, mco)
        await _ok(stage, "POST", "/v1/rosters/full", mco, content=roster)
    say(f"{len(mcos)} MCOs sent their rosters")
    for sending in world.STORY:
        await {"sftp": _by_sftp, "mllp": _by_mllp}.get(sending.way, _by_api)(stage, sending)
        say(f"  {sending.mco:16} {sending.way:4} {sending.about}")
    with stage.console.status("reading, matching, routing, asking consent, delivering…"):
        await _until(stage, counting.settled)
    held = await counting.held(stage.hub)
    say(f"{len(held)} plan held: the whole record comes from an opioid program, no consent on file")
    for row in held:
        consent = world.part2_consent(row["mco"], row["pcmh"])
        path = f"/v1/members/{row['member']}/consents"
        made = await _ok(stage, "POST", path, row["mco"], json=consent)
        if made.get("deficiencies"):
            raise Trouble("permanent", "demo", f"the consent lacks {made['deficiencies']}")
    say("the member signs a consent; the held queue empties itself")
    with stage.console.status("releasing…"):
        await _until(stage, counting.nothing_held)
    await _answer(stage)
    await stage.hub.seal_ledger()


async def _by_sftp(stage: Stage, sending: world.Sending) -> None:
    """Upload to `inbox/` under a temporary name, then rename, as careful senders do."""
    port, file = stage.hub.settings.sftp_port, world.sample(sending)
    async with (
        asyncssh.connect(
            "127.0.0.1",
            port,
            username=sending.mco,
            client_keys=[stage.sftp[sending.mco]],
            known_hosts=None,
            config=[],
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        await sftp.put(str(file), f"/inbox/{file.name}.part")
        await sftp.rename(f"/inbox/{file.name}.part", f"/inbox/{file.name}")


async def _by_mllp(stage: Stage, sending: world.Sending) -> None:
    """Send one HL7 v2 message and wait for its acknowledgement, as an interface engine does."""
    port = stage.hub.settings.mllp_port
    reader, writer = await open_hl7_connection("127.0.0.1", port)
    writer.writeblock(world.sample(sending).read_bytes())
    answer = str(await asyncio.wait_for(reader.readmessage(), 30.0))
    writer.close()
    if not any(line.startswith(("MSA|AA|", "MSA|CA|")) for line in answer.split("\r")):
        raise Trouble("permanent", "demo", "the MLLP message was not accepted")


async def _by_api(stage: Stage, sending: world.Sending) -> None:
    file = world.sample(sending)
    headers = {"content-disposition": f'attachment; filename="{file.name}"'}
    content = file.read_bytes()
    await _ok(stage, "POST", "/v1/submissions", sending.mco, content=content, headers=headers)


async def _answer(stage: Stage) -> None:
    """Let each practice's own system acknowledge what reached it, and one of them dispute."""
    say = stage.console.print
    disputed = False
    for pcmh in ("pcmh-riverbend", "pcmh-northside", "pcmh-orchard"):
        listed = await _ok(stage, "GET", "/v1/deliveries", pcmh)
        for delivery in listed["deliveries"]:
            path = f"/v1/deliveries/{delivery['delivery']}"
            name = delivery["contact"]
            await _ok(stage, "POST", f"{path}/acknowledgment", pcmh, json={"name": name})
            if pcmh == "pcmh-orchard" and not disputed:
                disputed = True
                reason = "one ED visit in six months, not three: the criterion is not met"
                given = {"kind": "dispute", "name": name, "reason": reason}
                await _ok(stage, "POST", f"{path}/answer", pcmh, json=given)
        say(f"  {pcmh}: {len(listed['deliveries'])} taken by {name}")
    say("one practice disputes that its member meets the criteria")


async def _ok(stage: Stage, method: str, path: str, whose: str, **given: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    headers = {"authorization": f"Bearer {stage.keys[whose]}", **given.pop("headers", {})}
    answer = await stage.http.request(method, path, headers=headers, **given)
    if answer.is_error:
        raise Trouble("permanent", "demo", f"{method} {path} answered {answer.status_code}")
    return answer.json()


async def _until(stage: Stage, true: Any) -> None:  # noqa: ANN401  # a coroutine function of the hub
    for _ in range(int(arising.PATIENCE / 0.2)):
        if await true(stage.hub):
            return
        await asyncio.sleep(0.2)
    raise Trouble("permanent", "demo_stuck", "the line did not settle; see `icp-hub trace`")


def _invite(stage: Stage, settings: Settings) -> None:
    say = stage.console.print
    say(f"\nThe console is at {settings.public_url}; SFTP listens at port {settings.sftp_port}.")
    say(f"MLLP (plain, from this machine only) listens at port {settings.mllp_port}.")
    for role, login, password in stage.sign_ins:
        say(f"  {role:12} {login:8} {password}")
    say(f"What it logs is in {FOLDER / LOG}.")
    say("It stays up until you press Ctrl-C.")
