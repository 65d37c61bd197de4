"""A profile and its samples at somebody's desk: loaded, checked, read in the sandbox.

The commands use it. The profile's own modules are found by name, since the hub imports no adapter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hub.adopting.written import Written, binding, loaded, maker, workshop
from hub.canonical import Document
from hub.errors import Refused
from hub.terminal import err

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hub.canonical import Reading
    from hub.ports import Binding
    from hub.settings import Settings

__all__ = ["Written", "binding", "documents", "read", "readings", "text_of", "workshop", "written"]


def text_of(file: Path) -> str:
    """Return a profile file's text; `Refused` when it isn't text."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused("not_utf8", "the profile is not UTF-8 text; save it as UTF-8") from None


def written(file: Path) -> Written:
    """Return the profile in a file; `Misconfigured` when it can't be used, with its first fault."""
    return loaded(text_of(file), file.name)


def documents(files: Sequence[Path], sender: str = "") -> list[Document]:
    """Return files as the hub would be handed them."""
    found = []
    for file in files:
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        found.append(Document(content, file.name, "", digest, sender))
    return found


def readings(settings: Settings, profile: Written, files: Sequence[Path]) -> list[Reading]:
    """Return each file's reading by the profile, with progress on stderr."""
    given = documents(files, profile.profile.sender)
    with err.status("reading…") as status:

        def told(done: int) -> None:
            status.update(f"reading… {done} of {len(given)}")

        return read(settings, binding(profile, maker(profile)), given, told)


def read(
    settings: Settings,
    bound: Binding,
    given: Sequence[Document],
    told: Callable[[int], None] = lambda _: None,
) -> list[Reading]:
    """Return each document's reading in the sandbox; `told` hears how many are done."""
    from hub.main import read_documents  # noqa: PLC0415  # keeps start-up quick

    return [reading for _, reading in read_documents(settings, [bound], given, told)]
