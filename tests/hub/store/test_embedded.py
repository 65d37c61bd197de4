"""The embedded PostgreSQL survives crashes, races, long paths and closed folders."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from hub.errors import Misconfigured, Trouble
from hub.store import binaries
from hub.store.embedded import EmbeddedPostgres

ROOT = os.geteuid() == 0
ENSURE = "import sys, pathlib; from hub.store.embedded import EmbeddedPostgres as E; "
ENSURE += "E(pathlib.Path(sys.argv[1]), durable=False).ensure(); print('up', flush=True); "


@pytest.fixture
def folder():
    """Make a folder that every user may pass through."""
    made = Path(tempfile.mkdtemp(prefix="pg-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def running():
    """Start one cluster for the tests that only look."""
    made = Path(tempfile.mkdtemp(prefix="pg-"))
    made.chmod(0o755)
    cluster = EmbeddedPostgres(made / "pg", durable=False)
    yield cluster.ensure()
    cluster.stop()
    shutil.rmtree(made)


@pytest.fixture
def cluster(folder):
    made = EmbeddedPostgres(folder / "pg", durable=False)
    yield made
    made.stop()


def rows(dsn):
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


def keep(dsn):
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")


def pid_file(folder):
    return (folder / "pg" / "pgdata").resolve() / "postmaster.pid"


def postmaster(folder):
    return int(pid_file(folder).read_text().splitlines()[0])


def test_a_first_start_gives_the_hubs_database(running):
    """`ensure` answers with a DSN of the database `icp_hub`."""
    with psycopg.connect(running) as connection:
        (name,) = connection.execute("SELECT current_database()").fetchone()

    assert "icp_hub" == name


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("data_checksums", "on"),
        ("synchronous_commit", "on"),
        ("unix_socket_permissions", "0700"),
        ("log_min_error_statement", "panic"),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
    ],
)
def test_the_server_runs_with(running, setting, value):
    """The settings that safety rests on are in force."""
    with psycopg.connect(running) as connection:
        (found,) = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()

    assert value == found


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_only_a_careless_cluster_skips_fsync(folder, durable, expected):
    """`fsync` is on unless the caller gave durability up."""
    cluster = EmbeddedPostgres(folder / "pg", durable=durable)
    with psycopg.connect(cluster.ensure()) as connection:
        (found,) = connection.execute("SELECT current_setting('fsync')").fetchone()
    cluster.stop()

    assert expected == found


def test_a_wrong_secret_is_refused(running):
    """Reaching the socket is not enough: the password is asked for."""
    dsn = psycopg.conninfo.make_conninfo(running, password="guess")  # noqa: S106  # a wrong one

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn)


def test_the_secret_is_the_owners_alone(cluster, folder):
    """The file that holds the password has mode 0600."""
    cluster.ensure()

    assert 0o600 == stat.S_IMODE((folder / "pg" / "pg.secret").stat().st_mode)


def test_a_swapped_secret_names_what_to_restore(cluster, folder):
    """A secret that is not this cluster's is `Misconfigured`, not an endless wait."""
    cluster.ensure()
    file = folder / "pg" / "pg.secret"
    right = file.read_bytes()
    file.write_text("other")

    with pytest.raises(Misconfigured, match=r"pg\.secret"):
        EmbeddedPostgres(folder / "pg", durable=False).ensure()
    file.write_bytes(right)


def test_rows_outlive_a_killed_server(cluster, folder):
    """After kill -9 of the postmaster a restart finds every committed row."""
    keep(cluster.ensure())
    os.kill(postmaster(folder), signal.SIGKILL)

    assert [("here",)] == rows(cluster.ensure())


