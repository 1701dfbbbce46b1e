"""Background tasks, at the end of what they work for."""

import asyncio

from bot.core.tasks import Tasks


async def test_what_is_started_while_others_are_ended_is_ended_too() -> None:
    tasks, ended = Tasks(), []

    async def until_cancelled(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            if name == "first":
                tasks.spawn(until_cancelled("second"), "second")
                await asyncio.sleep(0)
            ended.append(name)

    tasks.spawn(until_cancelled("first"), "first")
    await asyncio.sleep(0)
    await tasks.drain(0)
    assert ended == ["first", "second"]
    assert len(tasks) == 0
