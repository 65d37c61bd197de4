"""An adapter made of a profile's text: how a profile that was activated reaches the reader child.

The hub binds `adapters.workshop.live:adapter` (or an MCO module's own `live`, where a sender has a
habit that no profile can say) with the text as its profile. The adapter's version ends in the
text's digest, so that every reading says which text it was read by.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.profiles import Profile, load

if TYPE_CHECKING:
    from hub.canonical import Adapter

MAKER: Final = "adapters.workshop.live:adapter"
_SHOWN: Final = 12
_FORMATS: Final = "adapters.formats."


def digest(text: str) -> str:
    """Return the SHA-256 of a profile's text in hex, the same whatever the line ends."""
    return hashlib.sha256("\n".join(text.splitlines()).encode()).hexdigest()


def adapter(text: str) -> Adapter:
    """Return the adapter of a profile; `ProfileError` when it can't be used."""
    profile = load(text)
    return dated(_made(profile), profile, text)


def dated(made: Any, profile: Profile, text: str) -> Adapter:  # noqa: ANN401  # any reader
    """Give a reader its profile's version and digest, `1+0123456789ab`."""
    version = f"{profile.version}+{digest(text)[:_SHOWN]}".replace(" ", "-")
    if is_dataclass(made) and not isinstance(made, type):
        made = replace(made, version=version)
    else:
        made.version = version
    found: Adapter = made
    return found


def _made(profile: Profile) -> Any:  # noqa: ANN401  # a reader of some format, imported when needed
    if profile.format == "csv":
        return importlib.import_module("adapters.formats.tabular").TabularReader(profile)
    if profile.format == "hl7v2":
        hl7v2 = importlib.import_module("adapters.formats.hl7v2")
        return hl7v2.Hl7v2Reader(hl7v2.habits_of(profile))
    if profile.format == "ccda":
        profiled = importlib.import_module("adapters.formats.ccda.profiled")
        ccda = importlib.import_module("adapters.formats.ccda")
        return ccda.CcdaAdapter(profile.name, profile.version, profiled.habits_of(profile))
    if profile.format == "pdf":
        return importlib.import_module("adapters.formats.pdf").PdfReader(profile)
    return importlib.import_module("adapters.formats.office").OfficeReader(profile)


def known_as(path: str) -> tuple[str, str]:
    """Return (name, version) of the adapter at a dotted path."""
    module, _, attribute = path.partition(":")
    found: Adapter = getattr(importlib.import_module(module), attribute)
    return found.name, found.version


def maker_of(path: str) -> str:
    """Return what makes a live adapter in the place of the one at a dotted path."""
    module, _, _ = path.partition(":")
    own = hasattr(importlib.import_module(module), "live") if module else False
    return f"{module}:live" if own else MAKER


def form_of(path: str) -> str:
    """Return the format that the adapter at a dotted path reads, by the package of its reader."""
    module, _, attribute = path.partition(":")
    return form_named(getattr(importlib.import_module(module), attribute))


def form_named(found: object) -> str:
    """Return the format that an adapter reads."""
    rooms = [kind.__module__ for kind in type(found).__mro__]
    room = next((one for one in rooms if one.startswith(_FORMATS)), f"{_FORMATS}other")
    form = room.removeprefix(_FORMATS).partition(".")[0]
    return "csv" if form == "tabular" else form


def digest_of(path: str) -> str:
    """Return the digest of the profile beside the module at a dotted path, or the empty string."""
    module = importlib.import_module(path.partition(":")[0])
    beside = Path(module.__file__ or "").with_suffix(".yaml")
    return digest(beside.read_text(encoding="utf-8")) if beside.is_file() else ""