def test_a_zombie_postmaster_is_not_taken_for_a_server(cluster, folder):
    """A killed postmaster that its parent never reaped does not keep the hub from starting."""
    script = ENSURE + "import time; time.sleep(60)"
    command = [sys.executable, "-c", script, str(folder / "pg")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603  # our own program
        parent.stdout.readline()
        os.kill(postmaster(folder), signal.SIGKILL)
        dsn = cluster.ensure()
        parent.kill()

    assert [(1,)] == psycopg.connect(dsn).execute("SELECT 1").fetchall()


def test_a_reused_pid_is_not_taken_for_a_server(cluster, folder):
    """A stale postmaster.pid that names another living program is cleared away."""
    keep(cluster.ensure())
    pid = postmaster(folder)
    lines = pid_file(folder).read_text().splitlines()
    os.kill(pid, signal.SIGKILL)
    with subprocess.Popen(
        ["/bin/sleep", "60"], user="nobody" if ROOT else None
    ) as other:  # nobody: PostgreSQL may signal it, so its own check would believe the pid
        wait_until(lambda: not answers(cluster.dsn()))
        pid_file(folder).write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        found = rows(cluster.ensure())
        other.kill()

    assert [("here",)] == found


def test_a_server_that_still_ends_is_waited_for(cluster, folder):
    """A backend left over from a killed postmaster holds the new server back until it is gone."""
    dsn = cluster.ensure()
    keep(dsn)
    with psycopg.connect(dsn) as left:
        pid = left.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        os.kill(postmaster(folder), signal.SIGKILL)
        with pytest.raises(Trouble) as caught:
            cluster.ensure(timeout=0.5)
        os.kill(pid, signal.SIGCONT)

    assert ("transient", "postgres_not_ready") == (caught.value.kind, caught.value.code)
    assert [("here",)] == rows(cluster.ensure())


@pytest.mark.usefixtures("cluster")
def test_two_processes_racing_share_one_server(folder):
    """Processes that call `ensure` at once all get the same running server."""
    script = ENSURE + f"print(open({str(pid_file(folder))!r}).readline().strip())"
    command = [sys.executable, "-c", script, str(folder / "pg")]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]  # noqa: S603  # our own program
    told = {racer.communicate()[0] for racer in racers}

    assert {f"up\n{postmaster(folder)}\n"} == told


