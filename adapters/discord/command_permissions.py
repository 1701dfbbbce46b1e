"""The permissions that a server's admins set for a command, which Discord itself applies to the command alone.

https://docs.discord.com/developers/interactions/application-commands#permissions
"""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import discord

logger = logging.getLogger(__name__)

_ROLE, _USER, _CHANNEL = 1, 2, 3
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_NONE_SET = 10066

Permissions = Mapping[tuple[int, int], bool]
"""Whether a kind of id (role, user, channel) and an id are allowed. What isn't named is left to other settings."""


class Presser(NamedTuple):
    """Someone who presses a button of a command in a server."""

    user: int
    roles: frozenset[int]
    administrator: bool
    server: int
    channel: int
    """For a thread, the channel that it belongs to: threads have no settings of their own."""


def allowed(presser: Presser, of_command: Permissions, of_app: Permissions) -> bool:
    """Return whether someone may use the command there: the person and the channel both have to be allowed.

    What is set for the command goes before what is set for all of the app's commands.
    """
    if presser.administrator:
        return True
    by_person = _first(_person(presser, of_command), _person(presser, of_app))
    by_channel = _first(_channel(presser, of_command), _channel(presser, of_app))
    return by_person is not False and by_channel is not False


def _person(presser: Presser, set_by_admins: Permissions) -> bool | None:
    """Return what is set for the user, else for their roles (one allowed role is enough), else for everybody."""
    roles = [set_by_admins[_ROLE, role] for role in presser.roles if (_ROLE, role) in set_by_admins]
    of_roles = any(roles) if roles else None
    everyone = presser.server
    return _first(set_by_admins.get((_USER, presser.user)), of_roles, set_by_admins.get((_ROLE, everyone)))


def _channel(presser: Presser, set_by_admins: Permissions) -> bool | None:
    all_channels = presser.server - 1
    return _first(set_by_admins.get((_CHANNEL, presser.channel)), set_by_admins.get((_CHANNEL, all_channels)))


def _first(*said: bool | None) -> bool | None:
    return next((each for each in said if each is not None), None)


async def set_permissions(client: discord.Client, server: int, command: int | None) -> Permissions:
    """Ask Discord what admins set for a command; None stands for all of the app's commands."""
    application = client.application_id
    if application is None:
        raise RuntimeError("permissions are asked for after the login")
    try:
        # What is set for all commands has the application's id in place of a command's.
        answer = await client.http.get_application_command_permissions(application, server, command or application)
    except (discord.NotFound, discord.Forbidden) as error:
        # People can use the bot in servers that it isn't in. Discord would refuse each question about them, and count
        # that.
        if error.code != _NONE_SET:
            logger.warning("Discord does not say what admins of server %s set (code %s)", server, error.code)
        return {}
    return {(entry["type"], int(entry["id"])): entry["permission"] for entry in answer["permissions"]}
