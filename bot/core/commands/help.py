"""Help: what can be typed."""

from dataclasses import dataclass

from bot.core.catalogue import Catalogue
from bot.core.commands.command import Command, Handlers, Surface
from bot.core.commands.imagine import FLAGS
from bot.core.events import CommandEvent
from bot.core.language import speak
from bot.core.replies import Answer, Placement, Reply

# Chats show what can be typed themselves, and every app of theirs could have a command of this name.
HELP = Command(name="help", where=frozenset({Surface.PAGE}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Answers `/help`, and `/imagine help`."""

    catalogue: Catalogue

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={HELP: self.answer})

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the reply that explains the commands."""
        lines = speak(event.origin.locale).help(self.catalogue.default, self.catalogue.names(), FLAGS)
        return Answer(reply=Reply(lines=lines), placement=Placement.PRIVATE)
