"""The threads for images: which work waits for which, and work that there isn't enough memory for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.core.errors import StorageError
from bot.core.images.threads import Threads

PHOTO, POSTER = 8_000_000, 40_000_000


class Large:
    """Work that lasts until it may end, and counts how much of it is done at the same time."""

    def __init__(self) -> None:
        self.may_end, self.now, self.most = threading.Event(), 0, 0

    def __call__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.may_end.wait()
        self.now -= 1


@asynccontextmanager
async def running(threads: Threads, pixels: int, times: int) -> AsyncIterator[Large]:
    work = Large()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(times):
            tasks.create_task(threads.run(work, pixels=pixels))
        while not work.now:
            await asyncio.sleep(0)
        try:
            yield work
        finally:
            work.may_end.set()


@pytest.mark.parametrize("pixels", [PHOTO, POSTER])
async def test_a_small_image_waits_for_no_large_one(pixels: int) -> None:
    threads = Threads()
    async with running(threads, pixels, times=20):
        assert await threads.run(lambda: "small", pixels=1_000_000) == "small"


async def test_one_large_image_of_somebody_else_is_no_reason_to_wait_for_another_large_one() -> None:
    threads = Threads()
    async with running(threads, POSTER, times=5):
        assert await threads.run(lambda: "a photo", pixels=PHOTO) == "a photo"


async def test_of_those_that_take_much_memory_one_is_decoded_at_a_time() -> None:
    async with running(Threads(), POSTER, times=5) as work:
        await asyncio.sleep(0)
    assert work.most == 1


async def test_without_enough_memory_it_is_tried_once_more_alone() -> None:
    threads, tries = Threads(), []

    def work(failures: int) -> Callable[[], str]:
        def attempt() -> str:
            tries.append(failures)
            if len(tries) <= failures:
                raise MemoryError
            return "done"

        return attempt

    assert await threads.run(work(1), pixels=PHOTO) == "done"
    tries.clear()
    with pytest.raises(StorageError, match="memory"):
        await threads.run(work(2), pixels=PHOTO)
