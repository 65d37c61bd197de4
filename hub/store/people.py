"""People who sign in: accounts and their sessions. Implements `hub.asked.People`.

`hub.web` asks through that protocol. Passwords come hashed, session tokens as SHA-256; TOTP seeds
are sealed here before they are kept. What matters is one statement or one transaction, so that
twenty attempts at once are counted as twenty.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from psycopg import errors

from hub.asked import Account, Session
from hub.audit import Event
from hub.errors import Refused
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from hub.asked import Actor, Lock
    from hub.store.pool import Connection, Database

NOTED_AFTER = timedelta(seconds=60)

_ATTEMPT = """
update account a set failures = a.failures + 1, locked_until = case when a.failures + 1 >= %(free)s
  then %(at)s + make_interval(secs => least(%(longest)s::float,
    %(first)s::float * 2.0 ^ least(a.failures + 1 - %(free)s, 30))) else a.locked_until end
from organisation o
where a.login = %(login)s and a.active and o.id = a.organisation and o.active
  and (a.locked_until is null or a.locked_until <= %(at)s)
returning a.id, a.organisation, a.login, a.name, a.roles, a.password, a.totp
"""

_PASSED = """
update account set failures = 0, locked_until = null, totp_used = coalesce(%(counter)s, totp_used)
where id = %(id)s and (%(counter)s::bigint is null or totp_used < %(counter)s) returning id
"""

_SESSION = """
select s.account, a.organisation, a.name, a.roles, s.csrf, s.seen_at
from session s join account a on a.id = s.account join organisation o on o.id = a.organisation
where s.token = %(token)s and a.active and o.active and s.ends_at > %(at)s
  and s.seen_at > %(at)s - make_interval(secs => %(idle)s)
