"""Calls adapters the guarded way, inside the reader child: whatever they do becomes a reading.

The child's loop calls `guarded`. An exception is told by its class and the adapter's module and
line only: a message or a traceback could hold a name and a date of birth.
"""

from __future__ import annotations

import functools
import importlib
import re
from typing import TYPE_CHECKING, Any

from hub.canonical import Document, Reading, unreadable
from hub.sandbox.seeming import seeming

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from hub.canonical import Adapter
    from hub.sandbox.frames import Bound

_PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)
_PARTS = ("name", "version", "identify", "read")
_FORKED = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
_HEAD = 1024


class NotLoaded(Exception):
    """An adapter that can't be had: the reason holds names only."""


def bound(bindings: Sequence[Bound], prefixes: tuple[str, ...]) -> list[Adapter] | Reading:
    """Return the bound adapters, loaded, or the reading that says which one can't be."""
    try:
        return [loaded(binding.adapter, binding.profile, prefixes) for binding in bindings]
    except NotLoaded as error:
        return unreadable("adapter_not_loaded", f"{error}; mend the binding")


def chosen(
    adapters: Sequence[Adapter], document: Document, prefixes: tuple[str, ...]
) -> Adapter | Reading:
    """Return the one adapter that knows the document, or the reading that says why none does."""
    try:
        known = [adapter for adapter in adapters if adapter.identify(document)]
    except MemoryError:
        return too_much_memory()
    except BaseException as error:  # noqa: BLE001  # whatever an adapter raises is the document's
        return failed(error, prefixes)
    if len(known) == 1:
        return known[0]
    if not known:
        return unreadable(*seeming(document.content))
    names = ", ".join(sorted(titled(adapter) for adapter in known))
    return unreadable("ambiguous_adapter", f"several adapters claim it: {names}; bind one")


def guarded(adapter: Adapter, document: Document, prefixes: tuple[str, ...]) -> Reading:
    """Return the adapter's reading, or the reading that says how it failed."""
    try:
        reading: object = adapter.read(document)
    except MemoryError:
        return too_much_memory()
    except BaseException as error:  # noqa: BLE001  # whatever an adapter raises is the document's
        return failed(error, prefixes)
    if not isinstance(reading, Reading):
        return off_template("the adapter returned no reading; mend it")
    return reading


def wants_fork(adapters: Sequence[Adapter], document: Document) -> bool:
    """Say whether reading takes a process of its own: PDF, archives, images, and who asks for it.

    PDF readers skip junk before the header, so it is looked for in the first 1,024 bytes
    (ISO 32000-1, annex H, note 13).
    """
    head = document.content[:_HEAD]
    risky = head.startswith(_FORKED) or b"%PDF" in head
    return risky or any(getattr(adapter, "isolate", False) for adapter in adapters)


@functools.lru_cache(64)
def loaded(path: str, profile: str | None, prefixes: tuple[str, ...]) -> Adapter:
    """Return the adapter at a dotted path, made from its profile if it has one.

    `NotLoaded` when the path is outside the allowed packages, or leads to no adapter.
    """
    if not _PATH.fullmatch(path) or not path.startswith(prefixes):
        raise NotLoaded("the adapter's path is not one this hub may load")
    module, _, attribute = path.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), attribute)
        adapter: Any = found if profile is None else found(profile)
    except BaseException as error:  # noqa: BLE001  # an adapter's import may raise anything
        raise NotLoaded(f"`{path}` can't be loaded ({type(error).__name__})") from None
    missing = [part for part in _PARTS if not hasattr(adapter, part)]
    if missing:
        raise NotLoaded(f"`{path}` is no adapter: it has no `{missing[0]}`")
    checked: Adapter = adapter
    return checked


def titled(adapter: Adapter) -> str:
    """Return the adapter's name@version."""
    return f"{adapter.name}@{adapter.version}"


def failed(error: BaseException, prefixes: tuple[str, ...]) -> Reading:
    """Return the reading of a document whose adapter raised."""
    place = _last_line(error.__traceback__, prefixes)
    return unreadable("adapter_failed", f"{type(error).__name__} at {place}; mend the adapter")


def too_much_memory() -> Reading:
    """Return the reading of a document that took more memory than it may."""
    return unreadable("too_much_memory", "reading it takes more memory than allowed; split it")


def off_template(message: str) -> Reading:
    """Return the reading of a document whose adapter gave something else than a reading."""
    return unreadable("reading_off_template", message)


def _last_line(traceback: TracebackType | None, prefixes: tuple[str, ...]) -> str:
    """Return `module:line` of the innermost frame in an adapter, else of the innermost one."""
    ours, last = "", "unknown"
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        last = f"{module}:{traceback.tb_lineno}"
        if f"{module}.".startswith(prefixes):
            ours = last
        traceback = traceback.tb_next
    return ours or last
