"""Prepared statements do what they do when SQLAlchemy executes them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError

from bot.core.model import Status
from storage.ledger.prepared import Making, Prepared, Statement
from storage.ledger.tables import Microseconds, Words

_things = Table(
    "things",
    MetaData(),
    Column("id", Words, primary_key=True),
    Column("place", JSON),
    Column("asked", JSON(none_as_null=True)),
    Column("at", Microseconds),
    Column("told", Boolean),
    Column("n", Integer),
)
NOW = datetime(2026, 3, 15, tzinfo=UTC)
THING: Mapping[str, Any] = {"id": "a", "place": {"x": [1]}, "asked": None, "at": NOW, "told": True, "n": 3}
INSERT = insert(_things).returning(_things)
THINGS = select(_things.c.id, func.count(), literal(5)).group_by(_things.c.id).order_by(_things.c.id)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with create_engine("sqlite://", hide_parameters=True).connect() as connection:
        _things.create(connection)
        connection.execute(insert(_things), [{**THING, "id": "b"}, {**THING, "id": "c"}])
        connection.commit()
        yield connection


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (INSERT, THING),
        (INSERT, {**THING, "place": None, "asked": {"é": None}, "at": None, "told": None, "n": None}),
        (INSERT, {**THING, "id": Status.QUEUED}),
        (INSERT, {**THING, "id": "half a pair \ud800, and NUL \0"}),
        (THINGS, None),
        (select(_things).where(_things.c.at >= bindparam("now")), {"now": NOW, "unknown": 1}),
        (select(_things.c.id).where(_things.c.id == bindparam("job_id", value="b")), None),
        (select(_things).where(_things.c.id == "nobody's"), None),
    ],
)
def test_rows_are_the_same(connection: Connection, statement: Statement, parameters: Mapping[str, Any] | None) -> None:
    found = connection.execute(statement, parameters).all()
    connection.rollback()
    assert list(Prepared(statement).all(connection, parameters)) == found


def test_one_row_is_told_from_none_and_from_several(connection: Connection) -> None:
    of = Prepared(select(_things.c.n).where(_things.c.id >= bindparam("least")))
    assert (of.scalar(connection, {"least": "c"}), of.scalar(connection, {"least": "d"})) == (3, None)
    with pytest.raises(NoResultFound):
        of.one(connection, {"least": "d"})
    with pytest.raises(MultipleResultsFound):
        of.one_or_none(connection, {"least": "b"})


def test_a_value_is_made_once_of_equal_rows_by_whichever_statement(connection: Connection) -> None:
    made: list[str] = []

    def make(row: Any) -> tuple[str, Any, datetime]:
        made.append(row.id)
        return row.id, row.place, row.at

    making = Making(make)
    one = Prepared(select(_things).where(_things.c.id == bindparam("job_id")))
    first = Prepared(INSERT).made(connection, THING, making)
    assert first == ("a", {"x": [1]}, NOW)
    assert one.made(connection, {"job_id": "a"}, making) is first
    connection.execute(update(_things).values(place={"x": [2]}).where(_things.c.id == "a"))
    assert one.made(connection, {"job_id": "a"}, making) == ("a", {"x": [2]}, NOW)
    assert one.made(connection, {"job_id": "d"}, making) is None
    assert made == ["a", "a"]


def test_what_can_not_be_made_is_tried_each_time(connection: Connection) -> None:
    making = Making(lambda row: {"c": row.n}[row.id])
    one = Prepared(select(_things).where(_things.c.id == bindparam("job_id")))
    for _ in range(2):
        with pytest.raises(KeyError):
            one.made(connection, {"job_id": "b"}, making)
    assert one.made(connection, {"job_id": "c"}, making) == 3


def test_errors_are_sqlalchemys_and_say_no_value(connection: Connection) -> None:
    with pytest.raises(IntegrityError) as refused:
        Prepared(INSERT).one(connection, {**THING, "id": "b", "place": "secret"})
    assert "secret" not in str(refused.value)
    with pytest.raises(OperationalError, match="no such column"):
        Prepared(select(_things.c.id).where(text("nowhere = 1"))).all(connection)


def test_what_is_alone_begins_no_transaction_and_takes_part_in_one(connection: Connection) -> None:
    alone = Prepared(THINGS, alone=True)
    assert [row.id for row in alone.all(connection)] == ["b", "c"]
    assert not connection.in_transaction()
    Prepared(INSERT).one(connection, THING)
    assert [row.id for row in alone.all(connection)] == ["a", "b", "c"]
    connection.rollback()
    assert [row.id for row in alone.all(connection)] == ["b", "c"]


def test_a_transaction_begins_and_is_heard_of(connection: Connection) -> None:
    heard: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *arguments: heard.append(arguments[2]))
    Prepared(INSERT).one(connection, THING)
    assert connection.in_transaction()
    assert [said.split()[0] for said in heard] == ["INSERT"]
    connection.rollback()
    assert [row.id for row in Prepared(THINGS).all(connection)] == ["b", "c"]
