"""Help: what can be typed."""

from dataclasses import dataclass

from bot.core.catalogue.catalogue import Catalogue
from bot.core.commands.command import Handlers
from bot.core.commands.declared import DESCRIBED_FLAGS, HELP, HISTORY, IMAGINE, QUOTA
from bot.core.events import CommandEvent
from bot.core.language import speak
from bot.core.language.refusals import listed
from bot.core.replies import Answer, Code, Placement, Reply, Typed


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Help:
    """Answers `/help`, and `/imagine help`."""

    catalogue: Catalogue

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={HELP: self.answer})

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the reply that explains the commands."""
        texts = speak(event.origin.locale)
        example = Typed.of(IMAGINE.name, texts.label("a paper boat --size landscape"))
        lines = (
            texts.say("{command} draws what you describe.", command=example),
            texts.say("You can add:"),
            *((Code(f"--{flag}"), " · ", texts.label(description)) for flag, description in DESCRIBED_FLAGS.items()),
            texts.say(
                "The default model is {model}; you can choose {models}.",
                model=Code(self.catalogue.default),
                models=listed(texts, self.catalogue.names()),
            ),
            texts.say(
                "{quota} shows how many images you have left, and {history} what was drawn for you.",
                quota=Typed.of(QUOTA.name),
                history=Typed.of(HISTORY.name),
            ),
        )
        return Answer(reply=Reply(lines=lines), placement=Placement.PRIVATE)
