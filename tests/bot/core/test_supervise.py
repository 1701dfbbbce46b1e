"""Loops and connections go on after any failure of one round, and report their state."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate, islice, takewhile

import pytest

from bot.core.errors import DeliveryError, ProviderError, StorageError
from bot.core.model import Fault
from bot.core.supervise import Link, Loop, pauses

# https://discord.com/developers/docs/events/gateway#identifying
IDENTIFIES_A_DAY = 1000
FAILURES = (StorageError("away"), ValueError("odd"), KeyError("gone"), asyncio.CancelledError())


class Rounds:
    """Work whose first rounds fail."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures, self.done = list(failures), 0
        self.worked = asyncio.Event()

    async def __call__(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.done += 1
        self.worked.set()


@contextmanager
def kept(running: "asyncio.Task[None]") -> Iterator[None]:
    try:
        yield
    finally:
        running.cancel()


def failing(loop: Loop, kind: str) -> Callable[[], bool]:
    return lambda: kind in loop.failing


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_a_loop_goes_on_after_any_failure(failure: BaseException) -> None:
    work = Rounds(failure)
    loop = Loop("working", work, seconds=0.05)
    with kept(asyncio.create_task(loop.run())):
        await until(failing(loop, type(failure).__name__))
        await until(lambda: work.done > 1)
        assert not loop.failing


async def test_a_loop_that_is_cancelled_ends() -> None:
    loop = Loop("working", Rounds(), seconds=3600)
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=60)
    assert running.cancelled()


async def test_a_loop_that_is_cancelled_in_the_middle_of_a_round_ends() -> None:
    running = asyncio.create_task(Loop("working", asyncio.Event().wait, seconds=3600).run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=60)
    assert running.cancelled()


async def test_what_may_be_away_does_not_make_a_loop_unwell(caplog: pytest.LogCaptureFixture) -> None:
    work = Rounds(ValueError("odd"), ProviderError(Fault.TIMEOUT))
    loop = Loop("asking", work, seconds=0.05, expected=(ProviderError,))
    with kept(asyncio.create_task(loop.run())):
        await until(failing(loop, "ValueError"))
        await until(lambda: not loop.failing)
        await work.worked.wait()
    assert "asking: ProviderError: timeout" in caplog.text


async def test_a_failure_that_comes_again_within_a_minute_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    work = Rounds(*[ValueError("odd")] * 3, StorageError("full"), DeliveryError("away"))
    with kept(asyncio.create_task(Loop("working", work, seconds=0.02).run())):
        await work.worked.wait()
        await until(lambda: "working: works again" in caplog.text)
    assert caplog.text.count("working: ValueError: odd") == 1
    assert caplog.text.count("Traceback") == 1
    assert caplog.text.count("working: DeliveryError: away") == 1
    assert "full" not in caplog.text  # the store says that itself, once for all loops


class Connection:
    """An adapter whose first connections end as planned."""

    name, unready, sharing, presence = "somewhere", "not connected", None, None

    def __init__(self, *failures: BaseException) -> None:
        self._rounds = Rounds(*failures)
        self.again = self._rounds.worked

    async def run(self) -> None:
        await self._rounds()
        await asyncio.Event().wait()


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_a_connection_is_made_again_after_any_failure(failure: BaseException) -> None:
    connection = Connection(failure)
    with kept(asyncio.create_task(Link(connection).run())):
        async with asyncio.timeout(60):
            await connection.again.wait()


async def test_why_a_connection_was_lost_is_said_until_the_next_one_lasts() -> None:
    connection = Connection(ValueError("odd"))
    link = Link(connection, lambda: pauses(0.01), settled=0.05)
    with kept(asyncio.create_task(link.run())):
        await until(lambda: link.unready == "not connected (ValueError: odd)")
        await connection.again.wait()
        await until(lambda: link.unready == "not connected")


async def test_a_connection_that_is_lost_again_within_a_minute_is_logged_once_and_without_a_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = "503 Service Unavailable: <!DOCTYPE html>\n<html><body>Cloudflare</body></html>"
    connection = Connection(ValueError(page), ValueError(page), KeyError("gone"))
    with kept(asyncio.create_task(Link(connection, lambda: pauses(0.01)).run())):
        async with asyncio.timeout(60):
            await connection.again.wait()
    assert caplog.text.count("somewhere: connection lost (ValueError: 503 Service Unavailable:)") == 1
    assert caplog.text.count("somewhere: connection lost") == 2
    assert "<" not in caplog.text


def test_the_first_tries_come_quickly_and_the_rest_ever_more_slowly() -> None:
    assert list(islice(pauses(), 8)) == [1, 2, 4, 8, 16, 32, 64, 120]


def test_a_day_of_failures_stays_below_the_limit_at_which_discord_resets_the_token() -> None:
    tries = list(takewhile(lambda second: second < 24 * 60 * 60, accumulate(pauses())))
    assert len(tries) < IDENTIFIES_A_DAY
