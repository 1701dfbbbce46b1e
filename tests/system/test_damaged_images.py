"""Files that are cut, emptied or swapped behind the bot's back: what people see is what was drawn, or nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.support.platforms import PLATFORMS


def emptied(files: list[Path]) -> None:
    for file in files:
        file.write_bytes(b"")


def cut(files: list[Path]) -> None:
    for file in files:
        file.write_bytes(file.read_bytes()[:-100])


def swapped(files: list[Path]) -> None:
    one, other = files
    kept = one.read_bytes()
    other.replace(one)
    other.write_bytes(kept)


@pytest.mark.parametrize(
    ("platform", "damage"), [("discord", emptied), ("discord", swapped), ("playground", cut), ("playground", swapped)]
)
async def test_what_is_shown_is_what_was_drawn(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, platform: str, damage: Callable[[list[Path]], None]
) -> None:
    async with PLATFORMS[platform](start_bot) as driver:
        drawn: set[bytes] = set()
        for prompt in ("a paper boat", "a kite"):
            await driver.imagine(prompt)
            seen = await driver.wait_for(lambda seen, prompt=prompt: prompt in seen.text and bool(seen.images))  # type: ignore[misc]
            drawn |= set(seen.images)
        assert len(drawn) == 2
        damage(sorted((tmp_path / "images").glob("*/0.*")))
        before = {seen.id for seen in driver.seen()}
        await driver.history()
        page = await driver.wait_for(lambda seen: seen.id not in before and "a kite" in seen.text)
        shown = [image for image in page.images if b"no longer kept" not in image]
        assert shown == []
