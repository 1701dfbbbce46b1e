"""People on Discord, as the shared scenario knows them."""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_world import DIRECT, Message, World
from tests.fakes.driver import Seen, texts


class DiscordDriver:
    """Satisfies `tests.fakes.driver.Driver` on a `FakeDiscord`."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord

    async def imagine(self, text: str, *, user: str = "ada") -> None:
        await self.discord.answered(await self.discord.command("imagine", {"prompt": text}, person=user))

    async def press(self, message: Seen, label: str, *, user: str = "ada", job: str = "") -> None:
        await self.discord.answered(await self.discord.press(self._message(message), label, person=user, job=job))

    async def edit(self, message: Seen, prompt: str, *, user: str = "ada") -> None:
        pressed = self._message(message)
        label = next(button["label"] for button in pressed.buttons() if button["custom_id"].startswith("edit:"))
        opened = await self.discord.press(pressed, label, person=user)
        await self.discord.answered(await self.discord.submit(opened, prompt))

    async def delete(self, message: Seen, *, user: str = "ada") -> None:
        opened = await self.discord.press(self._message(message), "Delete", person=user)
        await self.discord.answered(await self.discord.confirm(opened))

    def as_before(self, page: Seen) -> None:
        """Let a list have the buttons of earlier releases, which showed the images to the presser alone."""
        for button in self._message(page).buttons():
            button["custom_id"] = button["custom_id"].replace("here:", "show:")
            button["label"] = button["label"].replace("Show here", "Show images")

    async def quota(self, *, user: str = "ada") -> None:
        await self.discord.answered(await self.discord.command("quota", person=user))

    async def history(self, *, user: str = "ada") -> None:
        await self.discord.answered(await self.discord.command("history", person=user))

    async def show(self, image: str, *, user: str = "ada") -> None:
        await self.discord.answered(await self.discord.command("show", {"image": image}, person=user))

    def seen(self, *, user: str = "ada") -> list[Seen]:
        world = self.discord.world
        return [_seen(message, world) for message in world.visible(world.person(user))]

    async def wait_for(self, predicate: Callable[[Seen], bool], *, user: str = "ada", seconds: float = 60) -> Seen:
        try:
            await self.discord.until(lambda: any(predicate(each) for each in self.seen(user=user)), seconds)
        except TimeoutError:
            raise AssertionError(f"not seen by {user}; they see {self.seen(user=user)}") from None
        return next(each for each in reversed(self.seen(user=user)) if predicate(each))

    def told(self) -> Iterable[str]:
        return texts(self.discord.rest.bodies)

    def _message(self, message: Seen) -> Message:
        return self.discord.world.messages[message.id]


def _seen(message: Message, world: World) -> Seen:
    return Seen(
        id=message.id,
        text=displayed(message.content),
        images=[file.data for file in message.attachments],
        alts=[file.description for file in message.attachments],
        buttons=[button["label"] for button in message.buttons()],
        private=message.only_for is not None or world.channels[message.channel].kind == DIRECT,
        pings=frozenset(world.name_of(pinged) for pinged in message.pinged),
    )


def displayed(content: str) -> str:
    """Return the text that Discord's clients make of a message's content: no markup, no escapes."""
    plain = re.sub(r"(?<!\\)(\*\*|`+)|^-# ", "", content, flags=re.MULTILINE)
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", plain)


def settings(discord: FakeDiscord) -> dict[str, str]:
    """Return the settings that lead a bot to the fake."""
    return {
        "discord_token": discord.token,
        "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url,
    }


@asynccontextmanager
async def discord_platform(
    start_bot: StartBot, *, locale: str = "en-US", **given: object
) -> AsyncIterator[DiscordDriver]:
    """Run the whole bot on a `FakeDiscord`, whose people have this locale."""
    async with FakeDiscord() as discord, start_bot(**settings(discord), **given):
        discord.world.locale = locale
        yield DiscordDriver(discord)
