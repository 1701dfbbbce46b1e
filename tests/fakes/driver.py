"""What a scenario needs of any platform: people act, and see."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

# The names under which Discord, Slack and the playground are sent texts for people.
_TEXTS = {
    *("content", "label", "title", "description", "placeholder"),
    *("text", "alt_text", "alt_txt", "fallback", "hint", "submit", "close"),
    *("alt", "error"),
}


@dataclass(kw_only=True)
class Seen:
    """A message as one person sees it now."""

    id: str
    text: str
    images: list[bytes]
    alts: list[str]
    buttons: list[str]
    private: bool
    pings: frozenset[str] = frozenset()
    """The names of the people that it notifies."""


class Driver(Protocol):
    """People on one platform, each by a short name."""

    async def imagine(self, text: str, *, user: str = "ada") -> None:
        """Ask for images with a prompt as it is typed, flags and all."""
        ...

    async def press(self, message: Seen, label: str, *, user: str = "ada", job: str = "") -> None:
        """Press a button by its label; in a list, the one that is about `job`."""
        ...

    async def edit(self, message: Seen, prompt: str, *, user: str = "ada") -> None:
        """Press "Edit prompt", and send the form with another prompt."""
        ...

    async def quota(self, *, user: str = "ada") -> None:
        """Ask what is left."""
        ...

    async def history(self, *, user: str = "ada") -> None:
        """Ask what was drawn."""
        ...

    async def show(self, image: str, *, user: str = "ada") -> None:
        """Ask for one image by its number or id."""
        ...

    def seen(self, *, user: str = "ada") -> list[Seen]:
        """Return every message that this person sees now, oldest first, in its current state."""
        ...

    async def wait_for(self, predicate: Callable[[Seen], bool], *, user: str = "ada", seconds: float = 60) -> Seen:
        """Wait for a message that satisfies the predicate, and return the newest."""
        ...

    def told(self) -> Iterable[str]:
        """Return every text that the bot sent for people to read, in any state of a message, and in forms."""
        ...


def texts(body: object) -> Iterator[str]:
    """Yield the texts for people in what the bot sent."""
    match body:
        case dict():
            for name, value in body.items():
                yield from _named(name, value)
        case list():
            for each in body:
                yield from texts(each)


def _named(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if name in _TEXTS:
            yield value
    elif name == "errors" and isinstance(value, dict):
        yield from value.values()
    else:
        yield from texts(value)
