"""The sandbox, used as what it stands for: by the official client, and by the bot's own."""

import asyncio
import base64
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.cometapi.client import CometAPI
from bot.core.catalogue.catalogue import Catalogue
from bot.core.catalogue.models import KNOWN
from bot.core.errors import ProviderError
from bot.core.images.verify import verify
from bot.core.model import Fault
from bot.sandbox import sandbox_app
from bot.sandbox.app import KEPT
from bot.sandbox.trouble import REPLIES, SHAPES

if TYPE_CHECKING:  # it takes a second to import: only the tests here do
    from openai import AsyncOpenAI


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    server = TestServer(sandbox_app(delay=0))
    await server.start_server()
    yield str(server.make_url("/v1"))
    await server.close()


def opened(url: str) -> "AsyncOpenAI":
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    # Certificates take longer to load than most answers take to come, and this server doesn't need them.
    http = DefaultAsyncHttpxClient(verify=False)
    return AsyncOpenAI(base_url=url, api_key="any", max_retries=0, http_client=http)


@pytest.fixture(scope="module")
async def client(url: str) -> "AsyncIterator[AsyncOpenAI]":
    async with opened(url) as client:
        yield client


async def pictures(client: "AsyncOpenAI", **request: object) -> list[Image.Image]:
    """Generate with the official client, and fetch and decode what comes."""
    answer = await client.images.generate(**request)  # type: ignore[call-overload]  # parameters vary
    images: list[Image.Image] = []
    async with ClientSession() as session:
        for item in answer.data:
            if item.url:
                async with session.get(item.url) as response:
                    data = await response.read()
            else:
                data = base64.b64decode(item.b64_json)
            images.append(Image.open(io.BytesIO(data)))
    return images


@pytest.mark.parametrize("model", sorted(KNOWN))
async def test_every_model_draws_for_the_official_client(client: "AsyncOpenAI", model: str) -> None:
    (image,) = await pictures(client, model=model, prompt="a paper boat")
    assert image.width >= 1024
    image.load()


@pytest.mark.parametrize(
    ("request_", "size", "format_"),
    [
        ({"model": "dall-e-3", "size": "1792x1024"}, (1792, 1024), "PNG"),
        ({"model": "dall-e-2", "size": "256x256", "response_format": "b64_json"}, (256, 256), "PNG"),
        ({"model": "gpt-image-1", "size": "1024x1536", "output_format": "webp"}, (1024, 1536), "WEBP"),
        ({"model": "gpt-image-2", "size": "1280x720", "output_format": "jpeg"}, (1280, 720), "JPEG"),
        ({"model": "grok-imagine-image", "extra_body": {"aspect_ratio": "16:9"}}, (1368, 768), "JPEG"),
        ({"model": "seedream-5-0-pro-260628", "size": "1K"}, (1024, 1024), "PNG"),
    ],
)
async def test_a_picture_has_the_size_and_the_format_that_were_asked_for(
    client: "AsyncOpenAI", request_: dict[str, object], size: tuple[int, int], format_: str
) -> None:
    (image,) = await pictures(client, prompt="hills", **request_)
    assert (image.size, image.format) == (size, format_)


async def test_a_transparent_background_is_transparent(client: "AsyncOpenAI") -> None:
    (image,) = await pictures(client, model="gpt-image-1", prompt="a fox", background="transparent")
    assert image.convert("RGBA").getpixel((0, 0)) == (*image.convert("RGB").getpixel((0, 0)), 0)  # type: ignore[misc]


@pytest.mark.parametrize("prompt", ["紙の船", "هذا قارب", "кот \x00 and 🛶", "\u0301", "!", "W" * 1000, "i " * 400])
async def test_a_prompt_in_letters_that_the_font_lacks_is_drawn_too(client: "AsyncOpenAI", prompt: str) -> None:
    (image,) = await pictures(client, model="dall-e-2", prompt=prompt, size="256x256")
    assert image.size == (256, 256)


async def test_a_prompt_is_drawn_differently_each_time(client: "AsyncOpenAI") -> None:
    request = {"model": "dall-e-2", "prompt": "a city", "size": "256x256"}
    drawn = [*await pictures(client, **request, n=2), *await pictures(client, **request)]
    assert len({image.tobytes() for image in drawn}) == 3


async def test_requests_at_the_same_time_are_drawn_differently(client: "AsyncOpenAI") -> None:
    one, other = await asyncio.gather(*(pictures(client, model="dall-e-3", prompt="two boats") for _ in range(2)))
    assert one[0].tobytes() != other[0].tobytes()


