"""Trials of profiles as background work: asked for on a page, done by a worker, kept as a row.

The console calls `asked` and `reopened`, the worker's ticker `work`. A trial that a node did not
end is begun again by another once its lease is over. A row holds counts, names of fields and ids.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import structlog

from hub.adopting import trying
from hub.adopting.comparing import Change, Difference
from hub.adopting.trying import Trial
from hub.adopting.written import loaded
from hub.canonical import Tally  # noqa: TC001  # decoded by it
from hub.errors import HubError, Misconfigured, Refused, Trouble
from hub.ids import new_id
from hub.on_trial import AskedTrial

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.adopting.written import Written

log = structlog.get_logger()

MOST_ATTEMPTS: Final = 3
RENEW_SECONDS: Final = 20.0
_NAME: Final = "the profile"


class Trials(Protocol):
    """The rows of trials."""

    async def begin(self, one: AskedTrial) -> None:
        """Keep a trial that waits to be done."""
        ...

    async def claim(self) -> AskedTrial | None:
        """Lease the next trial that is due."""
        ...

    async def renew(self, one: AskedTrial, done: int, whole: int) -> None:
        """Keep how far a leased trial is, and the lease."""
        ...

    async def end(self, one: AskedTrial) -> None:
        """Keep what a leased trial came to."""
        ...

    async def one(self, trial: str) -> AskedTrial:
        """Return a trial; `Refused` 404 for none."""
        ...

    async def newest(self, limit: int) -> list[AskedTrial]:
        """Return trials, the newest first."""
        ...


class Tries(trying.Adopts, Protocol):
    """A hub that keeps trials."""

    @property
    def trials(self) -> Trials:
        """Return the rows of trials."""
        ...


class _Found(msgspec.Struct):
    """A difference as a row keeps it: no value of any document."""

    fields: dict[str, tuple[int, int, int]]
    same: int
    differing: int
    broken: list[str]
    mended: list[str]
    before: Tally
    now: Tally
    read: int
    lost: int
    unread: dict[str, int] = {}


async def asked(hub: Tries, mco: str, text: str, last: int, actor: str) -> str:
    """Keep a trial to be done; `Refused` or `Misconfigured` for what would be refused anyway."""
    profile = await asyncio.to_thread(loaded, text, _NAME)
    await trying.prepared(hub, mco, profile)
    one = AskedTrial(
        id=new_id("trl"),
        mco=mco,
        name=profile.profile.name,
        version=profile.profile.version,
        digest=profile.digest,
        text=profile.text,
        last=last,
        actor=actor,
        made_at=hub.clock.now(),
    )
    await hub.trials.begin(one)
    return one.id


async def work(hub: Tries) -> bool:
    """Do the next trial that waits; False when none does."""
    one = await hub.trials.claim()
    if one is None:
        return False
    try:
        ended = await _tried(hub, one)
    except Trouble:
        raise  # the lease runs out and it is begun again
    except (Refused, Misconfigured) as error:
        ended = replace(one, state="refused", says=str(error))
    except Exception as error:  # noqa: BLE001  # one trial's failure is nobody else's
        log.warning("trial.failed", trial=one.id, error=type(error).__name__)
        says = f"the hub itself failed ({type(error).__name__})"
        ended = replace(one, state="failed", says=says)
    await hub.trials.end(ended)
    return True


async def _tried(hub: Tries, one: AskedTrial) -> AskedTrial:
    if one.attempts > MOST_ATTEMPTS:
        says = "it was begun again and again and never ended; try it on fewer documents"
        return replace(one, state="failed", says=says)
    profile = await asyncio.to_thread(loaded, one.text, _NAME)
    async with _told(hub, one) as told:
        trial = await trying.tried(hub, one.mco, profile, one.last, told)
    return replace(
        one,
        state="done",
        maker=trial.maker,
        replaces=trial.replaces,
        before=trial.before,
        found=_kept(trial),
        done=trial.read + trial.lost,
        whole=trial.read + trial.lost,
    )


@asynccontextmanager
async def _told(hub: Tries, one: AskedTrial) -> AsyncIterator[trying.Told]:
    """Give what is told how far a trial is; that is kept soon after, and the lease with it."""
    far, news = [0, 0], asyncio.Event()

    def told(number: int, of: int) -> None:
        far[:] = [number - 1, of]
        news.set()

    async def renew() -> None:
        while True:
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await news.wait()
            except TimeoutError:
                pass
            news.clear()
            try:
                await hub.trials.renew(one, *far)
            except HubError as error:
                log.warning("trial.not_renewed", error=type(error).__name__)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(renew())
    try:
        yield told
    finally:
        task.cancel()


def _kept(trial: Trial) -> str:
    found = trial.difference
    fields = {name: (c.gained, c.lost, c.changed) for name, c in found.fields.items()}
    counts = (found.same, found.differing, found.broken, found.mended, found.before, found.now)
    return msgspec.json.encode(
        _Found(fields, *counts, trial.read, trial.lost, dict(found.unread))
    ).decode()


async def reopened(one: AskedTrial) -> Trial:
    """Return the trial of a row that is done, as it can be shown and put in force."""
    profile: Written = await asyncio.to_thread(loaded, one.text, _NAME)
    held = msgspec.json.decode(one.found or "", type=_Found)
    difference = Difference(
        fields={name: Change(*counts) for name, counts in held.fields.items()},
        same=held.same,
        differing=held.differing,
        broken=held.broken,
        mended=held.mended,
        before=held.before,
        now=held.now,
        unread=Counter(held.unread),
    )
    places = (one.maker, one.replaces, one.before)
    return Trial(one.mco, profile, *places, difference, held.read, held.lost)
