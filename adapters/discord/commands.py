"""The slash commands in Discord's format, built from `bot.core.commands`; registered again only when they changed.

Their names are the same in every language, since people copy what others typed; what is said of them is in theirs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
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
"""What the bot chooses of a command, or of an option."""
_IN_ENGLISH = [part for part in _COMPARED if not part.endswith("_localizations")]

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


def same(found: Sequence[Payload], wanted: Sequence[Payload], parts: Collection[str] = _COMPARED) -> bool:
    """Return whether Discord already has exactly these commands, apart from what it added to them."""
    ours = [command for command in found if command.get("type", _CHAT_INPUT) != _ENTRY_POINT]
    return _by_name(ours, parts) == _by_name(wanted, parts)


async def registered(client: discord.Client) -> Sequence[Payload]:
    """Return the commands that Discord has, in all languages, for which discord.py doesn't ask.

    Raises what discord.py does.
    """
    route = Route("GET", "/applications/{application_id}/commands", application_id=client.application_id or 0)
    found: Sequence[Payload] = await client.http.request(route, params={"with_localizations": "true"})
    return found


async def register(client: discord.Client, usable: Callable[[Ids], None]) -> Ids:
    """Register the commands if they changed: Discord counts creations, and notifies clients of each change.

    Return their ids. If Discord has them, and at most what they are called in other languages changed, `usable` gets
    the ids before these languages are read. Raises what discord.py does; the commands that were registered before
    continue to work then.
    """
    application = client.application_id
    if application is None:
        raise RuntimeError("commands are registered after the login")
    types = (await installs(client)).types
    before = await registered(client)
    if same(before, payloads(types, {}), _IN_ENGLISH):
        usable(ids(before))
    wanted = payloads(types, await localized.read())
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


def _by_name(commands: Sequence[Payload], parts: Collection[str]) -> Mapping[str, Payload]:
    return {command["name"]: _compared(command, parts) for command in commands}


def _compared(described: Payload, parts: Collection[str]) -> Payload:
    """Reduce a command, or an option, to these parts, in a normal form."""
    whole = {**_DEFAULTS, **{key: value for key, value in described.items() if value not in (None, {})}}
    kept = {key: sorted(value) if isinstance(value, list) else value for key, value in whole.items() if key in parts}
    kept["choices"] = [(choice["name"], choice["value"]) for choice in whole["choices"]]
    kept["options"] = [_compared(option, parts) for option in whole["options"]]
    return kept
