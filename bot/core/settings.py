"""Checks of what an operator writes into settings. A ValueError says what to write instead."""

from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit


def secret(value: object) -> object:
    """Strip a secret; a blank one is not set. Raises ValueError for characters that no key has: a copying error."""
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    if not all("!" <= letter <= "~" for letter in stripped):
        raise ValueError("copy it once more: it holds a space, a line break or a letter that no key has")
    return stripped or None


def address(value: str, example: str) -> SplitResult:
    """Parse a URL of the same kind as `example`. Raises ValueError."""
    parts = urlsplit(value.strip().rstrip("/"))
    secure = urlsplit(example).scheme
    if parts.scheme not in {secure, secure.removesuffix("s")} or not parts.hostname:
        raise ValueError(f"give an address such as {example}")
    if "@" in parts.netloc:
        raise ValueError("give an address without a user or a password in it")
    parts.port  # noqa: B018  reading it raises ValueError for an invalid port
    return parts


def url_like(example: str) -> Callable[[str], str]:
    """Return a check that takes only URLs of the same kind as `example`."""

    def checked(value: str) -> str:
        address(value, example)
        return value.strip()

    return checked
