"""What is known of a disk before it is trusted."""

from __future__ import annotations

import errno
import os
import platform

import pytest

from hub.vault import disk


@pytest.fixture
def fresh():
    """Ask for the C library anew, before and after."""
    disk._libc.cache_clear()  # noqa: SLF001  # the platform is told otherwise below
    yield
    disk._libc.cache_clear()  # noqa: SLF001  # the same


@pytest.fixture
def handle(tmp_path):
    """Give an open folder."""
    opened = os.open(tmp_path, os.O_RDONLY)
    yield opened
    os.close(opened)


@pytest.mark.parametrize(
    ("system", "release"), [("Darwin", "25.1.0"), ("Linux", "5.7.19"), ("Linux", "4.18.0-553")]
)
@pytest.mark.usefixtures("fresh")
def test_who_does_not_report_is_not_trusted(handle, monkeypatch, system, release):
    """Elsewhere than on Linux from 5.8 each file is asked for by itself."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "release", lambda: release)

    assert not disk.whole(handle)


@pytest.mark.skipif(platform.system() != "Linux", reason="procfs is Linux's")
@pytest.mark.usefixtures("fresh")
def test_an_unknown_file_system_is_not_trusted():
    """On anything but ext4 and XFS each file is asked for by itself."""
    handle = os.open("/proc", os.O_RDONLY)
    try:
        assert not disk.whole(handle)
    finally:
        os.close(handle)


def test_flushing_works_where_it_is_trusted(handle):
    """A disk that is trusted can be flushed."""
    if not disk.whole(handle):
        pytest.skip("this disk is asked for each file by itself")

    assert disk.syncfs(handle) is None


def test_a_failed_flush_is_told(handle):
    """A flush that fails raises with the system's own number."""
    if not disk.whole(handle):
        pytest.skip("this disk is asked for each file by itself")
    with pytest.raises(OSError, match="syncfs") as caught:
        disk.syncfs(-1)

    assert errno.EBADF == caught.value.errno
