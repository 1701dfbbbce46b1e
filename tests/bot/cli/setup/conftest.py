"""A desk with a scripted terminal, in an empty folder, between local servers."""

import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.cli.setup.arguments import secrets
from bot.cli.setup.kept import Kept
from bot.cli.setup.steps import SetUp
from bot.core.language.catalogues import ENGLISH
from bot.core.setup import Place
from bot.environment import env_file
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack
from tests.support.console import Answer, ScriptedConsole

TOKEN = "OTAwMDAwMDAwMDAwMDAwMDAx.GabcDE.AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_"
BOT_TOKEN = "xoxb-1234567890-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
APP_TOKEN = "xapp-1-A0IMAGINE-1234567890123-" + 32 * "9f"
KEY = "sk-AbCdEfGhIjKlMnOpQrStUvWxYz012345"


class Desk:
    """The things that an operator works with. `file` is `.env`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / ".env"
        self.places: Mapping[str, Place] | None = None
        self.texts = ENGLISH
        self.seconds = 10.0
        """How long a check may take."""
        self.browsed: list[str] = []
        """The addresses that were opened in a browser."""

    async def answer(self, part: str | None, *answers: Answer) -> ScriptedConsole:
        """Answer what is asked. All answers are needed, and no secret is seen or kept anywhere but in `.env`."""
        console = ScriptedConsole(*answers)
        kept = Kept(secrets(), file=self.file)
        set_up = SetUp(console, kept, self.texts, browse=self.browsed.append, seconds=self.seconds)
        self.places = await set_up.asked(part)
        assert not console.left, console.shown
        for secret in (each for each in console.secrets if len(each) > 12 and not each.isdigit() and "://" not in each):
            assert secret not in console.shown
        assert all("AbCdEf" not in path.read_text() for path in self.file.parent.iterdir() if path != self.file)
        if self.file.exists():
            assert stat.S_IMODE(self.file.stat().st_mode) == 0o600
        return console

    @property
    def kept(self) -> Mapping[str, str]:
        """What `.env` says."""
        return {name.upper(): value for name, value in env_file().values.items()}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


@pytest.fixture
async def cometapi(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeCometAPI]:
    async with FakeCometAPI() as running:
        running.keys = {KEY}
        monkeypatch.setenv("COMETAPI_BASE_URL", running.base_url)
        monkeypatch.setenv("COMETAPI_BALANCE_URL", f"{running.origin}/user/quota")
        yield running


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(token=TOKEN) as running:
        running.world.bots_guilds.clear()
        running.world.bot_name = "Imagine"
        monkeypatch.setenv("DISCORD_API_URL", running.api_url)
        monkeypatch.setenv("DISCORD_GATEWAY_URL", running.gateway_url)
        yield running


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        running.bot_token, running.app_token = BOT_TOKEN, APP_TOKEN
        monkeypatch.setenv("SLACK_API_URL", running.api_url)
        yield running
