"""The gateway's lists: what is read from the public one, and what the one with the key is good for."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.cometapi.client import CometAPI
from bot.core.errors import ProviderError
from bot.core.model import Fault, OfferedModel, Price
from tests.fakes.cometapi import Cuts, FakeCometAPI, Says


@pytest.fixture
async def client(gateway: FakeCometAPI) -> AsyncIterator[CometAPI]:
    async with CometAPI(gateway.base_url, "sk-good") as opened:
        yield opened


def listed(*records: object) -> Says:
    return Says(body={"success": True, "page": 0, "total": len(records), "data": list(records)})


async def test_the_list_holds_the_models_of_the_images_endpoint_and_their_prices(client: CometAPI) -> None:
    models = {model.name: model.price for model in await client.models()}
    assert models["dall-e-3"] == Price(usd=0.032, unit="image")
    assert models["gpt-image-2"] == Price(usd=24, unit="million output tokens")
    assert {"qwen-image", "grok-imagine-image"} < set(models)
    assert not {"flux-1.1-pro", "gemini-3-pro-image-preview", "gpt-5-mini"} & set(models)


IMAGES = {"path": "/v1/images/generations", "method": "POST"}


@pytest.mark.parametrize(
    ("record", "offered"),
    [
        ({"id": "new-one", "endpoints": '{"images": {"path": "/v1/images/generations"}}'}, True),
        ({"id": "new-one", "endpoints": {"images": IMAGES}}, True),
        ({"id": "new-one", "endpoints": [IMAGES]}, True),
        ({"id": "new-one", "endpoints": ["/v1/images/generations"]}, True),
        ({"id": "new-one", "endpoints": "/v1/images/generations"}, True),
        ({"id": "new-one", "endpoints": {"images": {"path": "/v1/images/edits"}}}, False),
        ({"id": "new-one", "endpoints": "{broken"}, False),
        ({"id": "new-one", "endpoints": None, "features": ["text-to-image"]}, False),
        ({"id": "flux-pro", "endpoints": {"bfl": {"path": "/flux/v1/flux-pro"}}}, False),
        ({"id": "dall-e-3", "endpoints": None}, True),
        ({"id": "gpt-image-2-2026-04-21"}, True),
        ({"id": "dall-e-3", "upcoming": True}, False),
        ({"id": "", "endpoints": [IMAGES]}, False),
        ({"id": "a" * 101, "endpoints": [IMAGES]}, False),
        ({"id": "two\nlines", "endpoints": [IMAGES]}, False),
        ({"id": None, "endpoints": [IMAGES]}, False),
        ("dall-e-3", False),
        (None, False),
    ],
)
async def test_a_record_counts_if_the_images_endpoint_makes_the_model(
    client: CometAPI, gateway: FakeCometAPI, record: object, offered: bool
) -> None:
    gateway.catalogue = listed({"id": "qwen-image"}, record)
    assert len(await client.models()) == 1 + offered


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"per_request": 0.04, "output": 24}, Price(usd=0.04, unit="image")),
        ({"per_request": "0.04"}, Price(usd=0.04, unit="image")),
        ({"per_request": 0, "output": 24.0, "input": 4}, Price(usd=24, unit="million output tokens")),
        ({"per_request": None, "output": None}, None),
        ({"per_request": "free", "output": -1}, None),
        ({"per_request": "nan", "output": "inf"}, None),
        ({"per_request": [], "output": {}}, None),
        (None, None),
        ("0.04", None),
    ],
)
async def test_a_price_is_read_if_it_can_be(
    client: CometAPI, gateway: FakeCometAPI, pricing: object, price: Price | None
) -> None:
    gateway.catalogue = listed({"id": "qwen-image", "pricing": pricing})
    assert await client.models() == (OfferedModel(name="qwen-image", price=price),)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Says(status=404, body="<html>"), Fault.MISCONFIGURED),
        (Says(body="<html>"), Fault.MISCONFIGURED),
        (Says(body={"success": True, "data": {}}), Fault.UNCLEAR),
        (Says(status=503), Fault.UNCLEAR),
        (Cuts(), Fault.CUT),
    ],
)
async def test_a_list_that_can_not_be_read_is_an_error(
    client: CometAPI, gateway: FakeCometAPI, answer: Says | Cuts, fault: Fault
) -> None:
    gateway.catalogue = answer
    with pytest.raises(ProviderError) as caught:
        await client.models()
    assert caught.value.fault == fault


async def test_the_public_list_is_read_without_the_key(client: CometAPI, gateway: FakeCometAPI) -> None:
    class Listens(Says):
        async def give(self, request: web.Request) -> web.StreamResponse:
            assert "Authorization" not in request.headers
            return await Says.give(self, request)

    gateway.catalogue = Listens(body={"data": [{"id": "qwen-image"}]})
    assert await client.models()


async def test_the_key_is_checked(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.keys = {"sk-good"}
    await client.check()
    gateway.keys = {"sk-other"}
    with pytest.raises(ProviderError) as caught:
        await client.check()
    assert caught.value.fault == Fault.AUTH
