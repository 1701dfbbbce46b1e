"""Whether migrations only add: the release before goes on writing into what this one made of its tables."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Integer, String, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

_VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the database has it. Of one that is `distinct` no two rows have the same."""

    type: TypeEngine[Any]
    nullable: bool
    default: bool
    distinct: bool

    @property
    def required(self) -> bool:
        """Whether a row can't be written without it."""
        return not (self.nullable or self.default)


Tables = Mapping[str, Mapping[str, Column]]


def objections(migrations: Path, database: Path) -> list[str]:
    """Run migrations one by one on a database, and return what the release before each can't live with.

    Those that it has aren't run again. The first one of all has no release before it.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    engine = create_engine(f"sqlite:///{database}")
    found: list[str] = []
    with engine.connect() as connection:
        latest = MigrationContext.configure(connection).get_current_revision()
    before = _tables(engine)
    for revision in revisions[revisions.index(latest) + 1 if latest else 0 :]:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        after = _tables(engine)
        found += [f"{revision}: {said}" for said in (*_changed(before, after), *_refused(engine, before))]
        before = after
    engine.dispose()
    return found


def _tables(engine: Engine) -> Tables:
    database = inspect(engine)
    names = [name for name in database.get_table_names() if name != _VERSION_TABLE]
    tables = {}
    for name in names:
        indexes = [index["column_names"] for index in database.get_indexes(name) if index["unique"]]
        distinct = {*database.get_pk_constraint(name)["constrained_columns"], *itertools.chain(*indexes)}
        tables[name] = {
            column["name"]: Column(
                type=column["type"],
                nullable=column["nullable"],
                default=column["default"] is not None,
                distinct=column["name"] in distinct,
            )
            for column in database.get_columns(name)
        }
    return tables


def _changed(before: Tables, after: Tables) -> Iterator[str]:
    for table, columns in before.items():
        if table not in after:
            yield f"{table} is gone"
            continue
        for name, column in columns.items():
            now = after[table].get(name)
            if now is None:
                yield f"{table}.{name} is gone"
            elif str(now.type) != str(column.type):
                yield f"{table}.{name} was {column.type} and is {now.type}"
            elif column.nullable and not now.nullable:
                yield f"{table}.{name} may no longer be empty"
        for name, now in after[table].items():
            if name not in columns and now.required:
                yield f"{table}.{name} is new and has to be filled"


def _refused(engine: Engine, before: Tables) -> Iterator[str]:
    """Write rows as the release before does: two whole ones, and one with what it has to fill alone. None is kept."""
    for table, columns in before.items():
        required = {name: column for name, column in columns.items() if column.required}
        with engine.connect() as connection:
            try:
                for number, written in enumerate((columns, columns, required), start=1000):
                    row = {name: _value(column, number) for name, column in written.items()}
                    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
                    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)
            except DBAPIError as error:
                yield f"{table} refuses a row of the release before: {error.orig}"
            connection.rollback()


def _value(column: Column, number: int) -> object:
    value = number if column.distinct else 1
    if isinstance(column.type, String):
        return str(value)
    return value if isinstance(column.type, Integer) else "1"  # which is true, and JSON as well
