"""Settings from the environment or `.env`. At start, each bad value is reported in one line."""

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from adapters.discord.settings import DiscordSettings
from adapters.http.settings import HttpSettings
from adapters.slack.settings import SlackSettings
from adapters.web.settings import WebSettings
from bot import environment
from bot.core.message import Message, message, of_error
from bot.core.settings import about, address, is_folder, plain_path, secret
from bot.environment import EnvFile
from bot.outgoing.settings import WaysOutSettings, encrypted

COMETAPI = "https://api.cometapi.com/v1"
BALANCE = "https://query.cometapi.com/user/quota"
_OWN_DOMAIN = ".cometapi.com"
# Documents, and pages of the console, show these behind the base URL, and people copy all of it.
_ROUTE = re.compile(
    r"/(images(/(generations|edits|variations))?|(chat/)?completions|responses|models|embeddings|messages)$"
)
TEST_KEY = "sandbox"
"""The key with which the bot draws test pictures itself."""

Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class CoreSettings(WaysOutSettings):
    """The settings of what every platform uses."""

    cometapi_key: Annotated[SecretStr | None, BeforeValidator(secret)] = None
    cometapi_base_url: Annotated[str, AfterValidator(encrypted)] = COMETAPI
    cometapi_balance_url: str | None = None
    database_url: str = "sqlite:///data/imagine.db"
    image_store: str = "data/images"
    image_retention_days: int = Field(30, ge=1, le=36_500)
    mark_images: Annotated[Literal["on", "off"], Lower] = "on"

    default_model: str = "dall-e-3"
    model_preference: tuple[str, ...] = (
        "gpt-image-2.6-flare",
        "gpt-image-2",
        "gpt-image-2.5-flare",
        "qwen-image",
    )
    allowed_models: tuple[str, ...] = ()

    quota_images: int = Field(20, ge=0)
    quota_period: Annotated[Literal["day", "week", "month"], Lower] = "day"
    quota_timezone: str = "UTC"
    budget_images: int | None = Field(None, ge=0)

    language_folder: Path | None = None

    max_open_jobs_per_user: int = Field(3, ge=1)
    max_concurrent_jobs: int = Field(8, ge=1, le=100_000)
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
            raise ValueError(message("Write the name of a time zone, such as Europe/Berlin or UTC.")) from error
        return value

    @field_validator("language_folder")
    @classmethod
    def _existing_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not is_folder(value):
            raise ValueError(message("There is no folder {folder}", folder=str(value)))
        return value

    @field_validator("cometapi_base_url")
    @classmethod
    def _with_version(cls, value: str) -> str:
        parts = address(value, COMETAPI)
        path = _ROUTE.sub("", parts.path.rstrip("/"))
        path = path if path.endswith("/v1") else f"{path}/v1"
        own = urlsplit(COMETAPI)
        if f".{parts.hostname}".endswith(_OWN_DOMAIN) and (parts.hostname, path) != (own.hostname, own.path):
            raise ValueError(message("Write an address such as {example}", example=COMETAPI))
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    @field_validator("cometapi_balance_url")
    @classmethod
    def _address_of_balance(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        address(value, BALANCE)
        return encrypted(value.strip(), info)

    @property
    def balance_address(self) -> str:
        """Where the account's balance is asked for; empty for another gateway than CometAPI."""
        return self.cometapi_balance_url or (BALANCE if self.cometapi_base_url == COMETAPI else "")

    @property
    def test_pictures(self) -> bool:
        """Whether the bot draws test pictures by itself, rather than let a gateway draw.

        With an address of its own, the key is one of a sandbox that runs elsewhere.
        """
        key = self.cometapi_key.get_secret_value() if self.cometapi_key else ""
        return key.lower() == TEST_KEY and self.cometapi_base_url == COMETAPI

    @field_validator("image_store")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError(message("Write a folder, or s3://bucket/prefix"))
        return plain_path(value)


class Settings(WebSettings, HttpSettings, SlackSettings, DiscordSettings, CoreSettings):
    """All settings; the last base's fields come first. A field's name in upper case is the name of its variable."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    _bucket: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _file: EnvFile | None = PrivateAttr(default=None)

    @property
    def bucket(self) -> Mapping[str, str]:
        """The `AWS_…` of `.env`, by their names in lower case; the image store reads the environment itself."""
        return self._bucket

    @property
    def file(self) -> EnvFile:
        """The `.env` in the working directory. Raises ValueError if it can't be read."""
        return self._file or environment.env_file()

    log_format: Annotated[Literal["text", "json"], Lower] = "text"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = "info"


class SettingsError(ValueError):
    """Settings can't be used. Its arguments are messages, one for each bad value, with its name but no secret."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


def load(forgiven: Collection[str] = (), given: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError.

    Bad values of those that are `forgiven` count as not set. Values that are `given` count instead of those that are
    read.
    """
    try:
        file = environment.env_file()
    except ValueError as error:
        raise SettingsError(*error.args) from error
    values = {**_written(file), **{name.lower(): value for name, value in (given or {}).items()}}
    try:
        settings = _read(values, forgiven)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise SettingsError(*(about(str(item["loc"][0]).upper(), _problem(item)) for item in found)) from None
    allowed = {"aws_allow_http": "true"} if settings.allow_http else {}
    settings._bucket, settings._file = {**_bucket(file.values), **allowed}, file
    return settings


def _written(file: EnvFile) -> Mapping[str, str]:
    """Return what is written for the settings, by their fields' names: the ways out in lower case go first."""
    lower = {name: environment.plain(name, os.environ.get(name, "")) for name in WaysOutSettings.model_fields}
    ways_out = {name: environment.unquoted(value) for name, value in lower.items() if value}
    return {**environment.written(Settings.model_fields.keys(), file), **ways_out}


def _read(values: Mapping[str, str], forgiven: Collection[str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        bad = {str(item["loc"][0]) for item in error.errors(include_input=False, include_url=False)}
        if not bad <= {name.lower() for name in forgiven}:
            raise
        return Settings.model_validate({**values, **dict.fromkeys(bad)})


def _bucket(written: Mapping[str, str]) -> Mapping[str, str]:
    """Return the `AWS_…` that the image store doesn't find in the environment by itself, or finds with quotes."""
    found = {name: value.strip() for name, value in written.items() if value and name.startswith("aws_")}
    for name, value in os.environ.items():
        if name.startswith("AWS_") and value:
            found.pop(name.lower(), None)
            if environment.plain(name, value) != value:
                found[name.lower()] = environment.plain(name, value)
    return found


def _problem(item: Mapping[str, Any]) -> Message | str:
    """Return what is wrong with a value: the message of our own check, or a plain one for pydantic's."""
    context: Mapping[str, Any] = item.get("ctx", {})
    if isinstance(context.get("error"), ValueError):
        return of_error(context["error"])
    plain = next((plain for kind, plain in _PLAIN.items() if str(item["type"]).startswith(kind)), None)
    return plain(context) if plain else str(item["msg"])


# By the beginnings of https://docs.pydantic.dev/latest/errors/validation_errors/
_PLAIN: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "int_": lambda _: message("Write a whole number."),
    "float_": lambda _: message("Write a number."),
    "bool_": lambda _: message("Write 1 for yes or 0 for no."),
    "greater_than_equal": lambda context: message(
        "Write a number that is at least {bound}.", bound=f"{context['ge']:.12g}"
    ),
    "less_than_equal": lambda context: message(
        "Write a number that is at most {bound}.", bound=f"{context['le']:.12g}"
    ),
    "greater_than": lambda context: message("Write a number above {bound}.", bound=f"{context['gt']:.12g}"),
    "literal_error": lambda context: message("Write one of these: {values}", values=_quoted(context["expected"])),
}


def _quoted(expected: str) -> str:
    """Return the values of `'day', 'week' or 'month'`, separated by commas."""
    return ", ".join(re.findall(r"'([^']*)'", expected))
