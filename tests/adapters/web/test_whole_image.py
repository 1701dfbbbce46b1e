"""How an image's bytes get into an answer."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.web.whole_image import WholeImage

LARGE = bytes(range(256)) * 40_000


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=WholeImage(LARGE[: int(request.match_info["size"])], "image/png"))

    app = web.Application()
    app.router.add_get("/{size}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession(server.make_url("/")) as session:
        yield session


@pytest.mark.parametrize("size", [0, 1, 1024, 1025, len(LARGE)])
async def test_it_arrives_whole_and_an_answer_without_it_has_its_length(
    session: aiohttp.ClientSession, size: int
) -> None:
    async with session.get(f"/{size}") as answer:
        assert (answer.content_type, answer.content_length) == ("image/png", size)
        assert await answer.read() == LARGE[:size]
    async with session.head(f"/{size}") as answer:
        assert (answer.status, answer.content_length, await answer.read()) == (200, size, b"")


async def test_it_is_not_copied() -> None:
    sent: list[memoryview] = []

    class Writer:
        async def write(self, piece: memoryview) -> None:
            sent.append(piece)

    await WholeImage(LARGE, "image/png").write(Writer())  # type: ignore[arg-type]  # the only method that is called
    assert all(piece.obj is LARGE for piece in sent)
    assert b"".join(sent) == LARGE
    assert len(sent[0]) < len(LARGE) / 1000  # aiohttp joins it with the header
