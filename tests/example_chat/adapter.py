"""Listen to the people who connect, and answer each line of theirs."""

import asyncio
import secrets

from bot.core.chat import Sharing
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError
from bot.core.tasks import Tasks
from tests.example_chat import parse, render
from tests.example_chat.address import NAME
from tests.example_chat.messenger import LinesMessenger

_DRAIN_SECONDS = 1.0


class LinesAdapter:
    """Implements `bot.core.chat.Adapter`."""

    name = NAME

    def __init__(self, bot: Bot, messenger: LinesMessenger, port: int) -> None:
        self._bot, self._messenger, self._port = bot, messenger, port
        self._listening = False

    @property
    def unready(self) -> str:
        """Why people can't connect now."""
        return "" if self._listening else "not listening"

    @property
    def sharing(self) -> Sharing | None:
        """None: there is no token that others could use."""
        return None

    @property
    def presence(self) -> None:
        """None: the operator knows the bot."""
        return None

    async def run(self) -> None:
        """Listen until cancelled. Raises OSError if the port is taken."""
        tasks = Tasks()

        def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.spawn(self._talk(reader, writer), "a connection")

        server = await asyncio.start_server(met, "127.0.0.1", self._port)
        self._listening = True
        try:
            await asyncio.Event().wait()
        finally:
            self._listening = False
            server.close()
            await tasks.drain(_DRAIN_SECONDS)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            person = (await reader.readline()).decode().strip()
            with self._messenger.meeting(person, writer):
                while line := await reader.readline():
                    await self._answer(line.decode().strip(), person)
        finally:
            writer.close()

    async def _answer(self, line: str, person: str) -> None:
        event = parse.event(line, person, secrets.token_hex(8))
        answer = await self._bot.dispatch(event)
        reply = render.asked(answer.form) if answer.form else answer.reply
        if reply is None:
            return
        try:
            address = await self._messenger.show(event.origin.address, reply)
        except DeliveryError:
            if answer.job:
                await self._bot.withdraw(answer.job)
            return
        if answer.job:
            await self._bot.confirm(answer.job, address)
