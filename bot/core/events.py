"""What comes in: one event for each thing that a person does, in no platform's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.model import Address, Conversation, User
from bot.core.replies import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has. `key` is unique for what the person did: a redelivery carries the same one."""

    user: User
    conversation: Conversation
    address: Address
    locale: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvent(Event):
    """A command. Its options come by name, or as `text` with flags (`a paper boat --size landscape`), or both."""

    command: str
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonEvent(Event):
    """A pressed button, with the argument it was rendered with; `prompt` is set when a form was sent with it."""

    action: Action
    argument: str
    prompt: str | None = None
