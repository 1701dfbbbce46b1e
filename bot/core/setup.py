"""Setting up the bot with its operator: what is asked, how each answer is checked, and what leads to the next step."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from bot.core.message import Message

S = TypeVar("S")
"""The settings that a part needs."""
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")

LONGEST = 1000
"""No key and no token has so many characters."""
_QUOTES = "\"'`“”‘’«»„"
# Around what is pasted, if a program before this one left that on: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
_BRACKETS = re.compile("\x1b\\[20[01]~")
_LEADS = re.compile(r"(?:export|bot|bearer)\s+", re.IGNORECASE)


class Holds(StrEnum):
    """The result of the check of an answer."""

    ACCEPTED = "accepted"
    DOUBTFUL = "doubtful"
    """It is right, but the bot won't work with it yet. The operator may go on all the same."""
    INCOMPLETE = "incomplete"
    """It is right, but something has to be done elsewhere: then the same answer is checked again."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """Nobody could say. The operator may go on without a check."""
    MISSING = "missing"
    """There is no answer, and no person to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a check, as a sentence. `found` is for the part that asked."""

    holds: Holds
    said: Message
    go_on: bool = True
    """For a doubtful answer: what Enter means when the operator is asked whether to go on."""
    found: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with an answer's form, before anybody is asked. It may be the answer to another setting."""

    said: Message
    belongs_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[S]):
    """A secret that the operator has to paste. It is never shown: neither on the screen nor in a log."""

    setting: str
    """The name of its variable."""
    title: str
    """What it is: a marked text."""
    who: str
    """The name of the service that checks the value."""
    prompt: Message
    intro: Callable[[], Sequence[Message]]
    """Returns where to find it."""
    links: Sequence[str] = ()
    """The addresses that the introduction names, for a browser."""
    shape: Callable[[str], Wrong | None] = lambda _: None
    check: Callable[[S], Awaitable[Verdict]]
    """Asks `who`, with the settings as they would be. Raises OSError, with a message, without an answer."""
    otherwise: str = ""
    """What an empty answer means, if it means something."""


class Talk(Protocol[S_co]):
    """The conversation with the operator: at a terminal, or unattended."""

    @property
    def settings(self) -> S_co:
        """The settings as they are now, with every answer that was kept."""
        ...

    @property
    def locale(self) -> str:
        """The locale of the operator's language."""
        ...

    def tell(self, *said: Message) -> None:
        """Say what to do. An unattended set-up says nothing."""
        ...

    def done(self, said: Message) -> None:
        """Say that a step is done."""
        ...

    def warn(self, said: Message) -> None:
        """Say what is wrong, and what would be right."""
        ...

    def open(self, url: str) -> None:
        """Open an address in the browser, if the operator wants that. It was printed before."""
        ...

    def link(self, name: str, url: str) -> None:
        """Tell an address in an unattended set-up: `name` says to a program what it is."""
        ...

    async def secret(self, question: Question[Any]) -> Verdict:
        """Ask until the answer is good, or kept without a check, and return what came of that. It is kept by then."""
        ...

    async def choose(self, question: Message, answers: Sequence[Message]) -> int:
        """Ask for one of these; the first is what Enter means. Return its index."""
        ...

    async def until(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """Look again and again until something is found. Return None if the operator skips that.

        `look` raises OSError for a failure that may pass in a moment.
        """
        ...

    def keep(self, setting: str, value: str) -> None:
        """Keep a value that isn't secret."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the operator can type the first command."""

    command: str
    """The command that draws, as it is typed there."""
    url: str = ""
    hint: Message | None = None
    """What to do if the command isn't there."""


def cleaned(pasted: str, setting: str) -> str:
    """Return a secret without what was copied around it: spaces, quotes, `Bot `, the setting's own name, and such."""
    pasted = _BRACKETS.sub("", pasted)
    text = "".join(letter for letter in pasted if unicodedata.category(letter) not in {"Cf", "Cc"}).strip()
    while text != (shorter := _without_one(text, setting)):
        text = shorter
    return text


def _without_one(text: str, setting: str) -> str:
    named = re.match(rf"{setting}\s*[=:]", text, re.IGNORECASE)
    text = text[named.end() :] if named else text
    text = _LEADS.sub("", text, count=1) if _LEADS.match(text) else text
    return text.strip().strip(_QUOTES).strip()


def ending(secret: str) -> str:
    """Return what a secret is recognised by: its last characters, of one that is long enough."""
    return f"…{secret[-4:]}" if len(secret) >= 16 else "…"
