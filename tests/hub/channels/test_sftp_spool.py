"""A spool keeps an upload's bytes in order, bounded, and off the disk in the clear."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.channels import sftp_spool
from hub.channels.sftp_spool import Spool
from hub.errors import Refused

CANARY = b"Quillon, Zyx 1950-01-01 "


@given(st.lists(st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=60)), max_size=25))
def test_any_pieces(pieces):
    """Whatever pieces come, the content is theirs in order of writing, or a hole is refused."""
    model, written = bytearray(), set()
    spool = Spool(1000)
    for offset, data in pieces:
        spool.write(offset, data)
        model.extend(bytes(max(0, offset + len(data) - len(model))))
        model[offset : offset + len(data)] = data
        written.update(range(offset, offset + len(data)))
    if len(written) == len(model):
        assert bytes(model) == b"".join(spool.chunks())
    else:
        with pytest.raises(Refused, match="missing"):
            list(spool.chunks())


def test_limit():
    """One byte more than the limit is refused."""
    spool = Spool(10)
    spool.write(0, b"0123456789")

    with pytest.raises(Refused, match="at most 10 bytes"):
        spool.write(10, b"x")


def test_disk_holds_no_plaintext(tmp_path):
    """What is put away on the disk is encrypted."""
    spool = Spool(10_000_000, tmp_path)
    for number in range(40):
        spool.write(number * 24_000, CANARY * 1000)
    descriptor = spool._file.fileno()  # noqa: SLF001  # the file has no name to open
    on_disk = os.pread(descriptor, 10_000_000, 0)

    assert (len(on_disk) > 500_000, b"Quillon" in on_disk) == (True, False)


def test_small_stays_in_memory(tmp_path):
    """A document smaller than a run never reaches the disk."""
    spool = Spool(10_000_000, tmp_path)
    spool.write(0, b"x" * (sftp_spool.RUN_BYTES - 1))

    assert spool._file is None  # noqa: SLF001  # there is nothing else to see


def test_no_name(tmp_path):
    """What is put away has no name in any folder."""
    spool = Spool(10_000_000, tmp_path)
    spool.write(0, b"x" * 1_000_000)

    assert list(tmp_path.iterdir()) == []


def test_drop_twice():
    """A spool can be dropped twice."""
    spool = Spool(10)
    spool.write(0, b"x")
    spool.drop()
    spool.drop()

    assert list(spool.chunks()) == []
