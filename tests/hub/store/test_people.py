"""Accounts, sessions and credentials in PostgreSQL: what is kept, what is refused, what is told."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from hub.asked import Account, Actor, Client, Grant, Issued, Lock, Session
from hub.errors import Refused
from hub.store.credentials import PostgresCredentials
from hub.store.people import PostgresPeople

AT = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
BOSS = Actor(id="cli", organisation="hub", name="command line")
ANN = Account(
    id="acc_1",
    organisation="mco-a",
    login="ann",
    name="Ann",
    roles=("mco",),
    password="$argon2id$ann",  # noqa: S106  # a test's
    totp="SEED",
)
SESSION = Session(account="acc_1", organisation="mco-a", name="Ann", roles=("mco",), csrf="C")
KEY = Issued("key_1", "mco-a", "line one", ("submissions.write",))


def hashed(word):
    return hashlib.sha256(word.encode()).digest()


async def sql(database, statement, *given):
    async with database.line() as connection:
        cursor = await connection.execute(statement, given)
        return await cursor.fetchall() if cursor.description else []


@pytest.fixture
async def filled(database):
    """Fill a database with two organisations."""
    await sql(
        database,
        "insert into organisation (id, kind, name) values"
        " ('hub', 'other', 'H'), ('mco-a', 'mco', 'A'), ('mco-b', 'mco', 'B')"
        " on conflict do nothing",
    )
    return database


@pytest.fixture
async def people(filled):
    made = PostgresPeople(filled, lambda b: b[::-1], lambda b: b[::-1])
    await made.add_account(BOSS, ANN, AT)
    return made


@pytest.fixture
def credentials(filled):
    return PostgresCredentials(filled)


async def told(database, kind):
    rows = await sql(database, "select noun from event where kind = %s order by id", kind)
    return [row["noun"] for row in rows]


async def test_account(people, filled):
    """An account comes back as it was added, its seed sealed in between."""
    found = await people.attempt("ann", AT, Lock())
    rows = await sql(filled, "select totp from account")
    assert (ANN, b"DEES") == (found, bytes(rows[0]["totp"]))


async def test_attempts_lock(people):
    """Beyond the free attempts the account is closed for as long as the lock says."""
    lock = Lock(free=2, first=10.0, longest=25.0)
    opened = []
    for seconds in (0, 0, 0, 9, 11, 12, 32, 57, 58):
        found = await people.attempt("ann", AT + timedelta(seconds=seconds), lock)
        opened.append(found is not None)
    assert [True, True, False, False, True, False, True, True, False] == opened


async def test_a_counter_works_once(people):
    """Of ten at once with one counter, one passes; an older one never does."""
    passed = await asyncio.gather(*(people.passed("acc_1", 7) for _ in range(10)))
    older = await people.passed("acc_1", 6)
    assert (1, False) == (sum(passed), older)


@pytest.mark.parametrize(
    ("minutes", "found"), [(0, True), (29, True), (30, False), (31, False), (-1, True)]
)
async def test_session(people, minutes, found):
    """A session is found until it idled for its time."""
    await people.open_session(hashed("T"), SESSION, AT, AT + timedelta(hours=1), None)
    session = await people.session(hashed("T"), AT + timedelta(minutes=minutes), 1800.0)
    assert (SESSION if found else None) == session


async def test_session_use_is_noted(people):
    """Each use puts the idling off, but not beyond the session's end."""
    await people.open_session(hashed("T"), SESSION, AT, AT + timedelta(minutes=50), None)
    found = [
        await people.session(hashed("T"), AT + timedelta(minutes=m), 1800.0) is not None
        for m in (20, 40, 49, 50)
    ]
    assert [True, True, True, False] == found


async def test_ended_sessions_are_cleared(people, filled):
    """Signing in clears away the account's sessions that have ended."""
    await people.open_session(hashed("1"), SESSION, AT, AT + timedelta(hours=1), None)
    later = AT + timedelta(hours=2)
    await people.open_session(hashed("2"), SESSION, later, later + timedelta(hours=1), None)
    assert 1 == len(await sql(filled, "select 1 from session"))


async def test_changing_a_password_keeps_ones_own_session(people, filled):
    """A new password ends every session but the one it was changed from."""
    for word in ("mine", "other"):
        await people.open_session(hashed(word), SESSION, AT, AT + timedelta(hours=1), None)
    await people.set_password(BOSS, "acc_1", "$new", AT, keep=hashed("mine"))
    rows = await sql(filled, "select token from session")
    assert [hashed("mine")] == [bytes(r["token"]) for r in rows]


async def test_a_new_seed_starts_counting_anew(people):
    """With a new seed, counters below the last one count again."""
    await people.passed("acc_1", 100)
    await people.set_totp(BOSS, "acc_1", "OTHER", AT)
    assert await people.passed("acc_1", 7)


async def test_listed_without_secrets(people):
    """Accounts are listed by organisation, without hash or seed."""
    (row,) = await people.accounts("mco-a")
    none = await people.accounts("mco-b")
    assert (True, []) == (row["totp"], none)
    assert "argon2" not in str(row)


