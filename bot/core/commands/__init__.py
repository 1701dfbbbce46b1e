"""The commands: all are declared in `declared.py`, whose names are here, too, and each is done in a file of its own."""

from bot.core.commands.declared import COMMANDS, FLAGS, HELP, HISTORY, IMAGINE, QUOTA, SHOW, offered

__all__ = ["COMMANDS", "FLAGS", "HELP", "HISTORY", "IMAGINE", "QUOTA", "SHOW", "offered"]
