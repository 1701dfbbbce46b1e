"""Faults of the whole bot while people use it. A batch of schedules shares them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.chaos.schedule import SECONDS
from tests.fakes.cometapi import FakeCometAPI
from tests.support.trouble import no_room

_KINDS = (
    *("restart", "restart", "overlap", "locked briefly", "locked", "images away", "key refused", "gateway away"),
    *("connection cut", "stopped unsent"),
)
STOPS = frozenset({"restart", "overlap", "killed", "stopped unsent"})
"""Those that end a bot with no grace."""
Happening = Callable[[float], Awaitable[None]]
"""Lets a fault happen for so many seconds."""


class Processes(Protocol):
    """The processes that run the bot."""

    async def start(self) -> None:
        """Start one more."""
        ...

    async def stop_oldest(self) -> None:
        """Stop one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and is over after `lasts` seconds."""

    at: float
    kind: str
    lasts: float


def forecast(seed: int, platform: str, more: Sequence[str] = ()) -> tuple[Fault, ...]:
    """Return the faults of a batch that begins with this seed. `more` are kinds that not every batch can have."""
    dice = random.Random(f"weather {seed} {platform}")
    kinds = dice.sample((*_KINDS, *more), k=dice.randint(1, 3))
    faults = (Fault(at=dice.uniform(0.3, SECONDS), kind=kind, lasts=dice.uniform(0.3, 0.7)) for kind in kinds)
    return tuple(sorted(faults, key=lambda fault: fault.at))


class Faults:
    """Makes it happen. `lock` keeps the bots from writing to the ledger; `more` are further kinds of faults."""

    def __init__(
        self,
        *,
        bots: Processes,
        gateway: FakeCometAPI,
        images: Path,
        cut: Callable[[], Awaitable[None]],
        lock: Happening,
        more: Mapping[str, Happening],
    ) -> None:
        self._bots, self._gateway, self._images = bots, gateway, images
        self._cut, self._lock, self._more = cut, lock, more

    async def happen(self, faults: tuple[Fault, ...]) -> None:
        """Let it all happen, one after the other."""
        started = time.monotonic()
        for fault in faults:
            await asyncio.sleep(max(0.0, fault.at - (time.monotonic() - started)))
            await self._happen(fault)

    async def _happen(self, fault: Fault) -> None:
        match fault.kind:
            case "restart":
                await self._bots.stop_oldest()
                await self._bots.start()
            case "stopped unsent":  # jobs are counted as sent, and no byte of theirs has left
                async with self._gateway.unreachable():
                    await asyncio.sleep(fault.lasts)
                    await self._bots.stop_oldest()
                await self._bots.start()
            case "overlap":
                await self._bots.start()
                await self._bots.stop_oldest()
            case "locked briefly":
                await self._lock(fault.lasts)
            case "locked":
                await self._lock(fault.lasts + 1.0)
            case "images away":
                await self._images_away(fault.lasts)
            case "key refused":
                self._gateway.keys = set()
                await asyncio.sleep(fault.lasts)
                self._gateway.keys = None
            case "gateway away":
                await self._gateway.vanish()
                await asyncio.sleep(fault.lasts)
                await self._gateway.appear()
            case "connection cut":
                await self._cut()
            case other:
                await self._more[other](fault.lasts)

    async def _images_away(self, seconds: float) -> None:
        """Put a file in the folder's place, into which not even root can write."""
        with no_room(self._images):
            await asyncio.sleep(seconds)


def described(faults: tuple[Fault, ...]) -> Mapping[str, float]:
    """Describe the faults, for the report of a failure."""
    return {f"{fault.kind} for {fault.lasts:.1f} s": round(fault.at, 2) for fault in faults}
