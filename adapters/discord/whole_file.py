"""A file in memory that aiohttp sends as it is. Any other file it copies twice, the second time in pieces."""

import io
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Order, Payload, payload_type


class WholeFile(io.BytesIO):
    """Made of bytes, whose memory it shares for as long as nothing is written to it."""

    def __setattr__(self, name: str, value: object) -> None:
        """Keep no attribute: discord.py would store the file's own `close` in it, a circle that keeps its bytes."""


@payload_type(WholeFile, order=Order.try_first)
class _WholePayload(Payload):
    """https://docs.aiohttp.org/en/stable/client_reference.html: what is sent of such a file."""

    _value: WholeFile
    _autoclose = True  # there is nothing to close

    def __init__(self, value: WholeFile, *given: Any, **named: Any) -> None:
        super().__init__(value, *given, **named)
        self._size = len(value.getvalue())

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return it as text."""
        return self._value.getvalue().decode(encoding, errors)

    async def as_bytes(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return its bytes."""
        return self._value.getvalue()

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send it."""
        await writer.write(self._value.getvalue())
