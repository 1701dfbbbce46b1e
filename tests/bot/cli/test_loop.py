"""Which event loop a command runs on."""

import asyncio
from importlib.util import find_spec

import pytest

from bot.cli import loop


def used(*, serves: bool) -> str:
    found = []

    async def look() -> int:
        found.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])
        return 3

    assert loop.run(look(), serves=serves) == 3
    return found[0]


@pytest.mark.skipif(not find_spec("uvloop"), reason="uvloop has no wheels for this system")
def test_a_bot_that_serves_runs_on_the_fast_loop() -> None:
    assert used(serves=True) == "uvloop"


def test_a_command_that_ends_soon_does_not_import_it() -> None:
    assert used(serves=False) == "asyncio"
