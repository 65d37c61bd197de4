"""What the worker walks with, and one plan between two steps."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from consent.records import Policy
from hub.pipeline.fresh import Fresh
from hub.pipeline.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.delivery import Retry
    from hub.directory import Route
    from hub.ports import Channel, Clock, Reader, Stored, Vault
    from hub.stored import Line, PlanOutcome


@dataclass(frozen=True, slots=True)
class Engine:
    """What the worker walks with; `hub.main` knows what is real."""

    line: Line
    vault: Vault
    reader: Reader
    channels: Mapping[str, Channel]
    clock: Clock
    retry: Retry
    public_url: str = ""
    confirm_below: float = 0.9
    policy: Policy = field(default_factory=Policy)
    fresh: Fresh = field(default_factory=Fresh)
    turns: Turns = field(default_factory=Turns)

    async def released(self, digest: str) -> bytes:
        """Return released bytes: those kept just now, else the vault's."""
        return self.fresh.take(digest) or await self.vault.get(digest)


@dataclass(frozen=True, slots=True)
class Walk:
    """One plan between steps: its outcome so far and the bytes to keep before it is committed."""

    outcome: PlanOutcome
    keep: tuple[bytes, ...] = ()
    way: Route | None = None
    before: PlanOutcome | None = None
    """Where the plan stood when it was claimed, to tell whether anything changed."""
    barred: str = ""
    """Why the document it speaks of keeps it from going on (`hub.succession.REASONS`)."""

    def stored_at(self, kept: Stored | None) -> PlanOutcome:
        """Return the outcome with the address of the plan's bytes, if they were kept just now.

        A release of the whole plan points at the same bytes.
        """
        if kept is None:
            return self.outcome
        draft = replace(self.outcome.draft, digest=kept.digest, size=kept.size)
        release = self.outcome.release
        if release is not None and not release.plan_digest:
            release = replace(release, plan_digest=kept.digest)
        return replace(self.outcome, draft=draft, release=release)


def named(error: Exception) -> str:
    """Return an error's class and the line of ours it came from; never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"
