"""Says who the bot is on each platform, once it is there."""

import asyncio
from collections.abc import Callable, Sequence

from bot.core.message import Message
from bot.core.supervise import Link

_SECONDS = 0.2


async def introduce(links: Sequence[Link], tell: Callable[[Message], None]) -> Sequence[Message]:
    """Tell who the bot is on each platform as soon as it is connected. Returns when it is on all of them.

    Returns at once what the operator has to do, if no platform takes its token: so nothing runs.
    """
    waiting = list(links)
    while waiting:
        if len(waiting) == len(links) and all(link.refused for link in links):
            return [said for link in links for said in link.refused]
        for link in [each for each in waiting if not each.unready]:
            waiting.remove(link)
            if presence := link.presence:
                tell(presence)
        await asyncio.sleep(_SECONDS)
    return ()
