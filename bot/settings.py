"""Settings from the environment or `.env`. At start, each bad value is reported in one line."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.discord.settings import DiscordSettings
from adapters.http.settings import HttpSettings
from adapters.slack.settings import SlackSettings
from adapters.web.settings import WebSettings
from bot.core.settings import address, secret

Names = Annotated[tuple[str, ...], NoDecode]
Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class CoreSettings(BaseModel):
    """The settings of what every platform uses."""

    cometapi_key: Annotated[SecretStr | None, BeforeValidator(secret)] = None
    cometapi_base_url: str = "https://api.cometapi.com/v1"
    database_url: str = "sqlite:///data/imagine.db"
    image_store: str = "data/images"
    image_retention_days: int = Field(30, ge=1, le=36_500)

    default_model: str = "dall-e-3"
    model_preference: Names = (
        "gpt-image-2.6-flare",
        "gpt-image-2",
        "gpt-image-1.5",
        "qwen-image",
    )
    allowed_models: Names = ()

    quota_images: int = Field(20, ge=0)
    quota_period: Annotated[Literal["day", "week", "month"], Lower] = "day"
    quota_timezone: str = "UTC"
    budget_images: int | None = Field(None, ge=0)

    language_folder: Path | None = None

    max_open_jobs_per_user: int = Field(3, ge=1)
    max_concurrent_jobs: int = Field(8, ge=1)
    max_waiting_jobs: int = Field(1000, ge=1)
    generation_timeout: float = Field(300, gt=0, le=86_400)
    shutdown_grace: float = Field(30, ge=0, le=86_400)

    @field_validator("model_preference", "allowed_models", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("quota_timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("give a name of the time zone database, such as Europe/Berlin or UTC") from error
        return value

    @field_validator("language_folder")
    @classmethod
    def _existing_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @field_validator("cometapi_base_url")
    @classmethod
    def _with_version(cls, value: str) -> str:
        parts = address(value, "https://api.cometapi.com/v1")
        path = parts.path if parts.path.endswith("/v1") else f"{parts.path}/v1"
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    @field_validator("image_store")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError("give a folder, or s3://bucket/prefix")
        return value


class Settings(WebSettings, HttpSettings, SlackSettings, DiscordSettings, CoreSettings, BaseSettings):
    """All settings. A field's name in upper case is the name of its variable; the last base's fields come first."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    log_format: Annotated[Literal["text", "json"], Lower] = "text"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = "info"


def load() -> Settings:
    """Read the settings. Raises ValueError with one line per bad value, which names the variable but no secret."""
    try:
        return Settings()
    except ValidationError as error:
        lines = (_sentence(str(item["loc"][0]), item["msg"]) for item in error.errors(include_input=False))
        raise ValueError("\n".join(lines)) from None
    except UnicodeDecodeError:
        raise ValueError(".env: this is no text in UTF-8; save it as such") from None


def _sentence(field: str, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return f"{field.upper()}: {reason[0].lower()}{reason[1:]}."
