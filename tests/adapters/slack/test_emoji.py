"""Emoji in commands: Slack sends their names, and people see characters again."""

import pytest

from adapters.slack.emoji import characters
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("a :fox_face: in the :snowflake:", "a 🦊 in the ❄️"),
        (":fox_face::snowflake:", "🦊❄️"),
        ("shy:fox_face:cub", "shy🦊cub"),
        (":thumbsup: and :+1:", "👍 and 👍"),
        (":hash: and :100:", "#️⃣ and 💯"),
        (":flag-jp:", "🇯🇵"),
        (":wave::skin-tone-4:", "👋🏽"),
        (":point_up::skin-tone-2:", "☝🏻"),
        (":woman-surfing::skin-tone-6:", "🏄🏿‍♀️"),
        ("猫:fox_face:犬", "猫🦊犬"),
        (":handshake::skin-tone-2-5:", "🤝🏻"),
        ("see https://example.com :fire:", "see https://example.com 🔥"),
    ],
)
def test_standard_names_become_characters(named: str, shown: str) -> None:
    assert characters(named) == shown


@pytest.mark.parametrize(
    "text",
    [
        ":our_logo: and :our_logo::skin-tone-3:",
        "ratio 16:9:fox",
        "a map at 1:100:5",
        "from a:b:c to x:on:y",
        "http://example.com",
        "http://:fire:fox",
        "https://example.com/a:fire:b?c=:key:",
        "at 10:30:45",
        ":)",
        "a :FOX_FACE: : :: :::",
        ":not an emoji:",
    ],
)
def test_what_else_has_colons_stays(text: str) -> None:
    assert characters(text) == text


async def test_the_model_and_people_get_the_emoji_of_a_command(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await socket_chat.imagine("a 🦊 in the ❄️, 👋🏽 https://example.com/:fire: :our_logo:")
    drawn = await socket_chat.wait_for(lambda seen: bool(seen.images))
    prompt = "a 🦊 in the ❄️, 👋🏽 https://example.com/:fire: :our_logo:"
    assert gateway.requests[0].body["prompt"] == prompt
    assert prompt in drawn.text
    assert prompt in drawn.alts[0]
    await socket_chat.edit(drawn, "a :fox_face:")
    await socket_chat.wait_for(lambda seen: bool(seen.images) and ":fox_face:" in seen.text)
    assert gateway.requests[1].body["prompt"] == "a :fox_face:"
