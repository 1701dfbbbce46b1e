"""The commands and their options, declared once as data."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of an option's value."""

    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command. The values of a CHOICE depend on the model: see `Catalogue.choices`."""

    name: str
    kind: Kind = Kind.CHOICE
    required: bool = False
    suggested: bool = False
    """Whether values are suggested while the user types, rather than listed once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command. Its description and those of its options are in `bot.core.language`."""

    name: str
    options: tuple[Option, ...] = ()


IMAGINE = Command(
    name="imagine",
    options=(
        Option(name="prompt", kind=Kind.TEXT, required=True),
        Option(name="model", suggested=True),
        Option(name="size", suggested=True),
        Option(name="quality"),
        Option(name="style"),
        Option(name="n", kind=Kind.INTEGER),
        Option(name="background"),
        Option(name="output_format"),
    ),
)
QUOTA = Command(name="quota")
HISTORY = Command(name="history")
HELP = Command(name="help")

COMMANDS = (IMAGINE, QUOTA, HISTORY, HELP)
