"""One WebSocket of Socket Mode: from its ticket to its end."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Self

import aiohttp
from aiohttp import ClientWSTimeout, WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.slack.client import sdk_logger
from adapters.slack.timings import Timings
from bot.core.foreign import line
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

_ANSWERING_SECONDS = 1.0
# Slack may close a connection right after it has sent something. It may not have read an acknowledgement that was sent
# in the last moments of a connection, so that is sent again over another one. Slack knows each by its envelope's id.
_UNSURE_SECONDS = 1.0
_ENDED = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class NotGreeted(Exception):
    """Slack ended a connection before it said hello. `reason` is Slack's word, or the HTTP status."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReleasedWebSocket(aiohttp.ClientWebSocketResponse):
    """A WebSocket that gives its connection back when it is closed, also if the other side cut it before.

    The `close` of aiohttp 3.14 does nothing then, and leaves the connection to the garbage collector.
    """

    async def close(self, *, code: int = aiohttp.WSCloseCode.OK, message: bytes = b"") -> bool:
        """Close it, as aiohttp does."""
        try:
            return await super().close(code=code, message=message)
        finally:
            self._response.close()


class Socket(AsyncBaseSocketModeClient):
    """One WebSocket that Slack has greeted. `over` is set when another one is needed in its place."""

    def __init__(
        self,
        app: AsyncApp,
        websocket: aiohttp.ClientWebSocketResponse,
        *,
        timings: Timings,
        another: Callable[[], Awaitable["Socket | None"]],
    ) -> None:
        self.logger = sdk_logger()  # which Bolt needs
        self.connections, self.reason = 0, ""
        """How many connections of this app Slack counts, and why this one ended or is to end."""
        self.over = asyncio.Event()
        self.ended_at: float | None = None
        self._app, self._websocket, self._timings, self._another = app, websocket, timings, another
        self._work, self._receiving = Tasks(), Tasks()
        self._acknowledged: deque[tuple[float, str]] = deque()
        """The acknowledgements of the last moments, each with its time."""

    @classmethod
    async def open(
        cls,
        app: AsyncApp,
        session: aiohttp.ClientSession,
        url: str,
        *,
        timings: Timings,
        another: Callable[[], Awaitable["Socket | None"]],
    ) -> Self:
        """Use a ticket, and wait until Slack says hello. `session` knows the way out: proxy and certificates.

        Raises NotGreeted, aiohttp.ClientError, ConnectionError or TimeoutError: a new ticket is needed then.
        """
        async with asyncio.timeout(timings.greeting):
            websocket = await session.ws_connect(url, autoping=False, timeout=ClientWSTimeout(ws_close=1.0))
            socket = cls(app, websocket, timings=timings, another=another)
            try:
                await socket._greeted()
            except BaseException:
                await socket.close()
                raise
        socket._receiving.spawn(socket._serve(), "a connection to Slack")
        return socket

    @property
    def live(self) -> bool:
        """Whether the connection still stands."""
        return self.ended_at is None

    async def send_message(self, message: str) -> None:
        """Send an acknowledgement: over another connection, or the next one, if this one has ended meanwhile."""
        try:
            await self._websocket.send_str(message)
        except (ConnectionError, aiohttp.ClientError) as error:
            self._end(type(error).__name__)
            await self._send_over_another(message)
        else:
            self._acknowledged.append((time.monotonic(), message))
            self._forget_what_arrived()

    async def succeeded(self) -> None:
        """Another connection has taken the place of this one: go on until Slack closes it."""
        await self._receiving.drain(self._timings.succession)
        await self.close()

    async def close(self) -> None:
        """End it, even if the caller is cancelled meanwhile. Later acknowledgements go over another connection."""
        closing = asyncio.create_task(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait({closing})
            raise

    async def _close(self) -> None:
        self._end("closed")
        await self._receiving.drain(0)
        await self._work.drain(_ANSWERING_SECONDS)
        try:
            await self._websocket.close()
        except (aiohttp.ClientError, ConnectionError) as error:
            logger.debug("a connection did not close cleanly: %s", type(error).__name__)

    async def _send_over_another(self, message: str) -> None:
        other = await self._another()
        if other is None:
            logger.info("an acknowledgement was lost with its connection: %s", self.reason)
        else:
            await other.send_message(message)

    def _forget_what_arrived(self) -> None:
        while self._acknowledged and self._acknowledged[0][0] < time.monotonic() - _UNSURE_SECONDS:
            self._acknowledged.popleft()

    async def _acknowledge_again(self) -> None:
        self._forget_what_arrived()
        while self._acknowledged:
            await self._send_over_another(self._acknowledged.popleft()[1])

    async def _greeted(self) -> None:
        """Wait for `hello`. Slack may say goodbye in its place."""
        while True:
            message = await self._websocket.receive()
            if message.type in _ENDED:
                raise NotGreeted("closed")
            if message.type is WSMsgType.PING:
                await self._websocket.pong(message.data)
            said = _read(message)
            if said.get("type") == "disconnect":
                raise NotGreeted(line(said.get("reason")) or "disconnect")
            if said.get("type") == "hello":
                count = said.get("num_connections")
                self.connections = count if isinstance(count, int) else 0
                return

    async def _serve(self) -> None:
        try:
            self._end(await self._receive())
        except (ConnectionError, aiohttp.ClientError) as error:
            self._end(type(error).__name__)
        finally:
            self._end("closed")
            await self._websocket.close()
        await self._acknowledge_again()

    async def _receive(self) -> str:
        """Take what arrives until the connection ends; return why it did."""
        heard = time.monotonic()
        while True:
            try:
                message = await self._websocket.receive(timeout=self._timings.ping)
            except TimeoutError:
                if time.monotonic() - heard >= self._timings.silence:
                    return "silent"
                await self._websocket.ping()
                continue
            heard = time.monotonic()
            if message.type in _ENDED:
                return "closed"
            if message.type is WSMsgType.PING:
                await self._websocket.pong(message.data)
            self._take(_read(message))

    def _take(self, said: dict[str, Any]) -> None:
        if said.get("type") == "disconnect":
            self.reason = line(said.get("reason")) or "disconnect"
            self.over.set()
        elif request := SocketModeRequest.from_dict(said):
            self._work.spawn(self._answer(request), "a Slack envelope")

    async def _answer(self, request: SocketModeRequest) -> None:
        started = time.time()
        response = await run_async_bolt_app(self._app, request)
        await send_async_response(self, request, response, started)

    def _end(self, reason: str) -> None:
        if self.ended_at is None:
            self.ended_at, self.reason = time.monotonic(), self.reason or reason
        self.over.set()


def _read(message: aiohttp.WSMessage) -> dict[str, Any]:
    """Return what a message holds; nothing if it isn't an object."""
    if message.type is not WSMsgType.TEXT:
        return {}
    try:
        said = json.loads(message.data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
