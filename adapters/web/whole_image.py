"""An image in memory that aiohttp sends as it is. Any other body it joins with the answer's header, which copies it."""

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

_WITH_THE_HEADER = 1024


class WholeImage(Payload):
    """https://docs.aiohttp.org/en/stable/client_reference.html: what is sent as the body of an answer."""

    _value: bytes
    _autoclose = True  # there is nothing to close

    def __init__(self, image: bytes, media_type: str) -> None:
        super().__init__(image, content_type=media_type)
        self._size = len(image)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return it as text."""
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send it. Only its beginning is joined with the header, as the first piece of a body always is."""
        image = memoryview(self._value)
        await writer.write(image[:_WITH_THE_HEADER])
        await writer.write(image[_WITH_THE_HEADER:])
