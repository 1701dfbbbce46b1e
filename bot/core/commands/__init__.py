"""The commands, one per file: each is declared and done there. They are gathered here."""

from bot.core.commands.command import Command, Surface
from bot.core.commands.flags import to_type
from bot.core.commands.help import HELP
from bot.core.commands.history import HISTORY
from bot.core.commands.imagine import FLAGS, IMAGINE, asked_options
from bot.core.commands.quota import QUOTA

__all__ = ["COMMANDS", "FLAGS", "HELP", "HISTORY", "IMAGINE", "QUOTA", "asked_options", "offered", "to_type"]

COMMANDS = (IMAGINE, QUOTA, HISTORY, HELP)


def offered(where: Surface) -> tuple[Command, ...]:
    """Return the commands that are offered by name there."""
    return tuple(command for command in COMMANDS if where in command.where)
