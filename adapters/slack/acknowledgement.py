"""What Slack sends is acknowledged as soon as its listener says so, which then goes on as a task that is kept.

Bolt by itself looks every ten milliseconds whether a listener has acknowledged, and keeps no reference to its task.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from adapters.slack.interaction import Payload
from bot.core.tasks import Tasks

# Of Bolt's listeners; what is acknowledged later is of no use to Slack.
_SECONDS = 3.0

Listener = Callable[[AsyncAck, Payload], Awaitable[None]]
Apology = Callable[[AsyncAck, Payload], Awaitable[bool]]
Log = Callable[[Exception, Payload], Awaitable[None]]


class Acknowledgement(AsyncAck):
    """Bolt's `ack`, and when it is called."""

    def __init__(self, ack: AsyncAck) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it has no types
        self._ack = ack
        self.called: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self, *given: Any, **named: Any) -> BoltResponse:
        """Acknowledge."""
        self.response = await self._ack(*given, **named)
        if not self.called.done():
            self.called.set_result(None)
        return self.response


def kept(
    listen: Listener, tasks: Tasks, apologise: Apology, log: Log
) -> Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]:
    """Return what Bolt calls. What a listener can't read is told its user, before anything is accepted."""

    async def heard(ack: AsyncAck, body: Payload) -> Exception | None:
        try:
            await listen(ack, body)
        except Exception as error:  # noqa: BLE001  it is Bolt's to answer, unless it is answered already
            if ack.response is None and not await apologise(ack, body):
                return error
            await log(error, body)
        return None

    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        acknowledgement = Acknowledgement(ack)
        hearing = tasks.spawn(heard(acknowledgement, body), "a Slack interaction")
        either: set[asyncio.Future[Any]] = {hearing, acknowledgement.called}
        await asyncio.wait(either, timeout=_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done() and (error := hearing.result()):
            raise error

    return listener
