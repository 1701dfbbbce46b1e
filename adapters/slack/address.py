"""The platform's name, and the commands' names."""

from dataclasses import dataclass, replace

from bot.core.replies import Line, Reply, Typed

PLATFORM = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCommands:
    """The slash commands as they are typed. They can be renamed if another app has the usual names."""

    imagine: str = "/imagine"
    quota: str = "/quota"
    history: str = "/history"

    def named(self, command: str) -> str:
        """Return the bot's name of a typed command, or the typed name if the command isn't the bot's."""
        ours = {self.imagine: "imagine", self.quota: "quota", self.history: "history"}
        return ours.get(command, command.removeprefix("/"))

    def renamed(self, reply: Reply) -> Reply:
        """Return the reply with the commands under their configured names."""
        names = {"imagine": self.imagine, "quota": self.quota, "history": self.history}

        def line(spans: Line) -> Line:
            return tuple(
                span.called(names[span.command]) if isinstance(span, Typed) and span.command in names else span
                for span in spans
            )

        entries = tuple(replace(entry, lines=tuple(map(line, entry.lines))) for entry in reply.entries)
        return replace(reply, lines=tuple(map(line, reply.lines)), entries=entries)
