"""Socket Mode: the connections over which Slack sends interactions. Each is kept up by itself."""

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp
from slack_bolt.app.async_app import AsyncApp

from adapters.slack.client import SlackClient, web_client
from adapters.slack.door import Door
from adapters.slack.refusals import SlackRefusal, translated
from adapters.slack.socket import ReleasedWebSocket, Socket
from adapters.slack.timings import Timings
from bot.core.chat import Sharing
from bot.core.tasks import Tasks
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector

logger = logging.getLogger(__name__)

# Slack replaces each connection every few hours, and networks break them: over a second one nothing is lost meanwhile.
# https://docs.slack.dev/apis/events-api/using-socket-mode
CONNECTIONS = 2
# Slack takes no acknowledgement after three seconds.
_ACKNOWLEDGED_SECONDS = 2.5
_STILL_COUNTED_SECONDS = 300.0
"""How long Slack may count a connection that has ended."""


class Connections:
    """The connections of one process. `async with` closes them; `keep` keeps them up until it is cancelled."""

    def __init__(
        self,
        app: AsyncApp,
        client: SlackClient,
        app_token: str,
        timings: Timings | None = None,
        ways_out: WaysOut = DIRECT,
    ) -> None:
        self._ways_out = ways_out
        self._app, self._app_token = app, app_token
        self._api = web_client(None, client.api.base_url, client.session)
        self._api.retry_handlers = []  # what Slack asks to wait for is waited for at the door
        self._timings = timings or Timings()
        self._door = Door(self._open, self._timings)
        self._current: dict[int, Socket] = {}
        self._opened = asyncio.Event()
        self._all: list[Socket] = []
        self._leaving = Tasks()
        self._others = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=Connector(self._ways_out), middlewares=(_Once(),), ws_response_class=ReleasedWebSocket
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Also those that have ended: their acknowledgements may still wait for another one.
        await asyncio.gather(*(socket.close() for socket in self._all))
        await self._leaving.drain(0)
        await self._session.close()

    @property
    def live(self) -> bool:
        """Whether Slack reaches the bot over any of them."""
        return any(socket.live for socket in self._all)

    @property
    def unready(self) -> str:
        """Why Slack can't reach the bot over any of them; empty if it can."""
        if self.live:
            return ""
        return f"not connected: {self._door.trouble}" if self._door.trouble else "not connected"

    @property
    def sharing(self) -> Sharing:
        """How many connections are this process's now, and how many were others' when Slack counted last."""
        return Sharing(ours=sum(1 for each in self._all if each.live), others=self._others)

    async def keep(self) -> None:
        """Keep all of them up. Raises SlackRefusal when Slack refuses the token while no connection is live."""
        keeping = [asyncio.create_task(self._keep(each), name="slack-connection") for each in range(CONNECTIONS)]
        try:
            await asyncio.gather(*keeping)
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.wait(keeping)

    async def _keep(self, place: int) -> None:
        """Keep one of them up: another is opened when it has ended, or when Slack says that it will end."""
        await asyncio.sleep(place * self._timings.stagger)
        failures = 0
        while True:
            await asyncio.sleep(_pause(failures, self._timings))
            socket = await self._enter()
            if socket is None:
                failures += 1
                continue
            began = time.monotonic()
            self._take_over(place, socket)
            await socket.over.wait()
            self._door.refused(socket.reason)
            if time.monotonic() - began >= self._timings.settled:
                failures = 0
                self._door.freed()
            else:
                failures += 1
            logger.debug("a connection is over: %s", socket.reason)

    async def _enter(self) -> Socket | None:
        try:
            return await self._door.enter()
        except SlackRefusal as refused:
            if not self.live:
                raise
            self._door.warn(refused.code, "Slack: one connection is missing: %s", refused)
            return None

    async def _open(self) -> Socket:
        with translated():
            answer = await self._api.apps_connections_open(app_token=self._app_token)
        return await Socket.open(
            self._app,
            self._session,
            str(answer["url"]),
            timings=self._timings,
            another=self._another,
        )

    def _take_over(self, place: int, socket: Socket) -> None:
        former = self._current.get(place)
        self._current[place] = socket
        self._opened.set()
        now = time.monotonic()
        self._all = [
            each for each in self._all if each.ended_at is None or now - each.ended_at < _STILL_COUNTED_SECONDS
        ]
        self._all.append(socket)
        if former is None:
            logger.info("Slack: connected in Socket Mode (%d of %d)", len(self._current), CONNECTIONS)
        elif former.live:
            self._leaving.spawn(former.succeeded(), "a connection that was replaced")
        self._look_for_others(socket)

    def _look_for_others(self, socket: Socket) -> None:
        """Say that another process uses the app token: both would get commands, and count for themselves."""
        if len(self._current) < CONNECTIONS:
            return
        ours = sum(1 for each in self._all if each.live)
        others = max(socket.connections - ours, 0)
        if others and others <= len(self._all) - ours:
            return  # those may be ours that have ended: Slack counts them for a while
        if others and others != self._others:
            logger.warning(
                "Slack: this app has %d connections, %d of them this process's. Processes with the same app token "
                "must share one DATABASE_URL: otherwise each counts quotas and draws for itself",
                socket.connections,
                ours,
            )
        self._others = others

    async def _another(self) -> Socket | None:
        """Return a live connection, or wait for the next one; None if that takes too long for Slack."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ACKNOWLEDGED_SECONDS):
                while (live := next((socket for socket in self._current.values() if socket.live), None)) is None:
                    self._opened.clear()
                    await self._opened.wait()
                return live
        return None


class _Once:
    """Lets each URL be requested once: aiohttp repeats a handshake that breaks, and Slack refuses a used ticket."""

    def __init__(self) -> None:
        self._latest = ""

    async def __call__(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> Any:
        if (url := str(request.url)) == self._latest:
            raise aiohttp.ClientConnectionError("its handshake broke")
        self._latest = url
        return await handler(request)


def _pause(failures: int, timings: Timings) -> float:
    """Return how long to wait after so many failures in a row: not at all after the first, then twice as long."""
    if failures <= 1:
        return 0.0
    return float(min(timings.first_pause * 2 ** min(failures - 2, 16), timings.longest_pause))
