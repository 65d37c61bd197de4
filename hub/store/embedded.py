"""The embedded PostgreSQL: makes it, starts it, finds it again after any crash, and stops it.

`main.py` calls `EmbeddedPostgres(root).ensure()` when no server is configured. "Up" means that a
connection works; a pid is never believed. Every server process inherits a lock on `server.lock`,
so a free lock proves that no process of this cluster is left, in this or any container. It listens
on a Unix socket only, asks for a SCRAM secret kept in a 0600 file, and never logs a statement.
It never changes a folder above `root`; as root it runs the server as `nobody`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from hub.errors import Misconfigured, Trouble
from hub.store.binaries import ENVIRONMENT, find_binaries, major, runnable
from hub.store.private import has_name, own_folder, sync_folder, write_private
from hub.store.processes import look_up, pid_in, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "icp_hub"
PORT = 5432
_USER = "icp_hub"
_SOCKET_BYTES = 107 if sys.platform == "linux" else 103
_LOG_BYTES = 10_000_000
_PAUSE = 0.02
_ELSEWHERE = "icp-hub-"
_TRIES = 3
_SERVER = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "jit": "off",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
_CARELESS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One cluster under `root`. `durable=False` turns fsync off: for tests only."""

    def __init__(
        self, root: Path, *, durable: bool = True, binaries: str | Path | None = None
    ) -> None:
        self._root = Path(root).resolve()
        self._durable = durable
        self._chosen = binaries
        self._child: subprocess.Popen[bytes] | None = None
        self._drop: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._drop = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def ensure(self, timeout: float = 30.0) -> str:
        """Return the DSN of the hub's database, having made and started what was missing.

        Any number of processes may call it at once. `timeout` is in seconds. `Misconfigured` when
        the operator must change something, `Trouble` (transient) when it did not become ready.
        """
        deadline = time.monotonic() + timeout
        self._prepare()
        with self._locked(deadline):
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            if not self._up():
                self._start(deadline)
            self._create_database()
        return self.dsn(DATABASE)

    def dsn(self, database: str = DATABASE) -> str:
        """Return a psycopg conninfo of one of the cluster's databases; it holds the secret."""
        try:
            secret = (self._root / "pg.secret").read_text("ascii").strip()
        except FileNotFoundError:
            raise Misconfigured(
                "ICP_HUB_HOME", f"`{self._root}/pg.secret` is missing; restore it beside `pgdata`"
            ) from None
        return make_conninfo(
            host=str(self.sockets()),
            port=PORT,
            user=_USER,
            password=secret,
            dbname=database,
            connect_timeout=5,
        )

    def stop(self, timeout: float = 30.0) -> None:
        """Shut the server down, cutting its sessions; nothing happens when it is down."""
        if not self._data.exists():
            return
        deadline = time.monotonic() + timeout
        with self._locked(deadline):
            pid = pid_in(self._data / "postmaster.pid")
            if pid is not None and self._ours(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
            while not self._gone():
                self._wait(deadline, "postgres_not_stopped")
            if self._child is not None:
                self._child.wait()
                self._child = None

    def remove(self) -> None:
        """Stop the server and remove the cluster, also what lies elsewhere behind our own link."""
        self.stop()
        place = self._data.resolve().parent
        if self._data.is_symlink() and place.name.startswith(_ELSEWHERE):
            shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(self._root, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._root / "pgdata"

    def sockets(self) -> Path:
        """Return the socket folder: beside the data, or a short one where that name is too long."""
        folder = self._data.resolve().parent / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _SOCKET_BYTES:
            return folder
        return Path("/tmp") / f"icp-hub-run-{self._mark()}"  # noqa: S108  # owner and mode checked

    def _mark(self) -> str:
        return hashlib.sha256(os.fsencode(self._root)).hexdigest()[:16]

    def _prepare(self) -> None:
        """Make the folders, and check what only an operator can mend."""
        if not self._drop and not has_name(os.geteuid()):
            raise Misconfigured(
                "ICP_HUB_DATABASE_URL",
                "the embedded PostgreSQL needs a user with a name; this one has a number only",
            )
        self._root.mkdir(mode=0o711 if self._drop else 0o700, parents=True, exist_ok=True)
        if self._drop and not self._data.is_symlink() and not self._data.exists():
            self._place_for_nobody()

    def _place_for_nobody(self) -> None:
        """Let `nobody` reach the data: open `root` for passing, or link to a folder it can reach.

        A home such as /root is closed to others and is not ours to open, so the data then lives
        under /var/lib/icp-hub (or the temporary folder, for a home there) behind a link. Its name
        is never used twice: a new home does not meet the data of one that was removed.
        """
        if self._root.stat().st_uid == 0:
            self._root.chmod(0o711)
        if all(folder.stat().st_mode & 0o001 for folder in (self._root, *self._root.parents)):
            return
        scratch = Path(tempfile.gettempdir()).resolve()
        place = scratch if self._root.is_relative_to(scratch) else Path("/var/lib/icp-hub")
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        place = place / f"{_ELSEWHERE}{secrets.token_hex(8)}"
        own_folder(place, 0o711, 0, -1)
        try:
            self._data.symlink_to(place / "pgdata")
        except FileExistsError:  # another process was first
            place.rmdir()

    @contextlib.contextmanager
    def _locked(self, deadline: float) -> Iterator[None]:
        """Hold the lock that makes one process at a time start, stop or initialise."""
        handle = os.open(self._root / "pg.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not try_lock(handle):
                self._wait(deadline, "postgres_busy")
            yield
        finally:
            os.close(handle)

    def _initialise(self) -> None:
        """Make the cluster beside its final name and rename it, so that it exists whole or not."""
        binaries = self._programs()
        self._write_secret()
        place = self._data.resolve().parent
        for stale in place.glob("pgdata.new-*"):
            shutil.rmtree(stale)
        fresh = place / f"pgdata.new-{secrets.token_hex(4)}"
        user, group = self._drop.get("user", -1), self._drop.get("group", -1)
        own_folder(fresh, 0o700, user, group)
        words = fresh.with_name(fresh.name + ".secret")
        # initdb re-opens the file by name as the dropped user: a pipe of root's would be refused
        write_private(words, (self._root / "pg.secret").read_bytes(), user, group)
        options = [
            *("-D", fresh, "-U", _USER, "--auth=scram-sha-256", f"--pwfile={words}"),
            *("--encoding=UTF8", "--locale=C", "--data-checksums"),
            *(() if self._durable else ("--no-sync",)),
        ]
        try:
            made = subprocess.run(  # noqa: S603  # the programs of our own database
                [binaries / "initdb", *options],
                capture_output=True,
                check=False,
                cwd="/",
                env=ENVIRONMENT,
                **self._drop,
            )
        finally:
            words.unlink()
        if made.returncode:
            (self._root / "pg.log").write_bytes(made.stderr)
            raise Misconfigured(
                "ICP_HUB_HOME", f"PostgreSQL could not be made there; see `{self._root}/pg.log`"
            )
        fresh.rename(place / "pgdata")
        sync_folder(place)

    def _write_secret(self) -> None:
        if not (self._root / "pg.secret").exists():
            draft = self._root / f"pg.secret.new-{secrets.token_hex(4)}"
            write_private(draft, secrets.token_urlsafe(32).encode() + b"\n", -1, -1)
            draft.rename(self._root / "pg.secret")
            sync_folder(self._root)

    def _programs(self) -> Path:
        return runnable(find_binaries(self._chosen), self._data.resolve().parent, self._drop)

    def _start(self, deadline: float) -> None:
        binaries = self._programs()
        self._same_version(binaries)
        sockets = self.sockets()
        own_folder(sockets, 0o700, self._drop.get("user", -1), self._drop.get("group", -1))
        tries = 0
        while not self._up():
            if self._gone():
                tries += 1
                if tries > _TRIES:
                    raise Trouble(
                        "permanent",
                        "postgres_not_started",
                        f"the embedded PostgreSQL ends at once; see `{self._root}/pg.log`",
                    )
                self._clear_stale(sockets)
                self._spawn(binaries, sockets)
            self._wait(deadline, "postgres_not_ready")

    def _same_version(self, binaries: Path) -> None:
        made_by = (self._data / "PG_VERSION").read_text("ascii").strip()
        if made_by != str(major(binaries)):
            raise Misconfigured(
                "ICP_HUB_PG_BIN",
                f"the data was made by PostgreSQL {made_by}, `{binaries}` is another version; "
                "choose the old one, dump, and restore",
            )

    def _spawn(self, binaries: Path, sockets: Path) -> None:
        """Start the server in its own session, holding `server.lock` as long as it lives."""
        settings = _SERVER | ({} if self._durable else _CARELESS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self._root / "pg.log"
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
        guard = os.open(self._root / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try_lock(guard)
            with log.open("ab") as sink:
                self._child = subprocess.Popen(  # noqa: S603  # the programs of our own database
                    [binaries / "postgres", "-D", self._data.resolve(), "-k", sockets, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    cwd="/",
                    env=ENVIRONMENT,
                    start_new_session=True,
                    pass_fds=(guard,),
                    **self._drop,
                )
        finally:
            os.close(guard)

    def _gone(self) -> bool:
        """Say whether no process of this cluster is left, reaping our own child if it ended."""
        if self._child is not None:
            self._child.poll()
        guard = os.open(self._root / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not try_lock(guard):
                return False
        finally:
            os.close(guard)
        pid = pid_in(self._data / "postmaster.pid")
        return pid is None or not self._ours(pid)

    def _clear_stale(self, sockets: Path) -> None:
        """Remove lock files whose pid PostgreSQL would take for a living server.

        PostgreSQL asks only whether the pid exists, and a zombie or a reused pid does.
        """
        for file in (self._data / "postmaster.pid", sockets / f".s.PGSQL.{PORT}.lock"):
            pid = pid_in(file)
            if pid is not None and not self._ours(pid):
                file.unlink(missing_ok=True)

    def _ours(self, pid: int) -> bool:
        """Say whether a pid is a living postgres started over this data folder."""
        state, words = look_up(pid)
        return state not in ("", "Z") and str(self._data.resolve()) in words

    def _up(self) -> bool:
        return _answers(self.dsn("postgres"))

    def _wait(self, deadline: float, code: str) -> None:
        if time.monotonic() > deadline:
            raise Trouble(
                "transient", code, f"the embedded PostgreSQL waits; see `{self._root}/pg.log`"
            )
        time.sleep(_PAUSE)

    def _create_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _answers(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Misconfigured(
                "ICP_HUB_HOME", "`pg.secret` is not this database's; restore the right one"
            ) from None
        return False
    return True
