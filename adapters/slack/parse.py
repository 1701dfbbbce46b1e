"""Turn Slack's payloads into events. Pure."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from adapters.slack.commands import SlackCommands
from adapters.slack.emoji import characters
from adapters.slack.forms import AS_THE_MODEL_LIKES
from adapters.slack.interaction import Home, Interaction, Payload, metadata_of
from bot.core.commands import HELP, IMAGINE
from bot.core.events import ButtonEvent, CommandEvent
from bot.core.model import Action
from bot.core.visible import is_blank

ACTION_PREFIX = "imagine:"
# Any action: a button may come from another release than the one that handles its press.
OUR_BUTTON = re.compile(f"^{ACTION_PREFIX}\\w+(:|$)")
LISTS = "divider"
"""The type of the block above each entry of a list."""

# What a form shows where nothing was given.
_NOT_CHOSEN = {"n": "1"}

# `<@U123|ada>`, `<#C123|design>`, `<!here>`, `<!date^…|fallback>`, `<https://example.com|label>`: what Slack turns
# mentions and links into, in an escaped command: https://docs.slack.dev/interactivity/implementing-slash-commands
_MARKUP = re.compile(r"<(?P<kind>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


# The subtypes of messages in which people say something; the others tell of changes, arrivals and the like.
_SAID = (None, "file_share", "thread_broadcast")
_SLACKBOT = "USLACKBOT"


class SlackPerson(NamedTuple):
    """What Slack says of a user. `name` is how people see them, not the handle, which Slack calls deprecated.

    https://docs.slack.dev/reference/objects/user-object
    """

    name: str
    locale: str
    admin: bool
    guest: bool
    home: Home
    """Where they belong themselves."""
    stranger: bool
    """Whether they belong to another organisation than the app's."""


class Named(NamedTuple):
    """The names of people that a text mentions by their ids alone, and what to call a person without a name."""

    people: Mapping[str, str] = MappingProxyType({})
    someone: str = "someone"
    a_channel: str = "a channel"


def unnamed(text: str) -> Sequence[str]:
    """Return the ids of the people that a text mentions without a name."""
    found = (each for each in _MARKUP.finditer(text) if each["kind"] == "@" and not each["label"])
    return tuple(each["target"] for each in found)


def decode(text: str, named: Named | None = None) -> str:
    """Turn escaped text back into what the user typed."""
    words, end, named = "", 0, named or Named()
    for markup in _MARKUP.finditer(text):
        words += characters(text[end : markup.start()]) + _typed(markup, named)
        end = markup.end()
    words += characters(text[end:])
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escaped(text: str) -> str:
    """Escape the three characters that start markup: https://docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _typed(markup: re.Match[str], named: Named) -> str:
    kind, target, label = markup["kind"], markup["target"], markup["label"]
    if kind == "!":
        target = target.partition("^")[0]
        return label or (named.someone if target == "subteam" else f"@{target}")
    if kind == "@" and not label:
        return f"@{escaped(named.people[target])}" if target in named.people else named.someone
    if kind:
        return f"{kind}{label.removeprefix(kind)}" if label else named.a_channel
    return label or target.removeprefix("mailto:")


def person(user: Mapping[str, Any]) -> SlackPerson:
    """Read the user in an answer of users.info."""
    profile = user.get("profile") or {}
    return SlackPerson(
        name=profile.get("display_name") or profile.get("real_name") or user.get("real_name") or "",
        locale=user.get("locale") or "",
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        home=Home(
            team=user.get("team_id") or "", enterprise=(user.get("enterprise_user") or {}).get("enterprise_id") or ""
        ),
        stranger=bool(user.get("is_stranger")),
    )


def text_of(body: Payload, bot_user: str) -> str:
    """Return the text of a command or an event as Slack escapes it, without the bot's own mention."""
    said = body.get("event", body)
    return _without_mention(said.get("text") or "", bot_user)


def command_event(body: Payload, interaction: Interaction, commands: SlackCommands, text: str) -> CommandEvent:
    """Read a slash command with this text."""
    command = commands.named(body["command"])
    return CommandEvent(origin=interaction.origin(), command=command, text=text)