@pytest.mark.parametrize("change", ["password", "totp", "active"])
async def test_nobody_to_change(people, change):
    """Changing an account that isn't there is refused."""
    calls = {
        "password": lambda: people.set_password(BOSS, "acc_9", "$x", AT),
        "totp": lambda: people.set_totp(BOSS, "acc_9", "S", AT),
        "active": lambda: people.set_active(BOSS, "acc_9", active=True, at=AT),
    }
    with pytest.raises(Refused) as caught:
        await calls[change]()
    assert 404 == caught.value.status


async def test_changes_are_told(people, filled):
    """Adding, changing and stopping an account are events, and so is signing in."""
    await people.set_active(BOSS, "acc_1", active=False, at=AT)
    await people.open_session(hashed("T"), SESSION, AT, AT + timedelta(hours=1), None)
    kinds = ("access.key_issued", "access.key_revoked", "access.signed_in")
    assert [["acc_1"]] * 3 == [await told(filled, kind) for kind in kinds]


async def test_key(credentials):
    """A key is known by its hash until it is revoked."""
    await credentials.add_key(BOSS, KEY, "ab", hashed("S"), AT)
    known = await credentials.credential(hashed("S"))
    unknown = await credentials.credential(hashed("T"))
    await credentials.revoke(BOSS, "mco-a", "key_1", AT)
    revoked = await credentials.credential(hashed("S"))
    assert ("key_1", ("submissions.write",), None, None) == (
        known.id,
        known.scopes,
        unknown,
        revoked,
    )


async def test_keys_asked_together(credentials):
    """Many lookups at once each get their own answer."""
    for n in range(5):
        issued = Issued(f"key_{n}", "mco-a", "n", ("audit.read",))
        await credentials.add_key(BOSS, issued, "ab", hashed(f"S{n}"), AT)
    found = await asyncio.gather(*(credentials.credential(hashed(f"S{n % 7}")) for n in range(50)))
    assert [f"key_{n % 7}" if n % 7 < 5 else None for n in range(50)] == [
        f.id if f else None for f in found
    ]


async def test_a_key_of_nobody(credentials):
    """A key needs an organisation that exists."""
    with pytest.raises(Refused) as caught:
        await credentials.add_key(
            BOSS, Issued("key_1", "mco-z", "n", ("audit.read",)), "ab", hashed("S"), AT
        )
    assert (422, "organisation_unknown") == (caught.value.status, caught.value.code)


@pytest.mark.parametrize(("whose", "gone"), [("mco-a", True), ("mco-b", False), (None, True)])
async def test_who_may_revoke(credentials, whose, gone):
    """An organisation revokes its own credentials only; staff anybody's; twice is refused."""
    await credentials.add_key(BOSS, KEY, "ab", hashed("S"), AT)
    outcome = True
    try:
        await credentials.revoke(BOSS, whose, "key_1", AT)
    except Refused:
        outcome = False
    assert gone == outcome
    if gone:
        with pytest.raises(Refused):
            await credentials.revoke(BOSS, whose, "key_1", AT)


async def test_a_jti_is_spent_once(credentials, filled):
    """Of ten grants at once under one jti, one is kept; another client's jti is its own."""
    for name in ("sys-a", "sys-b"):
        await credentials.add_client(
            BOSS, Issued(name, f"mco-{name[-1]}", "n", ("audit.read",)), {"keys": []}, AT
        )

    def grant(name, word):
        client = Client(name, f"mco-{name[-1]}", "n", ("audit.read",), {})
        ends = AT + timedelta(minutes=5)
        return Grant(hashed(word), client, ("audit.read",), ends, AT)

    until = AT + timedelta(minutes=6)
    kept = await asyncio.gather(
        *(credentials.spend(grant("sys-a", str(n)), "jti", until) for n in range(10))
    )
    other = await credentials.spend(grant("sys-b", "b"), "jti", until)
    tokens = await sql(filled, "select count(*) as n from oauth_token")
    assert (1, True, 2) == (sum(kept), other, tokens[0]["n"])


async def test_client_keys_are_renewed(credentials):
    """Registering a client again replaces its keys and scopes, unless it was revoked."""
    for kid in ("1", "2"):
        issued = Issued("sys", "mco-a", "n", ("audit.read",))
        await credentials.add_client(BOSS, issued, {"keys": [{"kid": kid}]}, AT)
    found = await credentials.client("sys")
    await credentials.revoke(BOSS, "mco-a", "sys", AT)
    with pytest.raises(Refused):
        await credentials.add_client(BOSS, issued, {"keys": []}, AT)
    assert ([{"kid": "2"}], None) == (found.jwks["keys"], await credentials.client("sys"))


async def test_credentials_are_listed(credentials):
    """Every kind of credential is listed for its organisation, without secrets."""
    await credentials.add_key(BOSS, KEY, "ab", hashed("S"), AT)
    await credentials.add_client(BOSS, Issued("sys", "mco-a", "n", ("audit.read",)), {}, AT)
    await credentials.add_sftp_key(BOSS, "mco-b", "user", "SHA256:x", AT)
    mine, every = await credentials.listed("mco-a"), await credentials.listed(None)
    assert (["client", "key"], ["client", "key", "sftp"]) == (
        [r["kind"] for r in mine],
        [r["kind"] for r in every],
    )
