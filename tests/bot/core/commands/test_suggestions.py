"""Suggestions: how long a model takes is asked of the ledger now and then, and never waited for long."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, cast

import pytest

from bot.core.catalogue.catalogue import Catalogue
from bot.core.commands.suggestions import Suggestions
from bot.core.errors import StorageError
from bot.core.language import speak
from bot.core.tasks import Tasks
from tests.support.builders import MovableClock


class Lasting:
    """A ledger that is asked only for durations."""

    def __init__(self) -> None:
        self.asked = 0
        self.seconds = 20.0
        self.answers = asyncio.Event()
        self.answers.set()
        self.fails = False

    async def durations(self, models: Collection[str]) -> Mapping[str, float]:
        self.asked += 1
        await self.answers.wait()
        if self.fails:
            raise StorageError("away")
        return {"dall-e-3": self.seconds}


@pytest.fixture
def lasting() -> Lasting:
    return Lasting()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def suggestions(lasting: Lasting, clock: MovableClock) -> Suggestions:
    catalogue = Catalogue(default="dall-e-3")
    return Suggestions(catalogue=catalogue, ledger=cast("Any", lasting), clock=clock, tasks=Tasks())


async def said(suggestions: Suggestions) -> str:
    return (await suggestions.of("model", None, speak("en")))["dall-e-3"][-1]


async def test_many_at_once_are_one_question_and_the_next_is_asked_later(
    suggestions: Suggestions, lasting: Lasting, clock: MovableClock
) -> None:
    assert set(await asyncio.gather(*(said(suggestions) for _ in range(50)))) == {"about 20 seconds"}
    lasting.seconds = 40
    assert (await said(suggestions), lasting.asked) == ("about 20 seconds", 1)
    clock.move(5)
    assert (await said(suggestions), lasting.asked) == ("about 40 seconds", 2)


async def test_a_ledger_that_is_away_or_slow_costs_only_the_time_it_would_say(
    suggestions: Suggestions, lasting: Lasting, clock: MovableClock
) -> None:
    lasting.fails = True
    assert "about" not in await said(suggestions)
    lasting.answers.clear()
    clock.move(5)
    async with asyncio.timeout(60):
        assert "about" not in await said(suggestions)
    lasting.fails = False
    lasting.answers.set()
    await asyncio.sleep(0)
    assert await said(suggestions) == "about 20 seconds"
