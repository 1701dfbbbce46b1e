"""Convert between the columns that say who asked and where, and values."""

from collections.abc import Mapping
from typing import Any

from bot.core.origin import Address, Conversation, Facts, Origin, User

# The release before leaves community and channel NULL. The community is also in this part of the address, and the
# channel is the conversation's id.
_COMMUNITY = {"discord": "guild", "slack": "team"}
_NO_CHANNEL = {"", "None"}


def values_of_origin(origin: Origin) -> Mapping[str, Any]:
    """Return the columns of an origin."""
    where = origin.conversation
    return {
        "key": origin.key,
        "user_id": origin.user.id,
        "user_name": origin.user.name,
        "user_admin": bool(origin.facts.admin),
        "community": origin.community,
        "conversation_id": where.id,
        "conversation_name": where.name,
        "channel": where.channel,
        "parent_channel": where.parent_channel,
        **values_of_address(origin.address),
        "locale": origin.locale,
    }


def values_of_address(address: Address) -> Mapping[str, Any]:
    """Return the columns of an address."""
    return {
        "platform": address.platform,
        "place": dict(address.place),
        "tokens": dict(address.tokens),
        "link": address.link,
    }


def address_of(row: Any) -> Address:
    """Return the address in a row that has its columns."""
    return Address(platform=row.platform, place=_texts(row.place), tokens=_texts(row.tokens), link=row.link)


def origin_of(row: Any) -> Origin:
    """Return the origin in a whole row of `jobs`."""
    address = address_of(row)
    return Origin(
        user=User(id=row.user_id, name=row.user_name),
        community=_community_from(address) if row.community is None else row.community,
        conversation=Conversation(
            id=row.conversation_id,
            name=row.conversation_name,
            channel=_channel_from(row.platform, row.conversation_id) if row.channel is None else row.channel,
            parent_channel=row.parent_channel or "",
        ),
        address=address,
        locale=row.locale,
        key=row.key,
        facts=Facts(admin=row.user_admin),
    )


def _community_from(address: Address) -> str:
    own_id = address.place.get(_COMMUNITY.get(address.platform, ""), "")
    return f"{address.platform}:{own_id}" if own_id else ""


def _channel_from(platform: str, conversation: str) -> str:
    own_id = conversation.rpartition(":")[2]
    return f"{platform}:{own_id}" if platform in _COMMUNITY and own_id not in _NO_CHANNEL else ""


def _texts(column: object) -> Mapping[str, str]:
    if isinstance(column, dict) and all(isinstance(text, str) for text in column.values()):
        return column
    raise ValueError("not an address")
