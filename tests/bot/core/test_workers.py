import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.workers import Workers

ROOT = Path(__file__).parents[3]
IMAGE_IS_WRITTEN = """
import asyncio, threading, time
from bot.core.workers import Workers

workers, begun = Workers(1, "images"), threading.Event()

async def main():
    asyncio.create_task(workers.run(lambda: (begun.set(), time.sleep(0.2), print("written"))))
    await asyncio.to_thread(begun.wait)

asyncio.run(main())
"""


class Gate:
    """Work that begins, and ends when it may."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()

    def work(self) -> str:
        self.begun.release()
        assert self.may_end.wait(60)
        return threading.current_thread().name


@contextmanager
def no_more_threads() -> Iterator[None]:
    """Let each new thread want more memory than a process can have."""
    usual = threading.stack_size(1 << 46)
    try:
        yield
    finally:
        threading.stack_size(usual)


async def asked(workers: Workers, *work: Callable[[], object]) -> list["asyncio.Task[object]"]:
    tasks = [asyncio.create_task(workers.run(each)) for each in work]
    await asyncio.sleep(0)
    return tasks


async def test_as_many_work_at_once_as_there_are() -> None:
    workers, gate = Workers(2, "test"), Gate()
    tasks = await asked(workers, gate.work, gate.work, gate.work)
    for _ in range(2):
        assert await asyncio.to_thread(gate.begun.acquire, timeout=60)
    assert not gate.begun.acquire(timeout=0.1)
    gate.may_end.set()
    assert set(await asyncio.gather(*tasks)) == {"test_0", "test_1"}


async def test_a_thread_that_is_free_is_used_again() -> None:
    workers = Workers(8, "test")
    names = {await workers.run(lambda: threading.current_thread().name) for _ in range(20)}
    assert names == {"test_0"}


async def test_an_error_is_raised_to_the_caller_and_the_thread_goes_on() -> None:
    workers = Workers(1, "test")
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0)
    with pytest.raises(SystemExit):
        await workers.run(sys.exit)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(workers.run(lambda: next(iter(()))), 60)
    assert await workers.run(lambda: "alive") == "alive"


async def test_work_that_was_cancelled_before_its_turn_does_not_begin() -> None:
    workers, gate, begun = Workers(1, "test"), Gate(), list[str]()
    first, second, third = await asked(
        workers, gate.work, lambda: begun.append("second"), lambda: begun.append("third")
    )
    assert await asyncio.to_thread(gate.begun.acquire, timeout=60)
    first.cancel()
    second.cancel()
    await asyncio.wait({first, second})
    gate.may_end.set()
    await third
    assert begun == ["third"]


@pytest.mark.parametrize("fails", [False, True])
async def test_the_outcome_of_work_is_dropped_once_its_caller_has_left(fails: bool) -> None:
    workers, gate, errors = Workers(1, "test"), Gate(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))

    def work() -> float:
        gate.work()
        return 1 / (not fails)

    (task,) = await asked(workers, work)
    assert await asyncio.to_thread(gate.begun.acquire, timeout=60)
    task.cancel()
    await asyncio.wait({task})
    gate.may_end.set()
    assert await workers.run(lambda: "next") == "next"
    assert errors == []


async def test_if_the_system_has_no_more_threads_those_that_run_do_the_work() -> None:
    workers, gate = Workers(2, "test"), Gate()
    (first,) = await asked(workers, gate.work)
    assert await asyncio.to_thread(gate.begun.acquire, timeout=60)
    with no_more_threads():
        (second,) = await asked(workers, lambda: "second")
    gate.may_end.set()
    assert (await first, await second) == ("test_0", "second")


async def test_if_there_is_no_thread_at_all_the_caller_is_told_and_later_work_is_done() -> None:
    workers = Workers(1, "test")
    with no_more_threads(), pytest.raises(RuntimeError, match="can't start new thread"):
        await workers.run(lambda: "first")
    assert await workers.run(lambda: "second") == "second"


async def test_nothing_of_what_was_done_is_kept() -> None:
    class Picture:
        """An object whose end a test can see."""

    workers = Workers(1, "test")
    seen = weakref.ref(await workers.run(Picture))
    await workers.run(lambda: None)
    assert seen() is None


async def test_an_error_keeps_nothing_of_what_was_worked_on() -> None:
    class Picture:
        """An object whose end a test can see."""

    async def fail() -> "weakref.ref[Picture]":
        picture = Picture()
        with pytest.raises(ValueError, match="bad"):
            await workers.run(lambda: (picture, int("bad")))
        return weakref.ref(picture)

    workers = Workers(1, "test")
    gc.collect()
    gc.disable()
    try:
        seen = await fail()
        await workers.run(lambda: None)
    finally:
        gc.enable()
    assert seen() is None


async def test_threads_end_with_what_they_worked_for() -> None:
    workers = Workers(1, "test")
    thread = await workers.run(threading.current_thread)
    del workers
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()


async def test_to_close_waits_for_what_was_asked_for() -> None:
    workers, gate = Workers(1, "test"), Gate()
    first, second = await asked(workers, gate.work, lambda: "done too")
    closed = asyncio.create_task(workers.close())
    await asyncio.sleep(0)
    assert not closed.done()
    gate.may_end.set()
    await closed
    assert await first == "test_0"
    assert await second == "done too"
    with pytest.raises(RuntimeError, match="test have ended"):
        await workers.run(lambda: "too late")


async def test_no_thread_is_left_if_work_is_asked_for_at_the_moment_of_closing() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # let every other thread come in between
    try:
        for _ in range(30):
            workers = Workers(2, "at the same moment")
            closed = asyncio.create_task(workers.close())
            await asyncio.sleep(0)
            await asyncio.gather(workers.run(lambda: None), closed, return_exceptions=True)
            assert not [thread for thread in threading.enumerate() if thread.name.startswith("at the same moment")]
    finally:
        sys.setswitchinterval(interval)


def test_what_was_begun_is_finished_before_the_process_ends() -> None:
    ended = subprocess.run([sys.executable, "-c", IMAGE_IS_WRITTEN], cwd=ROOT, capture_output=True, timeout=60)
    assert (ended.stdout, ended.stderr) == (b"written\n", b"")
