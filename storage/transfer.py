"""Copy a whole SQLite ledger into an empty database: the way from one process to several on PostgreSQL."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, delete, func, insert, select

from bot.core.errors import StorageError
from bot.core.message import message
from storage.advice import database_trouble
from storage.database import engines, migrate, sqlite_file
from storage.database.database import Database
from storage.database.liveness import refuse_while_used
from storage.database.sqlite_engines import writer_engine
from storage.ledger.tables import gate, jobs, metadata, totals

_SECONDS = 3600.0
_ROWS_AT_ONCE = 500
# The other database keeps totals of its own: each row that is put into it adds to them.
_COPIED = [table for table in metadata.sorted_tables if table != totals]


async def transfer(file: Path, database_url: str) -> int:
    """Copy every row of a SQLite database into another one, or none at all, and return how many jobs there were.

    Raises StorageError, with nothing copied, if a bot uses the file, or the other database has rows already.
    """
    source, target = engines.parse(f"sqlite:///{file}"), engines.parse(database_url)
    if engines.is_sqlite(target) and engines.sqlite_path(target) == engines.sqlite_path(source):
        raise StorageError(
            message("DATABASE_URL names this very file. Set it to the database that the jobs are to go to.")
        )
    await _check(source)
    async with Database.open(database_url, seconds=_SECONDS) as database:
        return await database.write(lambda connection: _copy(source, connection, engines.place(target)))


async def _check(source: URL) -> None:
    path = engines.sqlite_path(source)
    if not path.is_file():
        raise StorageError(message("There is no file {place}.", place=str(path)))
    sqlite_file.check(path)
    await refuse_while_used(source)


def _copy(source: URL, target: Connection, place: str) -> int:
    if any(target.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables if table != gate):
        raise StorageError(
            message("The database {place} has jobs already. Set DATABASE_URL to an empty one.", place=place)
        )
    engine = writer_engine(source, _SECONDS)  # no other program writes while its transaction lasts
    try:
        with engine.connect() as connection:
            _check_revision(connection, engines.place(source))
            for table in _COPIED:
                target.execute(delete(table))  # the gate's row, which a new database has
                with closing(connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))) as rows:
                    for some in rows.mappings().partitions():
                        target.execute(insert(table), [dict(row) for row in some])
            return connection.scalar(select(func.count()).select_from(jobs)) or 0
    except engines.DATABASE_ERRORS as error:
        raise StorageError(database_trouble(engines.place(source), error)) from error
    finally:
        engine.dispose()


def _check_revision(connection: Connection, place: str) -> None:
    if migrate.revision_of(connection, place) != migrate.latest():
        raise StorageError(
            message(
                "{place} was left by an older version of the bot. Start this version on it once, then stop it.",
                place=place,
            )
        )
