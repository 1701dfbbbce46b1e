"""Answers of Discord's: asked for once, at most 20 at a time and a second each, kept for a while."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.discord.answers import Answers
from bot.core.tasks import Tasks
from tests.support.builders import MovableClock


class Source:
    """Counts the questions, and answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.open = 0
        self.most = 0
        self.go = asyncio.Event()
        self.go.set()

    async def ask(self, key: int) -> str:
        self.asked.append(key)
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self.go.wait()
            await asyncio.sleep(0)
        finally:
            self.open -= 1
        return f"{key}, asked {self.asked.count(key)} times"


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def answers(source: Source, clock: MovableClock) -> AsyncIterator[Answers[int, str]]:
    tasks = Tasks()
    yield Answers(source.ask, about="anything", keep=timedelta(seconds=60), clock=clock, tasks=tasks)
    await tasks.drain(0)


async def test_many_who_want_the_same_answer_make_one_question(answers: Answers[int, str], source: Source) -> None:
    assert set(await asyncio.gather(*(answers.get(1) for _ in range(100)))) == {"1, asked 1 times"}
    assert source.asked == [1]


async def test_an_answer_is_kept_and_then_asked_for_again(
    answers: Answers[int, str], source: Source, clock: MovableClock
) -> None:
    assert await answers.get(1) == "1, asked 1 times"
    clock.move(59.9)
    assert await answers.get(1) == answers.fresh(1) == "1, asked 1 times"
    clock.move(0.1)
    assert answers.fresh(1) is None
    assert await answers.get(1) == "1, asked 2 times"


async def test_at_most_twenty_questions_are_open(answers: Answers[int, str], source: Source) -> None:
    said = await asyncio.gather(*(answers.get(key) for key in range(200)))
    assert None not in said
    assert source.most == 20


async def test_nobody_waits_longer_than_a_second_and_the_last_answer_holds(
    answers: Answers[int, str], source: Source, clock: MovableClock
) -> None:
    await answers.get(1)
    clock.move(60)
    source.go.clear()
    async with asyncio.timeout(1.5):
        said = await asyncio.gather(*(answers.get(key) for key in range(100)))
    assert [each for each in said if each] == ["1, asked 1 times"]
    source.go.set()
    assert await answers.get(2) is not None  # it is asked again
