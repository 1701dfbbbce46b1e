"""People: their names and languages as their platform gave them, and their own settings."""

import logging
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, exists, select, text, update

from bot.core.ledger import People
from bot.core.origin import Profile
from storage.database.database import Database
from storage.ledger.gate import take_turn
from storage.ledger.tables import Microseconds, Words, jobs, people

logger = logging.getLogger(__name__)

_ONE = select(people).where(people.c.id == bindparam("user_id"))
_IN_USE = select(
    exists().where(jobs.c.user_id == bindparam("user_id")) | exists().where(people.c.id == bindparam("user_id"))
)
# One statement, the same on both databases, since several processes may ask about a person at once. Settings stay.
_REMEMBER = text(
    "INSERT INTO people (id, name, locale, asked) VALUES (:id, :name, :locale, :asked)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, locale = excluded.locale, asked = excluded.asked"
    " WHERE people.asked IS NULL OR people.asked <= excluded.asked"
).bindparams(
    bindparam("id", type_=Words()),
    bindparam("name", type_=Words()),
    bindparam("locale", type_=Words()),
    bindparam("asked", type_=Microseconds()),
)


class SqlPeople(People):
    """The table of people, on SQLite or PostgreSQL; the port describes the methods."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, user_id: str) -> Profile | None:
        return await self._database.read(lambda connection: _known(connection, user_id))

    async def remember(self, user_id: str, *, name: str, locale: str, asked: datetime) -> None:
        answer = {"id": user_id, "name": name, "locale": locale, "asked": asked}
        await self._database.write(lambda connection: connection.execute(_REMEMBER, answer))

    async def adopt(self, former: str, user_id: str) -> None:
        if await self._database.read(lambda connection: connection.scalar(_IN_USE, {"user_id": former})):
            await self._database.write(lambda connection: _adopt(connection, former, user_id))


def _adopt(connection: Connection, former: str, user_id: str) -> None:
    """Rename in one transaction: what sums up a user's jobs locks the gate row as well, and sees all or nothing."""
    take_turn(connection)
    connection.execute(update(jobs).where(jobs.c.user_id == former).values(user_id=user_id))
    own_settings = connection.scalar(select(people.c.id).where(people.c.id == user_id))
    if own_settings is None:
        connection.execute(update(people).where(people.c.id == former).values(id=user_id))
    else:
        connection.execute(delete(people).where(people.c.id == former))


def _known(connection: Connection, user_id: str) -> Profile | None:
    """Return what a row says. One that can't be read counts as unknown: no answer has to wait because of it."""
    try:
        row = connection.execute(_ONE, {"user_id": user_id}).one_or_none()
        return None if row is None else _profile_of(row)
    except (ValueError, TypeError, OverflowError) as error:
        logger.warning("what is stored about %s can't be read: %s", user_id, type(error).__name__)
        return None


def _profile_of(row: Row[tuple[object, ...]]) -> Profile:
    settings = row.settings if isinstance(row.settings, dict) else {}
    return Profile(id=row.id, name=row.name, locale=row.locale, asked=row.asked, settings=settings)
