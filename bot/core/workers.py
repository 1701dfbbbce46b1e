"""Threads that work for the event loop."""

import asyncio
import atexit
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet, finalize

T = TypeVar("T")


class _Asked(NamedTuple):
    work: Callable[[], Any]
    outcome: Future[Any]
    """The result. It is cancelled when the caller is."""
    loop: AbstractEventLoop
    done: Callable[[], None]
    """Called on the event loop when a thread is free again."""


_Queue = SimpleQueue[_Asked | None]


class Workers:
    """Runs functions in threads, `most` at once. A thread is started when it is first needed.

    An executor would do the same for three times the processor time: its futures are made for threads that wait, and
    asyncio chains its own to them (figures: docs/performance.md).
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._queue: _Queue = SimpleQueue()
        self._threads: list[Thread] = []
        self._unfinished, self._ended = 0, False
        finalize(self, _end, self._queue, self._threads)
        _all.add(self)

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread. Raises what it raises, and RuntimeError if there is no thread for it.

        If a call is cancelled before its turn, the work doesn't begin. Later, the work runs on, and the caller doesn't
        wait.
        """
        loop = asyncio.get_running_loop()
        outcome: Future[T] = loop.create_future()
        if self._ended:
            raise RuntimeError(f"the threads for {self._name} have ended")
        if self._unfinished >= len(self._threads) < self._most:
            self._start()
        self._unfinished += 1
        self._queue.put(_Asked(work, outcome, loop, self._free))
        try:
            return await outcome
        finally:
            del outcome  # an error refers to this frame, which would refer to the error

    async def close(self) -> None:
        """End the threads, once all work that was asked for is done."""
        self._ended = True  # in this thread, or `run` could be just about to start another one
        await asyncio.to_thread(self.join)

    def join(self) -> None:
        """Do the same while no event loop asks for more work."""
        self._ended = True
        _end(self._queue, self._threads)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        thread = Thread(target=_work, args=(self._queue,), name=f"{self._name}_{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads: those that run do the work
            if not self._threads:
                raise
        else:
            self._threads.append(thread)

    def _free(self) -> None:
        self._unfinished -= 1


_all: WeakSet[Workers] = WeakSet()


@atexit.register
def _finish() -> None:
    """Finish what was begun before the process ends, such as an image that is being written."""
    for workers in list(_all):
        workers.join()


def _end(queue: _Queue, threads: list[Thread]) -> None:
    for _ in threads:
        queue.put(None)


def _work(queue: _Queue) -> None:
    while (asked := queue.get()) is not None:
        _do(asked)
        del asked  # or it would keep what it worked on until there is more to do


def _do(asked: _Asked) -> None:
    work, outcome, loop, done = asked
    tell: Callable[[], None] = done
    if not outcome.cancelled():
        try:
            tell = partial(_give, outcome, work(), done)
        except BaseException as error:  # noqa: BLE001  it is raised to the caller
            tell = partial(_fail, outcome, error, done)
    with suppress(RuntimeError):  # the event loop is closed, so nobody waits
        loop.call_soon_threadsafe(tell)
    del asked, work, outcome, tell  # as in `run`


def _give(outcome: Future[Any], result: Any, done: Callable[[], None]) -> None:
    done()
    if not outcome.done():  # cancelled
        outcome.set_result(result)


def _fail(outcome: Future[Any], error: BaseException, done: Callable[[], None]) -> None:
    done()
    if not outcome.done():
        outcome.set_exception(settable(error))


def settable(error: BaseException) -> BaseException:
    """Return an error that a future takes. It takes no StopIteration: https://peps.python.org/pep-0479/."""
    return RuntimeError("StopIteration") if isinstance(error, StopIteration) else error