"""

_ACCOUNTS = """
select id, organisation, login, name, roles, active, totp is not null as totp, locked_until, made_at
from account where %(organisation)s::text is null or organisation = %(organisation)s
order by organisation, login
"""

_ADD = """
insert into account (id, organisation, login, name, password, totp, roles, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""


class PostgresPeople:
    """Accounts and sessions over one database; `seal` and `unseal` keep TOTP seeds."""

    def __init__(
        self,
        database: Database,
        seal: Callable[[bytes], bytes],
        unseal: Callable[[bytes], bytes],
    ) -> None:
        self._database = database
        self._seal = seal
        self._unseal = unseal

    async def attempt(self, login: str, at: datetime, lock: Lock) -> Account | None:
        """Count an attempt to sign in as failed and return the account, or None."""
        given = {
            "login": login,
            "at": at,
            "free": lock.free,
            "first": lock.first,
            "longest": lock.longest,
        }
        async with self._database.line() as connection:
            row = await (await connection.execute(_ATTEMPT, given)).fetchone()
        if row is None:
            return None
        seed = self._unseal(bytes(row["totp"])).decode() if row["totp"] else ""
        return Account(**{**row, "roles": tuple(row["roles"]), "totp": seed})

    async def passed(self, account: str, totp_counter: int | None) -> bool:
        """Forget the failures; False when this TOTP counter was used before."""
        async with self._database.line() as connection:
            cursor = await connection.execute(_PASSED, {"id": account, "counter": totp_counter})
            return await cursor.fetchone() is not None

    async def open_session(
        self, token: bytes, session: Session, at: datetime, ends: datetime, replaces: bytes | None
    ) -> None:
        """Begin a session, end the one it replaces, and record the sign-in."""
        async with self._database.line() as connection:
            await connection.execute(
                "delete from session where token = %s or (account = %s and ends_at <= %s)",
                (replaces, session.account, at),
            )
            await connection.execute(
                "insert into session (token, account, csrf, made_at, seen_at, ends_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                (token, session.account, session.csrf, at, at, ends),
            )
            signed_in = Event(
                kind="access.signed_in",
                noun=session.account,
                at=at,
                organisations=(session.organisation,),
                actor=session.account,
                detail={"by": "password"},
            )
            await events.add(connection, [signed_in])

    async def session(self, token: bytes, at: datetime, idle: float) -> Session | None:
        """Return a session that has neither idled out nor ended; its use is noted once a minute."""
        given = {"token": token, "at": at, "idle": idle}
        async with self._database.line() as connection:
            row = await (await connection.execute(_SESSION, given)).fetchone()
            if row is None:
                return None
            if row["seen_at"] <= at - NOTED_AFTER:
                await connection.execute(
                    "update session set seen_at = %s where token = %s", (at, token)
                )
        return Session(
            account=row["account"],
            organisation=row["organisation"],
            name=row["name"],
            roles=tuple(row["roles"]),
            csrf=row["csrf"],
        )

    async def close_session(self, token: bytes) -> None:
        """End a session; nothing happens when there is none."""
        async with self._database.line() as connection:
            await connection.execute("delete from session where token = %s", (token,))

    async def add_account(self, actor: Actor, account: Account, at: datetime) -> None:
        """Add an account; `Refused` 409: the login is taken, 422: an unknown organisation."""
        row = (
            account.id,
            account.organisation,
            account.login,
            account.name,
            account.password,
            self._seal(account.totp.encode()) if account.totp else None,
            list(account.roles),
            at,
        )
        detail = {"credential": "account", "roles": list(account.roles)}
        async with self._database.line() as connection:
            async with named():
                await connection.execute(_ADD, row)
            await told(connection, actor, (account.id, account.organisation), at, detail)

    async def set_password(
        self, actor: Actor, account: str, password: str, at: datetime, keep: bytes | None = None
    ) -> None:
        """Change a password hash and end the account's sessions but `keep`."""
        async with self._database.line() as connection:
            owner = await _changed(connection, "password = %s", password, account)
            await connection.execute(
                "delete from session where account = %s and token is distinct from %s",
                (account, keep),
            )
            await told(connection, actor, (account, owner), at, {"credential": "password"})

    async def rehash(self, account: str, password: str) -> None:
        """Write the same password's hash made under newer parameters."""
        async with self._database.line() as connection:
            await _changed(connection, "password = %s", password, account)

    async def set_totp(self, actor: Actor, account: str, seed: str, at: datetime) -> None:
        """Set an account's TOTP seed; an empty one takes it away."""
        sealed = self._seal(seed.encode()) if seed else None
        async with self._database.line() as connection:
            owner = await _changed(connection, "totp_used = 0, totp = %s", sealed, account)
            detail = {"credential": "totp", "removed": not seed}
            await told(connection, actor, (account, owner), at, detail)

    async def set_active(self, actor: Actor, account: str, active: bool, at: datetime) -> None:
        """Let an account sign in or stop it at once; `Refused` 404 when there is none."""
        async with self._database.line() as connection:
            owner = await _changed(connection, "active = %s", active, account)
            await connection.execute("delete from session where account = %s", (account,))
            detail = {"credential": "account"}
            await told(connection, actor, (account, owner), at, detail, revoked=not active)

    async def accounts(self, organisation: str | None) -> list[dict[str, Any]]:
        """List accounts without their secrets; None: every organisation's."""
        async with self._database.line() as connection:
            cursor = await connection.execute(_ACCOUNTS, {"organisation": organisation})
            return await cursor.fetchall()


async def _changed(connection: Connection, what: str, value: object, account: str) -> str:
    """Change one account and return its organisation; `Refused` 404 when there is none."""
    cursor = await connection.execute(
        f"update account set {what} where id = %s returning organisation",  # noqa: S608  # `what` is one of the constants above
        (value, account),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Refused("not_found", "there is no such account; list them first", status=404)
    return str(row["organisation"])


@asynccontextmanager
async def named() -> AsyncIterator[None]:
    """Turn what a credential's row ran into into words its issuer can act on."""
    try:
        yield
    except errors.UniqueViolation:
        raise Refused("taken", "this name is taken; choose another", status=409) from None
    except errors.ForeignKeyViolation:
        raise Refused(
            "organisation_unknown", "no such organisation; load it into the directory", status=422
        ) from None


async def told(
    connection: Connection,
    actor: Actor,
    whose: tuple[str, str],
    at: datetime,
    detail: Mapping[str, object],
    *,
    revoked: bool = False,
) -> None:
    """Record that a credential (id, organisation) was issued, changed or revoked."""
    noun, organisation = whose
    made = Event(
        kind="access.key_revoked" if revoked else "access.key_issued",
        noun=noun,
        at=at,
        organisations=tuple(dict.fromkeys((organisation, actor.organisation))),
        actor=actor.id,
        detail=detail,
    )
    await events.add(connection, [made])
