"""Adapters for the sandbox's tests: good ones, and one for each way to misbehave.

A document's content says which one knows it: the word before the first blank is the adapter's name.
"""

from __future__ import annotations

import ctypes
import os
import socket
import time
from pathlib import Path

from hub.canonical import Document, Finding, Goal, Header, Member, Name, Plan, Reading, Tally

MEMBER = "Zzyzx Delgado"
_KEPT: list[bytes] = []


class Adapter:
    """An adapter that knows documents by their first word."""

    version = "1"

    def __init__(self, name, read, *, isolate=False):
        self.name = name
        self.isolate = isolate
        self._read = read

    def identify(self, document: Document) -> bool:
        """Know the documents that begin with this adapter's name."""
        return self.name.encode() in document.content.split(b"\n")[0].split()

    def read(self, document: Document) -> Reading:
        """Do what the adapter is for."""
        return self._read(document)


def _plan(text):
    return Plan(header=Header(title=text), goals=(Goal(text=text),))


def _good(document):
    return Reading(plans=(_plan(document.content.decode()),), coverage=Tally(1, 1))


def _empty(_):
    return Reading(plans=(_plan("one"), Plan(header=Header(title="no goals"))))


def _silent(_):
    return Reading()


def _miscounted(_):
    return Reading(plans=(_plan("one"),), coverage=Tally(5, 1, 1, 1))


def _loop(_):
    while True:
        pass


def _sleep(_):
    time.sleep(3600)


def _hoard(_):
    kept = []
    while True:
        kept.append(bytes(50_000_000))


def _swell(document):
    _KEPT.append(b"x" * 400_000_000)
    return _good(document)


def _abort(_):
    os.abort()


def _leave(_):
    os._exit(0)


def _segfault(_):
    ctypes.string_at(0)


def _gossip(_):
    raise ValueError(f"no such member: {MEMBER}")


def _recursion(document):
    return _recursion(document)


def _stop(_):
    raise SystemExit(MEMBER)


def _wrong(_):
    return {"plans": [MEMBER]}


def _inside(_):
    return Reading(plans=(Plan(member=Member(name=Name(family=[MEMBER, 7]))),))


def _untold(_):
    return Reading(plans=(Plan(header=Header(title=object())),))


def _huge(_):
    return Reading(plans=(_plan("x" * 70_000_000),))


def _babble(document):
    os.write(0, b"\xff" * 1000)
    return _good(document)


def _forge(document):
    os.write(0, b"\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00")
    return _good(document)


def _print(document):
    os.write(1, MEMBER.encode())
    os.write(2, MEMBER.encode())
    return _good(document)


def _tried(*attempts):
    """Return a reading that lists, as notes, which attempts the sandbox let through."""

    def read(document):
        let = []
        for attempt in attempts:
            try:
                let.append(str(attempt(document.content.split(b"\n")[1].decode())))
            except OSError as error:
                let.append(type(error).__name__)
        return Reading(plans=(_plan(" ".join(let)),), findings=(Finding("note", "tried", "x"),))

    return read


def _connect(where):
    with socket.create_connection(("127.0.0.1", int(where)), timeout=1):
        return "connected"


def _written(where):
    Path(where).write_text("x" * 100)
    return "written"


good = Adapter("good", _good)
twin = Adapter("good", _good)
twin.name = "good"
twin.version = "2"
empty = Adapter("empty", _empty)
silent = Adapter("silent", _silent)
miscounted = Adapter("miscounted", _miscounted)
loop = Adapter("loop", _loop)
sleep = Adapter("sleep", _sleep)
hoard = Adapter("hoard", _hoard)
swell = Adapter("swell", _swell)
abort = Adapter("abort", _abort)
leave = Adapter("leave", _leave)
segfault = Adapter("segfault", _segfault)
gossip = Adapter("gossip", _gossip)
recursion = Adapter("recursion", _recursion)
stop = Adapter("stop", _stop)
wrong = Adapter("wrong", _wrong)
inside = Adapter("inside", _inside)
untold = Adapter("untold", _untold)
huge = Adapter("huge", _huge)
babble = Adapter("babble", _babble)
forge = Adapter("forge", _forge)
talkative = Adapter("talkative", _print)
connect = Adapter("connect", _tried(_connect))
peek = Adapter("peek", _tried(lambda where: len(Path(where).read_bytes())))
scribble = Adapter("scribble", _tried(_written))
environment = Adapter("environment", _tried(lambda _: ",".join(sorted(os.environ))))
handles = Adapter(
    "handles",
    _tried(lambda _: ",".join(sorted(each.name for each in Path("/proc/self/fd").iterdir()))),
)
process = Adapter("process", _tried(lambda _: os.getpid()))
forked = Adapter("forked", _tried(lambda _: os.getpid()), isolate=True)
forked_abort = Adapter("forked_abort", _abort, isolate=True)
forked_loop = Adapter("forked_loop", _loop, isolate=True)
forked_hoard = Adapter("forked_hoard", _hoard, isolate=True)
nothing = object()


class Confused(Adapter):
    """An adapter that can't even say whether it knows a document."""

    def identify(self, document: Document) -> bool:
        """Fail."""
        raise KeyError(MEMBER, document)


confused = Confused("confused", _good)


def profiled(text):
    """Return an adapter made from a profile's text, which it repeats."""
    if text == "broken":
        raise ValueError(MEMBER)
    return Adapter("good", lambda _: Reading(plans=(_plan(text),), coverage=Tally(1, 1)))
