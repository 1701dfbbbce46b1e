"""What Discord says of people who ask: whether they belong to the bot's own servers, and may use the command there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import discord

from adapters.discord import parse
from adapters.discord.answers import Answers
from adapters.discord.command_permissions import Permissions, Presser, allowed, set_permissions
from adapters.discord.connection import Connection
from adapters.discord.members import Members, is_member
from adapters.discord.parse import Interaction
from adapters.discord.settings import DiscordSettings
from bot.core.clock import Clock
from bot.core.commands import IMAGINE
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.model import Action
from bot.core.origin import Facts
from bot.core.tasks import Tasks

_NAMES_KEPT = timedelta(hours=1)
_RESTRICTIONS_KEPT = timedelta(minutes=10)
_PERMISSIONS_KEPT = timedelta(seconds=60)
_DRAWING = frozenset({Action.AGAIN, Action.EDIT, Action.SHOW_HERE})
_ALL_COMMANDS = ""


class Askers:
    """Adds these facts to an event that asks for images. Other facts stay unknown, and then nothing is permitted."""

    def __init__(
        self, settings: DiscordSettings, connection: Callable[[], Connection], *, clock: Clock, tasks: Tasks
    ) -> None:
        self._servers, self._connection = frozenset(settings.discord_servers), connection
        self._only_members = bool(self._servers) and settings.elsewhere == "members"
        self._members = Members(self._servers, self._is_member, clock=clock, tasks=tasks)
        self._names = Answers(self._name_of, about="the name", keep=_NAMES_KEPT, clock=clock, tasks=tasks)
        self._restrictions = Answers(
            self._is_restricted, about="the age restriction", keep=_RESTRICTIONS_KEPT, clock=clock, tasks=tasks
        )
        self._permissions = Answers(
            self._set_permissions, about="the command's permissions", keep=_PERMISSIONS_KEPT, clock=clock, tasks=tasks
        )

    async def known(self, event: Event, interaction: Interaction) -> Event:
        """Return the event with what is known of the asker. It takes a second at most."""
        at_home = self._at_home(interaction)
        outsider = None if self._only_members and not at_home else False
        facts = event.origin.facts
        if (facts.at_home, facts.outsider) != (at_home, outsider):
            facts = replace(facts, at_home=at_home, outsider=outsider)
        if _asks_for_images(event) and not self._says_all(interaction, facts):
            outsider, forbidden, name, restricted = await asyncio.gather(
                self._outsider(interaction, facts),
                self._forbidden(interaction),
                self._community_name(facts),
                self._age_restricted(interaction, facts),
            )
            facts = replace(
                facts, outsider=outsider, forbidden=forbidden, community_name=name, age_restricted=restricted
            )
        return event if facts is event.origin.facts else replace(event, origin=replace(event.origin, facts=facts))

    def _says_all(self, interaction: Interaction, facts: Facts) -> bool:
        """Return whether Discord doesn't have to be asked, as for most events: the facts keep their defaults."""
        by_command = interaction.type is discord.InteractionType.application_command
        return facts.outsider is False and by_command and parse.thread_of(interaction) is None

    def _at_home(self, interaction: Interaction) -> bool:
        if self._servers:
            return interaction.guild_id in self._servers
        return interaction.guild_id is not None

    async def _outsider(self, interaction: Interaction, facts: Facts) -> bool | None:
        if facts.outsider is False:
            return False
        belongs = await self._members.belongs(interaction.user.id)
        return None if belongs is None else not belongs

    async def _forbidden(self, interaction: Interaction) -> bool:
        """Return whether admins keep the user from it. Discord itself lets through only commands that admins allow."""
        server = interaction.guild_id
        if server is None or interaction.type is discord.InteractionType.application_command:
            return False
        presser = Presser(
            user=interaction.user.id,
            roles=parse.roles(interaction),
            administrator=interaction.permissions.administrator,
            server=server,
            channel=parse.thread_of(interaction) or interaction.channel_id or 0,
        )
        of_command, of_app = await asyncio.gather(
            self._permissions.get((server, IMAGINE.name)), self._permissions.get((server, _ALL_COMMANDS))
        )
        return not allowed(presser, of_command or {}, of_app or {})

    async def _age_restricted(self, interaction: Interaction, facts: Facts) -> bool:
        """Return whether the place is for adults only. A thread is if its channel is, which it doesn't say itself."""
        channel = parse.thread_of(interaction)
        return facts.age_restricted if channel is None else await self._restrictions.get(channel) or False

    async def _is_restricted(self, channel: int) -> bool:
        try:
            return bool((await self._connection().http.get_channel(channel)).get("nsfw"))
        except (discord.NotFound, discord.Forbidden):
            return False  # the bot isn't there, and would be told so each time

    async def _is_member(self, server: int, user: int) -> bool:
        return await is_member(self._connection(), server, user)

    async def _set_permissions(self, key: tuple[int, str]) -> Permissions:
        (server, name), connection = key, self._connection()
        return await set_permissions(connection, server, await connection.command_id(name) if name else None)

    async def _community_name(self, facts: Facts) -> str:
        """Return the name of the bot's only server, for people who may turn out not to be members of it."""
        if facts.outsider is False or len(self._servers) != 1:
            return ""
        return await self._names.get(*self._servers) or ""

    async def _name_of(self, server: int) -> str:
        return str((await self._connection().http.get_guild(server, with_counts=False))["name"])


def _asks_for_images(event: Event) -> bool:
    match event:
        case CommandEvent():
            return event.command == IMAGINE.name
        case ButtonEvent():
            return event.action in _DRAWING
        case _:
            return False
