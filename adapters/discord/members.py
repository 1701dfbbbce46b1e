"""Knows the members of the bot's own servers. It needs no intent: Discord is asked about one person at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import discord

from adapters.discord.answers import Answers
from adapters.discord.refusals import code_of
from bot.core.clock import Clock
from bot.core.tasks import Tasks

_KEPT = timedelta(minutes=10)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_NO_MEMBER = frozenset({10007, 10013})


class Members:
    """Knows for ten minutes who is a member of which server."""

    def __init__(
        self, servers: Collection[int], ask: Callable[[int, int], Awaitable[bool]], *, clock: Clock, tasks: Tasks
    ) -> None:
        async def belongs(pair: tuple[int, int]) -> bool:
            return await ask(*pair)

        self._servers = tuple(servers)
        self._answers = Answers(belongs, about="the membership", keep=_KEPT, clock=clock, tasks=tasks)

    async def belongs(self, user: int) -> bool | None:
        """Return whether someone is a member of any of the servers; None if Discord does not say."""
        if any(self._answers.fresh((server, user)) for server in self._servers):
            return True
        said = await asyncio.gather(*(self._answers.get((server, user)) for server in self._servers))
        if True in said:
            return True
        return None if None in said else False


async def is_member(client: discord.Client, server: int, user: int) -> bool:
    """Ask Discord whether someone is a member of a server of the bot's."""
    try:
        await client.http.get_member(server, user)
    except discord.NotFound as error:
        if code_of(error) in _NO_MEMBER:
            return False
        raise  # the bot itself is not there
    return True
