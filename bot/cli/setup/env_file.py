"""Writes settings into `.env`: at once or not at all, readable by its owner alone, with every other line as it was."""

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.core.message import message
from storage.disk import sync

_BOM = "\ufeff"
_PLAIN = re.compile(r"[\w.,:/+=@%~-]*", re.ASCII)
# NAME=value # comment. dotenv hands on the empty lines before it, too.
_LINE = re.compile(
    r"""(?P<before>\s*(?:export[^\S\r\n]+)?[^\s=]+[^\S\r\n]*=[^\S\r\n]*)"""
    r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\r\n]*?)"""
    r"""(?P<after>(?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r)?)""",
    re.DOTALL,
)


def lines(values: Mapping[str, str]) -> str:
    """Return settings as `.env` has them."""
    return "".join(f"{name}={_written(value)}\n" for name, value in values.items())


def check_writable(path: Path) -> None:
    """Raise OSError if the file can't be written, which is better known before anything is asked."""
    with _told(path), _beside(path):
        pass


def keep(path: Path, values: Mapping[str, str]) -> None:
    """Put values into the file, which is made if it is missing. A link is followed. Raises OSError."""
    with _told(path), _beside(path) as temporary:
        target = _target(path)
        text = target.read_bytes().decode() if target.exists() else ""
        with temporary.open("wb") as file:
            file.write(_with(text, values).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        with suppress(OSError):  # not every file system can do that with a folder
            sync(target.parent)


def _with(text: str, values: Mapping[str, str]) -> str:
    """Return the text of the file with these values: in place of the old ones, or at the end."""
    bom = _BOM if text.startswith(_BOM) else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    bindings = list(parse_stream(StringIO(text.removeprefix(_BOM), newline="")))
    last = {binding.key.upper(): number for number, binding in enumerate(bindings) if binding.key}
    whole = ""
    for number, binding in enumerate(bindings):
        name = (binding.key or "").upper()
        if name not in values:
            whole += binding.original.string
        elif number == last[name]:  # an earlier one had no effect, and may hold an old secret
            whole += _line(binding, values[name], newline)
    new = {name: value for name, value in values.items() if name not in last}
    if new and whole and not whole.endswith(("\n", "\r")):
        whole += newline
    return bom + whole + lines(new).replace("\n", newline)


def _line(binding: Binding, value: str, newline: str) -> str:
    found = _LINE.fullmatch(binding.original.string)
    if found is None or binding.value is None:  # a name without a value
        return f"{binding.key}={_written(value)}{newline}"
    return f"{found['before']}{_written(value)}{found['after']}"


def _written(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Yield an empty file in the same folder, which its owner alone can read. What is left of it is deleted."""
    target = _target(path)
    # It could be replaced without a right to write to it. But somebody made it read-only on purpose.
    if target.exists() and not target.stat().st_mode & stat.S_IWUSR:
        raise PermissionError(message("{file} is read-only. Make it writable: chmod u+w {file}", file=str(target)))
    descriptor, name = tempfile.mkstemp(prefix=".env.", dir=target.parent)  # with mode 0600
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in a sentence why it can't be written, and what else can be done."""
    try:
        yield
    except OSError as error:
        if not error.errno:  # it has its sentence
            raise
        raise OSError(
            message(
                "{file} can't be written ({error}). To keep the settings elsewhere, print them: "
                "imagine-bot setup --print",
                file=str(path),
                error=error.strerror or str(error),
            )
        ) from error
