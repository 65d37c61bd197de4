"""The law packs that ship with the hub, one TOML file per state; `SHIPPED` is all of them."""

from __future__ import annotations

from importlib.resources import files

from consent.packs import Pack, read_pack

SHIPPED: tuple[Pack, ...] = tuple(
    read_pack(one.read_text(encoding="utf-8"))
    for one in sorted(files(__name__).iterdir(), key=lambda one: one.name)
    if one.name.endswith(".toml")
)
"""Read once at start; a pack that can't be read stops the start, since its state needs it."""
