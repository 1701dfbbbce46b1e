"""The playground's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.core.settings import plain_path


class WebSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    playground: bool = False
    playground_host: str = "127.0.0.1"
    playground_port: int = Field(8081, ge=0, le=65535)
    playground_key_file: Annotated[Path, AfterValidator(lambda path: Path(plain_path(str(path))))] = Path(
        "data/playground.key"
    )
