"""The consent policy the hub runs under: the state it serves, its law packs, and their switches.

`hub.main.opening` asks once at start. A pack that can't be read, or a switch that names a rule that
always holds, stops the start: a hub that would deny everything should say so at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from consent.packs import read_pack
from consent.records import Policy
from consent.rules import check_switches
from consent.states import SHIPPED
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from consent.packs import Pack
    from hub.settings import Settings


def policy_of(settings: Settings) -> Policy:
    """Return the policy of the settings; `Misconfigured` names the setting that is wrong."""
    packs = (*SHIPPED, *_read(Path(settings.law_packs))) if settings.law_packs else SHIPPED
    policy = Policy(
        packs=packs,
        home_state=settings.state.strip().upper(),
        on=frozenset(settings.consent_on.split()),
        off=frozenset(settings.consent_off.split()),
    )
    try:
        check_switches(policy)
    except ValueError:
        raise Misconfigured(
            "ICP_HUB_CONSENT_ON, ICP_HUB_CONSENT_OFF",
            "name a rule that can't be switched; docs/consent-table.md says which can",
        ) from None
    return policy


def _read(folder: Path) -> list[Pack]:
    found = []
    if not folder.is_dir():
        raise Misconfigured("ICP_HUB_LAW_PACKS", "is no folder; give one with *.toml in it")
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(read_pack(path.read_text("utf-8")))
        except (ValueError, OSError) as error:
            raise Misconfigured("ICP_HUB_LAW_PACKS", f"{path.name}: {error}") from None
    return found
