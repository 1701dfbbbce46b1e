"""Settings from the environment or `.env`. At start, each bad value is reported in one line."""

from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]


_SECRETS = ("cometapi_key", "discord_token", "slack_bot_token", "slack_app_token", "slack_signing_secret")


class Settings(BaseSettings):
    """All settings. A field's name in upper case is the name of its variable."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    cometapi_key: SecretStr | None = None
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
    quota_period: Literal["day", "week", "month"] = "day"
    quota_timezone: str = "UTC"
    budget_images: int | None = Field(None, ge=0)

    max_open_jobs_per_user: int = Field(3, ge=1)
    max_concurrent_jobs: int = Field(8, ge=1)
    max_waiting_jobs: int = Field(1000, ge=1)
    generation_timeout: float = Field(300, gt=0, le=86_400)
    shutdown_grace: float = Field(30, ge=0, le=86_400)

    discord_token: SecretStr | None = None
    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str = "wss://gateway.discord.gg/"

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_imagine_command: str = "/imagine"
    slack_quota_command: str = "/quota"
    slack_history_command: str = "/history"

    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    playground: bool = False

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator(*_SECRETS, mode="before")
    @classmethod
    def _in_one_piece(cls, value: object) -> object:
        """Strip a secret; a blank one is not set. Raises ValueError for characters that no key has: a copying error."""
        if not isinstance(value, str):
            return value
        secret = value.strip()
        if not all("!" <= letter <= "~" for letter in secret):
            raise ValueError("copy it once more: it holds a space, a line break or a letter that no key has")
        return secret or None

    @field_validator("model_preference", "allowed_models", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("log_level", "log_format", "quota_period", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("quota_timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("give a name of the time zone database, such as Europe/Berlin or UTC") from error
        return value

    @field_validator("cometapi_base_url")
    @classmethod
    def _with_version(cls, value: str) -> str:
        parts = _address(value, "https://api.cometapi.com/v1")
        path = parts.path if parts.path.endswith("/v1") else f"{parts.path}/v1"
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    @field_validator("discord_api_url", "discord_gateway_url", "slack_api_url")
    @classmethod
    def _reachable(cls, value: str, info: ValidationInfo) -> str:
        _address(value, str(cls.model_fields[info.field_name or ""].default))
        return value.strip()

    @field_validator("image_store")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError("give a folder, or s3://bucket/prefix")
        return value

    @field_validator("slack_imagine_command", "slack_quota_command", "slack_history_command")
    @classmethod
    def _slashed(cls, value: str) -> str:
        # https://docs.slack.dev/interactivity/implementing-slash-commands
        name = f"/{value.strip().removeprefix('/')}"
        if not 1 < len(name) <= 32 or any(char.isspace() or char.isupper() for char in name):
            raise ValueError("give a name such as /imagine: lower case, no spaces, at most 32 characters")
        return name


def load() -> Settings:
    """Read the settings. Raises ValueError with one line per bad value, which names the variable but no secret."""
    try:
        return Settings()
    except ValidationError as error:
        lines = (_sentence(str(item["loc"][0]), item["msg"]) for item in error.errors(include_input=False))
        raise ValueError("\n".join(lines)) from None
    except UnicodeDecodeError:
        raise ValueError(".env: this is no text in UTF-8; save it as such") from None


def _address(value: str, example: str) -> SplitResult:
    """Parse a URL of the same kind as `example`. Raises ValueError."""
    parts = urlsplit(value.strip().rstrip("/"))
    secure = urlsplit(example).scheme
    if parts.scheme not in {secure, secure.removesuffix("s")} or not parts.hostname:
        raise ValueError(f"give an address such as {example}")
    if "@" in parts.netloc:
        raise ValueError("give an address without a user or a password in it")
    parts.port  # noqa: B018  reading it raises ValueError for an invalid port
    return parts


def _sentence(field: str, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return f"{field.upper()}: {reason[0].lower()}{reason[1:]}."
