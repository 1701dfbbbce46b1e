"""How an image's bytes get into the request for a message."""

from weakref import ref

import aiohttp
import discord
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.discord.whole_file import WholeFile

IMAGE = bytes(range(256)) * 20_000


class Written:
    """Takes what is written of a body, piece by piece."""

    def __init__(self) -> None:
        self.pieces = list[object]()

    async def write(self, piece: bytes) -> None:
        self.pieces.append(piece)


async def test_an_image_is_sent_as_it_is_in_one_piece() -> None:
    form = aiohttp.FormData()
    form.add_field("files[0]", WholeFile(IMAGE), filename="a.png", content_type="application/octet-stream")
    body, written = form(), Written()
    await body.write(written)  # type: ignore[arg-type]  # the only method that is called
    assert any(piece is IMAGE for piece in written.pieces)
    assert body.size == sum(len(piece) for piece in written.pieces if isinstance(piece, bytes))


async def test_it_arrives_whole() -> None:
    async def take(request: web.Request) -> web.Response:
        taken = (await request.post())["files[0]"]
        assert isinstance(taken, web.FileField)
        return web.json_response([taken.filename, taken.file.read() == IMAGE])

    app = web.Application(client_max_size=2 * len(IMAGE))
    app.router.add_post("/", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        form = aiohttp.FormData()
        form.add_field("files[0]", WholeFile(IMAGE), filename="a.png", content_type="application/octet-stream")
        async with session.post(server.make_url("/"), data=form) as answer:
            assert await answer.json() == ["a.png", True]


def test_it_leaves_memory_with_the_request() -> None:
    """200 images were held after they had been shown, until garbage was looked for."""
    sent = discord.File(WholeFile(IMAGE), filename="a.png")
    held = ref(sent.fp)
    sent.close()
    del sent
    assert held() is None
