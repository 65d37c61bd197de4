"""The S3 vault against a real S3 server, and against servers that lie."""

from __future__ import annotations

import hashlib
import os

import pytest

from hub.errors import Misconfigured, Trouble
from hub.ports import Stored
from hub.vault.keys import LocalKeyFile
from hub.vault.opening import open_vault
from tests import seaweed

PREFIX = "prod/objects"


@pytest.fixture(scope="module")
def server():
    with seaweed.serve() as running:
        yield running


@pytest.fixture
def signed(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", seaweed.ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return monkeypatch


@pytest.fixture
def keys(tmp_path):
    return LocalKeyFile(tmp_path / "vault.keys")


@pytest.fixture
def vault(server, signed, keys):  # noqa: ARG001  # the credentials must be there first
    return open_vault(url_of(server), keys)


def url_of(server, bucket=seaweed.BUCKET):
    return f"s3://{bucket}/{PREFIX}?endpoint={server.endpoint}"


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def named(content):
    digest = digest_of(content)
    return {"Bucket": seaweed.BUCKET, "Key": f"{PREFIX}/{digest[:2]}/{digest[2:]}"}


async def test_what_is_put_is_got(vault):
    """Several objects come back by their digests."""
    contents = [os.urandom(20_000) for _ in range(20)] + [b""]
    stored = await vault.put_many(contents)

    assert contents == [await vault.get(each.digest) for each in stored]


async def test_the_object_is_sealed_under_its_digest(vault, server):
    """The key is prefix, two digits, slash, rest; the body shows none of the content."""
    await vault.put_many([b"Zzyzx of one member"])
    body = server.client().get_object(**named(b"Zzyzx of one member"))["Body"].read()

    assert (b"ICPV", False) == (body[:4], b"Zzyzx" in body)


async def test_the_same_bytes_twice_are_kept_once(vault, server):
    """A second put of the same bytes leaves the first object as it was."""
    await vault.put_many([b"same"])
    before = server.client().get_object(**named(b"same"))["Body"].read()
    await vault.put_many([b"same"])

    assert before == server.client().get_object(**named(b"same"))["Body"].read()


async def test_damage_is_mended_by_a_twin(vault, server):
    """When the bytes of a damaged object come again, they are kept again."""
    server.client().put_object(**named(b"hurt"), Body=b"nonsense")
    await vault.put_many([b"hurt"])

    assert b"hurt" == await vault.get(digest_of(b"hurt"))


async def test_damage_is_found(vault, server):
    """An object changed in the store is `vault_object_damaged`."""
    server.client().put_object(**named(b"changed"), Body=b"nonsense")

    with pytest.raises(Trouble, match="damaged"):
        await vault.get(digest_of(b"changed"))


async def test_a_missing_object_is_permanent_trouble(vault):
    """A digest nobody put is `vault_object_missing`."""
    with pytest.raises(Trouble) as caught:
        await vault.get(digest_of(b"none"))
    assert ("permanent", "vault_object_missing") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_a_stream_is_kept(vault, size):
    """Bytes written in pieces come back whole."""
    content, writer = os.urandom(size), vault.writer()
    for at in range(0, size, 700_000):
        await writer.write(content[at : at + 700_000])
    stored = await writer.commit()

    assert Stored(digest_of(content), size) == stored
    assert content == await vault.get(stored.digest)


async def test_a_lying_server_is_caught(vault, monkeypatch):
    """A store that answers yes and keeps other bytes is found by reading back."""
    real = vault._client.put_object  # noqa: SLF001  # the place where a server would lie

    def lying(**request):
        return real(**request | {"Body": b"other bytes"})

    monkeypatch.setattr(vault._client, "put_object", lying)  # noqa: SLF001  # as above
    with pytest.raises(Trouble) as caught:
        await vault.put_many([b"kept otherwise"])

    assert ("transient", "s3_read_back") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize(
    ("bucket", "access", "secret"),
    [
        ("no-such-bucket", seaweed.ACCESS, seaweed.SECRET),
        (seaweed.BUCKET, seaweed.ACCESS, "wrong"),
        (seaweed.BUCKET, "NOBODY", "wrong"),
    ],
)
def test_a_bucket_that_can_not_be_used_is_refused(server, signed, keys, bucket, access, secret):
    """A wrong bucket or wrong credentials stop the hub at its start."""
    signed.setenv("AWS_ACCESS_KEY_ID", access)
    signed.setenv("AWS_SECRET_ACCESS_KEY", secret)

    with pytest.raises(Misconfigured, match="ICP_HUB_VAULT_URL"):
        open_vault(url_of(server, bucket), keys)


async def test_a_read_only_identity_can_not_write(server, signed, keys):
    """Credentials that may only read give permanent trouble on the first write."""
    signed.setenv("AWS_ACCESS_KEY_ID", seaweed.READ_ONLY)
    signed.setenv("AWS_SECRET_ACCESS_KEY", seaweed.READ_SECRET)
    vault = open_vault(url_of(server), keys)

    with pytest.raises(Trouble) as caught:
        await vault.put_many([os.urandom(10)])
    assert ("permanent", "s3_AccessDenied") == (caught.value.kind, caught.value.code)


@pytest.mark.usefixtures("signed")
def test_a_silent_server_is_transient(keys):
    """A store that is not there yet is waited for, not refused."""
    (port,) = seaweed.free_ports(1)

    with pytest.raises(Trouble) as caught:
        open_vault(f"s3://vault/?endpoint=http://127.0.0.1:{port}", keys)
    assert ("transient", "s3_EndpointConnectionError") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize(
    "url",
    ["", "folder", "file://host/folder", "s3://", "s3://bucket?region=x", "https://bucket/prefix"],
)
def test_an_unknown_url_is_refused(keys, url):
    """Anything but a folder or a bucket is `Misconfigured`."""
    with pytest.raises(Misconfigured, match="ICP_HUB_VAULT_URL"):
        open_vault(url, keys)


async def test_a_file_url_opens_a_folder(tmp_path, keys):
    """A `file:` URL names a folder, which is made."""
    vault = open_vault((tmp_path / "a folder").as_uri(), keys)
    await vault.put_many([b"one"])

    assert b"one" == await open_vault((tmp_path / "a folder").as_uri(), keys).get(digest_of(b"one"))
