"""Who gets into the SFTP server, how many, and with which key the server shows itself."""

from __future__ import annotations

import asyncio
import contextlib

import asyncssh
import pytest
from asyncssh import FXF_CREAT, FXF_TRUNC, FXF_WRITE

from hub.channels.sftp_server import SftpSettings, serve
from hub.channels.sftp_tenants import Limits
from hub.errors import Misconfigured, Trouble
from tests.hub.channels.conftest import Client

PUT = FXF_WRITE | FXF_CREAT | FXF_TRUNC


@contextlib.asynccontextmanager
async def session(client):
    async with client.connect() as connection, connection.start_sftp_client() as sftp:
        yield sftp


async def put(sftp, name, content):
    async with sftp.open(name, PUT, encoding=None) as file:
        await file.write(content)


def other(inbox, tmp_path, server, user, organisation):
    made = Client(tmp_path, server, user)
    inbox.keys[user, made.fingerprint] = organisation
    return made


async def test_open_file_limit(inbox, tmp_path):
    """An organisation's open and staged files are bounded, over all its connections."""
    limits = Limits(files=2, spool=tmp_path)
    server = await serve(inbox, SftpSettings(tmp_path / "key", port=0, limits=limits))
    client = Client(tmp_path, server, "keystone")
    inbox.keys["keystone", client.fingerprint] = "mco-keystone"
    async with session(client) as one, session(client) as two:
        await put(one, "inbox/a.part", b"plan")
        await one.open("inbox/b.xml", PUT)
        with pytest.raises(asyncssh.SFTPFailure, match="too many files"):
            await two.open("inbox/c.xml", PUT)
    await server.close()


async def test_connection_limit(inbox, tmp_path):
    """An organisation's connections are bounded, and a closed one makes room again."""
    limits = Limits(connections=1, spool=tmp_path)
    server = await serve(inbox, SftpSettings(tmp_path / "key", port=0, limits=limits))
    client = Client(tmp_path, server, "keystone")
    inbox.keys["keystone", client.fingerprint] = "mco-keystone"
    async with session(client):
        with pytest.raises((asyncssh.DisconnectError, asyncssh.ChannelOpenError)):
            async with session(client):
                pass
    await asyncio.sleep(0.05)
    async with session(client) as sftp:
        names = await sftp.listdir("/")
    await server.close()

    assert {".", "..", "inbox", "outbox", "receipts"} == set(names)


async def test_connections_in_all(inbox, tmp_path):
    """The server's connections are bounded, whoever they are."""
    server = await serve(inbox, SftpSettings(tmp_path / "key", port=0, connections=0))
    client = Client(tmp_path, server, "keystone")
    inbox.keys["keystone", client.fingerprint] = "mco-keystone"
    with pytest.raises((asyncssh.Error, ConnectionError)):
        await client.connect()
    await server.close()


async def test_session_limit(client):
    """A connection opens a few sessions and no more."""
    async with client.connect() as connection:
        for _ in range(4):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.start_sftp_client()


async def test_version_three(client):
    """A client that offers version 6 is served in version 3."""
    async with client.connect() as connection:
        sftp = await connection.start_sftp_client(sftp_version=6)

        assert sftp.version == 3


async def test_key_of_another_user(client, inbox):
    """A known key under another user's name is not let in."""
    inbox.keys["allegheny", "SHA256:other"] = "mco-allegheny"
    client.user = "allegheny"

    with pytest.raises(asyncssh.PermissionDenied):
        async with client.connect():
            pass


async def test_probed_key_gives_nothing(client, inbox, tmp_path, server):
    """Showing another organisation's public key first does not let in as that organisation."""
    victim = other(inbox, tmp_path, server, "keystone", "mco-victim")
    probe = _Unsigned(victim.key)
    known = asyncssh.import_known_hosts(client.known.read_text())
    async with asyncssh.connect(
        "127.0.0.1",
        server.port,
        username="keystone",
        client_keys=[probe, client.key],
        known_hosts=known,
        config=None,
        agent_path=None,
    ) as connection:
        sftp = await connection.start_sftp_client()
        await put(sftp, "inbox/plan.xml", b"plan")

    assert [e.organisation for e, _ in inbox.taken] == ["mco-keystone"]


class _Unsigned(asyncssh.SSHKeyPair):
    """A key whose private half its holder does not have: it is shown, and signs with nonsense."""

    def __init__(self, key):
        algorithm = key.algorithm
        super().__init__(algorithm, algorithm, [algorithm], [algorithm], key.public_data, b"")

    def sign(self, data):
        """Sign as somebody who guesses."""
        own = asyncssh.generate_private_key("ssh-ed25519")
        return own.sign(data, self.sig_algorithm)


async def test_keys_tried(client, inbox, server):
    """A connection may try six keys; the seventh is not even looked up."""
    asked = []
    known = asyncssh.import_known_hosts(client.known.read_text())

    async def sign_in(_user, fingerprint):
        asked.append(fingerprint)

    inbox.sign_in = sign_in
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(9)]
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            "127.0.0.1", server.port, username="x", client_keys=keys, known_hosts=known, config=None
        )

    assert len(asked) == 6


async def test_sign_in_fails(client, inbox):
    """When the hub can't look a key up, its client is told to come again, not that it is bad."""
    inbox.sign_in_failure = Trouble("transient", "database", "the database is away")

    with pytest.raises(asyncssh.ServiceNotAvailable):
        async with client.connect():
            pass


async def test_passwords(server, client):
    """Passwords are not offered."""
    known = asyncssh.import_known_hosts(client.known.read_text())

    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            "127.0.0.1",
            server.port,
            username="keystone",
            password="x",  # noqa: S106  # nobody's password
            client_keys=None,
            known_hosts=known,
            config=None,
        )


async def test_same_host_key_again(inbox, tmp_path):
    """A server started again shows the host key it made the first time."""
    shown = []
    for _ in range(2):
        server = await serve(inbox, SftpSettings(tmp_path / "key", port=0))
        shown.append(server.host_key)
        await server.close()

    assert shown[0] == shown[1]


@pytest.mark.parametrize(("content", "mode"), [(b"no key", 0o600), (b"", 0o600), (None, 0o604)])
async def test_bad_host_key(inbox, tmp_path, content, mode):
    """A host key that is none, or that everybody can read, stops the start."""
    path = tmp_path / "key"
    made = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    path.write_bytes(made if content is None else content)
    path.chmod(mode)

    with pytest.raises(Misconfigured, match="key"):
        await serve(inbox, SftpSettings(path, port=0))


async def test_port_in_use(inbox, tmp_path, server):
    """A port that is taken stops the start and names the setting."""
    with pytest.raises(Misconfigured, match="ICP_HUB_SFTP_PORT"):
        await serve(inbox, SftpSettings(tmp_path / "key", port=server.port))
