"""A newcomer's first command draws, with any list of the gateway, and nothing is changed on the way in silence."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says, fails
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Seen

IMAGES = {"image-generation": {"path": "/v1/images/generations"}}
CHAT = {"openai": {"path": "/v1/chat/completions"}}
NEW = [{"id": "gpt-image-2.6-flare", "endpoints": IMAGES}, {"id": "gpt-image-2", "endpoints": IMAGES}]
DALL_E = {"id": "dall-e-3", "endpoints": IMAGES}
NO_CHANNEL = fails(503, "model_not_found", "no available channel for group default and model dall-e-3 (distributor)")
NOT_THIS_WAY = fails(500, "convert_request_failed", "not supported model for image generation")


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as running:
        yield running


def refuses(*models: str, how: Says = NO_CHANNEL) -> Any:
    return lambda body: how if body["model"] in models else None


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: prompt in seen.text and bool(seen.images)


@pytest.mark.parametrize(
    ("listed", "refused", "drawn_with", "said"),
    [
        pytest.param({"data": NEW}, None, "gpt-image-2.6-flare", "", id="without dall-e-3"),
        pytest.param({"data": [DALL_E, *NEW]}, None, "dall-e-3", "", id="with it"),
        pytest.param(
            {"data": [DALL_E, *NEW]},
            refuses("dall-e-3"),
            "gpt-image-2.6-flare",
            "Drawn with gpt-image-2.6-flare: dall-e-3 isn't available",
            id="with it, but no channel",
        ),
        pytest.param(
            {"data": [DALL_E, *NEW]},
            refuses("dall-e-3", "gpt-image-2.6-flare", how=NOT_THIS_WAY),
            "gpt-image-2",
            "Drawn with gpt-image-2: dall-e-3 isn't available",
            id="with it and the next, but by another way",
        ),
        pytest.param("<html>", None, "gpt-image-2.6-flare", "", id="unreadable"),
        pytest.param({"data": []}, None, "gpt-image-2.6-flare", "", id="empty"),
        pytest.param({"data": [{"id": "gpt-image-2"}, {"id": "gpt-5"}]}, None, "gpt-image-2", "", id="names only"),
        pytest.param(
            {"data": [{"id": "gpt-5", "endpoints": CHAT}, {"id": "qwen-image", "endpoints": IMAGES}]},
            None,
            "qwen-image",
            "",
            id="chat beside one image model",
        ),
    ],
)
async def test_the_first_command_draws_with_any_list(
    start_bot: StartBot,
    gateway: FakeCometAPI,
    discord: FakeDiscord,
    listed: object,
    refused: Any,
    drawn_with: str,
    said: str,
) -> None:
    gateway.catalogue, gateway.keyed_list = Says(body=listed), {"object": "list", "data": []}
    gateway.choose = refused or gateway.choose
    async with start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        await people.imagine("a paper boat")
        shown = await people.wait_for(lambda seen: bool(seen.images))
    assert gateway.requests[-1].body["model"] == drawn_with
    assert drawn_with in shown.text
    assert ("isn't available" in shown.text) == bool(said)
    assert said in shown.text


@dataclass(frozen=True, slots=True)
class Held(Says):
    """An answer that waits."""

    until: asyncio.Event = field(default_factory=asyncio.Event)

    async def give(self, request: web.Request) -> web.StreamResponse:
        await self.until.wait()
        return await Says.give(self, request)


async def test_a_list_that_comes_after_the_command_decides_and_is_no_reason_for_an_excuse(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.catalogue = held = Held(body={"data": [DALL_E, *NEW]})
    async with start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        await people.imagine("a paper boat")
        held.until.set()
        shown = await people.wait_for(lambda seen: bool(seen.images))
    assert gateway.requests[-1].body["model"] == "dall-e-3"
    assert "isn't available" not in shown.text


async def test_a_refused_model_is_passed_over_from_then_on_also_by_other_processes(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.catalogue, gateway.choose = Says(body={"data": [DALL_E, *NEW]}), refuses("dall-e-3")
    for before_or_after_a_restart in (("a boat", "a tree"), ("a house", "a cat")):
        async with start_bot(**settings(discord)):
            people = DiscordDriver(discord)
            for prompt in before_or_after_a_restart:
                await people.imagine(prompt)
                await people.wait_for(drawn(prompt))
    assert [received.body["model"] for received in gateway.requests] == ["dall-e-3", *["gpt-image-2.6-flare"] * 4]


async def test_a_person_who_names_a_model_gets_that_one_or_a_refusal(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.catalogue, gateway.choose = Says(body={"data": [DALL_E, *NEW]}), refuses("dall-e-3")
    async with start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        await people.imagine("a paper boat --model dall-e-3")
        await people.wait_for(lambda seen: "Nothing was charged" in seen.text)
    assert [received.body["model"] for received in gateway.requests] == ["dall-e-3"]


async def test_what_another_model_cannot_do_is_left_out_and_said_and_again_asks_for_the_same(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.catalogue, gateway.choose = Says(body={"data": [DALL_E, *NEW]}), refuses("dall-e-3")
    async with start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        await people.imagine("a paper boat --size 1792x1024 --style vivid --n 2")
        first = await people.wait_for(lambda seen: len(seen.images) == 2)
        assert "Left out, since gpt-image-2.6-flare doesn't take it: style vivid" in first.text
        gateway.choose = lambda body: None
        await people.press(first, "Again")
        again = await people.wait_for(lambda seen: seen.id != first.id and len(seen.images) == 2)
    assert "style vivid" in again.text
    sent: list[Mapping[str, object]] = [received.body for received in gateway.requests[-4:]]
    assert {(body["model"], body["size"], body.get("style")) for body in sent} == {
        ("gpt-image-2.6-flare", "1792x1024", None)
    }


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("--ar 16:9 --model gpt-image-2", "16:9 → 1280x720"), ("--size landscape", "landscape → 1536x1024")],
)
async def test_a_size_that_is_sent_as_another_one_is_said(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord, typed: str, shown: str
) -> None:
    gateway.catalogue = Says(body={"data": NEW})
    async with start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        await people.imagine(f"a paper boat {typed}")
        seen = await people.wait_for(lambda seen: bool(seen.images))
    assert shown in seen.text
