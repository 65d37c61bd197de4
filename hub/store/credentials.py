"""What systems sign in with: API keys, OAuth clients and tokens, SFTP keys, MLLP peers.

Implements `hub.asked.Credentials`. Bearer secrets come as SHA-256 and are looked up together with
whatever else is asked at that moment, afresh each time and never remembered: a revoked one is
refused at once. Nothing here knows a secret or a private key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.types.json import Jsonb

from hub.asked import Client, Credential
from hub.audit import Event
from hub.errors import Refused
from hub.store import events
from hub.store.group import LINGER_SECONDS, Group
from hub.store.people import named, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.asked import Actor, Grant, Issued
    from hub.store.pool import Database

_LOOK_UP = """
select k.secret, k.id, k.organisation, k.name, k.scopes, null::timestamptz as ends_at
from api_key k join organisation o on o.id = k.organisation
where k.secret = any(%(secrets)s) and k.revoked_at is null and o.active
union all
select t.secret, c.id, c.organisation, c.name, t.scopes, t.ends_at
from oauth_token t join oauth_client c on c.id = t.client
  join organisation o on o.id = c.organisation
where t.secret = any(%(secrets)s) and c.revoked_at is null and o.active
"""

_ADD_CLIENT = """
insert into oauth_client (id, organisation, name, jwks, scopes) values (%s, %s, %s, %s, %s)
on conflict (id) do update set jwks = excluded.jwks, scopes = excluded.scopes, name = excluded.name
where oauth_client.organisation = excluded.organisation and oauth_client.revoked_at is null
returning id
"""

_ADD_SFTP = """
insert into sftp_key (user_name, fingerprint, organisation)
select %(user)s, %(key)s, %(organisation)s
where not exists (select from sftp_key where user_name = %(user)s
  and organisation <> %(organisation)s)
on conflict (user_name, fingerprint) do update set revoked_at = null
where sftp_key.organisation = excluded.organisation returning user_name
"""

_LISTED = """
select * from (
  select 'key' as kind, id, organisation, name, scopes, revoked_at from api_key
  union all select 'client', id, organisation, name, scopes, revoked_at from oauth_client
  union all select 'sftp', user_name || ' ' || fingerprint, organisation, user_name, '{}',
    revoked_at from sftp_key
  union all select 'mllp', peer, organisation, peer, '{}', revoked_at from mllp_peer) x
where %(organisation)s::text is null or organisation = %(organisation)s
order by organisation, kind, id
"""

_REVOKE = """
with keys as (
  update api_key set revoked_at = %(at)s where id = %(id)s and revoked_at is null
    and (%(whose)s::text is null or organisation = %(whose)s) returning organisation),
clients as (
  update oauth_client set revoked_at = %(at)s where id = %(id)s and revoked_at is null
    and (%(whose)s::text is null or organisation = %(whose)s) returning organisation),
files as (
  update sftp_key set revoked_at = %(at)s where user_name || ' ' || fingerprint = %(id)s
    and revoked_at is null and (%(whose)s::text is null or organisation = %(whose)s)
    returning organisation),
peers as (
  update mllp_peer set revoked_at = %(at)s where peer = %(id)s and revoked_at is null
    and (%(whose)s::text is null or organisation = %(whose)s) returning organisation)