def is_spoken(body: Payload, bot_user: str) -> bool:
    """Return whether a person says something to the bot: no other app, nothing of its own, and no change of a message.

    https://docs.slack.dev/reference/events/message
    """
    event = body.get("event")
    if not isinstance(event, dict) or event.get("subtype") not in _SAID:
        return False
    if not all(event.get(name) and isinstance(event[name], str) for name in ("user", "channel", "ts")):
        return False
    to_the_bot = event.get("type") == "app_mention" or (
        event.get("type") == "message" and event.get("channel_type") == "im"
    )
    by_a_person = event["user"] not in {bot_user, _SLACKBOT} and not event.get("bot_id")
    return to_the_bot and by_a_person and not event.get("edited") and not event.get("hidden")


def spoken_event(body: Payload, interaction: Interaction, text: str) -> CommandEvent:
    """Read what was said to the bot as a prompt; where nothing was, as a call for help."""
    event = body["event"]
    command = HELP if is_blank(text) else IMAGINE
    # The team is the conversation's, so that one message has one key, no matter who sends it, and in which kind of
    # event.
    origin = interaction.origin(f"{body.get('team_id') or interaction.team}:{event['channel']}:{event['ts']}")
    return CommandEvent(origin=origin, command=command.name, text="" if command is HELP else text)


def _without_mention(text: str, bot_user: str) -> str:
    """Return the text without the bot's own mention, which may be anywhere in it."""
    first, *others = re.split(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>", text)
    if others and not first.strip():
        others[0] = others[0].lstrip(" ,:")
    return " ".join(part for each in (first, *others) if (part := each.strip()))


def button_action(body: Payload) -> tuple[Action, str]:
    """Return which of the bot's buttons was pressed, and its argument."""
    pressed = body["actions"][0]
    return Action(pressed["action_id"].removeprefix(ACTION_PREFIX).partition(":")[0]), pressed.get("value") or ""


def button_event(body: Payload, interaction: Interaction) -> ButtonEvent:
    """Read a pressed button."""
    action, argument = button_action(body)
    # Slack itself asked whether it is meant.
    confirmed = action is Action.DELETE
    return ButtonEvent(origin=interaction.origin(), action=action, argument=argument, confirmed=confirmed)


def job_of_message(message: Mapping[str, Any]) -> str:
    """Return the job that a message of the bot's shows, by its buttons; an empty text for a list or anything else."""
    blocks = message.get("blocks") or ()
    if any(block.get("type") == LISTS for block in blocks):
        return ""
    for block in blocks:
        for element in block.get("elements") or ():
            if OUR_BUTTON.match(str(element.get("action_id", ""))) and element.get("value"):
                return str(element["value"])
    return ""


def submitted(body: Payload, interaction: Interaction) -> CommandEvent | ButtonEvent:
    """Read a submitted modal: a new command, or another prompt for an earlier job."""
    view = body["view"]
    options = form_options(view)
    prompt = options.pop("prompt", "")
    given = given_in(view)
    # What is still as the form showed it was not chosen by anybody, and a flag may say otherwise.
    chosen = {name: value for name, value in options.items() if value != given.get(name, _NOT_CHOSEN.get(name, ""))}
    # A view keeps its id and hash when a refused submission is corrected. A refusal leaves no job, so the correction
    # is accepted; a redelivery of an accepted submission is not.
    origin = interaction.origin(f"view:{view['id']}:{view.get('hash', '')}")
    if job := metadata_of(view).get("job"):
        return ButtonEvent(origin=origin, action=Action.AGAIN, argument=job, prompt=prompt, options=chosen)
    return CommandEvent(origin=origin, command=IMAGINE.name, options={**chosen, "prompt": prompt})


def form_options(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a modal's fields; an empty text for a field that is shown, and without a choice.

    A block's name is the option, then a colon and what the option depends on.
    """
    options: dict[str, str] = {}
    for block, elements in ((view.get("state") or {}).get("values") or {}).items():
        for element in elements.values():
            value = element.get("value") or (element.get("selected_option") or {}).get("value") or ""
            options[block.partition(":")[0]] = "" if value == AS_THE_MODEL_LIKES else value
    return options


def given_in(view: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the options that a modal showed when it was opened."""
    kept = metadata_of(view)
    return {**(kept.get("given") or {}), **({"model": kept["model"]} if kept.get("model") else {})}
