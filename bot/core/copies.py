"""Further messages that show an ended job's images. The job's address holds theirs, so that none is left over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.core.origin import Address, Conversation

PART = "copies"
"""The part of an address that holds them, as JSON. The written form is an interface: the release before keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One of these messages. `id` is the id of the press that made it.

    `conversation` and `channel` are where others see it, as `Conversation` has them; empty if only its asker does.
    """

    id: str
    at: datetime
    """When it was asked for."""
    conversation: str = ""
    channel: str = ""
    address: Address

    def is_in(self, where: Conversation) -> bool:
        """Return whether others see it in a conversation, which has an id in each workspace that shares it."""
        same = bool(self.conversation) and self.conversation == where.id
        return same or (bool(self.channel) and self.channel == where.channel)


def copies_in(address: Address) -> tuple[Copy, ...]:
    """Return the copies that an address holds, without what another release wrote in another way."""
    try:
        written = json.loads(address.place.get(PART, "[]"))
        return tuple(_read(each, address.platform) for each in written)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        return ()


def with_copies(address: Address, copies: Sequence[Copy]) -> Address:
    """Return the same address, which holds these copies."""
    rest = {name: text for name, text in address.place.items() if name != PART}
    held = {PART: json.dumps([_written(copy) for copy in copies])} if copies else {}
    return replace(address, place={**rest, **held})


def _written(copy: Copy) -> Mapping[str, Any]:
    place = {name: text for name, text in copy.address.place.items() if name != PART}
    where = {"conversation": copy.conversation, "channel": copy.channel}
    return {"id": copy.id, "at": int(copy.at.timestamp()), **where, "place": place}


def _read(written: Mapping[str, Any], platform: str) -> Copy:
    return Copy(
        id=str(written["id"]),
        at=datetime.fromtimestamp(written["at"], UTC),
        conversation=str(written["conversation"]),
        channel=str(written["channel"]),
        address=Address(platform=platform, place={name: str(text) for name, text in written["place"].items()}),
    )
