"""Takes from a process what parsing does not need: network, files, user, privileges, resources.

The reader child calls `confine` before it sees a document. What a platform or container does not
offer is left out, and the answer names what is in force, so that the operations page can say so.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import resource
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

READER = 65533
"""The uid and gid of the child under root: nobody's neighbour, so not the database's user."""

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FS_RIGHTS_NEWEST = 16
_NET_SINCE, _SCOPE_SINCE = 4, 6
_READ = 1 << 0 | 1 << 2 | 1 << 3
_READ_FILE = 1 << 0 | 1 << 2
_LIST = 1 << 3
_SYSTEM = ("/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom", "/proc/self")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")
_held_open: int | None = None
_FILES = 64
_PROCESSES = 256


def confine(memory_mb: int, packages: Collection[str]) -> tuple[str, ...]:
    """Confine this process for good; return the guards that are in force, in words.

    `packages` are the top-level ones that may still be imported, beside the interpreter's own.
    """
    global _held_open  # noqa: PLW0603  # opened while it may be, read as long as the process lives
    guards = ["memory", "files written"]
    with contextlib.suppress(OSError):
        _held_open = os.open("/proc/self/statm", os.O_RDONLY)
    readable = sys.platform != "linux" or _readable_by_others()
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        root = os.geteuid() == 0
        if libc.unshare(_NEWNET if root else _NEWUSER | _NEWNET) == 0:
            guards.append("network")
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if _landlock(libc, packages):
            guards.append("files read")
    if os.geteuid() == 0 and readable and _drop_user():
        guards.append("user")
    if sys.platform == "linux":
        _drop_capabilities(libc)
    _limit(memory_mb, dropped="user" in guards)
    return tuple(sorted(guards))


def allow_seconds(seconds: float) -> None:
    """Let this process burn and wait `seconds` more, and a little; then the kernel ends it."""
    import signal  # noqa: PLC0415  # kept off the child's start

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, seconds + 2)


def rest() -> None:
    """Stop the clock that `allow_seconds` started, while waiting for the next document."""
    import signal  # noqa: PLC0415  # kept off the child's start

    signal.setitimer(signal.ITIMER_REAL, 0)


def held_mb() -> float:
    """Return how much memory this process has resident, in MB; its peak where that isn't told.

    The peak would not do on Linux: a child inherits that of the process which started it.
    """
    if _held_open is not None:
        return int(os.pread(_held_open, 128, 0).split()[1]) * resource.getpagesize() / 1048576
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _readable_by_others() -> bool:
    """Say whether another user could still import: a venv in a closed home can't be."""
    for entry in {*sys.path, sys.prefix, sys.base_prefix}:
        folder = Path(entry or ".").resolve()
        if not folder.exists():
            continue
        if any(not each.stat().st_mode & 0o001 for each in (folder.parent, *folder.parents)):
            return False
        if not folder.stat().st_mode & 0o004:
            return False
    return True


def _drop_user() -> bool:
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setgid(READER)
        os.setuid(READER)
        return True
    return False


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Give up what root, or the user of a fresh user namespace, may do beyond its files."""
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        libc.syscall(number, struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24))


def _limit(memory_mb: int, *, dropped: bool) -> None:
    room = _address_space() + memory_mb * 1024 * 1024
    limits = {
        resource.RLIMIT_AS: room,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _FILES,
    }
    if dropped:
        limits[resource.RLIMIT_NPROC] = _PROCESSES
    for name, limit in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (limit, limit))


def _address_space() -> int:
    """Return the bytes of address space in use, which RLIMIT_AS counts too."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 512 * 1024 * 1024
    return pages * resource.getpagesize()


def _landlock(libc: ctypes.CDLL, packages: Collection[str]) -> bool:
    """Leave reading of the interpreter, the packages and the system; nothing else, no writing."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << _FS_RIGHTS.get(version, _FS_RIGHTS_NEWEST)) - 1
    ruleset = struct.pack("=Q", handled)
    if version >= _NET_SINCE:
        ruleset += struct.pack("=Q", 0b11)
    if version >= _SCOPE_SINCE:
        ruleset += struct.pack("=Q", 0b11)
    handle = libc.syscall(_LANDLOCK_CREATE, ruleset, len(ruleset), 0)
    if handle < 0:
        return False
    try:
        for place in {sys.prefix, sys.base_prefix, *_SYSTEM, *_SYSTEM_FILES, *_places(packages)}:
            _allow(libc, handle, place, _READ if Path(place).is_dir() else _READ_FILE)
        for place in sys.path:
            # a checkout on the path may hold the hub's data: importing needs its names only
            _allow(libc, handle, place, _LIST)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, handle, 0) == 0)
    finally:
        os.close(handle)


def _places(packages: Collection[str]) -> set[str]:
    """Return the folders of top-level packages, wherever their install has them."""
    specs = [importlib.util.find_spec(name) for name in packages]
    return {place for spec in specs if spec for place in spec.submodule_search_locations or ()}


def _allow(libc: ctypes.CDLL, ruleset: int, place: str, rights: int) -> None:
    with contextlib.suppress(OSError):
        parent = os.open(place, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
        try:
            libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, parent), 0)
        finally:
            os.close(parent)
