"""A profile's text, checked and loaded, and the binding that reads by it.

The commands and the workbench use it. The profile's own modules are found by name, since the hub
imports no adapter.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from hub.errors import Misconfigured
from hub.ports import Binding

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


def loaded(text: str, name: str) -> Written:
    """Return the profile in a text; `Misconfigured` when it can't be used, with its first fault."""
    wrong = [one for one in workshop("checking").check(text) if one.severity == "wrong"]
    if wrong:
        first, more = wrong[0], len(wrong) - 1
        tail = f", and {more} more; run `icp-hub adapters check`" if more else ""
        raise Misconfigured(f"{name}:{first.line} `{first.key}`", f"{first.message}{tail}")
    profile = importlib.import_module("adapters.profiles").load(text)
    return Written(text, workshop("live").digest(text), profile)


def binding(profile: Written, maker: str = MAKER) -> Binding:
    """Return the binding that reads by a profile's text."""
    return Binding(maker, profile.text, profile.profile.version)


def maker(profile: Written) -> str:
    """Return what makes the profile's adapter: the MCO module's own `live`, if it has one."""
    path = f"adapters.mcos.{profile.profile.name.replace('-', '_')}"
    if importlib.util.find_spec(path) is None:
        return MAKER
    found: str = workshop("live").maker_of(f"{path}:ADAPTER")
    return found
