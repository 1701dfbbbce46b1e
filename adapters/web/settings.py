"""The playground's settings."""

from pydantic import BaseModel


class WebSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    playground: bool = False
