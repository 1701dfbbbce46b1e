"""Checks of what an operator writes into settings. The message of a ValueError says what to write instead."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bot.core.message import Message, message

# In a header they stand before a key or token, and are copied with it.
_SCHEME = re.compile(r"\s*(bearer|bot)\s+", re.IGNORECASE)
# No real address has brackets, quotes, separators or two words.
_NOT_OF_A_URL = re.compile(r"""[\s"'`<>\\^{|},;()“”‘’«»…]""")
_OF_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def about(name: str, problem: Message | str) -> Message:
    """Return the line that says what is wrong with a setting."""
    return message("{setting}: {problem}", setting=name, problem=problem)


def secret(value: object) -> object:
    """Strip a secret; a blank one is not set. Raises ValueError for characters that no key has: a copying error."""
    if not isinstance(value, str):
        return value
    stripped = _SCHEME.sub("", value, count=1).strip() if _SCHEME.match(value) else value.strip()
    if not all("!" <= letter <= "~" for letter in stripped):
        raise ValueError(
            message(
                "It contains a space, a line break or another character that can't be part of a key or token. "
                "Copy it again."
            )
        )
    return stripped or None


def plain_path(value: str) -> str:
    """Return a path unchanged. Raises ValueError for one that only a shell, or only Windows, understands."""
    if value.startswith("~") or _OF_WINDOWS.match(value):
        raise ValueError(
            message("Write the whole path, such as /data/{name}. It is taken as it is.", name=_last(value))
        )
    return value


def is_folder(path: Path) -> bool:
    """Return whether there is such a folder."""
    try:
        return path.is_dir()
    except OSError:  # its name is too long
        return False


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1].strip("~") or "imagine"


def address(value: str, example: str) -> SplitResult:
    """Parse a URL of the same kind as `example`. Raises ValueError."""
    secure = urlsplit(example).scheme
    try:
        parts = urlsplit(value.strip().rstrip("/"))
        parts.port  # noqa: B018  reading it raises ValueError for an invalid port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    odd = _NOT_OF_A_URL.search(value.strip())
    if parts.scheme not in {secure, secure.removesuffix("s")} or not parts.hostname or odd:
        raise ValueError(message("Write an address such as {example}", example=example))
    if "@" in parts.netloc:
        raise ValueError(message("Write the address without a user name and a password."))
    return parts


def url_like(example: str) -> Callable[[str], str]:
    """Return a check that takes only URLs of the same kind as `example`; of its host, with its path in any version."""
    usual = urlsplit(example)

    def checked(value: str) -> str:
        parts = address(value, example)
        if parts.hostname == usual.hostname and _unversioned(parts.path) != _unversioned(usual.path):
            raise ValueError(message("Write an address such as {example}", example=example))
        return value.strip()

    return checked


def _unversioned(path: str) -> str:
    return re.sub(r"\d+", "", path.strip("/"))
