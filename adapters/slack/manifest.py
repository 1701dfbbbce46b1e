"""The app manifest: what Slack has to know about the app. It is pasted when the app is created."""

from typing import Any

from adapters.slack.commands import SlackCommands
from bot.core.language import Language, speak
from bot.core.language.catalogues import ENGLISH, catalogues
from bot.core.message import marked, message

EVENTS_PATH = "/slack/events"
DRAW_SHORTCUT, DELETE_SHORTCUT = "imagine-draw", "imagine_delete"
# https://docs.slack.dev/interactivity/implementing-shortcuts
_LONGEST_SHORTCUT = 24

# Each scope, and the one thing it is used for. https://docs.slack.dev/reference/scopes
SCOPES = {
    "commands": marked("to receive the slash commands"),
    "chat:write": marked("to post messages in channels that the bot is in, and to change them"),
    "files:write": marked("to upload the images"),
    "files:read": marked("to wait until Slack has processed an upload, before it is shown"),
    "im:write": marked("to send a direct message, if the bot can't post in the channel or images are for one person"),
    "users:read": marked("to know people's names and languages, and the admins, who may cancel the jobs of others"),
    "app_mentions:read": marked("to hear what people write to the bot in channels, when they mention it"),
    "im:history": marked("to hear what people write to the bot in its direct messages"),
}
OPTIONAL_SCOPES = {
    "channels:join": marked("to come into a public channel when somebody there presses Join and draw"),
}
"""The scopes that a workspace may decline when the app is installed: what they are used for is left out then."""

# What Slack tells the bot of, in addition to commands and buttons: https://docs.slack.dev/reference/events
EVENTS = ("app_mention", "message.im")


def manifest(commands: SlackCommands, *, http: str | None = None, name: str = "Imagine", locale: str = "en") -> str:
    """Return the manifest as YAML, which people can read.

    Raises ValueError unless `http` is an https URL, and for a `locale` of a language that the bot doesn't have.
    """
    languages = catalogues()
    if languages.best(locale) == ENGLISH.locale and not _is_english(locale):
        raise ValueError(
            message("--language can be {names}; there is no {locale}.", names=", ".join(languages.names), locale=locale)
        )
    written = described(commands, http=http, name=name, locale=locale)
    import yaml  # here, since a bot that runs needs only what events it is told of

    return yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=100)


def described(
    commands: SlackCommands, *, http: str | None = None, name: str = "Imagine", locale: str = "en"
) -> dict[str, Any]:
    """Return the manifest: for Socket Mode, or for HTTP if Slack reaches the bot at `http`.

    A whole workspace reads its descriptions, so they are English unless another `locale` is asked for.
    https://docs.slack.dev/reference/app-manifest. Raises ValueError unless `http` is an https URL.
    """
    if http is not None and not http.startswith("https://"):
        raise ValueError(
            message(
                "--http needs an https address that Slack can reach, such as {example}",
                example="https://bot.example.com",
            )
        )
    texts = speak(locale)
    request_url = f"{http.rstrip('/').removesuffix(EVENTS_PATH)}{EVENTS_PATH}" if http else None
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": texts.label("Draws what you describe, with the image models of CometAPI"),
            "background_color": "#4a154b",
        },
        "features": {
            # Without the messages tab, no one could write to the bot, or find what it sent them.
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "shortcuts": _shortcuts(texts),
            "slash_commands": _slash_commands(commands, request_url, texts),
        },
        "oauth_config": {
            "scopes": {"bot": [*SCOPES, *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {
                **({"request_url": request_url} if request_url else {}),
                "bot_events": list(EVENTS),
            },
            "interactivity": {"is_enabled": True, **({"request_url": request_url} if request_url else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _is_english(locale: str) -> bool:
    return locale.replace("-", "_").lower().partition("_")[0] == ENGLISH.locale


def _shortcuts(texts: Language) -> list[dict[str, str]]:
    return [
        {
            "name": texts.label("Draw an image")[:_LONGEST_SHORTCUT],
            "type": "global",
            "callback_id": DRAW_SHORTCUT,
            "description": texts.label("Opens a form for a prompt and its options"),
        },
        {
            "name": texts.label("Delete this image")[:_LONGEST_SHORTCUT],
            "type": "message",
            "callback_id": DELETE_SHORTCUT,
            "description": texts.label("Delete an image that was drawn here"),
        },
    ]


def _slash_commands(commands: SlackCommands, request_url: str | None, texts: Language) -> list[dict[str, Any]]:
    return [
        {
            "command": typed,
            **({"url": request_url} if request_url else {}),
            "description": texts.label(command.description),
            **({"usage_hint": texts.label(command.example)} if command.example else {}),
            # Mentions then come with names, which the adapter turns back into text.
            "should_escape": True,
        }
        for command, typed in commands.declared()
    ]
