"""A profile put in force: tried on the sender's stored traffic, kept as a version, rolled back.

The commands and the workbench ask and show. Stored bytes are read twice in the sandbox, by the
adapters bound today and by the same with the profile in its place. Nothing changes before `put`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hub.adopting.comparing import Difference
from hub.adopting.written import binding, workshop
from hub.canonical import Document
from hub.errors import Misconfigured, Refused, Trouble
from hub.ids import new_id
from hub.stored import SAME_VERSION, Activation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.adopting.written import Written
    from hub.ports import Binding, Clock, Reader, Vault
    from hub.stored import ClaimedSubmission


Told: TypeAlias = Callable[[int, int], None]
"""Hears (number of the document that is read now, how many there are)."""


class Kept(Protocol):
    """The activated profiles and what can be read again."""

    async def versions(self, mco: str | None = None) -> list[Activation]:
        """Return every profile that was ever activated, newest first."""
        ...

    async def bound(self) -> list[tuple[str, str]]:
        """Return (organisation, adapter) of every binding of the directory."""
        ...

    async def activate(self, one: Activation, counts: Mapping[str, int], before: str) -> None:
        """Put a profile in force in the place of the one before; `Refused` 409 for another one."""
        ...

    async def rollback(
        self, mco: str, name: str, by: str, now: datetime, shown: str = ""
    ) -> tuple[Activation, Activation | None]:
        """Return (what was in force, what is now); `Refused` 409 if `shown` is not in force."""
        ...

    async def recent(self, mco: str, limit: int) -> list[ClaimedSubmission]:
        """Return a sender's newest documents, newest first."""
        ...


class Bound(Protocol):
    """What knows which adapters read a sender."""

    async def bindings(self, mco: str) -> Sequence[Binding]:
        """Return them in their order."""
        ...


class Adopts(Protocol):
    """What a trial needs of a hub."""

    @property
    def profiles(self) -> Kept:
        """Return the activated profiles."""
        ...

    @property
    def line(self) -> Bound:
        """Return who knows the bindings."""
        ...

    @property
    def vault(self) -> Vault:
        """Return the stored bytes."""
        ...

    @property
    def reader(self) -> Reader:
        """Return the guarded reader."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...


@dataclass(slots=True)
class Trial:
    """What a profile would change for a sender: over `read` submissions; `lost` had no bytes.

    `before` is the digest of the profile that was in force under this name, and
    `before_label` its name, version and digest as people read them; empty for none.
    """

    mco: str
    profile: Written
    maker: str
    replaces: str
    before: str = ""
    difference: Difference = field(default_factory=Difference)
    read: int = 0
    lost: int = 0
    before_label: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One adapter or profile of a sender, as `adapters list` shows it."""

    mco: str
    name: str
    format: str
    version: str
    digest: str
    state: str
    since: str = ""
    by: str = ""


async def tried(hub: Adopts, mco: str, profile: Written, last: int, told: Told) -> Trial:
    """Read a sender's newest stored submissions by its adapters and by the profile, and compare."""
    trial, now, then = await prepared(hub, mco, profile)
    await _loads(hub, then[-1])
    stored = await hub.profiles.recent(mco, last)
    for number, one in enumerate(stored, 1):
        told(number, len(stored))
        try:
            content = await hub.vault.get(one.digest)
        except Trouble:
            trial.lost += 1
            continue
        document = Document(content, one.name, one.media_type, one.digest, mco)
        _, before = await hub.reader.read(now, document)
        _, after = await hub.reader.read(then, document)
        await asyncio.to_thread(trial.difference.add, one.id, before, after)
        trial.read += 1
    return trial


