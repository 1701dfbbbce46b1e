"""Statements that are compiled once. On SQLite they go straight to the driver.

SQLAlchemy takes several times as long as SQLite for each execution (docs/performance.md): it looks the compiled
statement up, and makes a context, a result and rows. To compile pays off only for a statement that is kept.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

Statement = Select[Any] | ReturningInsert[Any] | ReturningUpdate[Any]
_named: Any = namedtuple  # mypy takes only names that are written where it is called


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
        if self._on_sqlite is None:
            self._on_sqlite = _Text(self._statement, connection.dialect, alone=self._alone)
        return self._on_sqlite.rows(connection, parameters or {})

    def one_or_none(self, connection: Connection, parameters: Mapping[str, Any] | None = None) -> Any | None:
        """Return the row; None if there isn't one."""
        rows = self.all(connection, parameters)
        if len(rows) > 1:
            raise MultipleResultsFound
        return rows[0] if rows else None

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

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[Any]:
        given = {**self._constants, **parameters}
        values = tuple([convert(given[name]) if convert else given[name] for name, convert in self._values])
        if not self._alone and not connection.in_transaction():
            connection.begin()
        cursor = connection.connection.cursor()
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, self._text, values, None, False)
        try:
            with closing(cursor):  # an open cursor would keep the transaction from ending
                found = cursor.execute(self._text, values).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from error
        return [self._row_of(row) for row in found]

    def _row_of(self, stored: Sequence[Any]) -> Any:
        row = list(stored)
        for place, convert in self._found:
            row[place] = convert(row[place])
        return self._row(row)
