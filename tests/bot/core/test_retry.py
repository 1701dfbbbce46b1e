"""A write is repeated while storage is away, with growing pauses, for a limited time."""

import asyncio
import logging
import time
from itertools import pairwise

import prometheus_client
import pytest

from bot.core.errors import StorageError
from bot.core.retry import Repeated, Retry


class Calls:
    """A call that fails as told, then succeeds, and remembers when it was made."""

    def __init__(self, *failures: Exception) -> None:
        self._failures, self.at = list(failures), list[float]()

    async def __call__(self) -> str:
        self.at.append(time.monotonic())
        if self._failures:
            raise self._failures.pop(0)
        return "written"

    @property
    def pauses(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self.at)]


async def test_a_write_is_repeated_until_storage_is_back_with_growing_pauses() -> None:
    calls = Calls(*[StorageError("locked") for _ in range(3)])
    assert await Retry(first_pause=0.05).write(calls) == "written"
    assert all(pause >= least for pause, least in zip(calls.pauses, (0.05, 0.1, 0.2), strict=True))


async def test_the_last_error_is_raised_once_the_time_is_up() -> None:
    failures = [StorageError(str(number)) for number in range(100)]
    calls, started = Calls(*failures), time.monotonic()
    with pytest.raises(StorageError) as caught:
        await Retry(seconds=0.3, first_pause=0.05).write(calls)
    assert caught.value is failures[len(calls.at) - 1]
    assert 0.3 <= time.monotonic() - started < 60


async def test_a_call_that_takes_all_the_time_is_not_repeated() -> None:
    calls = Calls(StorageError("locked"), StorageError("never asked"))
    with pytest.raises(StorageError, match="locked"):
        await Retry(seconds=0).write(calls)
    assert len(calls.at) == 1


async def test_any_other_error_is_raised_at_once() -> None:
    calls = Calls(KeyError("gone"))
    with pytest.raises(KeyError):
        await Retry(first_pause=0.05).write(calls)
    assert len(calls.at) == 1


@pytest.mark.parametrize("where", ["in a pause", "in the call"])
async def test_it_is_cancelled_at_once(where: str) -> None:
    async def call() -> None:
        entered.set()
        if where == "in the call":
            await asyncio.sleep(3600)
        raise StorageError("locked")

    entered = asyncio.Event()
    writing = asyncio.create_task(Retry(seconds=3600, first_pause=3600).write(call))
    await entered.wait()
    await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.wait({writing}, timeout=60)
    assert writing.cancelled()


async def test_a_retry_is_no_news_has_no_traceback_and_is_counted_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await Retry(first_pause=0.06).write(Calls(StorageError("the database is locked")))
        await Repeated(ValueError, first_pause=0.01)(Calls(ValueError("a prompt")))
    (record,) = (record for record in caplog.records if record.name != "asyncio")
    assert record.levelname == "DEBUG"
    assert record.getMessage() == "storage is away, trying again: the database is locked"
    assert record.exc_info is None
    assert not [metric for metric in prometheus_client.REGISTRY.collect() if "stamina" in metric.name]


async def test_a_call_is_made_so_many_times_and_no_more() -> None:
    calls = Calls(*[ValueError(str(number)) for number in range(9)])
    with pytest.raises(ValueError, match="2"):
        await Repeated(ValueError, first_pause=0, attempts=3)(calls)
    assert len(calls.at) == 3


async def test_once_the_time_is_up_in_a_pause_it_is_tried_once_more() -> None:
    calls = Calls(StorageError("locked"), StorageError("still locked"), StorageError("never asked"))
    with pytest.raises(StorageError, match="still locked"):
        await Retry(seconds=0.3, first_pause=0.6).write(calls)
    assert len(calls.at) == 2