async def first_picture(**request: object) -> bytes:
    """Return the first picture of a new sandbox."""
    async with TestServer(sandbox_app(delay=0)) as server, opened(str(server.make_url("/v1"))) as client:
        (image,) = await pictures(client, **request)
    return image.tobytes()


async def test_two_sandboxes_draw_the_same() -> None:
    request = {"model": "dall-e-2", "prompt": "a city", "size": "256x256"}
    assert await first_picture(**request) == await first_picture(**request)


async def test_seedream_puts_its_mark_on_a_picture_unless_it_is_told_not_to() -> None:
    request: dict[str, object] = {"model": "seedream-5-0-pro-260628", "prompt": "a city", "size": "1K"}
    default = await first_picture(**request)
    marked = await first_picture(**request, extra_body={"watermark": True})
    plain = await first_picture(**request, extra_body={"watermark": False})
    assert default == marked != plain


async def test_answers_have_the_fields_of_their_models(client: "AsyncOpenAI") -> None:
    gpt = await client.images.generate(model="gpt-image-2", prompt="a boat", quality="low")
    assert gpt.usage is not None
    assert (gpt.usage.output_tokens, gpt.quality, gpt.output_format) == (196, "low", "png")
    dall_e = await client.images.generate(model="dall-e-3", prompt="a boat")
    assert dall_e.data is not None
    assert "boat" in (dall_e.data[0].revised_prompt or "")
    assert dall_e.data[0].b64_json is None


@pytest.mark.parametrize(
    ("request_", "code", "param"),
    [
        ({"model": "dall-e-3", "prompt": "x", "size": "1x1"}, "invalid_value", "size"),
        ({"model": "dall-e-3", "prompt": "x", "n": 2}, "invalid_value", "n"),
        ({"model": "gpt-image-2", "prompt": "x", "response_format": "url"}, "unknown_parameter", "response_format"),
        ({"model": "gpt-image-2", "prompt": "x", "style": "vivid"}, "unknown_parameter", "style"),
        ({"model": "gpt-image-2", "prompt": "x", "size": "640x640"}, "invalid_value", "size"),
        ({"model": "gpt-image-2", "prompt": "x", "background": "transparent"}, "invalid_value", "background"),
        ({"model": "grok-imagine-image", "prompt": "x", "size": "1024x1024"}, "unknown_parameter", "size"),
        ({"model": "dall-e-2", "prompt": "x" * 1001}, "invalid_value", "prompt"),
        ({"model": "dall-e-3", "prompt": " "}, "invalid_request", "prompt"),
        ({"model": "", "prompt": "x"}, "", ""),
        ({"model": "dall-e-3", "prompt": "the Forbidden fruit"}, "moderation_blocked", ""),
    ],
)
async def test_a_bad_request_is_the_official_clients_bad_request(
    client: "AsyncOpenAI", request_: dict[str, object], code: str, param: str
) -> None:
    from openai import BadRequestError

    with pytest.raises(BadRequestError) as caught:
        await client.images.generate(**request_)  # type: ignore[call-overload]  # parameters vary
    assert (caught.value.code, caught.value.param) == (code, param)
    number = caught.value.response.headers["X-Cometapi-Request-Id"]
    assert f"(request id: {number})" in caught.value.message


@pytest.mark.parametrize(
    ("model", "prompt", "error"),
    [
        ("no-such-model", "x", "InternalServerError"),
        ("dall-e-3", "sandbox-limit", "RateLimitError"),
        ("dall-e-3", "sandbox-balance", "PermissionDeniedError"),
        ("dall-e-3", "sandbox-channel", "InternalServerError"),
        ("dall-e-3", "sandbox-broken", "InternalServerError"),
    ],
)
async def test_other_refusals_are_typed_too(client: "AsyncOpenAI", model: str, prompt: str, error: str) -> None:
    import openai

    with pytest.raises(getattr(openai, error)):
        await client.images.generate(model=model, prompt=prompt)


