"""Read what somebody sends who isn't known yet: within a bound of bytes, of time, and of what all send at once."""

import asyncio
from collections.abc import AsyncIterable
from enum import StrEnum

from bot.core.bounds import BODIES_BYTES, BODY_SECONDS


class Unread(StrEnum):
    """Why a body isn't read to its end."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NO_ROOM = "no_room"
    """It was the oldest one when all of them together became too large."""


class NotRead(Exception):
    """A body that isn't read to its end."""

    def __init__(self, why: Unread) -> None:
        super().__init__(why.value)
        self.why = why


class Bodies:
    """Reads the bodies of one door.

    Where there is no room for more, the oldest one that isn't whole is given up. An honest sender sends a body at once,
    so that many who never end theirs don't keep others out.
    """

    def __init__(self, most: int, *, seconds: float = BODY_SECONDS, in_all: int = BODIES_BYTES) -> None:
        self._most, self._seconds, self._in_all = most, seconds, in_all
        self._open: dict[_Body, None] = {}
        self._size = 0

    async def read(self, chunks: AsyncIterable[bytes], length: int | None) -> bytes:
        """Return the whole body. `length` is what the sender says of it; None if the sender doesn't say it.

        Raises NotRead; `length` alone may be too large, and nothing is read then.
        """
        if (length or 0) > self._most:
            raise NotRead(Unread.TOO_LARGE)
        try:
            async with asyncio.timeout(self._seconds) as limit:
                body = _Body(limit)
                self._open[body] = None
                try:
                    async for chunk in chunks:
                        self._add(body, chunk)
                    if body.is_given_up:
                        raise NotRead(Unread.NO_ROOM)
                    return bytes(body.data)
                finally:
                    self._close(body)
        except TimeoutError as error:
            raise NotRead(Unread.NO_ROOM if body.is_given_up else Unread.TOO_SLOW) from error

    def _add(self, body: "_Body", chunk: bytes) -> None:
        if body.is_given_up:
            return  # it ends with the next wait
        if len(body.data) + len(chunk) > self._most:
            raise NotRead(Unread.TOO_LARGE)
        body.data += chunk
        self._size += len(chunk)
        while self._size > self._in_all:
            oldest = next(iter(self._open))
            self._close(oldest)
            oldest.give_up()

    def _close(self, body: "_Body") -> None:
        if body in self._open:
            del self._open[body]
            self._size -= len(body.data)
        body.data = bytearray()  # what ended its reading may refer to it until Python looks for garbage


class _Body:
    """A body that is being read."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self.data = bytearray()  # a list of pieces would be forty times as large, if they came byte by byte
        self.is_given_up = False

    def give_up(self) -> None:
        """End its reading."""
        self.is_given_up = True
        self._limit.reschedule(asyncio.get_running_loop().time())
