"""Incoming events: one for each action of a user, independent of the platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core import foreign
from bot.core.model import Action
from bot.core.origin import Address, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has."""

    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvent(Event):
    """A command. Options come by name, as `text` with flags (`a paper boat --size landscape`), or both."""

    command: str
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def __post_init__(self) -> None:
        foreign.put(
            self,
            command=foreign.line(self.command),
            options={name: foreign.cleaned(value) for name, value in self.options.items()},
            text=foreign.cleaned(self.text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonEvent(Event):
    """A pressed button and its argument. `prompt` is set if a form was sent with it.

    `pressed` is the message that has the button, as far as the event names it, if others see it and it is about that
    job alone. The bot may not know it yet: a platform shows a message to people before it says that it did.

    What can't be taken back has to be `confirmed`, in the platform's own way; `keep` is the choice that goes with it.
    `options` has what was changed in the form, by name; a blank one takes back what was asked for earlier.
    """

    action: Action
    argument: str
    prompt: str | None = None
    confirmed: bool = False
    keep: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    pressed: Address | None = None

    def __post_init__(self) -> None:
        prompt = None if self.prompt is None else foreign.cleaned(self.prompt)
        options = {name: foreign.cleaned(value) for name, value in self.options.items()}
        foreign.put(self, argument=foreign.key(self.argument), prompt=prompt, options=options)
