"""SQLAlchemy engines for PostgreSQL, in their own module because a bot on SQLite doesn't need them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.database.engines import LOCK_SHARE

WRITERS, READERS = 6, 4
"""How many connections each pool has at most. Writes take turns, so a few are enough."""
# By default each statement would see what was committed before it, not what the statement before it saw. As defaults of
# the connection these cost nothing; as options of each transaction they would make a read an eighth slower.
# https://www.postgresql.org/docs/current/transaction-iso.html
_ONE_STATE = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}


def writer_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for transactions that write."""
    return _pool_engine(url, seconds, WRITERS, {})


def reader_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for transactions that only read, and see one state of the database."""
    return _pool_engine(url, seconds, READERS, _ONE_STATE)


def schema_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for PostgreSQL's migrations, which may take long."""
    return _postgres_engine(url, seconds, {}, poolclass=NullPool)


def listener_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for a PostgreSQL connection that stays open for the life of the process."""
    return _postgres_engine(url, seconds, {}, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _pool_engine(url: URL, seconds: float, connections: int, settings: Mapping[str, str]) -> AsyncEngine:
    pool = {"pool_size": connections, "max_overflow": 0, "pool_timeout": seconds, "pool_recycle": 1800}
    return _postgres_engine(url, seconds, settings, **pool, pool_pre_ping=True)


def _postgres_engine(url: URL, seconds: float, settings: Mapping[str, str], **options: Any) -> AsyncEngine:
    milliseconds = str(int(seconds * LOCK_SHARE * 1000))
    common = {
        "application_name": "imagine-bot",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        "jit": "off",  # compiling costs more than these short statements
    }
    arguments = {"timeout": seconds, "command_timeout": seconds, "server_settings": {**common, **settings}}
    return create_async_engine(url, hide_parameters=True, connect_args=arguments, **options)