def test_the_server_outlives_the_process_that_started_it(cluster, folder):
    """A command that ends leaves the server running for the next one."""
    command = [sys.executable, "-c", ENSURE, str(folder / "pg")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
    pid = postmaster(folder)
    cluster.ensure()

    assert pid == postmaster(folder)


def test_stopping_ends_it(cluster):
    """After `stop` no connection works, and a second `stop` does nothing."""
    dsn = cluster.ensure()
    cluster.stop()
    cluster.stop()

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_a_long_path_still_has_a_socket(folder):
    """A folder too deep for a socket's name gets a short private one instead."""
    cluster = EmbeddedPostgres(folder / ("deep" * 25) / "pg", durable=False)
    host = Path(psycopg.conninfo.conninfo_to_dict(cluster.ensure())["host"])
    mode = stat.S_IMODE(host.stat().st_mode)
    cluster.stop()
    shutil.rmtree(host)

    assert (Path("/tmp"), 0o700) == (host.parent, mode)  # noqa: S108  # the place under test


def test_a_foreign_socket_folder_is_refused(folder):
    """A short socket folder that others may enter is never used."""
    cluster = EmbeddedPostgres(folder / ("deep" * 25) / "pg", durable=False)
    host = cluster.sockets()
    host.mkdir(mode=0o777)
    try:
        with pytest.raises(Misconfigured, match="must be a folder of uid"):
            cluster.ensure()
    finally:
        host.rmdir()


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
def test_root_runs_the_server_as_nobody(cluster, folder):
    """Started by root, the server's processes belong to `nobody`."""
    cluster.ensure()

    assert 65534 == Path(f"/proc/{postmaster(folder)}").stat().st_uid


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
def test_a_closed_home_keeps_its_mode(folder):
    """A folder above that only root may enter is not opened: the data lies behind a link."""
    home = folder / "closed"
    home.mkdir(mode=0o700)
    cluster = EmbeddedPostgres(home / "pg", durable=False)
    keep(cluster.ensure())
    found = rows(cluster.ensure())
    cluster.stop()
    shutil.rmtree((home / "pg" / "pgdata").resolve().parent)

    assert ([("here",)], 0o700) == (found, stat.S_IMODE(home.stat().st_mode))


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
def test_a_home_made_anew_does_not_meet_old_data(folder):
    """Where a closed home was removed by hand, the same path starts empty; `remove` leaves none."""
    home = folder / "closed"
    home.mkdir(mode=0o700)
    cluster = EmbeddedPostgres(home / "pg", durable=False)
    keep(cluster.ensure())
    cluster.stop()
    old = (home / "pg" / "pgdata").resolve().parent
    shutil.rmtree(home / "pg")
    again = EmbeddedPostgres(home / "pg", durable=False)
    again.ensure()
    new = (home / "pg" / "pgdata").resolve().parent
    again.remove()
    left = old.exists(), new.exists(), (home / "pg").exists()
    shutil.rmtree(old)

    assert (True, False, False) == left
    assert old != new


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
def test_a_closed_wheel_is_copied_once(folder):
    """Programs that `nobody` can't reach are copied with their libraries, and then run."""
    source = binaries.find_binaries()
    package = source.parent.parent
    closed = folder / "venv"
    closed.mkdir(mode=0o700)
    for name in (package.name, package.name + ".libs"):
        if package.with_name(name).exists():
            shutil.copytree(package.with_name(name), closed / name, symlinks=True)
    chosen = closed / source.relative_to(package.parent)
    cluster = EmbeddedPostgres(folder / "pg", durable=False, binaries=chosen)
    cluster.ensure()
    cluster.stop()
    cluster.ensure()
    cluster.stop()

    assert 1 == len(list((folder / "pg").glob("pgdist-*")))


def test_an_interrupted_initialisation_is_made_anew(cluster, folder):
    """A half-made cluster left by a crash is thrown away."""
    half = folder / "pg" / "pgdata.new-dead"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    cluster.ensure()

    assert not half.exists()


def test_another_major_version_is_refused(cluster, folder):
    """Data of another major version names the setting instead of failing to start."""
    cluster.ensure()
    cluster.stop()
    version = pid_file(folder).with_name("PG_VERSION")
    right = version.read_text()
    version.write_text("12\n")

    with pytest.raises(Misconfigured, match="ICP_HUB_PG_BIN"):
        cluster.ensure()
    version.write_text(right)


def test_a_server_that_can_not_start_is_given_up(cluster, folder):
    """A server that ends at once is tried a few times and then reported with its log."""
    cluster.ensure()
    cluster.stop()
    pid_file(folder).with_name("postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(Trouble) as caught:
        cluster.ensure()
    assert ("permanent", "postgres_not_started") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize("chosen", ["/nowhere", "/usr"])
def test_a_wrong_choice_of_binaries_is_named(chosen):
    """A folder without PostgreSQL's programs is `Misconfigured`."""
    with pytest.raises(Misconfigured, match="holds no `postgres`"):
        binaries.find_binaries(chosen)


def test_binaries_too_old_are_refused(folder):
    """A PostgreSQL before 15 is not used."""
    for name in ("postgres", "initdb"):
        file = folder / name
        file.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.2'\n")
        file.chmod(0o755)

    with pytest.raises(Misconfigured, match="older than PostgreSQL 15"):
        binaries.find_binaries(folder)


def test_no_statement_reaches_the_log(cluster, folder):
    """A failing statement leaves none of its values in the server's log."""
    with psycopg.connect(cluster.ensure()) as connection:
        connection.execute("CREATE TABLE one (name text PRIMARY KEY)")
        connection.execute("INSERT INTO one VALUES ('Zzyzx')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO one VALUES (%s)", ["Zzyzx"])
    cluster.stop()

    assert "Zzyzx" not in (folder / "pg" / "pg.log").read_text()


def answers(dsn):
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until(truth):
    end = time.monotonic() + 10
    while not truth():
        assert time.monotonic() < end
        time.sleep(0.01)
