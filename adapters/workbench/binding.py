"""Which adapters a sender has, which profile each reads by, and one made anew from an edited one.

`reading` calls it inside the sandboxed child. Only the hub's own adapters can be had, like
everywhere else. An adapter module's profile is the YAML that stands beside it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.formats.office import OfficeReader
from adapters.formats.pdf import PdfReader
from adapters.formats.tabular import TabularReader
from adapters.workbench.slips import checked
from hub.canonical import Sealed

if TYPE_CHECKING:
    from adapters.profiles import Profile
    from hub.canonical import Adapter
    from hub.canonical.source import Ask, Slip

_OURS: Final = "adapters."


@dataclass(frozen=True, slots=True, repr=False)
class Bound(Sealed):
    """One bound adapter, the path it is bound by, and its profile's text where it has one."""

    path: str
    adapter: Adapter
    profile: str = ""


def bound(ask: Ask) -> tuple[list[Bound], tuple[Slip, ...]]:
    """Return the adapters of a question, the tried profile in place, and what is wrong with it."""
    made = [one(path, profile) for path, profile in ask.bindings]
    if not ask.tried:
        return made, ()
    profile, slips = checked(ask.tried)
    if profile is None:
        return made, slips
    if not ask.on:
        return [Bound("", _made(profile), ask.tried)], ()
    return [_tried(b, ask.tried, profile) if b.path == ask.on else b for b in made], ()


def one(path: str, profile: str | None) -> Bound:
    """Return one bound adapter; raises whatever keeps it from being loaded."""
    module, _, name = path.strip().partition(":")
    if not module.startswith(_OURS):
        raise ValueError("only the hub's own adapters can be looked at")
    home = importlib.import_module(module)
    found: Any = getattr(home, name)
    if profile is not None:
        return Bound(path, found(profile), profile)
    return Bound(path, found, _beside(home))


def _beside(home: Any) -> str:  # noqa: ANN401  # any adapter's module
    """Return the profile an adapter's module was made with, or nothing."""
    file = getattr(home, "_PROFILE", None)
    place = file if isinstance(file, Path) else Path(str(home.__file__)).with_suffix(".yaml")
    return place.read_text("utf-8") if place.is_file() else ""


def _tried(was: Bound, text: str, profile: Profile) -> Bound:
    """Return the same kind of adapter with another profile."""
    like = was.adapter
    if isinstance(like, OfficeReader):
        return Bound(was.path, type(like)(profile, like.name), text)
    if isinstance(like, (PdfReader, TabularReader)):
        return Bound(was.path, type(like)(profile), text)
    return Bound(was.path, _made(profile), text)


def _made(profile: Profile) -> Adapter:
    """Return the format's own reader with a profile."""
    if profile.format == "hl7v2":
        return Hl7v2Reader(habits_of(profile))
    if profile.format == "pdf":
        return PdfReader(profile)
    return OfficeReader(profile) if profile.format == "office" else TabularReader(profile)
