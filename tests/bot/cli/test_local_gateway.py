"""The sandbox listens on this machine, where any program may connect to it."""

import asyncio
import logging
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from bot.cli.local_gateway import listening


async def test_what_is_no_request_is_one_line_there_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with listening(web.Application(), 0) as url:
        address = urlsplit(url)
        for _ in range(3):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(b"GET / HTTP/1.1\r\nHost a\r\n\r\n")
            assert b"400" in await reader.readline()
            writer.close()
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("a request could not be read", None)
    ] * 3
