"""Signing in: passwords, one-time codes, locks, and what a session is good for."""

import asyncio

import argon2
import pyotp
import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from starlette.requests import Request
from world import BOSS, MCO, PASSWORD, build

from hub.asked import Lock
from hub.errors import Refused
from hub.web import identity, passwords
from hub.web.credentials import NewAccount, open_account
from hub.web.limits import Buckets, Limits

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def asking(town, token=None):
    headers = []
    if token:
        name = identity.cookie_name(town.world.settings)
        headers.append((b"cookie", f"{name}={token}".encode()))
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "app": town.app}
    return Request({**scope, "client": ("10.0.0.1", 1), "query_string": b"", "state": {}})


async def enter(town, login="ann", password=PASSWORD, code="", token=None):
    return await identity.sign_in(asking(town, token), login, password, code)


def code_at(town, **by):
    return pyotp.TOTP(SEED).at(town.clock.now(), **by)


async def test_signs_in(town):
    """The right password makes a session that says who asks."""
    account = await town.person(MCO, "ann", ("mco",))
    made = await enter(town, " ANN ")
    request = asking(town, made.token)
    actor = await identity.who(request)
    assert (account, MCO, ("mco",), made.csrf) == (
        actor.id,
        actor.organisation,
        actor.roles,
        identity.csrf_of(request),
    )


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("ann", "wrong", "RIGHT"),
        ("nobody", PASSWORD, "RIGHT"),
        ("ann", PASSWORD, ""),
        ("ann", PASSWORD, "000000"),
        ("ann", "", "RIGHT"),
        ("ann", "x" * 100_000, "RIGHT"),
        ("a\0nn", PASSWORD, "RIGHT"),
        ("", "", ""),
        ("ann", "\ud800" * 12, "RIGHT"),
        ("ann", PASSWORD, "é" * 6),
    ],
)
async def test_every_failure_looks_the_same(town, login, password, code):
    """Whatever is wrong, the refusal says the same."""
    await town.person(MCO, "ann", ("mco",), SEED)
    with pytest.raises(Refused) as caught:
        await enter(town, login, password, code.replace("RIGHT", code_at(town)))
    assert ("sign_in_failed", 401) == (caught.value.code, caught.value.status)


@pytest.mark.parametrize("offset", [-1, 0, 1])
async def test_code(town, offset):
    """A code is good one step early or late."""
    await town.person(MCO, "ann", ("mco",), SEED)
    assert (await enter(town, code=code_at(town, counter_offset=offset))).token


@pytest.mark.parametrize("offset", [-2, 2])
async def test_stale_code(town, offset):
    """A code two steps away is not."""
    await town.person(MCO, "ann", ("mco",), SEED)
    with pytest.raises(Refused):
        await enter(town, code=code_at(town, counter_offset=offset))


async def test_a_code_works_once(town):
    """A code that was used, and any older one, never works again."""
    await town.person(MCO, "ann", ("mco",), SEED)
    code, older = code_at(town), code_at(town, counter_offset=-1)
    await enter(town, code=code)
    for again in (code, older):
        with pytest.raises(Refused):
            await enter(town, code=again)
    town.clock.turn(seconds=30)
    assert (await enter(town, code=code_at(town))).token


async def test_a_code_works_once_at_once(town):
    """Of four sign-ins at once with one code, one succeeds."""
    await town.person(MCO, "ann", ("mco",), SEED)
    code = code_at(town)
    made = await asyncio.gather(*(enter(town, code=code) for _ in range(4)), return_exceptions=True)
    assert 1 == sum(not isinstance(m, Exception) for m in made)


async def test_locks(town):
    """After five failures the right password fails too, until the time is over."""
    await town.person(MCO, "ann", ("mco",))
    for _ in range(Lock().free):
        with pytest.raises(Refused):
            await enter(town, password="wrong password")  # noqa: S106  # a test's
    with pytest.raises(Refused):
        await enter(town)
    town.clock.turn(seconds=61)
    assert (await enter(town)).token


async def test_the_lock_grows(town):
    """A sixth failure locks for twice as long; a success forgets them all."""
    account = await town.person(MCO, "ann", ("mco",))
    for _ in range(6):
        with pytest.raises(Refused):
            await enter(town, password="wrong password")  # noqa: S106  # a test's
        town.clock.turn(seconds=61)
    with pytest.raises(Refused):
        await enter(town)
    town.clock.turn(seconds=60)
    await enter(town)
    rows = await town.sql("select failures, locked_until from account where id = %s", account)
    assert {"failures": 0, "locked_until": None} == rows[0]


async def test_guesses_at_once_are_all_counted(town):
    """Twelve guesses at once are refused, and no more than five were looked at."""
    await town.person(MCO, "ann", ("mco",))
    guesses = (enter(town, password=f"wrong password {n}") for n in range(12))
    await asyncio.gather(*guesses, return_exceptions=True)
    rows = await town.sql("select failures from account where login = 'ann'")
    assert Lock().free == rows[0]["failures"]


async def test_one_address_is_slowed(database):
    """One address that tries many logins is told to wait."""
    town = await build(database, limits=Limits(sign_ins=Buckets(0.1, 2)))
    for login in ("a", "b"):
        with pytest.raises(Refused):
            await enter(town, login)
    with pytest.raises(Refused) as caught:
        await enter(town, "c")
    assert 429 == caught.value.status


