"""The actors: people who ask, press what they find, and come too late, as their schedule says."""

import asyncio
import time
from collections.abc import Callable, Mapping

from tests.chaos.platform import ChaosPlatform
from tests.chaos.schedule import Ask, Schedule
from tests.fakes.driver import Seen

_LOOK_SECONDS = 4.0
_PROGRESS = frozenset({"Cancel", "Stop"})
# The buttons of the message that somebody deletes. One that waits may be gone before anybody looks.
_DELETED: Mapping[str, frozenset[str]] = {
    "delete waiting": _PROGRESS,
    "delete drawing": frozenset({"Stop"}),
    "delete shown": frozenset({"Again"}),
}


class Actors:
    """The people of one schedule."""

    def __init__(self, place: ChaosPlatform, schedule: Schedule) -> None:
        self._place, self._schedule = place, schedule

    async def act(self) -> None:
        """Do everything that the schedule says."""
        async with asyncio.TaskGroup() as group:
            for ask in self._schedule.asks:
                group.create_task(self._follow(ask))
            if self._schedule.channel_fault:
                group.create_task(self._strike())

    async def _strike(self) -> None:
        await asyncio.sleep(self._schedule.channel_fault_at)
        self._place.strike(self._schedule)

    async def _follow(self, ask: Ask) -> None:
        await asyncio.sleep(ask.at)
        await self._place.ask(ask, self._schedule)
        match ask.then:
            case "cancel" | "stop":
                await self._press(ask, ask.then.title())
            case "again":
                await self._press(ask, "Again")
            case "again twice":
                await self._press(ask, "Again", times=2)
            case "stranger":
                stranger = next(person for person in self._schedule.people if person != ask.person)
                await self._press(ask, *_PROGRESS, by=stranger)
            case "delete waiting" | "delete drawing" | "delete shown":
                await self._delete(ask)

    async def _delete(self, ask: Ask) -> None:
        buttons = _DELETED[ask.then]
        found = await self._find(ask, ask.person, lambda seen: not seen.private and bool(buttons & set(seen.buttons)))
        if found and await self._place.delete(found):
            self._schedule.deleted[ask.tag] = found.id

    async def _press(self, ask: Ask, *labels: str, times: int = 1, by: str = "") -> None:
        person = by or ask.person
        found = await self._find(ask, person, lambda seen: bool(set(labels) & set(seen.buttons)))
        if found is None:
            return
        label = next(label for label in labels if label in found.buttons)
        self._schedule.pressed.append(f"{label} {ask.tag}")
        async with asyncio.TaskGroup() as group:
            for _ in range(times):
                group.create_task(self._place.press(found, label, person))

    async def _find(self, ask: Ask, person: str, fits: Callable[[Seen], bool]) -> Seen | None:
        ends = time.monotonic() + _LOOK_SECONDS
        while time.monotonic() < ends:
            for seen in reversed(await self._place.seen(person)):
                if ask.tag in seen.text and fits(seen):
                    return seen
            await asyncio.sleep(0.05)
        return None
