"""The connection: discord.py's client with the configured URLs, reduced to what this bot needs."""

import asyncio
import logging
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.webhook.async_ import async_context

from adapters.discord import parse
from adapters.discord.acknowledging import Acknowledging
from adapters.discord.commands import Ids, Payload, ids
from adapters.discord.files import FILE_LIMIT
from adapters.discord.limits import hand_answers_on_at_once
from adapters.discord.parse import Interaction
from adapters.discord.wire import Wire
from bot.core.quiet import Quiet
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import KEPT_FOR_IMAGES_SECONDS, Connector

logger = logging.getLogger(__name__)

# Fields that discord.py demands, though Discord may leave them out; and the fields that an answer needs.
_OPTIONAL: Payload = {"attachment_size_limit": FILE_LIMIT, "version": 1}
_ENGLISH = "en-US"
_NEEDED = ("id", "type", "token", "application_id", "locale")
_SERVERS = 256
"""How many servers are kept: the ones that asked last."""
# A longer wait for a place in a bucket is left to the caller; a shorter limit would refuse what has one, too.
# `adapters.discord.waits` takes care of waits that Discord asks for.
_LONGEST_RATE_LIMIT = 30.0
_GREETINGS = ("READY", "RESUMED")
# discord.py says some of these again and again, each time with another number.
_LOUD = ("client", "gateway", "http", "state", "webhook.async_")


def configure(api_url: str, gateway_url: str | None = None) -> None:
    """Make discord.py use these URLs. It has no setting for that, so this affects the whole process.

    Its debug messages contain interaction tokens, so they are never written; nor are its warnings about voice.
    """
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    log = logging.getLogger("discord")
    log.setLevel(max(log.getEffectiveLevel(), logging.WARNING))
    logging.getLogger("discord.state").setLevel(logging.ERROR)  # it warns that the intent for servers isn't used
    for name in _LOUD:
        if not (loud := log.getChild(name)).filters:
            loud.addFilter(_OnceAMinute())
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    hand_answers_on_at_once()
    async_context.set(Acknowledging())


class _OnceAMinute(logging.Filter):
    """Lets through what was not said within the last minute, numbers aside."""

    def __init__(self) -> None:
        super().__init__()
        self._quiet = Quiet()

    def filter(self, record: logging.LogRecord) -> bool:
        return not self._quiet.again(str(record.msg))


class Connection(discord.Client):
    """One connection. `up` is true while events arrive.

    Each interaction is passed to `received`; of one that discord.py can't read, the little that it takes to answer it
    is passed to `unreadable`. `begins` is called before Discord is asked for a new session.
    """

    def __init__(
        self,
        *,
        received: Callable[[Interaction], None],
        unreadable: Callable[[Interaction], None],
        begins: Callable[[], None] = lambda: None,
        ways_out: WaysOut = DIRECT,
        wire: Wire | None = None,
    ) -> None:
        # Interactions need no intent. With the one for servers, discord.py would prefer what it remembers of a channel
        # to what the interaction says, and Discord's gateway hides the name of a channel that the bot can't view.
        super().__init__(
            intents=discord.Intents.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            # for the gateway and for webhooks, too
            connector=Connector(ways_out, limit=0, kept=KEPT_FOR_IMAGES_SECONDS),
            http_trace=wire.trace() if wire else aiohttp.TraceConfig(),
            max_ratelimit_timeout=_LONGEST_RATE_LIMIT,
        )
        if wire:
            self.http.request = wire.patient(self.http.request)  # type: ignore[method-assign]  # the only hook
        self.up = False
        self._received, self._unreadable = received, unreadable
        self._begins = begins
        # Only a server's id is read. To make a new server with the bot as its member takes half of an interaction's
        # reading.
        server = lru_cache(maxsize=_SERVERS)(self._connection._get_or_create_unavailable_guild)
        self._connection._get_or_create_unavailable_guild = (  # type: ignore[method-assign]  # the only hook
            lambda guild_id, *, data=None: server(guild_id)
        )
        parsers = self._connection.parsers
        greetings = {event: partial(self._parse, event, parsers[event]) for event in _GREETINGS}
        parsers.clear()  # discord.py would keep other events in memory, which the bot doesn't need
        parsers.update({**greetings, "INTERACTION_CREATE": self._read})
        self._ids: Ids = {}
        self._quiet = Quiet()

    def registered(self, commands: Ids) -> None:
        """Take note of the ids of the registered commands."""
        self._ids = commands

    async def command_id(self, name: str) -> int:
        """Return the id of a registered command. Raises LookupError if there isn't one."""
        if name not in self._ids and self.application_id:
            self._ids = ids(await self.http.get_global_commands(self.application_id))
        return self._ids[name]

    async def close(self) -> None:
        """Close to the end, even if the caller is cancelled meanwhile: otherwise a session would stay open."""
        closing = asyncio.create_task(super().close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait({closing})
            raise

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Announce the new session. The pause before it is over by then."""
        self._begins()

    def _parse(self, event: str, parse: Callable[[Any], None], payload: Any) -> None:
        """Let discord.py read a greeting, whose connection would end with one that it can't read."""
        self.up = True
        if not self._quiet.again("connected"):
            logger.info("Discord: connected")
        try:
            parse({**payload, "guilds": []})  # it would keep each server: there may be thousands
        except Exception as error:  # noqa: BLE001  an odd event must not cost the others
            if not self._quiet.again(event):
                logger.warning("Discord: an event can't be read: %s (%s)", event, type(error).__name__)

    def _read(self, payload: Any) -> None:
        """Read an interaction, in place of discord.py, whose connection ends with the first one that it can't read."""
        try:
            interaction = self._interaction(payload)
            interaction.extras.update(parse.beside(payload))
        except Exception as error:  # noqa: BLE001  an odd payload must not cost the others
            if not self._quiet.again("interaction"):
                logger.warning("an interaction can't be read: %s", type(error).__name__)
            self._read_little(payload)
        else:
            self._received(interaction)

    def _read_little(self, payload: Any) -> None:
        try:
            self._unreadable(self._interaction({name: payload[name] for name in _NEEDED if name in payload}))
        except Exception as error:  # noqa: BLE001  without its token, nobody can be told anything
            if not self._quiet.again("nothing"):
                logger.warning("an interaction can't even be answered: %s", type(error).__name__)

    def _interaction(self, payload: Any) -> Interaction:
        whole: Any = {**_OPTIONAL, "application_id": self.application_id, **payload}
        if not isinstance(whole.get("locale"), str):
            whole["locale"] = _ENGLISH
        return discord.Interaction(data=whole, state=self._connection)