async def prepared(
    hub: Adopts, mco: str, profile: Written
) -> tuple[Trial, list[Binding], list[Binding]]:
    """Return the trial, the bindings in force, and the same with the profile, which comes last.

    `Refused` for another sender's profile, the one in force, or a version that another text had.
    """
    if profile.profile.sender != mco:
        raise Refused("wrong_sender", f"the profile's `sender` is not {mco}; mend one of them")
    name = profile.profile.name
    versions = [one for one in await hub.profiles.versions(mco) if one.name == name]
    _refuse_twice(profile, versions)
    coded = [path for one, path in await hub.profiles.bound() if one == mco]
    replaces, maker = await asyncio.to_thread(_made_by, coded, name)
    now = list(await hub.line.bindings(mco))
    active = {one.text for one in versions if one.state == "active"}
    kept = [one for one in now if one.profile not in active and one.adapter != replaces]
    before = next((one for one in versions if one.state == "active"), None)
    trial = Trial(mco, profile, maker, replaces)
    if before is not None:
        trial.before, trial.before_label = before.digest, _label(before)
    return trial, now, [*kept, binding(profile, maker)]


def _made_by(coded: Sequence[str], name: str) -> tuple[str, str]:
    """Return (the adapter of a directory that has this name, what makes the profile's)."""
    live = workshop("live")
    replaces = next((path for path in coded if live.known_as(path)[0] == name), "")
    return replaces, live.maker_of(replaces) if replaces else live.MAKER


def _refuse_twice(profile: Written, versions: list[Activation]) -> None:
    """Refuse the text in force, and another text under the version of one that was."""
    for one in versions:
        if one.state == "active" and one.digest == profile.digest:
            raise Refused("in_force", "this very profile is in force already")
        if one.version == profile.profile.version and one.digest != profile.digest:
            raise Refused("same_version", SAME_VERSION)


async def _loads(hub: Adopts, one: Binding) -> None:
    _, reading = await hub.reader.read((one,), Document(b"?", "trial"))
    if any(finding.code == "adapter_not_loaded" for finding in reading.findings):
        raise Misconfigured("profile", "can't be loaded in the reader; run `adapters check`")


async def put(hub: Adopts, trial: Trial, by: str) -> str:
    """Put the tried profile in force; `Refused` 409 if it was compared with another than is now.

    Return the activation's id.
    """
    gained, lost, changed = trial.difference.totals()
    one = Activation(
        id=new_id("prf"),
        mco=trial.mco,
        name=trial.profile.profile.name,
        version=trial.profile.profile.version,
        digest=trial.profile.digest,
        text=trial.profile.text,
        maker=trial.maker,
        replaces=trial.replaces,
        state="active",
        made_by=by,
        made_at=hub.clock.now(),
    )
    counts = {"read": trial.read, "gained": gained, "lost": lost, "changed": changed}
    counts["quarantined"] = len(trial.difference.broken)
    await hub.profiles.activate(one, counts, trial.before)
    return one.id


async def rolled_back(
    hub: Adopts, mco: str, profile: str, by: str, shown: str = ""
) -> tuple[str, str]:
    """Return (what was in force, what is now), after one step back from the digest `shown`."""
    gone, back = await hub.profiles.rollback(mco, profile, by, hub.clock.now(), shown)
    return _label(gone), _label(back) if back else gone.replaces


def _label(one: Activation) -> str:
    return f"{one.name} {one.version} ({one.digest[:12]})"


async def listed(hub: Adopts, mco: str) -> list[Listed]:
    """Return what reads each sender's documents, and the profiles that once did."""
    versions = await hub.profiles.versions(mco or None)
    bound = [(one, path) for one, path in await hub.profiles.bound() if mco in {"", one}]
    return await asyncio.to_thread(_listed, bound, versions)


def _listed(bound: Sequence[tuple[str, str]], versions: Sequence[Activation]) -> list[Listed]:
    """Return the rows of a list; every profile is loaded for its format."""
    live = workshop("live")
    instead = {(one.mco, one.replaces) for one in versions if one.state == "active"}
    rows = []
    for sender, path in bound:
        name, version = live.known_as(path)
        state = "replaced by a profile" if (sender, path) in instead else "built in"
        rows.append(Listed(sender, name, live.form_of(path), version, live.digest_of(path), state))
    for one in versions:
        form = live.adapter(one.text)
        said = "in force" if one.state == "active" else one.state.replace("_", " ")
        day = f"{one.made_at:%F %H:%M}"
        kind = live.form_named(form)
        rows.append(
            Listed(one.mco, one.name, kind, one.version, one.digest, said, day, one.made_by)
        )
    return sorted(rows, key=lambda row: row.mco)
