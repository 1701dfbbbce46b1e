"""The HTTP server's connections: not more than a bound, and each ends if it keeps the server waiting for long."""

import logging
from asyncio import BaseTransport
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol

from aiohttp import web

from bot.core.bounds import (
    ANSWER_SECONDS,
    BODY_SECONDS,
    HEADER_SECONDS,
    KEEP_ALIVE_SECONDS,
    LINGER_SECONDS,
    most_connections,
)

logger = logging.getLogger(__name__)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Stage(Enum):
    """How far a connection's request is. Where there is no room for a new connection, one of the first stage ends."""

    UNFINISHED = auto()
    """Its header or its body isn't whole."""
    IDLE = auto()
    """It is answered, and no byte of the next one has come."""
    UNREAD = auto()
    """Its answer isn't taken."""
    WORKING = auto()
    """It is being answered."""


class Times(NamedTuple):
    """How many seconds a connection may take for what."""

    header: float = HEADER_SECONDS
    body: float = BODY_SECONDS + LINGER_SECONDS
    """Handlers give up earlier, with an answer. This ends requests that no handler reads."""
    keep_alive: float = KEEP_ALIVE_SECONDS + LINGER_SECONDS
    """aiohttp ends it earlier. This ends connections that don't take the rest of their answer."""
    answer: float = ANSWER_SECONDS


class Connection(Protocol):
    """One connection, as `Connections` sees it."""

    def begin(self, request: web.BaseRequest) -> None:
        """Take note that its request's header is whole."""

    def answered(self) -> None:
        """Take note that its request was handled."""

    def end(self) -> None:
        """End it at once."""


class Connections:
    """Counts the open connections by their stage, each in the order in which they reached it.

    Several servers of one process may share it, since they share its descriptors.
    """

    def __init__(self, most: int | None = None, times: Times | None = None) -> None:
        self.times = times or Times()
        self._most = most or most_connections()
        self._stages: dict[Stage, dict[Connection, None]] = {stage: {} for stage in Stage}
        self._reached: dict[Connection, dict[Connection, None]] = {}
        """For each connection, the members of its stage: to hash a `Stage` takes a while."""
        self._open: dict[BaseTransport, Connection] = {}

    def opened(self, transport: BaseTransport, connection: Connection) -> None:
        """Count a new connection; end another one if there are too many."""
        if len(self._open) >= self._most:
            self._make_room()
        self._open[transport] = connection

    def reached(self, stage: Stage, connection: Connection) -> None:
        """Count a connection in this stage."""
        self._forget(connection)
        self._reached[connection] = members = self._stages[stage]
        members[connection] = None

    def lost(self, transport: BaseTransport, connection: Connection) -> None:
        """Count a connection no longer."""
        self._open.pop(transport, None)
        self._forget(connection)

    async def answer(self, handler: Handler, request: web.BaseRequest) -> web.StreamResponse:
        """Let the handler answer, and tell the connection about it."""
        connection = self._open.get(request.transport) if request.transport else None
        if connection is None:
            return await handler(request)
        connection.begin(request)
        try:
            return await handler(request)
        finally:
            connection.answered()

    def _forget(self, connection: Connection) -> None:
        if (members := self._reached.pop(connection, None)) is not None:
            del members[connection]

    def _make_room(self) -> None:
        logger.warning(
            "%d connections are open, as many as may be: the oldest without a whole request make room", self._most
        )
        next(connection for stage in self._stages.values() for connection in stage).end()
