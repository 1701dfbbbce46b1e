"""SQLAlchemy engines for SQLite's transactions, which run in threads."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import OperationalError

from storage.database.engines import LOCK_SHARE


def writer_engine(url: URL, seconds: float) -> Engine:
    """Return the engine for transactions that write: one connection, since SQLite has one writer."""
    # With WAL, readers and the writer don't block each other. The file keeps this mode, but a restored copy may not.
    # The log grows to 4000 pages before it is copied into the file (4 MB; 16 MB in an older file), so that a page that
    # changes often is copied once. What a savepoint may have to bring back is kept in memory, not in a file. Only here:
    # a migration that creates an index would sort it in memory.
    pragmas = ("PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 4000", "PRAGMA temp_store = MEMORY")
    return _thread_engine(url, seconds, 1, "BEGIN IMMEDIATE", *pragmas)


def reader_engine(url: URL, seconds: float, connections: int) -> Engine:
    """Return the engine for transactions that only read."""
    return _thread_engine(url, seconds, connections, "BEGIN", "PRAGMA query_only = ON")


def looking_engine(path: Path, seconds: float) -> Engine:
    """Return the engine for a look at any program's database: the file and those beside it stay as they are.

    Raises what SQLite raises for a file that has to be recovered first.
    """
    # Without a log no process has it open, and a look must not make SQLite create one.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"

    def connect() -> sqlite3.Connection:
        place = f"file:{quote(str(path))}?{mode}"
        return sqlite3.connect(place, uri=True, timeout=seconds, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _thread_engine(url: URL, seconds: float, connections: int, begin: str, *pragmas: str) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        connect_args=connect_arguments(seconds),
        pool_size=connections,
        max_overflow=0,
    )
    set_up(engine, begin, *pragmas)
    return engine


def connect_arguments(seconds: float) -> dict[str, Any]:
    """Return the driver's settings."""
    # The driver's own transactions are switched off: they begin too late to protect what was read.
    return {"timeout": seconds * LOCK_SHARE, "isolation_level": None}


def set_up(engine: Engine, begin: str, *pragmas: str) -> None:
    """Make the engine begin transactions with `begin`, and run these pragmas on each new connection."""
    # synchronous = FULL: an accepted command survives a power failure.
    statements = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL", *pragmas)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        run(connection, begin)


def run(connection: Connection, statement: str) -> None:
    """Run what begins or ends a transaction, or a part of one: SQLAlchemy would take 50 times as long."""
    try:
        connection.connection.cursor().execute(statement)
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error