@pytest.mark.parametrize(
    ("steps", "good"),
    [([29], True), ([31], False), ([25] * 28, True), ([25] * 29, False)],
)
async def test_sessions_end(town, steps, good):
    """A session ends half an hour after its last use, and twelve hours after it began."""
    await town.person(MCO, "ann", ("mco",))
    token = (await enter(town)).token
    outcome = True
    for minutes in steps:
        town.clock.turn(minutes=minutes)
        try:
            await identity.who(asking(town, token))
        except Refused:
            outcome = False
    assert good == outcome


async def test_sign_in_rotates(town):
    """Signing in again ends the session whose cookie came along."""
    await town.person(MCO, "ann", ("mco",))
    first = await enter(town)
    second = await enter(town, token=first.token)
    assert first.token != second.token
    with pytest.raises(Refused):
        await identity.who(asking(town, first.token))


async def test_signs_out(town):
    """A session that was signed out is over."""
    await town.person(MCO, "ann", ("mco",))
    token = (await enter(town)).token
    await identity.sign_out(asking(town, token))
    with pytest.raises(Refused):
        await identity.who(asking(town, token))


@pytest.mark.parametrize("change", ["password", "inactive", "organisation"])
async def test_a_session_ends_with_its_account(town, change):
    """A new password, a stopped account or organisation ends what was signed in."""
    account = await town.person(MCO, "ann", ("mco",))
    token = (await enter(town)).token
    people, at = town.world.people, town.clock.now()
    if change == "password":
        await people.set_password(BOSS, account, passwords.hashed("another good one"), at)
    elif change == "inactive":
        await people.set_active(BOSS, account, active=False, at=at)
    else:
        await town.sql("update organisation set active = false where id = %s", MCO)
    with pytest.raises(Refused):
        await identity.who(asking(town, token))


async def test_only_hashes_are_kept(town):
    """Neither the session's token nor the password nor the seed is in the database."""
    await town.person(MCO, "ann", ("mco",), SEED)
    made = await enter(town, code=code_at(town))
    rows = await town.sql("select s::text, a::text from session s join account a on true")
    kept = str(rows) + str(await town.sql("select encode(token, 'escape') as t from session"))
    for secret in (made.token, PASSWORD, town.keys[MCO]):
        assert secret not in kept


def test_hashes_cost_what_the_rfc_asks(quick_passwords):
    """A real password is hashed by argon2id with RFC 9106's parameters, or dearer ones."""
    asked = RFC_9106_LOW_MEMORY
    told = argon2.extract_parameters(quick_passwords.hash(PASSWORD))
    assert told.type is asked.type
    assert (asked.time_cost, asked.memory_cost) <= (told.time_cost, told.memory_cost)
    assert told == argon2.extract_parameters(passwords.NOBODYS)


async def test_old_hashes_are_renewed(town):
    """A hash under older parameters is replaced when its owner signs in."""
    account = await town.person(MCO, "ann", ("mco",))
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    await town.world.people.rehash(account, weak)
    await enter(town)
    rows = await town.sql("select password from account where id = %s", account)
    assert not passwords.outdated(rows[0]["password"])


async def test_refusals_name_the_account_only(town):
    """A failed sign-in is an event that names the account, never what was typed."""
    account = await town.person(MCO, "ann", ("mco",))
    with pytest.raises(Refused):
        await enter(town, password="Zzyzx Zzyzx Zzyzx")  # noqa: S106  # a test's
    rows = await town.sql("select * from event where kind = 'access.refused'")
    assert [account] == [r["noun"] for r in rows]
    assert "Zzyzx" not in str(rows)


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-icp_session"), (False, "icp_session")])
async def test_cookie(database, secure, name):
    """The cookie is HttpOnly and SameSite=Lax, and Secure where the setting says so."""
    from starlette.responses import Response  # noqa: PLC0415  # only this test

    town = await build(database, secure_cookies=secure)
    response = Response()
    identity.set_cookie(response, town.world.settings, "T")
    header = response.headers["set-cookie"]
    assert header.startswith(f"{name}=T;")
    assert ("HttpOnly" in header, "SameSite=lax" in header, secure) == (
        True,
        True,
        "Secure" in header,
    )


@pytest.mark.parametrize(
    ("organisation", "roles", "password"),
    [
        (MCO, ("privacy",), PASSWORD),
        (MCO, (), PASSWORD),
        ("hub", ("mco",), PASSWORD),
        ("pcmh-riverbend", ("mco",), PASSWORD),
        (MCO, ("mco",), "short"),
        ("org-unknown", ("mco",), PASSWORD),
    ],
)
async def test_accounts_that_cannot_be(town, organisation, roles, password):
    """An account needs roles that fit its organisation, and a long password."""
    with pytest.raises(Refused) as caught:
        await open_account(town.office, BOSS, NewAccount(organisation, "x", "X", roles, password))
    assert 422 == caught.value.status


async def test_a_login_is_taken(town):
    """Two accounts can't have one login."""
    await town.person(MCO, "ann", ("mco",))
    with pytest.raises(Refused) as caught:
        await town.person("mco-laurel", "Ann", ("mco",))
    assert (409, "taken") == (caught.value.status, caught.value.code)
