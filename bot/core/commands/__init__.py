"""The commands, one per file: each is declared and done there. They are gathered here."""

from bot.core.commands.command import Command, Surface
from bot.core.commands.flags import to_type
from bot.core.commands.help import HELP
from bot.core.commands.history import HISTORY, is_page
from bot.core.commands.imagine import FLAGS, IMAGINE, asked_options
from bot.core.commands.quota import QUOTA
from bot.core.commands.show import SHOW

__all__ = [
    "COMMANDS",
    "FLAGS",
    "HELP",
    "HISTORY",
    "IMAGINE",
    "QUOTA",
    "SHOW",
    "asked_options",
    "is_page",
    "offered",
    "to_type",
]

COMMANDS = (IMAGINE, QUOTA, HISTORY, SHOW, HELP)


def offered(*where: Surface) -> tuple[Command, ...]:
    """Return the commands that are offered by name on any of these surfaces."""
    return tuple(command for command in COMMANDS if not command.where.isdisjoint(where))
