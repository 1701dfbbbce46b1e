"""What every request to Discord and every answer goes through, in every session."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import Route
from yarl import URL

from adapters.discord.address import DiscordAddress
from adapters.discord.seal import Seal
from adapters.discord.waits import Waits
from bot.core.clock import Clock
from bot.core.errors import DeliveryError
from bot.core.platform_clock import PlatformClock
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector

Request = Callable[..., Coroutine[Any, Any, Any]]

_once: ContextVar[bool] = ContextVar("once", default=False)


@contextmanager
def once() -> Iterator[None]:
    """Send nothing again after an error of Discord's own: it may have taken effect. Raises DeliveryError.

    discord.py repeats such a request by itself, and a new message by a token has no nonce.
    """
    token = _once.set(True)
    try:
        yield
    finally:
        _once.reset(token)


class Wire:
    """Keeps to the waits that Discord asks for, measures its clock, and opens the tokens that `seal` has sealed."""

    def __init__(self, clock: Clock, seal: Seal, ways_out: WaysOut = DIRECT) -> None:
        self.clock, self._waits, self._ways_out = PlatformClock(clock, "Discord"), Waits(clock), ways_out
        self.seal = seal

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a session has to be opened with."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._begins)
        trace.on_request_end.append(self._answered)
        return trace

    def patient(self, request: Request) -> Request:
        """Return what sends discord.py's requests, and raises RateLimited where it would wait for long by itself."""

        async def patient(route: Route, **given: Any) -> Any:
            self._waits.left(route.method, URL(route.url).path)
            return await request(route, **given)

        return patient

    def usable(self, place: DiscordAddress) -> DiscordAddress:
        """Return a place without a token that can't be opened: it is of no use here."""
        return place.without_token() if place.sealed and self.seal.open(place.sealed) is None else place

    def _token(self, place: DiscordAddress) -> str:
        return self.seal.open(place.sealed) or "" if place.sealed else place.token

    @asynccontextmanager
    async def webhook(self, place: DiscordAddress, client: discord.Client | None) -> AsyncIterator[discord.Webhook]:
        """Yield what an interaction's token opens. It needs no login, so without a client it has its own session."""
        token = self._token(place)
        if client is not None:
            yield discord.Webhook.partial(int(place.application), token, client=client)
            return
        unconnected = discord.Client(intents=discord.Intents.none())  # discord.py wants one for buttons
        async with aiohttp.ClientSession(
            connector=Connector(self._ways_out), trace_configs=[self.trace()], cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            yield discord.Webhook.partial(int(place.application), token, session=session, client=unconnected)

    async def _begins(
        self, session: aiohttp.ClientSession, _: SimpleNamespace, about: aiohttp.TraceRequestStartParams
    ) -> None:
        if (seconds := self._waits.left(about.method, about.url.path)) > 0:
            await asyncio.sleep(seconds)

    async def _answered(
        self, session: aiohttp.ClientSession, _: SimpleNamespace, about: aiohttp.TraceRequestEndParams
    ) -> None:
        answer = about.response
        # An answer that isn't Discord's own, or that something in between has kept, says nothing about its clock.
        if answer.content_type == "application/json" and "Age" not in answer.headers:
            self.clock.told(answer.headers.get("Date", ""))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and _once.get():
            raise DeliveryError(f"Discord answered {answer.status}")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._waits.refused(about.method, about.url.path, answer.headers, await answer.read())
        else:
            self._waits.used_up(about.method, about.url.path, answer.headers)
