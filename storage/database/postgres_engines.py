"""SQLAlchemy engines for PostgreSQL, in their own module so that a bot on SQLite need not import them."""

from typing import Any

from sqlalchemy import URL, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.database.engines import LOCK_SHARE


def pool_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for PostgreSQL's transactions."""
    return _postgres_engine(
        url, seconds, pool_size=10, max_overflow=0, pool_timeout=seconds, pool_pre_ping=True, pool_recycle=1800
    )


def schema_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for PostgreSQL's migrations, which may take long."""
    return _postgres_engine(url, seconds, poolclass=NullPool)


def listener_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine for a PostgreSQL connection that stays open for the life of the process."""
    return _postgres_engine(url, seconds, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _postgres_engine(url: URL, seconds: float, **options: Any) -> AsyncEngine:
    milliseconds = str(int(seconds * LOCK_SHARE * 1000))
    settings = {
        "application_name": "imagine-bot",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        "jit": "off",  # compiling costs more than these short statements
    }
    arguments = {"timeout": seconds, "command_timeout": seconds, "server_settings": settings}
    return create_async_engine(url, hide_parameters=True, connect_args=arguments, **options)
