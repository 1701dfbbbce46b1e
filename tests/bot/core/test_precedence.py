"""What goes first while commands are being answered."""

import asyncio

from bot.core.precedence import Precedence


async def _settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


class Work:
    """Steps of jobs, each of which gives way; `done` has the order in which they went on."""

    def __init__(self, precedence: Precedence, steps: int) -> None:
        self._precedence = precedence
        self.done: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        for number in range(steps):
            self.add(f"step {number}")

    def add(self, name: str) -> None:
        self.tasks.append(asyncio.create_task(self._step(name)))

    async def _step(self, name: str) -> None:
        await self._precedence.give_way()
        self.done.append(name)


async def test_nothing_waits_while_no_command_is_answered() -> None:
    work = Work(Precedence(), 2)
    await _settled()
    assert work.done == ["step 0", "step 1"]


async def test_work_waits_until_the_last_command_is_answered() -> None:
    precedence = Precedence(20)
    with precedence.of_a_command():
        with precedence.of_a_command():
            work = Work(precedence, 2)
            await _settled()
            assert work.done == []
        await _settled()
        assert work.done == []
    await asyncio.gather(*work.tasks)
    assert work.done == ["step 0", "step 1"]


async def test_a_command_that_comes_when_work_goes_on_finds_one_step_before_it() -> None:
    precedence = Precedence(20)
    with precedence.of_a_command():
        work = Work(precedence, 3)
        await _settled()
    await work.tasks[0]
    with precedence.of_a_command():
        await _settled()
        assert work.done == ["step 0"]
    await asyncio.gather(*work.tasks)


async def test_a_step_that_comes_when_work_goes_on_comes_after_those_that_wait() -> None:
    precedence = Precedence(20)
    with precedence.of_a_command():
        work = Work(precedence, 2)
        await _settled()
    work.add("late")
    await asyncio.gather(*work.tasks)
    assert work.done == ["step 0", "step 1", "late"]


async def test_a_step_gives_way_for_so_long_at_most() -> None:
    precedence = Precedence(0.01)
    with precedence.of_a_command():
        work = Work(precedence, 3)
        await asyncio.gather(*work.tasks)
    assert len(work.done) == 3


async def test_steps_that_gave_way_for_so_long_go_on_one_by_one() -> None:
    precedence = Precedence(0.01, apart=20)
    with precedence.of_a_command():
        work = Work(precedence, 3)
        await work.tasks[0]
        await asyncio.wait({work.tasks[1]}, timeout=0.05)
        assert work.done == ["step 0"]
    await asyncio.gather(*work.tasks)
    assert len(work.done) == 3


async def test_what_can_come_later_waits_for_the_command_that_is_about_to_be_checked() -> None:
    precedence = Precedence(20)
    later = asyncio.create_task(precedence.come_after())
    await _settled()
    with precedence.of_a_command():
        await asyncio.wait({later}, timeout=0.05)
        assert not later.done()
    await later


async def test_a_step_that_is_stopped_keeps_nobody_waiting() -> None:
    precedence = Precedence(20)
    with precedence.of_a_command():
        work = Work(precedence, 2)
        await _settled()
        work.tasks[0].cancel()
    await work.tasks[1]
    assert work.done == ["step 1"]
