"""What the fake sends: Discord's JSON for people, channels, messages and interactions."""

from datetime import UTC, datetime
from typing import Any

from tests.fakes.discord_world import (
    APPLICATION,
    BOT,
    DIRECT,
    GROUP,
    GUILD,
    IN_SERVER,
    THREAD,
    Channel,
    Interaction,
    Message,
    World,
)

ADMINISTRATOR, MANAGE_SERVER, MANAGE_MESSAGES = 1 << 3, 1 << 5, 1 << 13
SEND_MESSAGES, ATTACH_FILES = 1 << 11, 1 << 15
_MEMBER_PERMISSIONS = 1 << 31 | SEND_MESSAGES | ATTACH_FILES | 1 << 38


def person(person_id: str, name: str) -> dict[str, Any]:
    return {
        "id": person_id,
        "username": name,
        "discriminator": "0",
        "global_name": name.title(),
        "avatar": None,
        "bot": False,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def bot() -> dict[str, Any]:
    return {**person(BOT, "imagine"), "bot": True, "verified": True, "flags": 0}


def member(person_id: str, world: World) -> dict[str, Any]:
    return {
        "user": person(person_id, world.name_of(person_id)),
        "roles": world.roles.get(person_id, []),
        "joined_at": datetime.now(UTC).isoformat(),
        "nick": None,
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "premium_since": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def application(world: World) -> dict[str, Any]:
    return {
        "id": APPLICATION,
        "name": world.bot_name,
        "description": "",
        "icon": None,
        "bot_public": world.bot_is_public,
        "bot_require_code_grant": world.bot_asks_for_code,
        "owner": person("1", "owner"),
        "verify_key": "0" * 64,
        "flags": 0,
        "interactions_endpoint_url": world.interactions_endpoint,
        "integration_types_config": {str(kind): {} for kind in sorted(world.install_types)},
        "approximate_guild_count": world.servers,
        "approximate_user_install_count": 0,
    }


def channel(value: Channel, world: World) -> dict[str, Any]:
    body: dict[str, Any] = {"id": value.id, "type": value.kind, "flags": 0, "last_message_id": None}
    if value.kind == IN_SERVER:
        return {
            **body,
            "name": value.name,
            "guild_id": value.guild,
            "position": 0,
            "permission_overwrites": [],
            "nsfw": value.nsfw,
            "parent_id": None,
            "topic": None,
            "rate_limit_per_user": 0,
        }
    if value.kind == THREAD:
        return {
            **body,
            "name": value.name,
            "guild_id": value.guild,
            "parent_id": value.parent,
            "owner_id": "1",
            "message_count": 0,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": datetime.now(UTC).isoformat(),
                "locked": False,
            },
        }
    people = [person(value.recipient, world.name_of(value.recipient))] if value.recipient else []
    return {**body, "recipients": people, **({"name": value.name, "owner_id": BOT} if value.kind == GROUP else {})}


def _as_the_gateway_shows(value: Channel, world: World) -> dict[str, Any]:
    """Return a channel of a server, without what the gateway hides of those that the bot can't view."""
    body = channel(value, world)
    return body if value.bot_can_view else {**body, "name": "___hidden___", "nsfw": False, "flags": 1 << 17}


def message(value: Message) -> dict[str, Any]:
    return {
        "id": value.id,
        "channel_id": value.channel,
        "type": 0,
        "author": bot(),
        "content": value.content,
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [_attachment(file) for file in value.attachments],
        "embeds": [],
        "pinned": False,
        "flags": value.flags,
        "components": value.components,
        "application_id": APPLICATION,
        **({"nonce": value.nonce} if value.nonce else {}),
    }


def _attachment(file: Any) -> dict[str, Any]:
    url = f"https://cdn.example.org/{file.id}/{file.name}"
    return {
        "id": file.id,
        "filename": file.name,
        "description": file.description,
        "size": len(file.data),
        "content_type": file.media_type,
        "url": url,
        "proxy_url": url,
        "width": 1,
        "height": 1,
    }


def guild(world: World) -> dict[str, Any]:
    return {
        "id": GUILD,
        "name": "Studio",
        "owner_id": "1",
        "unavailable": False,
        "large": False,
        "member_count": 3,
        "joined_at": datetime.now(UTC).isoformat(),
        "roles": [],
        "emojis": [],
        "features": [],
        "channels": [
            _as_the_gateway_shows(each, world)
            for each in world.channels.values()
            if each.kind == IN_SERVER and each.guild == GUILD and each.bot_is_member
        ],
        "members": [],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "premium_tier": 0,
        "preferred_locale": "en-US",
    }


def partial_guild(guild: str) -> dict[str, Any]:
    """Return a server as a bot's own list has it.

    https://docs.discord.com/developers/resources/user#get-current-user-guilds
    """
    return {
        "id": guild,
        "name": "Studio",
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": "0",
        "features": [],
    }


def interaction(value: Interaction, world: World, *, rights: int = 0) -> dict[str, Any]:
    place = world.channels[value.channel]
    who = person(value.user, world.name_of(value.user))
    body: dict[str, Any] = {
        "id": value.id,
        "application_id": APPLICATION,
        "type": value.type,
        "token": value.token,
        "version": 1,
        "data": value.data,
        "channel_id": place.id,
        "channel": channel(place, world),
        "app_permissions": "2147483647",
        "locale": world.locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": place.guild or "0"} if place.bot_is_member else {"1": value.user},
        "context": {DIRECT: 1, GROUP: 2}.get(place.kind, 0),
        "attachment_size_limit": value.file_limit,
    }
    if value.showed:
        body["message"] = message(value.showed)
    if place.in_server:
        here = {**member(value.user, world), "permissions": str(_MEMBER_PERMISSIONS & ~place.members_lack | rights)}
        outline = {"id": place.guild, "locale": world.locale_of_servers, "features": []}
        known = {"guild_id": place.guild, "guild": outline, "guild_locale": world.locale_of_servers}
        return {**body, **known, "member": here}
    return {**body, "user": who}


def callback(value: Interaction, shown: Message | None, kind: int) -> dict[str, Any]:
    body: dict[str, Any] = {"interaction": {"id": value.id, "type": value.type}}
    if shown:
        body["interaction"] |= {
            "response_message_id": shown.id,
            "response_message_loading": shown.loading,
            "response_message_ephemeral": shown.only_for is not None,
        }
        body["resource"] = {"type": kind, "message": message(shown)}
    return body
