"""How acknowledgements are sent to Discord: over few connections, and without reading what was just written."""

import asyncio
from typing import Any

from discord.webhook.async_ import AsyncWebhookAdapter

# With a tenth of a second to Discord and back, 640 a second.
_AT_ONCE = 64
# A request that hangs keeps its place until it is given up. Discord takes no acknowledgement after three seconds.
_LONGEST_WAIT = 1.0


class Acknowledging(AsyncWebhookAdapter):
    """Sends acknowledgements over few connections. Without it, a burst would open one for most of them.

    It reads only the message's id from the answer: the message itself was just written here.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # discord.py's
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def create_interaction_response(self, *asked: Any, **named: Any) -> Any:
        """Send one, as discord.py does, as soon as there is room for it, or after a second without."""
        has_place = await self._take_place()
        try:
            answer: Any = await super().create_interaction_response(*asked, **named)
        finally:
            if has_place:
                self._turns.release()
        if (message := (answer.get("resource") or {}).get("message")) is not None:
            int(message["id"])  # an answer that can't be read is a lost one
        return {"interaction": answer["interaction"]}

    async def _take_place(self) -> bool:
        """Return whether there was a place in time."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                return await self._turns.acquire()
        except TimeoutError:
            return False
