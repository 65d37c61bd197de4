"""The consent policy the hub runs under: its state, law packs, policy file, and their switches.

`hub.main.opening` asks once at start; `icp-hub consent table` shows it. A pack or policy that can't
be read, or a switch that names a rule that always holds, stops the start: a hub that would deny
everything should say so at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from consent.packs import read_pack
from consent.policies import read_policy
from consent.records import Policy
from consent.rules import check_switches
from consent.states import SHIPPED
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from consent.packs import Pack
    from consent.policies import Entry, PolicyFile
    from hub.settings import Settings


def policy_of(settings: Settings) -> Policy:
    """Return the policy of the settings; `Misconfigured` names the setting that is wrong."""
    packs = packs_of(settings)
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
    written = _written(settings, packs)
    return written.over(policy) if written else policy


def packs_of(settings: Settings) -> tuple[Pack, ...]:
    """Return the law packs that ship and those of the settings' folder."""
    return (*SHIPPED, *_read(Path(settings.law_packs))) if settings.law_packs else SHIPPED


def entries_of(settings: Settings) -> tuple[Entry, ...]:
    """Return what the policy file says, each entry with its owner and reason, for people."""
    written = _written(settings, packs_of(settings))
    return written.entries if written else ()


def _written(settings: Settings, packs: tuple[Pack, ...]) -> PolicyFile | None:
    if not settings.consent_policy:
        return None
    path = Path(settings.consent_policy)
    try:
        clauses = [one for pack in packs for one in pack.clauses]
        return read_policy(path.read_text("utf-8"), clauses)
    except OSError as error:
        told = f"can't be read ({type(error).__name__}); name a TOML file"
        raise Misconfigured("ICP_HUB_CONSENT_POLICY", told) from None
    except ValueError as error:
        raise Misconfigured("ICP_HUB_CONSENT_POLICY", f"{path.name}: {error}") from None


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