async def test_a_key_is_needed_but_any_will_do(client: "AsyncOpenAI", url: str) -> None:
    listed = [model.id async for model in client.models.list()]
    assert "dall-e-3" in listed
    async with ClientSession() as session:
        for headers in ({}, {"Authorization": "sk-1"}, {"Authorization": "Bearer "}):
            async with session.get(f"{url}/models", headers=headers) as response:
                assert response.status == 401
                assert (await response.json())["error"]["type"] == "comet_api_error"
    from openai import AuthenticationError

    with pytest.raises(AuthenticationError):
        await client.with_options(default_headers={"Authorization": "Basic x"}).images.generate(prompt="x")


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("forbidden", Fault.CONTENT_POLICY),
        ("sandbox-seedream", Fault.CONTENT_POLICY),
        ("sandbox-azure", Fault.CONTENT_POLICY),
        ("sandbox-qwen", Fault.CONTENT_POLICY),
        ("sandbox-grok", Fault.VIOLATION_FEE),
        ("sandbox-fee", Fault.VIOLATION_FEE),
        ("sandbox-options", Fault.BAD_REQUEST),
        ("sandbox-picture", Fault.BAD_PICTURE),
        ("sandbox-large", Fault.TOO_LARGE),
        ("sandbox-balance", Fault.BALANCE),
        ("sandbox-budget", Fault.BALANCE),
        ("sandbox-gbk", Fault.BALANCE),
        ("sandbox-flat", Fault.BALANCE),
        ("sandbox-quote", Fault.FORBIDDEN),
        ("sandbox-words", Fault.BALANCE),
        ("sandbox-key", Fault.AUTH),
        ("sandbox-firewall", Fault.BLOCKED),
        ("sandbox-country", Fault.BLOCKED),
        ("sandbox-moved", Fault.MISCONFIGURED),
        ("sandbox-unbuilt", Fault.MISCONFIGURED),
        ("sandbox-channel", Fault.MODEL_UNAVAILABLE),
        ("sandbox-chat", Fault.NO_IMAGES),
        ("sandbox-limit", Fault.RATE_LIMIT),
        ("sandbox-date", Fault.RATE_LIMIT),
        ("sandbox-busy", Fault.BUSY),
        ("sandbox-broken", Fault.GATEWAY),
        ("sandbox-page", Fault.UNCLEAR),
        ("sandbox-task", Fault.UNCLEAR),
        ("sandbox-flood", Fault.UNCLEAR),
        ("sandbox-empty", Fault.EMPTY),
        ("sandbox-both", None),
        ("sandbox-nested", None),
        ("sandbox-bare", None),
        ("sandbox-relative", None),
        ("sandbox-file", None),
    ],
)
async def test_the_documented_words_make_the_bot_see_each_answer(url: str, word: str, fault: Fault | None) -> None:
    model = "dall-e-3" if fault else "gpt-image-1"
    request = Catalogue(default="dall-e-3").resolve({"prompt": f"a boat, {word}, at sea", "model": model})
    async with CometAPI(url, "any", check=verify) as provider:
        if fault is None:
            assert verify((await provider.generate(request)).image).media_type == "image/png"
            return
        with pytest.raises(ProviderError) as caught:
            await provider.generate(request)
    assert caught.value.fault == fault


def test_every_word_is_documented() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "playground.md").read_text("utf-8")
    documented = set(re.findall(r"`(forbidden|sandbox-[a-z]+)`", page))
    assert documented == {*REPLIES, *SHAPES}


async def test_the_bot_gets_its_models_and_images_from_the_sandbox(url: str) -> None:
    live = Catalogue(default="dall-e-3")
    async with CometAPI(url, "any") as provider:
        await provider.check()
        live.update(await provider.models())
        assert set(KNOWN) <= set(live.names())
        assert "flux-1.1-pro" not in live.names()
        generation = await provider.generate(live.resolve({"prompt": "a paper boat 🛶 ⛵ 紙の船"}))
    image = verify(generation.image)
    assert (image.media_type, image.width, image.height) == ("image/png", 1024, 1024)
    assert generation.request_id


async def test_pictures_are_kept_in_bounded_number(client: "AsyncOpenAI") -> None:
    urls = []
    for _ in range(KEPT // 10 + 1):
        answer = await client.images.generate(model="dall-e-2", prompt="a boat", size="256x256", n=10)
        urls += [item.url for item in answer.data or ()]
    async with ClientSession() as session:
        for url, status in ((urls[0], 404), (urls[-1], 200)):
            async with session.get(str(url)) as response:
                assert response.status == status


async def test_the_front_page_says_how_to_use_it(url: str) -> None:
    async with ClientSession() as session, session.get(url.replace("/v1", "/")) as response:
        assert "COMETAPI_BASE_URL" in await response.text()
