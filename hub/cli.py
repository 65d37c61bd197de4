"""The command line: `icp-hub`. Each command says what it does, shows progress, and exits by a rule.

Exit codes: 0 done, 1 the world failed, 2 wrong usage, 3 the document was quarantined, 4
misconfigured. Errors are one sentence for the person who can mend them; a traceback is never shown,
since it may hold member data.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from rich.table import Table

from hub import consent_verbs, direct_verbs, directory_verbs, probe_verb
from hub.adapting import commands as adapting
from hub.terminal import FAILED, MISCONFIGURED, QUARANTINED, err, out, told

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hub.canonical import Reading
    from hub.settings import Settings

_ABOUT = "The ICP hub: any MCO's plan, consented, before the designated person, until answered."

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=_ABOUT
)
audit = typer.Typer(no_args_is_help=True, help="The audit ledger.")
db = typer.Typer(no_args_is_help=True, help="The database.")
access = typer.Typer(no_args_is_help=True, help="Accounts, API keys, SFTP keys, MLLP peers.")
consent = typer.Typer(no_args_is_help=True, help="The rules of consent.")
app.add_typer(audit, name="audit")
app.add_typer(consent, name="consent")
app.add_typer(access, name="access")
app.add_typer(directory_verbs.app, name="directory")
app.add_typer(db, name="db")
app.add_typer(adapting.app, name="adapters")
app.add_typer(consent_verbs.app, name="consents")
app.add_typer(direct_verbs.app, name="direct")
app.command()(probe_verb.probe)

Document = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@app.command()
def read(
    file: Document,
    sender: Annotated[str, typer.Option(help="read with this MCO's adapters")] = "",
    json: Annotated[bool, typer.Option("--json", help="print the whole reading as JSON")] = False,
) -> None:
    """Read a document as the hub would and say what was found; nothing is kept."""
    from hub.main import read_file  # noqa: PLC0415  # keeps start-up quick
    from hub.normalize import quarantined  # noqa: PLC0415  # as above
    from hub.reporting import reading_json  # noqa: PLC0415  # as above

    with told() as known, err.status("reading…"):
        name, reading = read_file(known, file, sender)
    if json:
        sys.stdout.buffer.write(reading_json(reading) + b"\n")
    else:
        _show(name, reading)
    if quarantined(reading):
        raise typer.Exit(QUARANTINED)


def _show(name: str, reading: Reading) -> None:
    from hub.reporting import reading_rows  # noqa: PLC0415  # keeps start-up quick

    out.print(f"read by {name or 'nobody'}: {len(reading.plans)} plan(s)")
    for title, headings, rows in reading_rows(reading):
        table = Table(*headings, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        out.print(table)


@app.command()
def render(
    file: Document,
    output: Annotated[Path, typer.Option("-o", "--output", help="file to write")],
    to: Annotated[
        str, typer.Option(help="a format of docs/formats.md: ccda, html, pdf-member …")
    ] = "ccda",
) -> None:
    """Render a canonical plan (or a reading's first plan) in any format an endpoint may take."""
    from hub.reporting import rendered_file  # noqa: PLC0415  # keeps start-up quick

    with told(), err.status("rendering…"):
        content = rendered_file(file.read_bytes(), to)
        output.write_bytes(content)
    out.print(f"wrote {len(content)} bytes to {output}")


@app.command()
def trace(noun: str) -> None:
    """Print everything the ledger holds about a submission, plan or delivery, in order."""
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick

    async def events(known: Settings) -> list[dict[str, Any]]:
        async with Hub(known) as hub:
            return await hub.trace(noun)

    with told() as known:
        rows = asyncio.run(events(known))
    table = Table("when (UTC)", "event", "noun", "who", "detail")
    for row in rows:
        detail = ", ".join(f"{k}={v}" for k, v in row["detail"].items())
        table.add_row(f"{row['at']:%F %T}", row["kind"], row["noun"], row["actor"], detail)
    out.print(table)
    if not rows:
        raise typer.Exit(FAILED)


@audit.command()
def verify() -> None:
    """Verify the whole ledger: every event, every signed head, and the heads kept outside."""
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick

    async def verdict(known: Settings) -> Any:  # noqa: ANN401  # a Verdict
        async with Hub(known) as hub:
            await hub.seal_ledger()
            return await hub.verify_ledger()

    with told() as known, err.status("verifying…"):
        found = asyncio.run(verdict(known))
    out.print(f"{found.size} entries, {found.sealed_heads} signed heads")
    for number, what in found.problems:
        err.print(f"entry {number}: {what}", style="red")
    if found.problems:
        raise typer.Exit(FAILED)
    out.print("the ledger verifies", style="green")


@access.command()
def account(
    organisation: str,
    login: str,
    name: str,
    role: Annotated[
        list[str], typer.Option(help="mco, pcmh, provider, privacy, integration, operations")
    ],
) -> None:
    """Add a person's account; asks for the password. Staff of the hub belong to `hub`."""
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # keeps start-up quick
    from hub.web.credentials import NewAccount, open_account  # noqa: PLC0415  # as above

    password = typer.prompt("password", hide_input=True, confirmation_prompt=True)

    async def adding(known: Settings) -> str:
        async with Hub(known) as hub:
            new = NewAccount(organisation, login, name, tuple(role), password)  # type: ignore[arg-type]  # roles are checked there
            return await open_account(hub.office(), OPERATOR, new)

    with told() as known:
        out.print(f"account {asyncio.run(adding(known))}")


@access.command()
def key(
    organisation: str,
    name: str,
    scope: Annotated[list[str], typer.Option(help="what it may do; may be repeated")],
) -> None:
    """Issue an API key and print it once."""
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # keeps start-up quick
    from hub.web.credentials import issue_key  # noqa: PLC0415  # as above

    async def issuing(known: Settings) -> str:
        async with Hub(known) as hub:
            made = await issue_key(hub.office(), OPERATOR, organisation, name, tuple(scope))
            return made.secret

    with told() as known:
        out.print(asyncio.run(issuing(known)))


@access.command()
def sftp_key(organisation: str, user: str, fingerprint: str) -> None:
    """Let a key in by SFTP as USER; FINGERPRINT as `ssh-keygen -lf` prints it (SHA256:…)."""
    from hub.main import OPERATOR, Hub  # noqa: PLC0415  # keeps start-up quick
    from hub.web.credentials import admit_sftp_key  # noqa: PLC0415  # as above

    async def admitting(known: Settings) -> None:
        async with Hub(known) as hub:
            await admit_sftp_key(hub.office(), OPERATOR, organisation, user, fingerprint)

    with told() as known:
        asyncio.run(admitting(known))
    out.print(f"{user} may sign in")


@access.command()
def mllp_peer(
    organisation: str,
    peer: str,
    revoke: Annotated[bool, typer.Option("--revoke", help="refuse it from now on")] = False,
) -> None:
    """Let an MLLP sender in; PEER is its certificate's SHA-256 (`openssl x509`) or its network."""
    from hub.main import OPERATOR, Hub, peer_name  # noqa: PLC0415  # keeps start-up quick

    async def changing(known: Settings) -> str:
        async with Hub(known) as hub:
            now = hub.clock.now()
            if not revoke:
                return await hub.mllp_inbox.admit(OPERATOR, organisation, peer, now)
            name = peer_name(peer)
            await hub.credentials.revoke(OPERATOR, organisation, name, now)
            return name

    with told() as known:
        name = asyncio.run(changing(known))
    out.print(f"{name} {'is refused' if revoke else 'may send'} as {organisation}")


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema; starts the embedded one where none is set."""
    from hub.main import upgrade_database  # noqa: PLC0415  # keeps start-up quick

    with told() as known, err.status("upgrading…"):
        revision = upgrade_database(known)
    out.print(f"schema {revision}")


@app.command()
def doctor() -> None:
    """Check settings, database, vault, keys, clock and adapters; say what to mend."""
    from hub.main import examine  # noqa: PLC0415  # keeps start-up quick

    with told() as known:
        findings = asyncio.run(examine(known))
    for name, problem in findings:
        out.print(f"{'✗' if problem else '✓'} {name}{': ' + problem if problem else ''}")
    if any(problem for _, problem in findings):
        raise typer.Exit(MISCONFIGURED)


@app.command()
def serve() -> None:
    """Serve HTTP (API and console), SFTP and MLLP until stopped."""
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick

    async def serving(known: Settings, stop: asyncio.Event) -> None:
        async with Hub(known) as hub:
            await hub.serve(stop)

    _run_until_stopped(serving)


@app.command()
def work() -> None:
    """Walk plans along the line until stopped; any number of these may run."""
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick

    async def working(known: Settings, stop: asyncio.Event) -> None:
        async with Hub(known) as hub:
            await hub.work(stop)

    _run_until_stopped(working)


@app.command()
def up() -> None:
    """Run everything on this machine: database, HTTP, SFTP and workers, until stopped."""
    from hub.together import run_all  # noqa: PLC0415  # keeps start-up quick

    _run_until_stopped(run_all)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="end when the story is told")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the counts as JSON")] = False,
) -> None:
    """Tell the hub's story on invented people: four MCOs, four formats, three channels."""
    from hub.demo import tell  # noqa: PLC0415  # keeps start-up quick

    with told() as known:
        asyncio.run(tell(known, once=once, json=json))


@consent.callback()
def consenting() -> None:
    """Keep `table` a command of its own, though it is the only one."""


@consent.command("table")
def consent_table() -> None:
    """Print every rule of consent, this hub's policy, duties and cases, for a lawyer to read."""
    from consent.rules import rules_of  # noqa: PLC0415  # keeps start-up quick
    from hub.main.laws import entries_of, policy_of  # noqa: PLC0415  # as above
    from hub.reporting import consent_page  # noqa: PLC0415  # as above

    with told() as known:
        policy = policy_of(known)
        typer.echo(consent_page(policy, entries_of(known), rules_of(policy.packs)))


@app.command()
def docs(folder: Path) -> None:
    """Write the generated pages of the documentation into a folder."""
    from hub.reporting import pages  # noqa: PLC0415  # keeps start-up quick

    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        out.print(f"wrote {folder / name}")


def _run_until_stopped(task: Any) -> None:  # noqa: ANN401  # a coroutine function of (settings, stop)
    async def main(known: Settings) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await task(known, stop)

    with told() as known:
        _run(main(known))


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is to be had."""
    try:
        import uvloop  # noqa: PLC0415  # optional on some systems
    except ImportError:
        asyncio.run(coroutine)
    else:
        uvloop.run(coroutine)


def main() -> None:
    """Run the command line; logs go to stderr, and no fault of ours prints what it was about."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        app()
    except Exception as error:  # noqa: BLE001  # a traceback's message may hold member data
        frame = traceback.extract_tb(error.__traceback__)[-1]
        err.print(f"fault: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}")
        sys.exit(FAILED)
