"""Socket Mode: the connections over which Slack sends interactions, and a watch that notices when all are lost."""

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

from adapters.slack.client import sdk_logger

logger = logging.getLogger(__name__)

# Slack replaces each connection every few hours, and the client closes the old one before it opens the new
# one: with a second connection nothing is lost in between. https://docs.slack.dev/apis/events-api/using-socket-mode
CONNECTIONS = 2
_CONNECT_SECONDS = 30.0
_LOST_SECONDS = 30.0
_PING_SECONDS = 5.0


class SocketConnection:
    """One WebSocket to Slack. The SDK opens it again when Slack asks for that, or when it breaks."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token, logger=sdk_logger(), ping_interval=_PING_SECONDS)
        self._handler.client.message_listeners.append(self._heard)
        self._greeted: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        client = self._handler.client
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                # Requested here, since `connect` would hide a refused token and retry forever.
                client.wss_uri = await client.issue_new_wss_url()
                await self._handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def live(self) -> bool:
        """Whether Slack has said hello on the connection that is open now."""
        session = self._handler.client.current_session
        return session is not None and not session.closed and session is self._greeted

    async def _heard(self, client: Any, message: dict[str, Any], raw: str | None) -> None:
        if message.get("type") == "hello":
            self._greeted = self._handler.client.current_session

    async def _close(self) -> None:
        try:
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        except (aiohttp.ClientError, ConnectionError) as error:
            logger.info("a connection did not close cleanly: %s", type(error).__name__)


async def watch(connections: list[SocketConnection]) -> None:
    """Watch the connections; never return. Raises ConnectionError when none was live for half a minute."""
    lost = 0.0
    while lost < _LOST_SECONDS:
        await asyncio.sleep(1)
        lost = 0.0 if any(connection.live for connection in connections) else lost + 1
    raise ConnectionError("Slack has been out of reach for half a minute")
