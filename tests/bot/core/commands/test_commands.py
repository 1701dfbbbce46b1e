"""Every command and every button that is declared is also done."""

from bot.core.commands import COMMANDS
from bot.core.events import ButtonEvent, CommandEvent
from bot.core.model import Action
from bot.core.origin import Conversation, Origin, User
from bot.core.refusals import Refusal, UnclearAction, UnknownCommand, UsageError
from tests.conftest import StartBot
from tests.support.builders import new_address

ORIGIN = Origin(
    user=User(id="test:ada", name="Ada"),
    conversation=Conversation(id="test:harbour"),
    address=new_address(),
    locale="en",
    key="event-1",
)


async def test_every_command_is_answered(start_bot: StartBot) -> None:
    async with start_bot(wait=False) as running:
        for command in COMMANDS:
            answer = await running.bot.dispatch(CommandEvent(origin=ORIGIN, command=command.name))
            assert not isinstance(answer.error, UnknownCommand), command
            assert answer.error is None or isinstance(answer.error, UsageError | Refusal), command


async def test_every_button_is_answered(start_bot: StartBot) -> None:
    async with start_bot(wait=False) as running:
        for action in Action:
            answer = await running.bot.dispatch(ButtonEvent(origin=ORIGIN, action=action, argument="0" * 26))
            assert isinstance(answer.error, UnclearAction) == (action is Action.UNCLEAR), action
            assert answer.error is None or isinstance(answer.error, Refusal), action
