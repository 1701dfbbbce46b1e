"""The HTTP server's settings."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adapters.http.access import Network
from bot.core.message import message


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        named = [ip_network(part, strict=False) for part in value.replace(",", " ").split()]
    except ValueError as error:
        raise ValueError(
            message("Write networks or addresses, separated by commas, such as {example}.", example="10.0.0.0/8")
        ) from error
    return tuple(dict.fromkeys(named))


class HttpSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    model_config = ConfigDict(defer_build=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    metrics_allow: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = ()
