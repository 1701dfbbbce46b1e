"""Statements that are compiled once. On SQLite they go straight to the driver.

SQLAlchemy takes several times as long as SQLite for each execution (docs/performance.md): it looks the compiled
statement up, and makes a context, a result and rows. To compile pays off only for a statement that is kept.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

Statement = Select[Any] | ReturningInsert[Any] | ReturningUpdate[Any]
T = TypeVar("T")
_named: Any = namedtuple  # mypy takes only names that are written where it is called
_REMEMBERED = 256


class Making(Generic[T]):
    """Makes values of rows by a pure function. All statements that it is used with have the same columns.

    On SQLite it remembers what it made of the latest rows: people look at a job again and again, and to make it takes
    three times as long as to read its row.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.of_row = make
        self._row_of: Callable[[Sequence[Any]], Any] = tuple
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._made)

    def of_stored(self, stored: Sequence[Any], row_of: Callable[[Sequence[Any]], Any]) -> T:
        """Return the value of a row as it is stored; `row_of` converts it."""
        self._row_of = row_of
        return self._remembered(stored)

    def _made(self, stored: Sequence[Any]) -> T:
        return self.of_row(self._row_of(stored))


class Prepared:
    """A statement that returns rows with its columns as attributes. No parameter of it can be a list.

    A statement that may be `alone` only reads, and on SQLite begins no transaction. It takes part in one that has
    begun. One that takes a while to build can be given as the function that builds it, at its first use.
    """

    def __init__(self, statement: Statement | Callable[[], Statement], *, alone: bool = False) -> None:
        self._given, self._alone = statement, alone
        self._on_sqlite: _Text | None = None

    @cached_property
    def _statement(self) -> Statement:
        return self._given() if callable(self._given) else self._given

    def all(self, connection: Connection, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Return all rows."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).all()
        text = self._text(connection)
        return [text.row_of(stored) for stored in text.stored(connection, parameters or {})]

    def made(self, connection: Connection, parameters: Mapping[str, Any], making: Making[T]) -> T | None:
        """Return what is made of the row; None if there isn't one."""
        if connection.dialect.name != "sqlite":
            row = self.one_or_none(connection, parameters)
            return None if row is None else making.of_row(row)
        text = self._text(connection)
        stored = _only(text.stored(connection, parameters))
        return None if stored is None else making.of_stored(stored, text.row_of)

    def one_or_none(self, connection: Connection, parameters: Mapping[str, Any] | None = None) -> Any | None:
        """Return the row; None if there isn't one."""
        return _only(self.all(connection, parameters))

    def one(self, connection: Connection, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the only row."""
        row = self.one_or_none(connection, parameters)
        if row is None:
            raise NoResultFound
        return row

    def scalar(self, connection: Connection, parameters: Mapping[str, Any] | None = None) -> Any | None:
        """Return the first column of the row, or None if there is no row."""
        row = self.one_or_none(connection, parameters)
        return None if row is None else row[0]

    def _text(self, connection: Connection) -> "_Text":
        if self._on_sqlite is None:
            self._on_sqlite = _Text(self._statement, connection.dialect, alone=self._alone)
        return self._on_sqlite


def _only(rows: Sequence[T]) -> T | None:
    if len(rows) > 1:
        raise MultipleResultsFound
    return rows[0] if rows else None


class _Text:
    """A statement as SQLite takes it, with the conversions of its parameters and columns."""

    def __init__(self, statement: Statement, dialect: Dialect, *, alone: bool) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text, self._dialect, self._alone = str(compiled), dialect, alone
        binds = [compiled.binds[name] for name in compiled.positiontup or ()]
        self._constants = {bind.key: bind.value for bind in binds if not bind.required}
        self._values = [(bind.key, bind.type.dialect_impl(dialect).bind_processor(dialect)) for bind in binds]
        columns = list(statement.exported_columns)
        self._row = _named("_Row", [column.key or "" for column in columns], rename=True)._make
        found = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
        self._found = [(place, convert) for place, convert in enumerate(found) if convert]

    def stored(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows as SQLite has them."""
        given = {**self._constants, **parameters}
        values = tuple([convert(given[name]) if convert else given[name] for name, convert in self._values])
        if not self._alone and not connection.in_transaction():
            connection.begin()
        cursor = connection.connection.cursor()
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, self._text, values, None, False)
        try:
            with closing(cursor):  # an open cursor would keep the transaction from ending
                found: list[tuple[Any, ...]] = cursor.execute(self._text, values).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from error
        return found

    def row_of(self, stored: Sequence[Any]) -> Any:
        """Return a row with its values converted."""
        row = list(stored)
        for place, convert in self._found:
            row[place] = convert(row[place])
        return self._row(row)
