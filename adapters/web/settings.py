"""The playground's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.core.settings import plain_path


class WebSettings(BaseModel):
    """A field's name in upper case is the name of its variable."""

    model_config = ConfigDict(defer_build=True)

    playground: bool = False
    playground_host: str = "127.0.0.1"
    playground_port: int = Field(8081, ge=0, le=65535)
    playground_key_file: Annotated[Path, AfterValidator(lambda path: Path(plain_path(str(path))))] = Path(
        "data/playground.key"
    )
