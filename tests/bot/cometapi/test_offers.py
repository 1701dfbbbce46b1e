"""The gateway's lists: what is read from the public one, and when the one with the key is used."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from aiohttp import web

from bot.cometapi.client import CometAPI
from bot.core.errors import ProviderError
from bot.core.image import OfferedModel, Price
from bot.core.model import Fault
from tests.fakes.cometapi import Cuts, FakeCometAPI, Says


@pytest.fixture
async def client(gateway: FakeCometAPI) -> AsyncIterator[CometAPI]:
    async with CometAPI(gateway.base_url, "sk-good") as opened:
        yield opened


def listed(*records: object) -> Says:
    return Says(body={"success": True, "page": 0, "total": len(records), "data": list(records)})


async def test_the_list_holds_the_models_of_the_images_endpoint_and_their_prices(client: CometAPI) -> None:
    listed = {model.name: model for model in await client.models()}
    models = {name: model.price for name, model in listed.items() if model.makes_images}
    assert models["dall-e-3"] == Price(usd=0.032, unit="image")
    assert models["gpt-image-2"] == Price(usd=24, unit="million output tokens")
    assert {"qwen-image", "grok-imagine-image"} < set(models)
    elsewhere = {"flux-1.1-pro", "gemini-3-pro-image-preview", "gpt-5-mini"}
    assert elsewhere < set(listed)
    assert not elsewhere & set(models)


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
        ({"id": "new-one", "endpoints": ["image-generation"]}, True),
        ({"id": "new-one", "endpoints": '["image-generation", "openai"]'}, True),
        ({"id": "new-one", "endpoints": {"image-generation": None}}, True),
        ({"id": "new-one", "endpoints": {"image-generation": {"path": "/v1/images/edits"}}}, False),
        ({"id": "new-one", "supported_endpoint_types": ["image-generation"]}, True),
        ({"id": "new-one", "model_type": "image", "api_doc_url": "https://apidoc.example/api/image/openai/x"}, True),
        ({"id": "new-one", "model_type": "image", "api_doc_url": "https://apidoc.example/api/image/bria/x"}, False),
        ({"id": "new-one", "model_type": "image", "api_doc_url": "https://apidoc.example/image/openai/edits"}, False),
        ({"id": "new-one", "endpoints": {"image-generation": {}}}, True),
        ({"id": "new-one", "endpoints": {"Image-Generation": {"path": None, "method": "POST"}}}, True),
        ({"id": "new-one", "model_type": "text", "api_doc_url": "https://apidoc.example/api/image/openai/x"}, False),
        ({"id": "gpt-image-2-all", "endpoints": {"openai": {"path": "/v1/chat/completions"}}}, False),
        ({"id": "gpt-image-2", "endpoints": ["openai"]}, False),
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
    gateway.catalogue = listed({"id": "image-9", "endpoints": [IMAGES]}, record)
    assert len([model for model in await client.models() if model.makes_images]) == 1 + offered


async def test_a_list_that_says_nothing_of_endpoints_offers_what_the_table_has(
    client: CometAPI, gateway: FakeCometAPI
) -> None:
    records = ({"id": "gpt-image-2", "endpoints": ["openai"]}, {"id": "qwen-image"}, {"id": "gpt-5", "endpoints": []})
    gateway.catalogue = listed(*records)
    assert {model.name: model.makes_images for model in await client.models()} == {
        "gpt-image-2": True,
        "qwen-image": True,
        "gpt-5": False,
    }


async def test_a_known_name_at_another_path_is_offered_there_even_if_nothing_else_is(
    client: CometAPI, gateway: FakeCometAPI
) -> None:
    gateway.catalogue = listed({"id": "gpt-image-2-all", "endpoints": {"openai": {"path": "/v1/chat/completions"}}})
    assert [model.makes_images for model in await client.models()] == [False]


async def test_without_the_public_list_the_one_with_the_key_is_read(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.catalogue = Says(status=503, body="<html>")
    gateway.keyed_list = {
        "object": "list",
        "data": [
            {"id": "gpt-image-2", "supported_endpoint_types": ["image-generation", "openai"], "shutdown_date": None},
            {"id": "dall-e-3", "supported_endpoint_types": ["image-generation"], "shutdown_date": "2026-05-12"},
            {"id": "gpt-5", "supported_endpoint_types": ["openai"], "shutdown_date": 1796083200},
        ],
    }
    assert await client.models() == (
        OfferedModel(name="gpt-image-2"),
        OfferedModel(name="dall-e-3", shut_down_on=date(2026, 5, 12)),
        OfferedModel(name="gpt-5", makes_images=False, shut_down_on=date(2026, 12, 1)),
    )


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
    gateway.catalogue, gateway.keys = answer, set()
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


@pytest.mark.parametrize(
    ("limit", "cents", "left"),
    [(20, 1250.0, 7.5), (5.0, 500, 0), (0.5, 100, -0.5), (100_000_000, 3, None)],
)
async def test_the_balance_is_the_limit_without_what_was_used(
    client: CometAPI, gateway: FakeCometAPI, limit: float, cents: float, left: float | None
) -> None:
    gateway.billing = {"subscription": {"hard_limit_usd": limit}, "usage": {"total_usage": cents}}
    assert await client.balance() == left


@pytest.mark.parametrize(
    "answer", [{"error": {"message": "no access to billing"}}, {"hard_limit_usd": "much"}, {"hard_limit_usd": True}, []]
)
async def test_a_balance_that_is_not_said_is_an_error(client: CometAPI, gateway: FakeCometAPI, answer: object) -> None:
    gateway.billing = {"subscription": answer, "usage": {"total_usage": 0}}
    with pytest.raises(ProviderError):
        await client.balance()
