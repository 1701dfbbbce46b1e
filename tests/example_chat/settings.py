"""The chat's settings."""

from pydantic import BaseModel, Field


class LinesSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    lines_port: int | None = Field(None, ge=0, le=65535)
