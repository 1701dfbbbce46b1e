"""The walk of one `/imagine` through the bot: `python -m tests.support.walk` prints it, docs/architecture.md has it."""

import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from bot.cli.assembly import Running, running
from bot.cli.timings import Timings
from bot.settings import Settings
from storage.database.database import Database
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Driver, Seen
from tests.support.platforms import PLATFORMS

_SAYS = {
    ("commit: accept", 1): "admitted, reserved and queued, all in one; read on the way: the situation, the place",
    ("message: queued", 1): "Number 1 in the queue",
    ("commit: begin", 1): "it was seen, is leased to a worker, and counts as sent: nothing is waited for until it is",
    ("message: drawing", 1): "Drawing, started a moment ago",
    ("request", 1): "the gateway answers with the image",
    ("commit: add_images", 1): "the stored image, what the gateway said, and delivering, all in one",
    ("message: image", 1): "the image, where the command was",
    ("commit: advance", 1): "delivered, and where it is seen; short-lived tokens are erased",
}
_RARELY = Timings(poll=600, renewal=600, recovery=600, queue_updates=600)
# The bot's regular work, which goes on whether or not anybody asks for anything.
_REGULAR = {"take_over", "renew", "gateway_down", "look"}
# Facts about a person that are looked up once a day, where the chat doesn't send them with each command.
_ONCE_A_DAY = {"known", "remember"}


class Walk(logging.Handler):
    """Writes down each transaction, and what people and the gateway have seen by then."""

    def __init__(self, driver: Driver, gateway: FakeCometAPI) -> None:
        super().__init__(logging.DEBUG)
        self.steps: list[str] = []
        self.reads: list[str] = []
        self.written = 0
        """How many commits SQLite wrote to its log meanwhile, by its own count."""
        self._driver, self._gateway = driver, gateway
        self._log = logging.getLogger("storage.database.database")

    @property
    def commits(self) -> list[str]:
        """The names of the commits, in order."""
        return [step.removeprefix("commit: ") for step in self.steps if step.startswith("commit: ")]

    def emit(self, record: logging.LogRecord) -> None:
        """Write down a transaction."""
        kind, _, name = record.getMessage().partition(": ")
        name = name.removeprefix("_")
        if name in _REGULAR | _ONCE_A_DAY:
            return
        if kind == "read":
            self.reads.append(name)
            return
        self._look_around()
        self.steps.append(f"commit: {name}")

    def _look_around(self) -> None:
        """Write down what people see, and whether the gateway was asked, if that is new."""
        shown = [f"message: {_shown(seen)}" for seen in self._driver.seen()]
        asked = ["request"] if self._gateway.requests else []
        self.steps += [step for step in (*shown, *asked) if step not in self.steps]

    def __enter__(self) -> "Walk":
        self._before = self._log.level
        self._log.addHandler(self)
        self._log.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        self._log.setLevel(self._before)
        self._log.removeHandler(self)

    def __str__(self) -> str:
        seen: Counter[str] = Counter()
        lines = []
        for step in self.steps:
            seen[step] += 1
            kind, _, name = step.partition(": ")
            lines.append(f"{kind:<8} {name:<11} {_SAYS.get((step, seen[step]), '')}".rstrip())
        counted = sorted(Counter(self.reads).items())
        lines += [f"{f'read {count} x':<8} {name}" for name, count in counted]
        return "\n".join(lines)


def without_polls(settings: Mapping[str, object]) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """Return what starts a bot that looks for work only when it is told of some."""

    @asynccontextmanager
    async def start_bot(**given: object) -> AsyncIterator[Running]:
        values = {**settings, **{name.lower(): value for name, value in given.items() if name != "wait"}}
        async with running(Settings.model_validate(values), _RARELY) as bot:
            async with asyncio.timeout(60):
                while not await bot.ready():
                    await asyncio.sleep(0.02)
            yield bot

    return start_bot


async def walk_on(platform: str, gateway: FakeCometAPI, settings: Mapping[str, object]) -> Walk:
    """Run the bot on a platform, ask for one image, and return the walk once it is seen and recorded."""
    log = Path(str(settings["database_url"]).removeprefix("sqlite:///") + "-wal")
    async with PLATFORMS[platform](without_polls(settings)) as driver:
        await asyncio.sleep(0.2)  # the one look for work at the start
        before = _commits_in(log)
        with Walk(driver, gateway) as walk:
            gateway.hold()
            await driver.imagine("a paper boat")
            await driver.wait_for(lambda seen: "Drawing" in seen.text)
            await gateway.arrived()
            gateway.release()
            await driver.wait_for(lambda seen: bool(seen.images))
            await _until_recorded(walk)
        walk.written = _commits_in(log) - before
    return walk


def _commits_in(log: Path) -> int:
    """Count the commits in SQLite's log: the frames that have the database's new size.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    content = log.read_bytes()
    frame = 24 + int.from_bytes(content[8:12])
    salts = content[16:24]
    frames = (content[at : at + 24] for at in range(32, len(content), frame))
    return sum(any(header[4:8]) for header in frames if header[8:16] == salts)


def _shown(seen: Seen) -> str:
    if seen.images:
        return "image"
    return "drawing" if "Drawing" in seen.text else "queued"


async def _until_recorded(walk: Walk) -> None:
    """Wait for the last commit, and for what may follow it."""
    async with asyncio.timeout(60):
        while walk.commits.count("advance") < 1:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def _print() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Database.open(f"sqlite:///{folder}/ledger.db"), FakeCometAPI() as gateway:
            settings: dict[str, object] = {
                "cometapi_key": "sk-test",
                "cometapi_base_url": gateway.base_url,
                "database_url": f"sqlite:///{folder}/ledger.db",
                "image_store": str(folder / "images"),
                "http_port": 0,
                "shutdown_grace": 0,
            }
            sys.stdout.write(f"{await walk_on('discord', gateway, settings)}\n")


if __name__ == "__main__":
    asyncio.run(_print())