select organisation from keys union all select organisation from clients
union all select organisation from files union all select organisation from peers
"""

_SFTP = """
select k.organisation from sftp_key k join organisation o on o.id = k.organisation
where k.user_name = %s and k.fingerprint = %s and k.revoked_at is null and o.active
"""


class PostgresCredentials:
    """Credentials of systems over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: Group[bytes, Credential | None] = Group(self._look_up, linger=LINGER_SECONDS)

    async def credential(self, secret: bytes) -> Credential | None:
        """Return what a bearer secret's SHA-256 stands for, or None."""
        return await self._asked.put(secret)

    async def _look_up(self, secrets: Sequence[bytes]) -> Sequence[Credential | Exception | None]:
        async with self._database.single() as connection:
            cursor = await connection.execute(_LOOK_UP, {"secrets": list(set(secrets))})
            rows = await cursor.fetchall()
        known: dict[bytes, Credential] = {}
        for row in rows:
            secret = bytes(row.pop("secret"))
            known[secret] = Credential(**{**row, "scopes": tuple(row["scopes"])})
        return [known.get(secret) for secret in secrets]

    async def add_key(
        self, actor: Actor, key: Issued, prefix: str, secret: bytes, at: datetime
    ) -> None:
        """Keep an API key; `Refused` 422 for an unknown organisation."""
        row = (key.id, key.organisation, key.name, prefix, secret, list(key.scopes), at)
        detail = {"credential": "key", "scopes": list(key.scopes)}
        async with self._database.line() as connection:
            async with named():
                await connection.execute(
                    "insert into api_key (id, organisation, name, prefix, secret, scopes, made_at)"
                    " values (%s, %s, %s, %s, %s, %s, %s)",
                    row,
                )
            await told(connection, actor, (key.id, key.organisation), at, detail)

    async def add_client(
        self, actor: Actor, client: Issued, jwks: Mapping[str, Any], at: datetime
    ) -> None:
        """Register an OAuth client, or renew the keys and scopes of one of the organisation's."""
        row = (client.id, client.organisation, client.name, Jsonb(jwks), list(client.scopes))
        detail = {"credential": "client", "scopes": list(client.scopes)}
        async with self._database.line() as connection:
            async with named():
                cursor = await connection.execute(_ADD_CLIENT, row)
            if await cursor.fetchone() is None:
                raise Refused("taken", "this client id is taken; choose another", status=409)
            await told(connection, actor, (client.id, client.organisation), at, detail)

    async def add_sftp_key(
        self, actor: Actor, organisation: str, user: str, fingerprint: str, at: datetime
    ) -> None:
        """Let a key in as `user`; `Refused` 409 when the user is another organisation's."""
        given = {"user": user, "key": fingerprint, "organisation": organisation}
        async with self._database.line() as connection:
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 11))", (user,)
            )
            async with named():
                cursor = await connection.execute(_ADD_SFTP, given)
            if await cursor.fetchone() is None:
                raise Refused("taken", "this SFTP user is taken; choose another", status=409)
            whose = (f"{user} {fingerprint}", organisation)
            await told(connection, actor, whose, at, {"credential": "sftp"})

    async def revoke(
        self, actor: Actor, organisation: str | None, credential: str, at: datetime
    ) -> None:
        """Revoke a key, client (and tokens), `user fingerprint` or peer; `Refused` 404: none."""
        given = {"id": credential, "whose": organisation, "at": at}
        async with self._database.line() as connection:
            row = await (await connection.execute(_REVOKE, given)).fetchone()
            if row is None:
                raise Refused("not_found", "there is no such credential", status=404)
            await connection.execute("delete from oauth_token where client = %s", (credential,))
            whose = (credential, row["organisation"])
            await told(connection, actor, whose, at, {}, revoked=True)

    async def listed(self, organisation: str | None) -> list[dict[str, Any]]:
        """List credentials without secrets."""
        async with self._database.line() as connection:
            cursor = await connection.execute(_LISTED, {"organisation": organisation})
            return await cursor.fetchall()

    async def client(self, client: str) -> Client | None:
        """Return a client that isn't revoked."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select c.id, c.organisation, c.name, c.scopes, c.jwks from oauth_client c"
                " join organisation o on o.id = c.organisation"
                " where c.id = %s and c.revoked_at is null and o.active",
                (client,),
            )
            row = await cursor.fetchone()
        return None if row is None else Client(**{**row, "scopes": tuple(row["scopes"])})

    async def spend(self, grant: Grant, jti: str, until: datetime) -> bool:
        """Keep an access token; False when this client used the `jti` before."""
        client = grant.client
        async with self._database.line() as connection:
            await connection.execute("delete from oauth_jti where ends_at < %s", (grant.at,))
            await connection.execute("delete from oauth_token where ends_at < %s", (grant.at,))
            try:
                async with connection.transaction():
                    await connection.execute(
                        "insert into oauth_jti (client, jti, ends_at) values (%s, %s, %s)",
                        (client.id, jti, until),
                    )
            except errors.UniqueViolation:
                return False
            await connection.execute(
                "insert into oauth_token (secret, client, scopes, ends_at) values (%s, %s, %s, %s)",
                (grant.secret, client.id, list(grant.scopes), grant.ends),
            )
            signed_in = Event(
                kind="access.signed_in",
                noun=client.id,
                at=grant.at,
                organisations=(client.organisation,),
                actor=client.id,
                detail={"by": "private_key_jwt", "scopes": list(grant.scopes)},
            )
            await events.add(connection, [signed_in])
        return True

    async def sftp_organisation(self, user: str, fingerprint: str) -> str | None:
        """Return whose SFTP user holds this key, or None."""
        async with self._database.line() as connection:
            row = await (await connection.execute(_SFTP, (user, fingerprint))).fetchone()
        return None if row is None else str(row["organisation"])
