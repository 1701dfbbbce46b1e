"""Background tasks: references to them are kept, and their failures are logged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Tasks:
    """A set of tasks that run in the background. `awaited`: the callers that wait get their failures."""

    def __init__(self, *, awaited: bool = False) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._awaited = awaited

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `work`. A failure is logged under `name`, unless it is raised to a caller."""
        task = asyncio.create_task(work, name=name)
        self.keep(task)
        return task

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Keep a task that was started elsewhere."""
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def drain(self, seconds: float) -> None:
        """Wait for all tasks for at most `seconds`, then cancel the rest and wait for them to end.

        This includes tasks that are started meanwhile.
        """
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        while left := {task for task in self._tasks if not task.done()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()  # read it, or asyncio would log it as never retrieved: its caller may be gone
        if error and not self._awaited:
            logger.error("%s failed", task.get_name(), exc_info=error)
