"""Builds the listeners to Slack for one run."""

from typing import NamedTuple

from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.deleting import Deleting
from adapters.slack.elsewhere import Elsewhere
from adapters.slack.first_message import FirstMessages
from adapters.slack.form_handlers import FormHandlers
from adapters.slack.handlers import Handlers
from adapters.slack.mentioned import Mentioned
from adapters.slack.messenger import SlackMessenger
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.showing_here import ShowingHere
from adapters.slack.spoken import Spoken
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.tasks import Tasks


class Listeners(NamedTuple):
    """`spoken` listens to what people write to the bot, and `handlers`, with what they are made of, to the rest."""

    handlers: Handlers
    spoken: Spoken


def listeners(
    bot: Bot,
    client: SlackClient,
    messenger: SlackMessenger,
    commands: SlackCommands,
    clock: Clock,
    *,
    restricted: bool,
    asking: Tasks,
    answering: Tasks,
) -> Listeners:
    """Put them together. `asking` has what they ask Slack in the background, `answering` what they still answer."""
    people = People(client, bot, clock, asking, restricted=restricted, no_files=messenger.file_refusals.code)
    private = PrivateMessages(bot, client, messenger, clock, usual_locale=people.usual_locale)
    first = FirstMessages(bot=bot, client=client, messenger=messenger, private_messages=private)
    mentioned = Mentioned(client, clock, asking)
    showing_here = ShowingHere(bot=bot, client=client, private_messages=private, people=people)
    deleting = Deleting(bot=bot, messenger=messenger, private_messages=private, people=people)
    forms = FormHandlers(
        bot=bot, client=client, messenger=messenger, private_messages=private, first_messages=first, people=people
    )
    handlers = Handlers(
        bot=bot,
        client=client,
        commands=commands,
        private_messages=private,
        first_messages=first,
        people=people,
        mentioned=mentioned,
        forms=forms,
        elsewhere=Elsewhere(
            bot=bot, client=client, messenger=messenger, private_messages=private, first_messages=first
        ),
        deleting=deleting,
        showing_here=showing_here,
    )
    spoken = Spoken(
        bot=bot,
        bot_user=client.installed.bot_user_id or "",
        people=people,
        mentioned=mentioned,
        private_messages=private,
        first_messages=first,
        answering=answering,
    )
    return Listeners(handlers=handlers, spoken=spoken)
