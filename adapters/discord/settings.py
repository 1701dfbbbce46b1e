"""Discord's settings."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo, field_validator

from bot.core.access import Access
from bot.core.message import message
from bot.core.settings import secret, url_like
from bot.core.ways_out import WaysOut
from bot.outgoing.settings import ProxySetting, WaysOutSettings, encrypted

_API_URL, _GATEWAY_URL = "https://discord.com/api/v10", "wss://gateway.discord.gg/"
_LONGEST_ID = 20


Elsewhere = Literal["members", "everyone", "nobody"]
"""The people who may draw outside the bot's own servers."""


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = [part for part in value.replace(",", " ").split() if part]
    if not all(part.isascii() and part.isdigit() and len(part) <= _LONGEST_ID for part in named):
        raise ValueError(
            message(
                "Write the servers' ids, separated by commas. With Discord's Developer Mode on, "
                "right-click a server and choose Copy Server ID."
            )
        )
    return tuple(dict.fromkeys(int(part) for part in named))


class DiscordSettings(WaysOutSettings):
    """A field's name in upper case is the name of its variable. The URLs are for a proxy in front of Discord's API."""

    discord_token: Annotated[SecretStr | None, BeforeValidator(secret)] = None
    discord_servers: Annotated[tuple[int, ...], BeforeValidator(_ids)] = ()
    discord_elsewhere: Elsewhere | None = None
    discord_api_url: Annotated[str, AfterValidator(url_like(_API_URL)), AfterValidator(encrypted)] = _API_URL
    discord_gateway_url: Annotated[str, AfterValidator(url_like(_GATEWAY_URL)), AfterValidator(encrypted)] = (
        _GATEWAY_URL
    )
    discord_proxy: ProxySetting = None

    @field_validator("discord_elsewhere", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("discord_elsewhere")
    @classmethod
    def _of_servers(cls, value: Elsewhere | None, info: ValidationInfo) -> Elsewhere | None:
        if value == "members" and info.data.get("discord_servers") == ():
            raise ValueError(message("Set DISCORD_SERVERS too: it says whose members may draw."))
        return value

    @property
    def elsewhere(self) -> Elsewhere:
        """Who may draw outside the servers. Unless it is set: their members, or everybody if no servers are set."""
        return self.discord_elsewhere or ("members" if self.discord_servers else "everyone")


def token_of(settings: DiscordSettings) -> str:
    """Return the bot's token; an empty one if it isn't set."""
    return settings.discord_token.get_secret_value() if settings.discord_token else ""


def access_of(settings: DiscordSettings) -> Access:
    """Return who may draw."""
    return Access(elsewhere=settings.elsewhere != "nobody", outsiders=settings.elsewhere == "everyone")


def ways_out_of(settings: DiscordSettings) -> WaysOut:
    """Return the ways to Discord, which may have a proxy of its own."""
    return settings.ways_out.through(settings.discord_proxy)
