"""Sealed bytes open to what they were, and to nothing once anybody touched them."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Trouble
from hub.vault.keys import LocalKeyFile
from hub.vault.sealing import SEGMENT, Sealer, seal, unseal

HEADER = 5 + 5 + len("local-00000000") + 40
STEP = SEGMENT + 16
SIZES = [0, 1, 100, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 5]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return LocalKeyFile(tmp_path_factory.mktemp("keys") / "vault.keys")


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def streamed(content, keys, step):
    sealer = Sealer(keys)
    parts = [sealer.add(content[at : at + step]) for at in range(0, len(content), step)]
    return b"".join([*parts, sealer.end(digest_of(content))])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [os.urandom, lambda size: b"plan " * (size // 5)])
def test_what_is_sealed_opens(keys, size, make):
    """At every segment boundary, compressed or not, the same bytes come out."""
    content = make(size)

    assert content == unseal(seal(content, digest_of(content), keys), digest_of(content), keys)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [7777, SEGMENT, 200_000])
def test_a_stream_opens_as_if_sealed_at_once(keys, size, step):
    """However a stream is cut, the same bytes come out."""
    content = os.urandom(size)

    assert content == unseal(streamed(content, keys, step), digest_of(content), keys)


def test_a_compressible_stream_opens(keys):
    """A stream that was compressed on the way opens too."""
    content = b"care plan " * 50_000
    sealed = streamed(content, keys, 9999)

    assert (content, True) == (unseal(sealed, digest_of(content), keys), len(sealed) < 2000)


def test_repetitive_bytes_shrink(keys):
    """Compression happens before encryption, or it would gain nothing."""
    content = b"<observation/>" * 1000

    assert len(seal(content, digest_of(content), keys)) < 300


def test_random_bytes_are_not_grown(keys):
    """Bytes that don't compress are kept as they are: header and tag are the only cost."""
    content = os.urandom(1000)

    assert HEADER + 1000 + 16 == len(seal(content, digest_of(content), keys))


def test_the_content_is_not_readable(keys):
    """No part of the content stands in the sealed bytes."""
    content = os.urandom(64) + b"Zzyzx"

    assert b"Zzyzx" not in seal(content, digest_of(content), keys)


def test_sealing_twice_gives_other_bytes(keys):
    """Every object has a key of its own, so equal contents can't be told by their sealed bytes."""
    digest = digest_of(b"same")

    assert seal(b"same", digest, keys) != seal(b"same", digest, keys)


BIG = os.urandom(3 * SEGMENT + 1000)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[: HEADER + 2 * STEP],
        lambda s: s[: HEADER + 3 * STEP],
        lambda s: s[:-1],
        lambda s: s[:HEADER],
        lambda s: s[: HEADER - 3],
        lambda s: s[:7],
        lambda s: s[:0],
        lambda s: s + b"x",
        lambda s: s + s[-1016:],
        lambda s: (
            s[:HEADER]
            + s[HEADER + STEP : HEADER + 2 * STEP]
            + s[HEADER : HEADER + STEP]
            + s[HEADER + 2 * STEP :]
        ),
        lambda s: s[:HEADER] + s[HEADER + STEP :],
        lambda s: s[: HEADER + STEP] + s[HEADER:],
    ],
    ids=[
        *("cut after a segment", "cut before the last", "cut by a byte", "header only"),
        *("half a header", "magic only", "nothing", "grown", "last one doubled", "swapped"),
        *("first one missing", "first one doubled"),
    ],
)
def test_cut_and_rearranged_objects_are_refused(keys, change):
    """Truncation, growth, swaps and repetitions of segments are all found."""
    sealed = seal(BIG, digest_of(BIG), keys)

    with pytest.raises(Trouble) as caught:
        unseal(change(sealed), digest_of(BIG), keys)
    assert ("permanent", "vault_object_damaged") == (caught.value.kind, caught.value.code)


@given(data=st.data())
def test_any_flipped_bit_is_refused(keys, data):
    """Wherever a single bit flips, the object does not open."""
    content = b"care plan " * 40
    sealed = bytearray(seal(content, digest_of(content), keys))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8

    with pytest.raises(Trouble):
        unseal(bytes(sealed), digest_of(content), keys)


@pytest.mark.parametrize("seal_by", [seal, lambda content, _, keys: streamed(content, keys, 1000)])
def test_an_object_moved_to_another_name_is_refused(keys, seal_by):
    """Sealed bytes put under another object's digest do not open as that object."""
    sealed = seal_by(b"of one member", digest_of(b"of one member"), keys)

    with pytest.raises(Trouble, match="damaged"):
        unseal(sealed, digest_of(b"of another"), keys)


def test_segments_of_another_object_are_refused(keys):
    """A segment taken from another object of the same length does not fit."""
    one, other = os.urandom(2 * SEGMENT), os.urandom(2 * SEGMENT)
    mixed = seal(one, digest_of(one), keys)[: HEADER + STEP]
    mixed += seal(other, digest_of(other), keys)[HEADER + STEP :]

    with pytest.raises(Trouble, match="damaged"):
        unseal(mixed, digest_of(one), keys)
