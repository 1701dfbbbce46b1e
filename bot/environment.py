"""The environment and `.env` as they are written, and what in them has no effect: that is told without any value."""

import difflib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from bot.core.message import Message, message
from bot.core.settings import about

ENV_FILE = ".env"
_LIKE = 0.84
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)
# As in `.env`: after white space, or after the closing quote.
_QUOTED_AND_COMMENT = re.compile(r"""(["'])([^"']*)\1\s*#.*""")
_COMMENT = re.compile(r"\s+#.*")
_NAMED = re.compile(r"\s*(?:export\s+)?([^\s=]+)\s*=\s*", re.IGNORECASE)
# Somebody who writes a name that begins like this means the bot: so it may be less alike.
_OWN = "COMET"
_RATHER_LIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """What `.env` in the working directory says: its values, by their names in lower case."""

    path: Path
    exists: bool = False
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: tuple[Message, ...] = ()
    """Lines that can't be read, and names that are there twice."""


def env_file() -> EnvFile:
    """Read `.env`, if there is one. Raises ValueError if it can't be read as a whole.

    A value is taken as it is written: `$` and `${…}` stand for themselves, since a password may have them.
    """
    path = Path(ENV_FILE).absolute()
    if not os.path.lexists(path):
        return EnvFile(path=path)
    if path.is_dir():
        raise _unusable(
            message("This is a folder. Docker makes one if the file that it has to share is missing: put a file there.")
        )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    except OSError as error:
        raise _unusable(message("This file can't be read: {error}.", error=error.strerror or str(error))) from error
    if "\0" in text:
        raise _unusable(message("This file is not text in UTF-8. Save it as UTF-8."))
    return _read(path, text)


def _unusable(problem: Message) -> ValueError:
    return ValueError(about(ENV_FILE, problem))


def _read(path: Path, text: str) -> EnvFile:
    from dotenv.parser import parse_stream  # here, since it takes a while, and often there is no file

    values: dict[str, str] = {}
    faults = []
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key and binding.value is None):
            faults.append(
                message("Line {number} of .env has no effect. Write NAME=value.", number=str(binding.original.line))
            )
        elif binding.key and binding.value is not None:
            if values.get(binding.key.lower()) not in {None, "", binding.value}:
                faults.append(message("{name} is set twice in .env. The last one counts.", name=binding.key))
            values[binding.key.lower()] = binding.value
    return EnvFile(path=path, exists=True, values=values, faults=tuple(faults))


def written(names: Collection[str], file: EnvFile) -> Mapping[str, str]:
    """Return what is written for the settings with these names, in lower case: the environment goes before `.env`."""
    outside = {
        name.lower(): plain(name, value) for name, value in os.environ.items() if value and name.lower() in names
    }
    values = {**file.values, **{name: value for name, value in outside.items() if value}}
    return {name: unquoted(values[name]) for name in names if values.get(name)}


def unquoted(value: str) -> str:
    """Return a value without the quotes around it."""
    quoted = _QUOTED.fullmatch(value.strip())
    return quoted[2] if quoted else value


def plain(name: str, value: str) -> str:
    """Return a value of the environment as `.env` would give it: without quotes, a comment, or the name once more.

    `docker run --env-file` leaves all of these there.
    """
    if (named := _NAMED.match(value)) and named[1].lower() == name.lower():
        value = value[named.end() :]
    if commented := _QUOTED_AND_COMMENT.fullmatch(value.strip()):
        return commented[2]
    return unquoted(value) if _QUOTED.fullmatch(value.strip()) else _COMMENT.split(value, maxsplit=1)[0]


def without_effect(file: EnvFile, known: Collection[str]) -> Iterator[Message]:
    """Name the settings in `.env` that have no effect: misspelt, or replaced by the environment.

    `known` are the names of the settings.
    """
    yield from file.faults
    named = sorted(name.upper() for name in file.values)
    for name in (name for name in named if name not in known):
        if other := _like(name, known):
            yield _meant(name, other)
    for name in (name for name in named if name in known):
        inside, outside = file.values[name.lower()], os.environ.get(name)
        if inside and outside and inside != plain(name, outside):
            yield message("{name} in .env has no effect: the environment has another value, which counts.", name=name)


def others(file: EnvFile, known: Collection[str]) -> Iterator[Message]:
    """Name what `.env` has that doesn't look like a setting of the bot: it may be there for another program."""
    unlike = sorted(
        name.upper() for name in file.values if name.upper() not in known and not _like(name.upper(), known)
    )
    if unlike:
        yield message("These names in .env are no settings of the bot: {names}", names=", ".join(unlike))


def look_alikes(known: Collection[str]) -> Iterator[Message]:
    """Tell which names in the environment aren't settings, but look like one. Others may be other programs' own."""
    for name in sorted(name.upper() for name in os.environ):
        if name not in known and (other := _like(name, known)):
            yield _meant(name, other)


def meant(file: EnvFile, known: Collection[str]) -> Iterator[Message]:
    """Tell which names, in `.env` or in the environment, aren't settings but look like one."""
    for name in sorted({name.upper() for name in (*file.values, *os.environ)} - set(known)):
        if other := _like(name, known):
            yield _meant(name, other)


def _meant(name: str, other: str) -> Message:
    return message("{name} is no setting. Did you mean {other}?", name=name, other=other)


def _like(name: str, known: Collection[str]) -> str | None:
    alike = difflib.get_close_matches(name, known, 1, _LIKE)
    if not alike and name.startswith(_OWN):
        alike = difflib.get_close_matches(name, [each for each in known if each.startswith(_OWN)], 1, _RATHER_LIKE)
    return next(iter(alike), None)
