"""A profile and its samples at somebody's desk: loaded, checked, read in the sandbox.

The commands use it. The profile's own modules are found by name, since the hub imports no adapter.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.canonical import Document
from hub.errors import Misconfigured, Refused
from hub.ports import Binding
from hub.terminal import err

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hub.canonical import Reading
    from hub.settings import Settings

MAKER = "adapters.workshop.live:adapter"


def workshop(name: str) -> Any:  # noqa: ANN401  # a module that the hub knows by name only
    """Return a module of the adapters' workshop."""
    return importlib.import_module(f"adapters.workshop.{name}")


@dataclass(frozen=True, slots=True)
class Written:
    """A profile as it stands in a file: its text, its digest, and the loaded profile."""

    text: str
    digest: str
    profile: Any

    @property
    def label(self) -> str:
        """Return name, version and the head of the digest."""
        return f"{self.profile.name} {self.profile.version} ({self.digest[:12]})"


def text_of(file: Path) -> str:
    """Return a profile file's text; `Refused` when it isn't text."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused("not_utf8", "the profile is not UTF-8 text; save it as UTF-8") from None


def written(file: Path) -> Written:
    """Return the profile in a file; `Misconfigured` when it can't be used, with its first fault."""
    text = text_of(file)
    wrong = [one for one in workshop("checking").check(text) if one.severity == "wrong"]
    if wrong:
        first, more = wrong[0], len(wrong) - 1
        tail = f", and {more} more; run `icp-hub adapters check`" if more else ""
        raise Misconfigured(f"{file.name}:{first.line} `{first.key}`", f"{first.message}{tail}")
    profile = importlib.import_module("adapters.profiles").load(text)
    return Written(text, workshop("live").digest(text), profile)


def binding(profile: Written, maker: str = MAKER) -> Binding:
    """Return the binding that reads by a profile's text."""
    return Binding(maker, profile.text, profile.profile.version)


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


def maker(profile: Written) -> str:
    """Return what makes the profile's adapter: the MCO module's own `live`, if it has one."""
    path = f"adapters.mcos.{profile.profile.name.replace('-', '_')}"
    if importlib.util.find_spec(path) is None:
        return MAKER
    found: str = workshop("live").maker_of(f"{path}:ADAPTER")
    return found
