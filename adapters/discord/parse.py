"""Turn Discord's interactions into events: no I/O. Each one's token is sealed."""

from collections.abc import Iterator, Mapping
from typing import Any

import discord

from adapters.discord import NAME
from adapters.discord.address import DiscordAddress
from adapters.discord.seal import Seal
from bot.core.commands import IMAGINE
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.foreign import line
from bot.core.model import Action
from bot.core.origin import Conversation, Facts, Origin, User

Interaction = discord.Interaction[discord.Client]

FORM = "form"
PROMPT_FIELD = "prompt"
KEEP_FIELD = "keep"


def beside(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what discord.py drops of a payload: the channel, if it doesn't know its type, and who added the bot.

    https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
    """
    channel = payload.get("channel") or {}
    own_id = payload.get("channel_id") or channel.get("id") or ""
    owners = payload.get("authorizing_integration_owners") or {}
    return {
        "channel": str(own_id),
        "name": str(channel.get("name") or ""),
        "nsfw": bool(channel.get("nsfw")),
        # In a direct message with the bot, Discord writes 0 in place of a server.
        "owners": frozenset(str(owner) for owner in owners.values() if str(owner) != "0"),
    }


def event(interaction: Interaction, seal: Seal) -> Event | None:
    """Return the event of an interaction; None for a button or a form that this bot does not know."""
    match interaction.type:
        case discord.InteractionType.application_command:
            return command(interaction, seal)
        case discord.InteractionType.component:
            return button(interaction, seal)
        case discord.InteractionType.modal_submit:
            return form(interaction, seal)
        case _:
            return None


def command(interaction: Interaction, seal: Seal) -> CommandEvent:
    """Read a slash command with its options."""
    data = _data(interaction)
    return CommandEvent(origin=origin(interaction, seal), command=data["name"], options=options(interaction))


def button(interaction: Interaction, seal: Seal) -> ButtonEvent | None:
    """Read a pressed button from its `custom_id` alone, so that buttons of other processes work too."""
    name, _, argument = custom_id(interaction).partition(":")
    if not argument:
        return None
    return ButtonEvent(origin=origin(interaction, seal), action=Action(name), argument=argument)


def custom_id(interaction: Interaction) -> str:
    """Return what the bot wrote into a button or a form; an empty text for a command."""
    return str(_data(interaction).get("custom_id", ""))


def is_about(message: discord.Message, job: str) -> bool:
    """Return whether a message shows this job alone, unlike a list of several."""
    buttons = [child for row in message.components for child in getattr(row, "children", ())]
    of_a_list = (f"{Action.SHOW_HERE}:", f"{Action.SHOW}:", f"{Action.PAGE}:")
    ids = [str(getattr(button, "custom_id", "")) for button in buttons]
    return bool(ids) and all(each.endswith(f":{job}") and not each.startswith(of_a_list) for each in ids)


def form(interaction: Interaction, seal: Seal) -> Event | None:
    """Read a submitted form from its `custom_id` and fields alone, so that forms of earlier processes work too."""
    name, _, job = custom_id(interaction).partition(":")
    fields = dict(_fields(_data(interaction).get("components", ())))
    if name in {Action.DELETE, Action.SHOW_HERE} and job:
        by, keep = origin(interaction, seal), fields.get(KEEP_FIELD) == str(True)
        return ButtonEvent(origin=by, action=Action(name), argument=job, confirmed=True, keep=keep)
    prompt = fields.get(PROMPT_FIELD)
    if name != FORM or prompt is None:
        return None
    if not job:
        return CommandEvent(origin=origin(interaction, seal), command=IMAGINE.name, options={"prompt": prompt})
    return ButtonEvent(origin=origin(interaction, seal), action=Action.AGAIN, argument=job, prompt=prompt)


def command_name(interaction: Interaction) -> str:
    """Return the name of a command, also while its options are typed."""
    return str(_data(interaction).get("name", ""))


def user(interaction: Interaction) -> User:
    """Return who acts."""
    return User(id=f"{NAME}:{interaction.user.id}", name=interaction.user.display_name)


def options(interaction: Interaction) -> Mapping[str, str]:
    """Return a command's options by name, as they were typed."""
    return {option["name"]: str(option["value"]) for option in _data(interaction).get("options", ())}


def focused(interaction: Interaction) -> str | None:
    """Return the name of the option that is being typed."""
    return next((option["name"] for option in _data(interaction).get("options", ()) if option.get("focused")), None)


def address(interaction: Interaction, seal: Seal) -> DiscordAddress:
    """Return all that any process needs to reply, for as long as Discord allows it."""
    return DiscordAddress(
        application=str(interaction.application_id),
        interaction=str(interaction.id),
        guild=str(interaction.guild_id or ""),
        channel=_channel(interaction),
        name=_channel_name(interaction),
        user=str(interaction.user.id),
        locale=str(interaction.locale),
        file_limit=interaction.filesize_limit,
        expires=interaction.expires_at.replace(microsecond=0),
        sealed=seal.seal(interaction.token),
    )


def origin(interaction: Interaction, seal: Seal) -> Origin:
    """Return who asked, and where."""
    return Origin(
        user=user(interaction),
        community=_id(interaction.guild_id),
        conversation=Conversation(
            id=f"{NAME}:{_channel(interaction)}",
            name=_channel_name(interaction),
            channel=_id(_channel(interaction)),
            parent_channel=_id(thread_of(interaction)),
        ),
        address=address(interaction, seal).envelope,
        locale=str(interaction.locale),
        key=f"{NAME}:{interaction.id}",
        facts=facts(interaction),
    )


def facts(interaction: Interaction) -> Facts:
    """Return what the interaction says of the asker and the place. It says little of a thread's channel."""
    rights, server = interaction.permissions, interaction.guild_locale
    return Facts(
        admin=rights.administrator or rights.manage_guild,
        moderator=rights.manage_messages,
        roles=frozenset(_id(role) for role in roles(interaction)),
        posts_images=_posts_images(interaction),
        age_restricted=bool(interaction.extras.get("nsfw")),
        installed_by=frozenset(_id(owner) for owner in interaction.extras.get("owners", ())),
        community_locale=str(server) if server else "",
    )


def _posts_images(interaction: Interaction) -> bool:
    """Return whether the user may post images there. Discord says what somebody may do in servers alone."""
    rights = interaction.permissions
    writes = rights.send_messages if thread_of(interaction) is None else rights.send_messages_in_threads
    return interaction.guild_id is None or rights.administrator or (writes and rights.attach_files)


def roles(interaction: Interaction) -> frozenset[int]:
    """Return the ids of the user's roles. discord.py's public `roles` leaves out roles that it knows little about."""
    return frozenset(getattr(interaction.user, "_roles", ()))


def thread_of(interaction: Interaction) -> int | None:
    """Return the id of the channel that the thread belongs to; None if it isn't a thread."""
    channel = interaction.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else None


def _channel(interaction: Interaction) -> str:
    return str(interaction.channel_id or interaction.extras.get("channel") or "")


def _id(snowflake: int | str | None) -> str:
    return f"{NAME}:{snowflake}" if snowflake else ""


def _channel_name(interaction: Interaction) -> str:
    name = line(getattr(interaction.channel, "name", None) or interaction.extras.get("name"))
    return f"#{name}" if name and interaction.guild_id else name


def _data(interaction: Interaction) -> Mapping[str, Any]:
    # discord.py's types differ by kind of interaction; this is the raw data.
    return interaction.data or {}


def _fields(components: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields with one value, whether below labels or in the rows of older forms."""
    for component in components:
        if "value" in component:
            yield component["custom_id"], str(component["value"])
        yield from _fields(component.get("components", ()))
        if inner := component.get("component"):
            yield from _fields((inner,))
