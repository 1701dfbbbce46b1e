"""A sentence before it is put into a language: its English, which is its id in the catalogues, and what fills it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named placeholders, such as `{person}`. `many` is its plural, chosen by `n` as a language does.

    As a string it is plain English: for logs, and for errors that are not translated.
    """

    english: str
    values: Mapping[str, object] = field(default_factory=dict)
    many: str | None = None
    n: int = 1

    def __str__(self) -> str:
        chosen = self.english if self.many is None or self.n == 1 else self.many
        return chosen.format_map(self.values) if self.values else chosen


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of US dollars, without their sign: with cents, or a `price` to two digits that say something."""

    usd: float
    price: bool = False

    @property
    def rounded(self) -> float:
        """The number that is written."""
        return float(f"{self.usd:.2g}") if self.price else round(self.usd, 2)

    def __str__(self) -> str:
        return f"{self.rounded:g}" if self.price else f"{self.rounded:,.2f}"


def message(english: str, /, **values: object) -> Message:
    """Return a sentence, filled with these values."""
    return Message(english, values)


def counted(one: str, many: str, n: int, /, **values: object) -> Message:
    """Return a sentence that depends on a number: `one` if English has the singular for it, else `many`.

    Both may contain `{n}`.
    """
    return Message(one, {"n": n, **values}, many, n)


def of_error(error: BaseException) -> Message | str:
    """Return the message that an error was raised with, or else its own words, which no catalogue has."""
    match error.args:
        case (Message() as said,):
            return said
        case _:
            return str(error)


def marked(english: str) -> str:
    """Return the text itself: it marks a text in a table as one that the catalogues have."""
    return english
