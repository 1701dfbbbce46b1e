"""What was read of the settings, and what had no effect: for the log at the start, and for the doctor."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.core.message import Message, marked, message
from bot.environment import EnvFile, look_alikes, meant, others, without_effect
from bot.outgoing.settings import WaysOutSettings
from bot.settings import Settings
from storage import bucket

if TYPE_CHECKING:
    from bot.core.doctor import Check

_NAMES = frozenset(name.upper() for name in (*Settings.model_fields, *bucket.SETTINGS))
# Other programs have settings with names like these, for proxies, certificates and buckets.
_OWN = _NAMES - {name.upper() for name in (*WaysOutSettings.model_fields, *bucket.SETTINGS)}


def source(file: EnvFile) -> Message:
    """Say where the settings are from."""
    if file.exists:
        return message("They are read from {file} and from the environment.", file=str(file.path))
    return message("They are read from the environment, since there is no {file}.", file=str(file.path))


def remarks(file: EnvFile) -> Sequence[Message]:
    """Return what was written and has no effect, without any value."""
    return *without_effect(file, _NAMES), *_noted(file)


def _noted(file: EnvFile) -> Sequence[Message]:
    """Return what may be there for other programs."""
    return *others(file, _NAMES), *look_alikes(_OWN)


def misspelt(file: EnvFile) -> Sequence[Message]:
    """Return which names may have been meant for a setting that is missing."""
    return tuple(meant(file, _OWN))


def checks(file: EnvFile) -> "Sequence[Check]":
    """Return the doctor's lines."""
    from bot.core.doctor import Check  # here, since a start doesn't need it

    name, advice = marked("settings"), message("Correct it, or remove it.")
    in_file = tuple(without_effect(file, _NAMES))
    return [
        Check(name=name, ok=True, detail=source(file)),
        *(Check(name=name, ok=False, detail=each, advice=advice) for each in in_file),
        *(Check(name=name, ok=True, detail=each) for each in _noted(file)),
    ]
