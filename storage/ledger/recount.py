"""Count all jobs again, and correct the totals that say something else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union_all,
    update,
)

from storage.database.database import Database
from storage.ledger.counted import COUNTED, SUMS
from storage.ledger.gate import take_turn
from storage.ledger.tables import jobs, totals
from storage.ledger.totals import DAY, EPOCH, EVERYBODY, QUARTER, minutes_of

_KEY = ("scope", "minutes", "span")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A total that isn't what the jobs sum up to. `kept` and `due` are the counts of `Situation`, by their names."""

    scope: str
    minutes: int
    span: int
    kept: Mapping[str, int]
    due: Mapping[str, int]

    @property
    def user(self) -> str | None:
        """The person whose jobs it counts; None if it counts everybody's."""
        return None if self.scope == EVERYBODY else self.scope

    @property
    def start(self) -> datetime:
        """When its span of time begins; at the latest the last span that Python can name, for a moment beyond it."""
        spans = (datetime.max.replace(tzinfo=UTC) - EPOCH) // self.length
        return EPOCH + min(self.span, spans - 1) * self.length

    @property
    def length(self) -> timedelta:
        """How long its span of time is."""
        return timedelta(minutes=self.minutes)


async def recount(database: Database) -> Sequence[Difference]:
    """Compare all totals with the ledger, correct the wrong ones, and return them. Jobs may go on meanwhile."""
    found = await database.read(differences)
    for each in found:
        await database.write(partial(_correct, wrong=each))
    return found


def differences(connection: Connection) -> Sequence[Difference]:
    """Return the totals that differ from the ledger, in the order of their keys."""
    return [
        Difference(
            scope=row.scope,
            minutes=row.minutes,
            span=row.span,
            kept={name: int(getattr(row, f"kept_{name}")) for name in SUMS},
            due={name: int(getattr(row, f"due_{name}")) for name in SUMS},
        )
        for row in connection.execute(_DIFFERENCES)
    ]


def _compared() -> Select[Any]:
    kept = select(
        *(totals.c[name] for name in _KEY),
        *(totals.c[name].label(f"kept_{name}") for name in SUMS),
        *(literal_column("0").label(f"due_{name}") for name in SUMS),
    )
    again = (_again(kind, alone=alone) for kind in (DAY, QUARTER) for alone in (True, False))
    every = union_all(kept, *again).subquery()
    sums = {column.name: func.sum(column) for column in every.c if column.name not in _KEY}
    key = [every.c[name] for name in _KEY]
    differ = or_(*(sums[f"kept_{name}"] != sums[f"due_{name}"] for name in SUMS))
    return select(*key, *(each.label(name) for name, each in sums.items())).group_by(*key).having(differ).order_by(*key)


def _again(kind: timedelta, *, alone: bool) -> Select[Any]:
    """Return the sums over the jobs of each span of a kind, for each person alone or for everybody."""
    span: ColumnElement[int] = literal_column(f"jobs.created_at / {kind // _MICROSECOND}")
    return (
        select(
            jobs.c.user_id.label("scope") if alone else literal_column(f"'{EVERYBODY}'").label("scope"),
            literal_column(str(minutes_of(kind))).label("minutes"),
            span.label("span"),
            *(literal_column("0").label(f"kept_{name}") for name in SUMS),
            *(each.label(f"due_{name}") for name, each in SUMS.items()),
        )
        .where(COUNTED)
        .group_by(*([jobs.c.user_id] if alone else []), span)
    )


_DIFFERENCES = _compared()
_MADE_SURE_OF = text(
    "INSERT INTO totals (scope, minutes, span) VALUES (:scope, :minutes, :span)"
    " ON CONFLICT (scope, minutes, span) DO NOTHING"
)


def _correct(connection: Connection, wrong: Difference) -> None:
    """Set a total to what the jobs sum up to now.

    It is locked first: a transaction that changed one of its jobs, and isn't committed yet, adds to it after this.
    """
    take_turn(connection)
    key = {name: getattr(wrong, name) for name in _KEY}
    connection.execute(_MADE_SURE_OF, key)
    its_row = [totals.c[name] == value for name, value in key.items()]
    connection.execute(select(totals.c.span).where(*its_row).with_for_update())
    own = () if wrong.user is None else (jobs.c.user_id == wrong.user,)
    created, long = type_coerce(jobs.c.created_at, BigInteger), wrong.length // _MICROSECOND
    within = (created >= wrong.span * long, created < (wrong.span + 1) * long)
    due = connection.execute(select(*(each.label(name) for name, each in SUMS.items())).where(*own, *within, COUNTED))
    connection.execute(update(totals).where(*its_row).values(**due.one()._mapping))
