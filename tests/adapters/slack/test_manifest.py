"""The manifest is complete, minimal, and what Slack's schema allows."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from adapters.slack.commands import SlackCommands
from adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES, manifest
from bot.core.language.catalogues import offered
from tests.fakes.slack_api import NEEDS
from tests.fakes.slack_payloads import SUBSCRIPTIONS
from tests.support.messages import find
from tests.support.pseudo import LOCALE, english_words, write

_URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}
_FLAG = {"type": "boolean"}
_NAMES: dict[str, object] = {"type": "array", "items": {"type": "string", "maxLength": 50}, "uniqueItems": True}


def _object(required: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _text(most: int) -> dict[str, object]:
    return {"type": "string", "minLength": 1, "maxLength": most}


# The parts in use of https://github.com/slackapi/manifest-schema, version 1
SCHEMA = _object(
    ["display_information"],
    _metadata=_object([], major_version={"const": 1}, minor_version={"type": "integer"}),
    display_information=_object(
        ["name"],
        name=_text(35),
        description=_text(140),
        background_color={"type": "string", "pattern": "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"},
    ),
    features=_object(
        [],
        app_home=_object([], home_tab_enabled=_FLAG, messages_tab_enabled=_FLAG, messages_tab_read_only_enabled=_FLAG),
        bot_user=_object(["display_name"], display_name=_text(80), always_online=_FLAG),
        shortcuts={
            "type": "array",
            "maxItems": 10,
            "items": _object(
                ["name", "type", "callback_id", "description"],
                name=_text(24),
                type={"enum": ["message", "global"]},
                callback_id=_text(255),
                description=_text(150),
            ),
        },
        slash_commands={
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": _object(
                ["command", "description"],
                command={"type": "string", "pattern": "^/", "minLength": 2, "maxLength": 32},
                url=_URL,
                description=_text(2000),
                usage_hint=_text(1000),
                should_escape=_FLAG,
            ),
        },
    ),
    oauth_config=_object([], scopes=_object([], bot=_NAMES, bot_optional=_NAMES)),
    settings=_object(
        [],
        event_subscriptions=_object([], request_url=_URL, bot_events=_NAMES),
        interactivity=_object(["is_enabled"], is_enabled=_FLAG, request_url=_URL),
        org_deploy_enabled=_FLAG,
        socket_mode_enabled=_FLAG,
        token_rotation_enabled=_FLAG,
    ),
)


@pytest.mark.parametrize("http", [None, "https://bot.example.com"])
def test_slacks_schema_allows_it(http: str | None) -> None:
    jsonschema.validate(yaml.safe_load(manifest(SlackCommands(), http=http)), SCHEMA)


def test_socket_mode_is_on_and_needs_no_address() -> None:
    text = manifest(SlackCommands())
    assert yaml.safe_load(text)["settings"]["socket_mode_enabled"] is True
    assert "https://" not in text


def test_over_http_every_address_is_the_one_route() -> None:
    written = yaml.safe_load(manifest(SlackCommands(), http="https://bot.example.com/"))
    commands = written["features"]["slash_commands"]
    settings = (written["settings"]["interactivity"], written["settings"]["event_subscriptions"])
    addresses = {*(each["request_url"] for each in settings), *(command["url"] for command in commands)}
    assert addresses == {"https://bot.example.com/slack/events"}
    assert written["settings"]["socket_mode_enabled"] is False


def test_an_address_that_slack_would_not_use_is_refused() -> None:
    with pytest.raises(ValueError, match="https address"):
        manifest(SlackCommands(), http="http://bot.example.com")


def test_commands_carry_their_settled_names_and_are_escaped() -> None:
    written = yaml.safe_load(manifest(SlackCommands({"imagine": "/draw"})))
    commands = written["features"]["slash_commands"]
    assert [command["command"] for command in commands] == ["/draw", "/quota", "/history"]
    assert all(command["should_escape"] for command in commands)


def test_its_words_are_english_unless_a_language_is_asked_for(tmp_path: Path) -> None:
    english = "Draws what you describe, with the image models of CometAPI"
    (tmp_path / "de.po").write_text(f'msgid "{english}"\nmsgstr "Zeichnet, was du beschreibst"\n', "utf-8")
    with offered(tmp_path):
        assert yaml.safe_load(manifest(SlackCommands()))["display_information"]["description"] == english
        german = yaml.safe_load(manifest(SlackCommands(), locale="de"))
    assert german["display_information"]["description"] == "Zeichnet, was du beschreibst"


@pytest.mark.parametrize("locale", ["en", "en-GB", "EN_us"])
def test_english_needs_no_catalogue(locale: str) -> None:
    assert manifest(SlackCommands(), locale=locale) == manifest(SlackCommands())


@pytest.mark.parametrize("locale", ["xx", "", "日本語", "../de"])
def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(locale: str, tmp_path: Path) -> None:
    (tmp_path / "de.po").touch()
    with offered(tmp_path), pytest.raises(ValueError, match=r"--language can be en(, \w+)*; there is no "):
        manifest(SlackCommands(), locale=locale)


def test_with_long_words_of_another_language_slack_takes_it_too(tmp_path: Path) -> None:
    write(tmp_path, find()[0])
    with offered(tmp_path):
        written = yaml.safe_load(manifest(SlackCommands(), locale=LOCALE))
    jsonschema.validate(written, SCHEMA)
    words = [written["display_information"]["description"], *_described(written["features"])]
    assert len(words) == 1 + 2 * 2 + 3 * 2 - 1
    assert not [each for each in words if english_words(each)]


def _described(features: dict[str, list[dict[str, str]]]) -> list[str]:
    listed = [*features["shortcuts"], *features["slash_commands"]]
    named = [each["name"] for each in features["shortcuts"]]
    hints = [each["usage_hint"] for each in listed if "usage_hint" in each]
    return [*named, *(each["description"] for each in listed), *hints]


def test_every_scope_is_needed_for_a_method_in_use() -> None:
    needed_for_events = {scope for scope, _ in SUBSCRIPTIONS.values()}
    assert set(SCOPES) | set(OPTIONAL_SCOPES) <= {"commands", *NEEDS.values(), *needed_for_events}


def test_it_asks_for_the_events_that_the_bot_listens_to_and_declines_nothing_that_it_needs() -> None:
    written = yaml.safe_load(manifest(SlackCommands()))
    assert written["settings"]["event_subscriptions"] == {"bot_events": ["app_mention", "message.im"]}
    assert {name for _, name in SUBSCRIPTIONS.values()} == {"app_mention", "message.im"}
    scopes = written["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == ["channels:join"]
    assert {*SCOPES, "channels:join"} == set(scopes["bot"])
    assert {"app_mentions:read", "im:history"} <= set(SCOPES)
