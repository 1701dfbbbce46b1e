"""Faults of the whole bot while people use it. A batch of schedules shares them."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.bots import Bots
from tests.chaos.schedule import SECONDS
from tests.fakes.cometapi import FakeCometAPI
from tests.support.trouble import no_room

_KINDS = (
    *("restart", "restart", "overlap", "locked briefly", "locked", "images away", "key refused", "gateway away"),
    "connection cut",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and is over after `lasts` seconds."""

    at: float
    kind: str
    lasts: float


def forecast(seed: int, platform: str) -> tuple[Fault, ...]:
    """Return the faults of a batch that begins with this seed."""
    dice = random.Random(f"weather {seed} {platform}")
    kinds = dice.sample(_KINDS, k=dice.randint(1, 3))
    faults = (Fault(at=dice.uniform(0.3, SECONDS), kind=kind, lasts=dice.uniform(0.3, 0.7)) for kind in kinds)
    return tuple(sorted(faults, key=lambda fault: fault.at))


class Faults:
    """Makes it happen."""

    def __init__(self, bots: Bots, gateway: FakeCometAPI, folder: Path, cut: Callable[[], Awaitable[None]]) -> None:
        self._bots, self._gateway, self._folder, self._cut = bots, gateway, folder, cut

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
            case "overlap":
                await self._bots.start()
                await self._bots.stop_oldest()
            case "locked briefly":
                await asyncio.to_thread(_lock, self._folder / "imagine.db", fault.lasts)
            case "locked":
                await asyncio.to_thread(_lock, self._folder / "imagine.db", fault.lasts + 1.0)
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

    async def _images_away(self, seconds: float) -> None:
        """Put a file in the folder's place, which nobody can write into, whatever their rights."""
        with no_room(self._folder / "images"):
            await asyncio.sleep(seconds)


def _lock(path: Path, seconds: float) -> None:
    """Keep everybody else from writing, as a backup or a curious operator may."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def described(faults: tuple[Fault, ...]) -> Mapping[str, float]:
    """Describe the faults, for the report of a failure."""
    return {f"{fault.kind} for {fault.lasts:.1f} s": round(fault.at, 2) for fault in faults}
