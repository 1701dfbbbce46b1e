"""Slack's events, before Bolt's listeners: Bolt would acknowledge them before anything of them is kept."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.spoken import Spoken
from bot.core.foreign import line
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

RETRIED = "x-slack-retry-num"
"""The header that says how often an event was sent before; Bolt writes it for Socket Mode, too."""

_ACKNOWLEDGED, _AGAIN = 200, 503


class Events:
    """Acknowledges every event: a message to the bot once it is kept, all others at once."""

    def __init__(self, spoken: Spoken, answering: Tasks) -> None:
        self._spoken, self._answering = spoken, answering

    async def middleware(
        self, req: AsyncBoltRequest, next_: Callable[[], Awaitable[BoltResponse | None]]
    ) -> BoltResponse | None:
        """Answer an event; pass everything else on."""
        if req.body.get("type") == "app_rate_limited":
            logger.warning("Slack: sends no more events of this minute, since there were too many")
            return BoltResponse(status=_ACKNOWLEDGED)
        if req.body.get("type") != "event_callback":
            return await next_()
        if task := asyncio.current_task():
            self._answering.keep(task)
        return BoltResponse(status=_ACKNOWLEDGED if await self._is_kept(req) else _AGAIN)

    async def _is_kept(self, req: AsyncBoltRequest) -> bool:
        body: dict[str, Any] = req.body
        try:
            return await self._spoken.heard(body, retry=_retry(req))
        except Exception:  # what can't be read now can't be read when it comes again
            logger.exception("a Slack event (%s) failed", line(body.get("event_id")))
            return True


def _retry(req: AsyncBoltRequest) -> int:
    said = (req.headers.get(RETRIED) or [""])[0]
    return int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
