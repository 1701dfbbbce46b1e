"""The slash commands on Slack: registered by the manifest, under names that a setting can change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core.commands import offered
from bot.core.commands.command import Command, Surface
from bot.core.message import message, of_error
from bot.core.settings import about
from bot.core.spans import Line, Typed

if TYPE_CHECKING:
    from bot.core.replies import Reply

SETTINGS = {command.name: f"slack_{command.name}_command" for command in offered(Surface.CHAT)}
"""The setting, for each command, of its name on Slack."""


@dataclass(frozen=True, slots=True)
class SlackCommands:
    """The commands as they are typed. They can be renamed if another app has the usual names.

    `names` has the changed ones, such as `/draw`, by the bot's own names.
    """

    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> Mapping[str, str]:
        """What is typed for each command, by the bot's own names."""
        return {command.name: self.names.get(command.name, f"/{command.name}") for command in offered(Surface.CHAT)}

    def declared(self) -> Sequence[tuple[Command, str]]:
        """Return the commands that are offered, each with what is typed for it."""
        return [(command, self.typed[command.name]) for command in offered(Surface.CHAT)]

    def named(self, typed: str) -> str:
        """Return the bot's name of a typed command, or the typed name if the command isn't the bot's."""
        ours = {name: command for command, name in self.typed.items()}
        return ours.get(typed, typed.removeprefix("/"))

    def renamed(self, reply: "Reply") -> "Reply":
        """Return the reply with the commands as they are typed here."""
        names = self.typed

        def line(spans: Line) -> Line:
            return tuple(
                span.called(names[span.command]) if isinstance(span, Typed) and span.command in names else span
                for span in spans
            )

        entries = tuple(replace(entry, lines=tuple(map(line, entry.lines))) for entry in reply.entries)
        return replace(reply, lines=tuple(map(line, reply.lines)), foot=line(reply.foot), entries=entries)


def slashed(name: str) -> str:
    """Return a command's name with its slash. Raises ValueError for one that Slack doesn't take."""
    # https://docs.slack.dev/interactivity/implementing-slash-commands
    typed = f"/{name.strip().removeprefix('/')}"
    if not 1 < len(typed) <= 32 or any(char.isspace() or char.isupper() for char in typed):
        raise ValueError(message("Write a name such as /imagine: lower case, no spaces, at most 32 characters."))
    return typed


def called(written: Mapping[str, str]) -> SlackCommands:
    """Return the commands under the names that are written for `SETTINGS`. Raises ValueError."""
    names = {}
    for command, setting in SETTINGS.items():
        try:
            names[command] = slashed(written.get(setting, command))
        except ValueError as error:
            raise ValueError(about(setting.upper(), of_error(error))) from error
    return SlackCommands(names)
