"""What an operator is told when Slack refuses one of the bot's tokens."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.slack.refusals import SlackRefusal
from bot.core.chat import Meaning
from bot.core.errors import TokenRefused
from bot.core.message import Message, message

BOT_TOKEN = message("Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions into SLACK_BOT_TOKEN.")
APP_TOKEN = message(
    "Create an App-Level Token (xapp-…) with connections:write under Basic Information, "
    "set SLACK_APP_TOKEN to it, and turn on Socket Mode."
)


@contextmanager
def told(setting: str, cure: Message) -> Iterator[None]:
    """Raise TokenRefused in place of a refusal of the token that is in a setting."""
    try:
        yield
    except SlackRefusal as refused:
        if refused.meaning is not Meaning.UNAUTHORIZED:
            raise
        said = message("Slack refuses {setting} ({code}).", setting=setting, code=refused.code)
        raise TokenRefused(said, cure) from refused
