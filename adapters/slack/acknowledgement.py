"""Acknowledges what Slack sends as soon as its listener says so. The listener then goes on as a task that is kept.

Bolt by itself looks every ten milliseconds whether a listener has acknowledged, and keeps no reference to its task.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from adapters.slack.interaction import Payload
from bot.core.foreign import line
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

# Slack takes no later acknowledgement.
_SECONDS = 3.0
# Their acknowledgement says nothing: https://docs.slack.dev/interactivity/handling-user-interaction. Without one in
# time Slack warns the person that it didn't work.
_SAY_NOTHING = frozenset({"block_actions", "message_action", "shortcut"})
_SAY_NOTHING_AFTER = 2.5

Listener = Callable[[AsyncAck, Payload], Awaitable[None]]
Apology = Callable[[AsyncAck, Payload], Awaitable[bool]]
Log = Callable[[Exception, Payload], Awaitable[None]]


class Acknowledgement(AsyncAck):
    """Bolt's `ack`, and when it is called."""

    def __init__(self, ack: AsyncAck) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it has no types
        self._ack = ack
        self.is_awaited = True
        """Whether Bolt waits for it: else an error is of no use to Bolt."""
        self.called: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self, *given: Any, **named: Any) -> BoltResponse:
        """Acknowledge."""
        self.response = await self._ack(*given, **named)
        if not self.called.done():
            self.called.set_result(None)
        return self.response


def kept(
    listen: Listener, tasks: Tasks, apologise: Apology, log: Log
) -> Callable[[AsyncAck, dict[str, Any]], Awaitable[BoltResponse | None]]:
    """Return what Bolt calls. If a listener can't read what came, its user is told, and nothing is accepted.

    A press that a listener doesn't acknowledge in time is acknowledged without it. Anything else isn't, since there the
    acknowledgement is the answer. In both cases the listener goes on.
    """

    async def heard(ack: Acknowledgement, body: Payload) -> Exception | None:
        try:
            await listen(ack, body)
        except Exception as error:  # noqa: BLE001  it is Bolt's to answer, unless it is answered already
            if ack.response is None and not await apologise(ack, body) and ack.is_awaited:
                return error
            await log(error, body)
        return None

    async def listener(ack: AsyncAck, body: dict[str, Any]) -> BoltResponse | None:
        acknowledgement = Acknowledgement(ack)
        hearing = tasks.spawn(heard(acknowledgement, body), "a Slack interaction")
        either: set[asyncio.Future[Any]] = {hearing, acknowledgement.called}
        says_nothing = body.get("type") in _SAY_NOTHING
        seconds = _SAY_NOTHING_AFTER if says_nothing else _SECONDS
        in_time, _ = await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done() and (error := hearing.result()):
            raise error
        if in_time:
            return None
        acknowledgement.is_awaited = False
        if says_nothing:
            return await ack()
        logger.warning("a Slack interaction (%s) is not acknowledged in time: Slack says that it failed", kind_of(body))
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)

    return listener


def kind_of(body: Payload) -> str:
    """Return what Slack calls an interaction, for the log."""
    return line(body.get("type")) or line(body.get("command")) or "unknown"
