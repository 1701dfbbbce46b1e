"""Turn a typed line into an event. Pure."""

import re

from bot.core.commands import IMAGINE
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.model import Action
from bot.core.origin import Conversation, Origin, User
from tests.example_chat.address import NAME, LinesAddress

_COMMAND = re.compile(r"/(?P<name>\w+)(?:\s+(?P<text>.*))?")
_PRESS = re.compile(r"!(?P<action>\w+)\s+(?P<argument>\S+)(?:\s+(?P<prompt>.*))?")


def event(line: str, person: str, key: str) -> Event:
    """Return the event of a line. `key` is of this line alone."""
    origin = Origin(
        user=User(id=f"{NAME}:{person}", name=person),
        conversation=Conversation(id=f"{NAME}:{person}"),
        address=LinesAddress(person=person).envelope,
        locale="en",
        key=f"{NAME}:{key}",
    )
    if pressed := _PRESS.fullmatch(line):
        action, argument, prompt = pressed.groups()
        return ButtonEvent(origin=origin, action=Action(action), argument=argument, prompt=prompt)
    if command := _COMMAND.fullmatch(line):
        return CommandEvent(origin=origin, command=command["name"], text=command["text"] or "")
    return CommandEvent(origin=origin, command=IMAGINE.name, text=line)
