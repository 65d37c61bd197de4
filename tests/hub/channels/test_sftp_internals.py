"""What the SFTP server relies on in asyncssh beyond its public face; fails when that changes."""

from __future__ import annotations

import inspect

import asyncssh
import pytest
from asyncssh.sftp import SFTPServerHandler

from hub.channels import sftp_server
from hub.channels.sftp_files import Nothing
from hub.channels.sftp_session import Handler
from hub.errors import Misconfigured

FORMATTING = {"channel", "connection", "env", "logger", "convert_attrs", "format_longname"}
"""What touches no file: properties of the session, and the look of a listing's line."""

HARMLESS = {"exit", "format_user", "format_group"}
"""What `VirtualFiles` overrides itself."""


def test_every_method_is_refused_first():
    """No method of asyncssh's server that could touch a file is inherited, new ones included."""
    public = {name for name in vars(asyncssh.SFTPServer) if not name.startswith("_")}

    assert public - FORMATTING - HARMLESS <= set(vars(Nothing))


def test_requests():
    """The requests that exist are these, new ones of asyncssh not among them."""
    handles = Handler._packet_handlers.values()  # noqa: SLF001  # what is held fast
    names = {handle.__name__.removeprefix("_process_") for handle in handles}

    assert names == {
        *("open", "close", "read", "write", "opendir", "readdir", "remove", "rename"),
        *("posix_rename", "realpath", "stat", "lstat", "fstat", "setstat", "fsetstat", "limits"),
    }


def test_extensions():
    """Only the extensions that are served are announced."""
    assert [name for name, _ in Handler._extensions] == [  # noqa: SLF001  # what is held fast
        b"posix-rename@openssh.com",
        b"limits@openssh.com",
    ]


def test_clean_up_closes_open_files():
    """The library still closes open files in `_cleanup`, which is why `abandon` comes before it."""
    assert "self._server.close(file_obj)" in inspect.getsource(SFTPServerHandler._cleanup)  # noqa: SLF001  # what is held fast


def test_client_close_forgets_the_handle_first():
    """The library still takes a handle out before it calls `close` for the client's own CLOSE."""
    source = inspect.getsource(SFTPServerHandler._process_close)  # noqa: SLF001  # what is held fast

    assert source.index("_file_handles.pop(") < source.index("self._server.close(")


def test_requests_are_handled_in_turn():
    """One request is still finished before the next is read, so a close follows its writes."""
    assert "await self._process_packet(" in inspect.getsource(SFTPServerHandler.recv_packets)


@pytest.mark.parametrize("version", ["2.24.0", "2.23.1", "1.99.9"])
def test_old_version(monkeypatch, version):
    """An asyncssh with known holes stops the start."""
    monkeypatch.setattr(asyncssh, "__version__", version)

    with pytest.raises(Misconfigured, match=r"install 2\.24\.1 or later"):
        sftp_server._hold_to_version()  # noqa: SLF001  # the guard itself
