"""Counts what comes over one connection: a request's header, and what comes ahead of its answer."""

_END = b"\r\n\r\n"


class Received:
    """The bytes since a request began. aiohttp doesn't tell what it has parsed, so they are counted here."""

    def __init__(self, *, pipelined: bool = False) -> None:
        self.header_bytes = 0
        """The bytes of the header, as long as its end isn't found."""
        self._end_of_last = b""
        self._after: int | None = None
        """Bytes after the header, once its end is found."""
        self._body_bytes: int | None = 0
        """How many bytes of a body the header announces; None if it announces no number."""
        self._pipelined = pipelined
        """Whether requests come ahead of answers. Then it isn't known whether a part of the next one has come."""

    @property
    def ahead(self) -> int:
        """How many bytes belong to later requests, as far as that is known: one if there may be some."""
        if self._body_bytes is None:
            return 0
        return max((self._after or 0) - self._body_bytes, int(self._pipelined))

    def add(self, data: bytes) -> None:
        """Count what came."""
        if self._after is not None:
            self._after += len(data)
            return
        joined = self._end_of_last + data
        found = joined.find(_END)
        if found < 0:
            self.header_bytes += len(data)
            self._end_of_last = joined[1 - len(_END) :]
        else:
            self.header_bytes += found - len(self._end_of_last)
            self._after = len(joined) - found - len(_END)

    def header_read(self, *, length: int | None, has_body: bool) -> None:
        """Take note that the header is whole, and what it says of its body."""
        self._body_bytes = length if has_body else 0
        if self._after is None:
            self._after = 0

    def body_read(self) -> None:
        """Take note that the body is whole."""
        if self._body_bytes is None:  # it came in chunks, and some of their bytes don't belong to the body
            self._after = self._body_bytes = 0
