"""The settings while they are set up: as they are read, with each answer as soon as it is kept."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.cli.setup import env_file
from bot.environment import ENV_FILE
from bot.settings import Settings, load


class Kept:
    """The settings from the environment and `.env`. Answers go into `file`; without one they are only remembered.

    Of `secrets`, one that can't be used counts as not set.
    """

    def __init__(self, secrets: Collection[str], *, file: Path | None) -> None:
        self._secrets, self._file = secrets, file
        self.answers: dict[str, str] = {}
        """The values that were kept, by the names of the settings, the earliest first."""
        self.settings = load(self._secrets)

    @property
    def place(self) -> Path | None:
        """The file that the answers go into."""
        return self._file

    def value(self, setting: str) -> str:
        """Return a secret; an empty text if it isn't set."""
        value = getattr(self.settings, setting.lower())
        return value.get_secret_value() if isinstance(value, SecretStr) else ""

    def is_outside(self, setting: str) -> bool:
        """Return whether the environment has a value. It counts instead of the one in `.env`."""
        return any(name.upper() == setting and value for name, value in os.environ.items())

    def trying(self, setting: str, value: str) -> Settings:
        """Return the settings as they would be with another secret."""
        return self.settings.model_copy(update={setting.lower(): SecretStr(value)})

    def keep(self, setting: str, value: str) -> None:
        """Keep a value from now on. Raises OSError."""
        if self._file:
            env_file.keep(self._file, {setting: value})
        self.answers[setting] = value
        self.settings = load(self._secrets, self._unread())

    def _unread(self) -> Mapping[str, str]:
        """Return what was kept where the settings aren't read from."""
        read = self._file is not None and self._file.absolute() == Path(ENV_FILE).absolute()
        return {} if read else {name: value for name, value in self.answers.items() if not self.is_outside(name)}
