"""Slack's settings."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, create_model

from adapters.slack.commands import SETTINGS, SlackCommands, slashed
from bot.core.access import Access
from bot.core.settings import secret, url_like
from bot.outgoing.settings import WaysOutSettings, encrypted

_API_URL = "https://slack.com/api/"


Secret = Annotated[SecretStr | None, BeforeValidator(secret)]


Who = Annotated[Literal["everyone", "nobody"], BeforeValidator(lambda value: _SPELLED.get(str(value).lower(), value))]
_SPELLED = {"yes": "everyone", "true": "everyone", "1": "everyone", "no": "nobody", "false": "nobody", "0": "nobody"}


def _unset(value: object) -> object:
    return None if isinstance(value, str) and value.strip() == "" else value


class _Connection(WaysOutSettings):
    slack_bot_token: Secret = None
    slack_app_token: Secret = None
    slack_signing_secret: Secret = None
    slack_outsiders: Who = "nobody"
    slack_guests: Who = "everyone"
    slack_file_retention_days: Annotated[int | None, Field(ge=1, le=36_500), BeforeValidator(_unset)] = None
    slack_api_url: Annotated[str, AfterValidator(url_like(_API_URL)), AfterValidator(encrypted)] = _API_URL


_NAMES: dict[str, Any] = {
    field: (Annotated[str, AfterValidator(slashed)], f"/{command}") for command, field in SETTINGS.items()
}

if TYPE_CHECKING:

    class SlackSettings(_Connection):
        """A field's name in upper case is the name of its variable. Every command has one for its name, too."""
else:
    SlackSettings = create_model("SlackSettings", __base__=_Connection, **_NAMES)


def access_of(settings: SlackSettings) -> Access:
    """Return who may draw."""
    return Access(outsiders=settings.slack_outsiders == "everyone", guests=settings.slack_guests == "everyone")


def commands_of(settings: SlackSettings) -> SlackCommands:
    """Return the commands under the names that are set."""
    return SlackCommands({command: getattr(settings, field) for command, field in SETTINGS.items()})
