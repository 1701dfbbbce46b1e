"""What Slack knows about users: who is an admin of the workspace."""

import asyncio
import logging
import time

from adapters.slack.client import SlackClient
from adapters.slack.refusals import translated
from bot.core.errors import DeliveryError

logger = logging.getLogger(__name__)

# An interaction has to be acknowledged within 3 seconds; most of that time is for the ledger.
_ASK_SECONDS = 0.7
_REMEMBER_SECONDS = 300.0


class People:
    """Asks users.info, and remembers the answers for a few minutes."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._admins: dict[str, tuple[bool, float]] = {}

    async def is_admin(self, user: str) -> bool:
        """Return whether a user is an admin of the workspace; False if Slack doesn't answer in time."""
        admin, until = self._admins.get(user, (False, 0.0))
        if time.monotonic() < until:
            return admin
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                with translated():
                    answer = await self._client.api.users_info(user=user)
        except (DeliveryError, TimeoutError) as error:
            logger.warning("could not ask whether %s is an admin: %s", user, error)
            return False
        person = answer["user"]
        admin = bool(person.get("is_admin") or person.get("is_owner"))
        self._admins[user] = admin, time.monotonic() + _REMEMBER_SECONDS
        return admin
