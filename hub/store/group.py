"""Group commit: many callers' items, one transaction.

Intake uses it, so that an acceptance is durable when it is answered and a hundred acceptances cost
one wait for the disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

LINGER_SECONDS = 0.004
"""How long callers who come in numbers wait for each other: fewer commits, and nobody notices."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Group(Generic[Item, Answer]):
    """Collects items while a commit is under way and commits them together next."""

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        largest: int = 128,
        gather: float = 0.0,
        linger: float = 0.0,
    ) -> None:
        """Seconds to wait for company: `gather` always, `linger` only while there is some.

        Whoever comes alone is answered at once with `linger`, and pays a moment with `gather`.
        """
        self._commit = commit
        self._largest = largest
        self._gather = gather
        self._linger = linger
        self._last = 1
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Answer:
        """Return the item's answer once it is committed, or raise its own error."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            pause = max(self._gather, self._linger if self._last > 1 else 0.0)
            if pause and len(self._waiting) < self._largest:
                await asyncio.sleep(pause)
            batch = self._waiting[: self._largest]
            self._last = len(batch)
            del self._waiting[: self._largest]
            try:
                answers = await self._commit([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001  # handed to every caller of the batch
                answers = [error] * len(batch)
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
