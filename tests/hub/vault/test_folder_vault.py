"""The folder vault keeps bytes once, encrypted, durable and verified."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import subprocess
import sys

import pytest

from hub.errors import Trouble
from hub.ports import Stored
from hub.vault import disk
from hub.vault.folder import FolderVault
from hub.vault.keys import LocalKeyFile


@pytest.fixture
def root(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def keys(tmp_path):
    return LocalKeyFile(tmp_path / "vault.keys")


@pytest.fixture
def vault(root, keys):
    return FolderVault(root, keys)


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def objects(root):
    return [file for file in root.glob("??/*") if file.is_file()]


def spooled(root):
    return list((root / "spool").iterdir())


async def test_what_is_put_is_got(vault):
    """Several objects come back by their digests."""
    contents = [b"one", b"", os.urandom(200_000)]
    stored = await vault.put_many(contents)

    assert contents == [await vault.get(each.digest) for each in stored]


async def test_the_address_is_the_plain_digest(vault):
    """An object's address is the SHA-256 and size of its plain bytes."""
    assert [Stored(digest_of(b"one"), 3)] == await vault.put_many([b"one"])


async def test_the_same_bytes_twice_are_kept_once(vault, root):
    """Within a batch and between batches, twins share one file that is not rewritten."""
    await vault.put_many([b"same", b"same"])
    before = [(file, file.stat().st_ino) for file in objects(root)]
    await vault.put_many([b"same"])

    assert before == [(file, file.stat().st_ino) for file in objects(root)]


async def test_racing_twins_are_kept_once(vault, root, keys):
    """The same bytes put at once through two vaults on one folder end as one whole object."""
    other = FolderVault(root, keys)
    puts = [each.put_many([b"same %d" % n]) for n in range(20) for each in (vault, other)]
    await asyncio.gather(*puts)

    assert (20, []) == (len(objects(root)), spooled(root))


async def test_files_are_private_and_sealed(vault, root):
    """A file has mode 0600 and shows none of its content."""
    await vault.put_many([b"Zzyzx"])
    (file,) = objects(root)

    assert (0o600, False) == (stat.S_IMODE(file.stat().st_mode), b"Zzyzx" in file.read_bytes())


async def test_a_file_is_named_by_its_digest(vault, root):
    """The layout is two digits, a slash, and the rest."""
    await vault.put_many([b"one"])
    digest = digest_of(b"one")

    assert [root / digest[:2] / digest[2:]] == objects(root)


async def test_every_file_and_folder_is_synced(keys, root, monkeypatch):
    """Where each must be asked for, every new file and every folder on its path was fsynced."""
    monkeypatch.setattr(disk, "whole", lambda _: False)
    synced, real = [], os.fsync

    def noting(handle):
        synced.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    await FolderVault(root, keys).put_many([b"%d" % number for number in range(30)])
    needed = {root, *objects(root), *(file.parent for file in objects(root))}

    assert {place.stat().st_ino for place in needed} <= set(synced)


async def test_the_disk_is_flushed_before_and_after_naming(vault, root, monkeypatch):
    """Where the disk is asked at once, it is asked for all the bytes first, then for the names."""
    seen = []

    def noting(handle):
        whole = [file.stat().st_size > 80 for file in spooled(root)]
        seen.append((os.fstat(handle).st_ino, whole, len(objects(root))))

    monkeypatch.setattr(disk, "whole", lambda _: True)
    monkeypatch.setattr(disk, "syncfs", noting)
    await vault.put_many([b"%d" % number for number in range(30)])
    place = root.stat().st_ino

    assert [(place, [True] * 30, 0), (place, [], 30)] == seen


async def test_a_twins_name_is_flushed_too(vault, monkeypatch):
    """An object that was already there is answered for only after the disk was asked once."""
    await vault.put_many([b"same"])
    seen = []
    monkeypatch.setattr(disk, "whole", lambda _: True)
    monkeypatch.setattr(disk, "syncfs", seen.append)
    await vault.put_many([b"same"])

    assert 1 == len(seen)


async def test_a_missing_object_is_permanent_trouble(vault):
    """A digest nobody put is `vault_object_missing`."""
    with pytest.raises(Trouble) as caught:
        await vault.get(digest_of(b"none"))
    assert ("permanent", "vault_object_missing") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "", "a" * 63])
