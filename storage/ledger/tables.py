"""The tables. `storage/migrations` creates in a database what is declared here."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
    or_,
)

from bot.core.model import OPEN, Status
from storage.ledger.constants import fixed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Microseconds(TypeDecorator[datetime]):
    """A time, as whole microseconds since 1970: it sorts and compares the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the time, UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


def storable(text: str) -> str:
    """Return a text as it is stored: without the characters that no database can store."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


class Words(TypeDecorator[str]):
    """Text. Characters that no database can store (NUL, half a surrogate pair) are left out or replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text storable: a paid image must not be lost because of an odd character in its row."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return storable(value)


# Compared byte by byte, as on SQLite, with any collation of a PostgreSQL database.
_Text = Words().with_variant(Words(collation="C"), "postgresql")

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", _Text, primary_key=True),
    Column("key", _Text, nullable=False),
    Column("user_id", _Text, nullable=False),
    Column("user_name", _Text, nullable=False),
    Column("user_admin", Boolean, nullable=False),
    Column("community", _Text),
    Column("conversation_id", _Text, nullable=False),
    Column("conversation_name", _Text, nullable=False),
    Column("channel", _Text),
    Column("parent_channel", _Text),
    Column("platform", _Text, nullable=False),
    Column("place", JSON, nullable=False),
    Column("tokens", JSON, nullable=False),
    Column("link", _Text, nullable=False),
    Column("locale", _Text, nullable=False),
    Column("parent", _Text),
    Column("model", _Text, nullable=False),
    Column("prompt", _Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("size", _Text),
    Column("quality", _Text),
    Column("style", _Text),
    Column("background", _Text),
    Column("output_format", _Text),
    Column("status", _Text, nullable=False),
    Column("accepted_by", _Text, nullable=False),
    Column("created_at", Microseconds, nullable=False),
    Column("started_at", Microseconds),
    Column("ended_at", Microseconds),
    Column("images", JSON, nullable=False),
    Column("images_made", Integer, nullable=False),
    Column("revised_prompt", _Text, nullable=False),
    Column("fault", _Text),
    Column("request_id", _Text, nullable=False),
    Column("owner", _Text),
    Column("lease_until", Microseconds),
    Column("attempt", Integer, nullable=False),
    Column("not_before", Microseconds, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    # NULL in the rows of a release that didn't have them.
    Column("asked", JSON(none_as_null=True)),
    Column("asked_model", _Text),
    Column("model_named", Boolean),
    Column("images_sent", Integer),
    Column("announced", Boolean),
    Column("digests", JSON(none_as_null=True)),
    Column("deleted_at", Microseconds),
    Column("deleted_by", _Text),
    # Each keeps one kind of query fast while ended jobs accumulate. Columns that change while a job goes on have
    # partial indexes (`partial_indexes`), since each change writes a page of each index. SQLite uses a partial index
    # only if the query has its condition word for word, or a part of its OR (https://www.sqlite.org/partialindex.html),
    # so such queries are `fixed`.
    Index("jobs_key", "key", unique=True),
    Index("jobs_of_user", "user_id", "created_at", "id"),  # usage, double presses, history
    Index("jobs_by_time", "created_at"),  # latencies of any model, a total that is counted again
)


UNFINISHED: ColumnElement[bool] = fixed(
    or_(*(jobs.c.status == status for status in sorted(OPEN)), jobs.c.told == false(), jobs.c.owner.is_not(None))
)
"""The jobs that are still to be worked on: open, or not told yet, or leased."""

NOT_DELIVERED = fixed(jobs.c.status.not_in(sorted((*OPEN, Status.DELIVERED))))
"""Ended in another way, or of a status that only a newer release knows."""

gate = Table(
    "gate",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("paused_until", Microseconds),
    Column("out_of_order", _Text),
    # NULL, unless the gateway's latest answer was a failure.
    Column("failures", Integer),
    Column("failing_since", Microseconds),
    Column("failing_with", _Text),
)
"""One row. A transaction that must count before it writes updates this row first, which keeps out the others."""

cooldowns = Table(
    "cooldowns",
    metadata,
    Column("model", _Text, primary_key=True),
    Column("until", Microseconds, nullable=False),
)

refused_models = Table(
    "refused_models",
    metadata,
    Column("model", _Text, primary_key=True),
    Column("until", Microseconds, nullable=False),
    Column("fault", _Text, nullable=False),
)
"""Models that the gateway refused as a whole. Until then, no job that named no model gets one of them."""

totals = Table(
    "totals",
    metadata,
    Column("scope", _Text, primary_key=True),
    Column("minutes", Integer, primary_key=True, autoincrement=False),
    Column("span", BigInteger, primary_key=True, autoincrement=False),
    Column("used", BigInteger, nullable=False, server_default="0"),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("doubt", BigInteger, nullable=False, server_default="0"),
    Column("billed", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""What the jobs that were accepted in one span of time count for: those of one person, or of everybody.

Triggers keep it up to date, for older releases too. The only code that writes it is `storage.ledger.recount`.
"""

people = Table(
    "people",
    metadata,
    Column("id", _Text, primary_key=True),
    Column("name", _Text, nullable=False, server_default=""),
    Column("locale", _Text, nullable=False, server_default=""),
    Column("asked", Microseconds),
    Column("settings", JSON, nullable=False, server_default="{}"),
)
"""Facts about people that aren't in their jobs. `id` is `jobs.user_id`, but there may be rows on one side alone."""
