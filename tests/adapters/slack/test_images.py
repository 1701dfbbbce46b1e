"""From `/imagine` to the image, on the real slack-bolt client over both transports."""

import base64
import io

import pytest
from PIL import Image

from tests.fakes.cometapi import FakeCometAPI, Says
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.slack_world import media_type


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def test_the_placeholder_becomes_the_image_by_an_update(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await chat.imagine("a paper boat")
    placeholder = await chat.wait_for(lambda seen: "Drawing" in seen.text)
    assert placeholder.buttons == ["Stop"]
    gateway.release()
    image = await chat.wait_for(drawn)
    assert image.id == placeholder.id
    assert "ada: a paper boat" in image.text
    assert "a paper boat" in image.alts[0]
    assert image.buttons == ["Again", "Edit prompt"]
    assert len(slack.called("chat.postMessage")) == 1
    assert [call["alt_txt"] for call in slack.called("files.getUploadURLExternal")] == image.alts
    assert all(delivery.acknowledged for delivery in slack.deliveries)


async def test_several_images_keep_their_order(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await socket_chat.imagine("boats --model gpt-image-1 --n 3")
    shown = await socket_chat.wait_for(drawn)
    assert [alt.split(" by ")[0] for alt in shown.alts] == [
        "AI-generated: image 1 of 3",
        "AI-generated: image 2 of 3",
        "AI-generated: image 3 of 3",
    ]
    assert [file.alt for file in slack.world.files.values()] == shown.alts
    assert len(slack.called("files.completeUploadExternal")) == 1


@pytest.mark.parametrize("text", ["😀" * 1000, "x" + "漢字👩‍👩‍👧‍👦" * 100])
async def test_a_prompt_of_characters_of_many_bytes_is_shown(
    socket_chat: SlackDriver, slack: FakeSlack, text: str
) -> None:
    await socket_chat.imagine(text)
    (alt,) = (await socket_chat.wait_for(drawn)).alts
    (call,) = slack.called("files.getUploadURLExternal")
    assert 990 < len(call["alt_txt"].encode()) <= 1000
    assert alt.startswith(call["alt_txt"])
    assert text[:500] in alt


async def test_webp_is_converted_since_slack_shows_none(
    socket_chat: SlackDriver, gateway: FakeCometAPI, slack: FakeSlack
) -> None:
    webp = io.BytesIO()
    Image.new("RGB", (48, 32), "teal").save(webp, "WEBP")
    gateway.will(Says(body={"created": 1, "data": [{"b64_json": base64.b64encode(webp.getvalue()).decode()}]}))
    await socket_chat.imagine("a pond --model gpt-image-1")
    (image,) = (await socket_chat.wait_for(drawn)).images
    assert media_type(image) in {"image/png", "image/jpeg"}
    assert Image.open(io.BytesIO(image)).size == (48, 32)
    (file,) = slack.world.files.values()
    assert file.name.rpartition(".")[2] in {"png", "jpg"}


async def test_a_file_that_slack_still_looks_at_is_waited_for_and_sent_once(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    slack.world.processing_seconds, slack.world.showable_seconds = 0.6, 0.6
    await socket_chat.imagine("a slow boat")
    await socket_chat.wait_for(drawn)
    assert len(slack.world.files) == 1
    assert len(slack.called("files.info")) > 1
    assert slack.called("files.completeUploadExternal")[0].get("channel_id") is None


@pytest.mark.parametrize("method", ["upload", "files.getUploadURLExternal", "chat.update"])
async def test_a_delivery_that_fails_is_tried_again_and_the_image_is_drawn_once(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, method: str
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: "Drawing" in seen.text)
    slack.fail(method, status=503)
    gateway.release()
    await socket_chat.wait_for(drawn)
    assert len(gateway.requests) == 1
    assert len(slack.called("chat.postMessage")) == 1
    if method == "chat.update":
        assert len(slack.world.files) == 1


async def test_a_long_rate_limit_puts_the_delivery_off(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: "Drawing" in seen.text)
    slack.fail("chat.update", retry_after=4)
    before = len(slack.called("chat.update"))
    gateway.release()
    await socket_chat.wait_for(drawn)
    assert len(slack.called("chat.update")) == before + 2


async def test_without_the_scope_for_files_people_are_told_where_the_image_is(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    slack.scopes.remove("files:write")
    await socket_chat.imagine("a boat")
    notified = await socket_chat.wait_for(lambda seen: "takes no files from me (missing_scope)" in seen.text)
    assert notified.buttons == ["Show again", "Again", "Edit prompt"]


@pytest.mark.parametrize("words", ["<!channel> boats", "*bold* _boat_ ~x~ `code`", "<https://evil.example|boat>"])
async def test_words_that_look_like_markup_stay_words(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, words: str
) -> None:
    await socket_chat.imagine(words)
    shown = await socket_chat.wait_for(drawn)
    assert words in shown.text
    assert gateway.requests[0].body["prompt"] == words
    (message,) = slack.world.messages
    kinds = {element["type"] for element in message.blocks[0]["elements"][0]["elements"]}
    assert kinds == {"text"}
    assert not set("<>") & set(message.text)
    assert message.asked["parse"] == "none"
    (posted,) = slack.called("chat.postMessage")
    assert posted["unfurl_links"] is posted["unfurl_media"] is posted["mrkdwn"] is False


async def test_mentions_and_links_reach_the_model_as_typed(socket_chat: SlackDriver, gateway: FakeCometAPI) -> None:
    await socket_chat.imagine("@grace & https://example.com in #design")
    await socket_chat.wait_for(drawn)
    assert gateway.requests[0].body["prompt"] == "@grace & https://example.com in #design"
