"""What a `DATABASE_URL` says: which database, where, and with which driver."""

import os
import re
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.core.errors import StorageError
from bot.core.message import message

DATABASE_ERRORS = (SQLAlchemyError, OSError)
"""The errors that a database can raise. SQLAlchemy does not wrap those of the network while connecting."""

_EXAMPLE = "sqlite:///data/imagine.db"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_ASYNCPG_WORDS = {"ssl", "host", "port", "target_session_attrs", "prepared_statement_cache_size"}
_LIBPQ_WORDS = {
    *("application_name", "options", "passfile", "service", "gsslib", "krbsrvname"),
    *("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
}
_NEEDLESS = {
    *("channel_binding", "sslsni", "sslcompression", "gssencmode"),  # asyncpg decides these by itself
    *("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("tcp_user_timeout", "client_encoding"),  # the bot has its own limits
}
_SHELLS_OR_WINDOWS = re.compile(r"~|[A-Za-z]:[\\/]|\\\\")
# The database stops waiting for a lock before the caller stops waiting for the database, so that the error names the
# cause.
LOCK_SHARE = 0.8


def parse(url: str) -> URL:
    """Parse a `DATABASE_URL`. Raises StorageError, without the password that may be in the URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # `from None`: the cause quotes the port, which is a part of the password if that contains @ or :.
        raise StorageError(
            message(
                "DATABASE_URL is not the address of a database. An example: {example} "
                "(In a password, write @ as %40, : as %3A and / as %2F.)",
                example=_EXAMPLE,
            )
        ) from None
    # Other programs want a driver's name there (`postgresql+psycopg://`); the bot has its own.
    driver = _DRIVERS.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise StorageError(message("DATABASE_URL must begin with sqlite:/// or postgresql://."))
    parsed = parsed.set(drivername=driver)
    if is_sqlite(parsed):
        if parsed.database in {None, "", ":memory:"}:
            raise StorageError(message("DATABASE_URL has no file name. An example: {example}", example=_EXAMPLE))
        if _SHELLS_OR_WINDOWS.match(parsed.database or ""):
            raise StorageError(
                message(
                    "DATABASE_URL has a path that is taken as it is: {path}. Write the whole path after three slashes; "
                    "it begins with another one: {example}",
                    path=parsed.database,
                    example="sqlite:////var/lib/imagine-bot/imagine.db",
                )
            )
        return parsed
    return _with_asyncpg_words(parsed)


def is_sqlite(url: URL) -> bool:
    """Return whether it is SQLite; otherwise it is PostgreSQL."""
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path:
    """Return the absolute path of a SQLite database. One file has one: what links to it is followed, as SQLite does."""
    return Path(os.path.realpath(url.database or ""))


def sqlite_file(database_url: str) -> Path | None:
    """Return the path of the SQLite database at a `DATABASE_URL`; None if it isn't such a database."""
    parsed = parse(database_url)
    return sqlite_path(parsed) if is_sqlite(parsed) else None


def place(url: URL) -> str:
    """Return where a database is, for messages: a file, or a server's host and the database's name."""
    return str(sqlite_path(url)) if is_sqlite(url) else f"{url.host or ''}/{url.database or ''}"


def _with_asyncpg_words(url: URL) -> URL:
    """Translate libpq's settings, which hosted databases put into their URLs, into asyncpg's.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    query = {name: value for name, value in url.query.items() if name not in _NEEDLESS}
    # Only from an address of its own form does asyncpg read most of them.
    if theirs := {name: query.pop(name) for name in _LIBPQ_WORDS & query.keys()}:
        query["dsn"] = f"postgresql://?{urlencode(theirs, doseq=True)}"
    if unknown := sorted(query.keys() - _ASYNCPG_WORDS - {"dsn"}):
        raise StorageError(message("DATABASE_URL has a setting that is not supported: {setting}", setting=unknown[0]))
    return url.set(query=query)
