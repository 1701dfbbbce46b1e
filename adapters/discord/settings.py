"""Discord's settings."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, SecretStr

from bot.core.settings import secret, url_like

_API_URL, _GATEWAY_URL = "https://discord.com/api/v10", "wss://gateway.discord.gg/"


class DiscordSettings(BaseModel):
    """A field's name in upper case is the name of its variable. The URLs are for a proxy in front of Discord."""

    discord_token: Annotated[SecretStr | None, BeforeValidator(secret)] = None
    discord_api_url: Annotated[str, AfterValidator(url_like(_API_URL))] = _API_URL
    discord_gateway_url: Annotated[str, AfterValidator(url_like(_GATEWAY_URL))] = _GATEWAY_URL
