"""Fixtures for tests that run the whole bot between a chat and a gateway."""

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import hypothesis
import pytest

from bot.cli.assembly import Running, running
from bot.cli.timings import Timings
from bot.core.clock import Clock
from bot.settings import Settings
from storage.database.database import Database
from tests.fakes.cometapi import FakeCometAPI
from tests.support import shared
from tests.support.fresh import prepare
from tests.support.postgres import migrated_postgres_url, one_database, postgres, postgres_url
from tests.support.sendable import pytest_report_to_serializable
from tests.support.statements import keep_statements

__all__ = ["migrated_postgres_url", "one_database", "postgres", "postgres_url", "pytest_report_to_serializable"]

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("without a clock", deadline=None)
hypothesis.settings.load_profile("without a clock")

BotSettings = Callable[..., Settings]
StartBot = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make what the processes of a run share, before any of them is started; their tests' folders are in it, too.

    A run in one process leaves its tests' folders where pytest puts them, to be looked at.
    """
    folder = shared.folder()
    if config.getoption("numprocesses", None) and not config.option.basetemp:
        config.option.basetemp = folder / "tmp"


@pytest.hookimpl(trylast=True)  # hypothesis minds work of any before it begins itself
def pytest_sessionstart(session: pytest.Session) -> None:
    gc.disable()  # until all is imported and collected: what it went through would all stay
    keep_statements()
    if worker := getattr(session.config, "workerinput", None):
        prepare(session.config.args, int(worker["workerid"].removeprefix("gw")), worker["workercount"])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """If only tests that run alone are asked for, don't read the hundred files that have no such test."""
    if config.option.markexpr == "alone" and collection_path.suffix == ".py":
        return "mark.alone" not in collection_path.read_text("utf-8") or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Don't search imported modules and collected tests for garbage any more: they stay, and are most of all objects.

    Among later objects it is searched for less often than by default: a test ends before it would matter.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


_SETTINGS = {variable for name in Settings.model_fields for variable in (name, name.upper())}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _SETTINGS.intersection(os.environ):
        monkeypatch.delenv(name)


@pytest.fixture
async def gateway() -> AsyncIterator[FakeCometAPI]:
    async with FakeCometAPI() as running:
        yield running


@pytest.fixture(scope="session")
async def migrated_file() -> Path:
    """Make a SQLite database that is migrated and empty, to be copied; once for all processes of a run."""
    path = shared.folder() / "migrated" / "ledger.db"
    with shared.alone("migrated"):
        if not path.exists():
            async with Database.open(f"sqlite:///{path}"):
                pass
    return path


def settings_in(folder: Path, gateway: FakeCometAPI, migrated_file: Path) -> BotSettings:
    """Make settings, as in `bot_settings(DISCORD_TOKEN="…")`: storage in a folder, and the fake gateway."""
    shutil.copy(migrated_file, folder / "imagine.db")

    def make(**given: object) -> Settings:
        values: dict[str, object] = {
            "cometapi_key": "sk-test",
            "cometapi_base_url": gateway.base_url,
            "database_url": f"sqlite:///{folder}/imagine.db",
            "image_store": str(folder / "images"),
            "http_port": 0,
            "playground_port": 0,
            "playground_key_file": folder / "playground.key",
            "shutdown_grace": 0,
        }
        values |= {name.lower(): value for name, value in given.items()}
        return Settings.model_validate(values)

    return make


def starting(bot_settings: BotSettings) -> StartBot:
    """Return what runs the whole bot, as in `async with start_bot(DISCORD_TOKEN="…") as running`.

    Settings are given by their names. Calls within one test share the database and the images, so a second call is a
    restart, or a replica. `wait=False` doesn't wait until the bot is ready, and knows which models the gateway has;
    `timings` are the bot's waiting times, `figures` the one for which health keeps what the database said, `clock` is
    the machine's clock.
    """

    @asynccontextmanager
    async def start(
        *,
        wait: bool = True,
        timings: Timings | None = None,
        figures: float = 0,
        clock: Clock | None = None,
        **given: object,
    ) -> AsyncIterator[Running]:
        timings = (timings or Timings())._replace(figures=figures)
        async with running(bot_settings(**given), timings, clock=clock) as bot:
            if wait:
                async with asyncio.timeout(60):
                    while not await bot.ready():
                        await asyncio.sleep(0.02)
                with suppress(TimeoutError):  # of a gateway that says nothing
                    async with asyncio.timeout(2):
                        while not bot.knows_models():
                            await asyncio.sleep(0.02)
            yield bot

    return start


@pytest.fixture
def bot_settings(tmp_path: Path, gateway: FakeCometAPI, migrated_file: Path) -> BotSettings:
    """Make settings whose storage is this test's own."""
    return settings_in(tmp_path, gateway, migrated_file)


@pytest.fixture
def start_bot(bot_settings: BotSettings) -> StartBot:
    return starting(bot_settings)
