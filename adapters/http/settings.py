"""The HTTP server's settings."""

from pydantic import BaseModel, Field


class HttpSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
