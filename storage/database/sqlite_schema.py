"""The SQLAlchemy engine for SQLite's migrations, in its own module because most starts don't need it."""

from sqlalchemy import URL, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.database.sqlite_engines import connect_arguments, set_up


def schema_engine(url: URL, seconds: float) -> AsyncEngine:
    """Return the engine, on which a migration may take long."""
    engine = create_async_engine(url, hide_parameters=True, connect_args=connect_arguments(seconds), poolclass=NullPool)
    # At each commit whole pages are written, and about twelve rows change. An existing file keeps its page size.
    set_up(engine.sync_engine, "BEGIN IMMEDIATE", "PRAGMA page_size = 1024")
    return engine
