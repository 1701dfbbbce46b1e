"""The slash commands in Discord's format, built from `bot.core.commands`; registered again only when they changed.

Their names are the same in every language, since people copy what others typed; what is said of them is in theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord.http import Route

from adapters.discord import localized
from adapters.discord.installs import installs
from adapters.discord.localized import Languages, Localized
from bot.core.commands import offered
from bot.core.commands.command import Command, Kind, Option, Surface

# https://docs.discord.com/developers/interactions/application-commands
_CHAT_INPUT, _ENTRY_POINT = 1, 4
_STRING, _INTEGER = 3, 4
_IN_SERVERS, _IN_DIRECT_MESSAGES, _IN_PRIVATE_CHANNELS = 0, 1, 2
# The same as in the form for editing a prompt, so that no prompt is cut there.
_MAX_PROMPT = 4000

_DEFAULTS: Mapping[str, Any] = {"required": False, "autocomplete": False, "choices": [], "options": []}
_COMPARED = [
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "type",
    "contexts",
    "integration_types",
    "required",
    "autocomplete",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
]

Payload = Mapping[str, Any]
Ids = Mapping[str, int]


def payloads(types: Sequence[int], languages: Languages) -> list[Payload]:
    """Return the commands of an application that can be installed in these ways.

    Nothing in them depends on the models, which change while the bot runs.
    """
    return [
        {**_command(command, languages), "integration_types": list(types)}
        for command in offered(Surface.CHAT, Surface.OPTIONS)
    ]


def same(found: Sequence[Payload], wanted: Sequence[Payload]) -> bool:
    """Return whether Discord already has exactly these commands, apart from what it added to them."""
    ours = [command for command in found if command.get("type", _CHAT_INPUT) != _ENTRY_POINT]
    return _by_name(ours) == _by_name(wanted)


async def registered(client: discord.Client) -> Sequence[Payload]:
    """Return the commands that Discord has, in all languages, for which discord.py doesn't ask.

    Raises what discord.py does.
    """
    route = Route("GET", "/applications/{application_id}/commands", application_id=client.application_id or 0)
    found: Sequence[Payload] = await client.http.request(route, params={"with_localizations": "true"})
    return found


async def register(client: discord.Client) -> Ids:
    """Register the commands if they changed: Discord counts creations, and notifies clients of each change.

    Return their ids. Raises what discord.py does; the commands that were registered before continue to work then.
    """
    application = client.application_id
    if application is None:
        raise RuntimeError("commands are registered after the login")
    wanted = payloads((await installs(client)).types, await localized.read())
    before = await registered(client)
    if same(before, wanted):
        return ids(before)
    # Discord refuses a list without the entry point that it created for an application with activities.
    kept = [command for command in before if command.get("type") == _ENTRY_POINT]
    return ids(await client.http.bulk_upsert_global_commands(application, [dict(each) for each in (*wanted, *kept)]))


def ids(commands: Sequence[Payload]) -> Ids:
    """Return the ids of slash commands by their names."""
    return {command["name"]: int(command["id"]) for command in commands if command.get("type") == _CHAT_INPUT}


def _command(command: Command, languages: Languages) -> Payload:
    names = localized.names(command.options, languages)
    return {
        "name": command.name,
        "description": command.description,
        "description_localizations": localized.descriptions(command.description, languages),
        "type": _CHAT_INPUT,
        "contexts": [_IN_SERVERS, _IN_DIRECT_MESSAGES, _IN_PRIVATE_CHANNELS],
        "options": [_option(option, names[option.name], languages) for option in command.options],
    }


def _option(option: Option, names: Localized, languages: Languages) -> Payload:
    described: dict[str, Any] = {
        "name": option.name,
        "name_localizations": names,
        "description": option.description,
        "description_localizations": localized.descriptions(option.description, languages),
        "type": _INTEGER if option.kind is Kind.INTEGER else _STRING,
        "required": option.required,
    }
    if option.kind is Kind.INTEGER:
        return described | {"min_value": 1, "max_value": option.most}
    if option.kind is Kind.TEXT:
        return described | {"max_length": _MAX_PROMPT}
    if option.values:
        return described | {"choices": [{"name": value, "value": value} for value in option.values]}
    return described | {"autocomplete": True}


def _by_name(commands: Sequence[Payload]) -> Mapping[str, Payload]:
    return {command["name"]: _compared(command) for command in commands}


def _compared(described: Payload) -> Payload:
    """Reduce a command, or an option, to the parts that the bot chooses, in a normal form."""
    whole = {**_DEFAULTS, **{key: value for key, value in described.items() if value not in (None, {})}}
    kept = {
        key: sorted(value) if isinstance(value, list) else value for key, value in whole.items() if key in _COMPARED
    }
    kept["choices"] = [(choice["name"], choice["value"]) for choice in whole["choices"]]
    kept["options"] = [_compared(option) for option in whole["options"]]
    return kept