async def test_only_a_digest_is_an_address(vault, digest):
    """Nothing but 64 hex digits ever becomes a path."""
    with pytest.raises(ValueError, match="64 lower-case hex"):
        await vault.get(digest)


async def test_damage_is_found(vault, root):
    """A flipped byte on the disk is `vault_object_damaged`, never wrong bytes."""
    (stored,) = await vault.put_many([b"one"])
    (file,) = objects(root)
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(Trouble, match="damaged"):
        await vault.get(stored.digest)


async def test_damage_is_mended_by_a_twin(vault, root):
    """When the bytes of a damaged object come again, they are kept again."""
    await vault.put_many([b"one"])
    (file,) = objects(root)
    file.write_bytes(b"")
    (stored,) = await vault.put_many([b"one"])

    assert b"one" == await vault.get(stored.digest)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_full_disk_is_transient(vault, monkeypatch, root, at_once):
    """A disk that refuses is `Trouble` transient, and leaves nothing behind."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "whole", lambda _: at_once)
    monkeypatch.setattr(disk, "syncfs", full)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Trouble) as caught:
        await vault.put_many([b"one"])

    assert ("transient", "vault_disk_ENOSPC") == (caught.value.kind, caught.value.code)
    assert ([], []) == (objects(root), spooled(root))


@pytest.mark.parametrize("size", [0, 10, 1_000_000, 1_048_576, 3_000_000])
async def test_a_stream_is_kept(vault, root, size):
    """Bytes written in pieces come back whole, and nothing stays in the spool."""
    content, writer = os.urandom(size), vault.writer()
    for at in range(0, size, 70_000):
        await writer.write(content[at : at + 70_000])
    stored = await writer.commit()

    assert (Stored(digest_of(content), size), []) == (stored, spooled(root))
    assert content == await vault.get(stored.digest)


async def test_a_streams_twin_is_kept_once(vault, root):
    """A large object that is already there is not rewritten."""
    content = os.urandom(2_000_000)
    await vault.put_many([content])
    before = [file.stat().st_ino for file in objects(root)]
    writer = vault.writer()
    await writer.write(content)
    await writer.commit()

    assert (before, []) == ([file.stat().st_ino for file in objects(root)], spooled(root))


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_an_aborted_stream_leaves_nothing(vault, root, size):
    """After `abort`, twice, there is neither an object nor a spooled file."""
    writer = vault.writer()
    await writer.write(os.urandom(size))
    await writer.abort()
    await writer.abort()

    assert ([], []) == (objects(root), spooled(root))


async def test_abort_after_commit_keeps_the_object(vault):
    """`abort` after `commit` does nothing."""
    writer = vault.writer()
    await writer.write(b"one")
    stored = await writer.commit()
    await writer.abort()

    assert b"one" == await vault.get(stored.digest)


async def test_a_spooled_stream_is_sealed(vault, root):
    """What a large upload leaves on the disk while it lasts shows none of its content."""
    writer = vault.writer()
    await writer.write(b"Zzyzx" * 300_000)
    (file,) = spooled(root)
    found = b"Zzyzx" in file.read_bytes()
    await writer.abort()

    assert not found


PUTTING = """
import asyncio, pathlib, sys
from hub.vault.opening import open_keys, open_vault
folder = pathlib.Path(sys.argv[1])
vault = open_vault((folder / "vault").as_uri(), open_keys("local", folder))
for number in range(10_000):
    for stored in asyncio.run(vault.put_many([b"%d %d" % (number, each) for each in range(9)])):
        print(stored.digest, flush=True)
"""


def test_what_was_answered_outlives_a_kill(tmp_path, vault):
    """After kill -9 in the middle of puts, every object that was answered for opens."""
    command = [sys.executable, "-c", PUTTING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own program
        answered = [process.stdout.readline().strip() for _ in range(100)]
        process.kill()
        answered += [line.strip() for line in process.stdout if len(line) == 65]

    assert all(asyncio.run(vault.get(digest)) for digest in answered)


def test_abandoned_files_are_swept(root, keys, vault):
    """A start deletes spooled files older than a day, and no younger ones."""
    del vault
    old, young = root / "spool" / "old", root / "spool" / "young"
    for file in (old, young):
        file.write_bytes(b"")
    os.utime(old, (0, 0))
    FolderVault(root, keys)

    assert [young] == spooled(root)
